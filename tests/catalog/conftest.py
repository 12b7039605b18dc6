"""The site, built once, served on this machine, and a browser to walk it."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]

# Long enough for a slow machine on which others are at work.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Site:
    folder: Path
    address: str

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    top = tmp_path_factory.mktemp("site")
    # Below a path, as it is published.
    with served(top) as address:
        yield Site(build(top / "claimshapes", f"{address}/claimshapes/"), f"{address}/claimshapes")


def build(folder: Path, address: str, *options: str) -> Path:
    command = [sys.executable, "-m", "claimshapes", "docs", "build", "--output", str(folder)]
    built = subprocess.run(
        [*command, "--address", address, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert built.returncode == 0, built.stderr
    return folder


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with watched_page(browser, site) as tab:
        yield tab


@contextmanager
def watched_page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that must neither complain nor ask another host for anything."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    foreign: list[str] = []

    def ask(address: str) -> None:
        if urlsplit(address).netloc not in {urlsplit(site.address).netloc, ""}:
            foreign.append(address)

    tab.on("request", lambda request: ask(request.url))
    yield tab
    context.close()
    assert not complaints
    assert not foreign
