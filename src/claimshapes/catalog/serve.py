"""Serves the site, and shows a change of rules, tables, examples or pages soon after it."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from claimshapes.catalog.build import CONFIGURATION, DOCS, generate, generate_rules, mkdocs_command
from claimshapes.catalog.kept_between_builds import Memory, changed_files, state_of
from claimshapes.catalog.pages import FOLDERS
from claimshapes.errors import ClaimshapesError, InputError
from claimshapes.files.file_states import States

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

SOURCES = ("shapes", "ontology", "examples")
"""The folders that pages are made from."""

WATCHED = (*SOURCES, DOCS, CONFIGURATION)


def serve_catalog(root: Path, address: str, say: Callable[[str], None]) -> None:
    """Runs until it is interrupted.

    Args:
        root: the checkout.
        address: host and port.
        say: tells the person at the terminal something.

    Raises:
        InputError: the folder is no checkout, MkDocs is not installed, or the address is none
            or taken.
        RuleError: a rule cannot be used at the start; later ones are told and waited for.
    """
    mkdocs_command()
    from mkdocs.livereload import LiveReloadServer

    host, port = _host_and_port(address)
    with tempfile.TemporaryDirectory(prefix="claimshapes-site-") as site:
        rest = Path(site) / "rest"
        rest.mkdir()
        pages = ServedPages(root, Path(site) / "site", f"http://{address}", rest / "due", say)
        pages.start()

        class Server(LiveReloadServer):
            _watching = False

            def service_actions(self) -> None:
                """Is called in turns once changes are seen; what changed before is looked for."""
                if not self._watching:
                    self._watching = True
                    pages.come_back()
                    say(f"{pages.url}  shows what changes in {', '.join(WATCHED)}; Ctrl-C ends")

        server = Server(
            builder=pages.renew,
            host=host,
            port=port,
            root=str(pages.site),
            mount_path=urlsplit(pages.url).path,
        )
        for watched in (root / CONFIGURATION, rest, *(root / name for name in SOURCES)):
            server.watch(str(watched))
        server.watch(str(root / DOCS), recursive=False)
        for folder in sorted((root / DOCS).iterdir()):
            if folder.is_dir() and folder.name not in FOLDERS:
                server.watch(str(folder))
        try:
            server.serve()  # type: ignore[no-untyped-call]
        except OSError as error:
            raise InputError(f"cannot serve at {address}: {error.strerror}") from error
        finally:
            server.shutdown()
            pages.stop()


class ServedPages:
    """The pages that are served: made whole at the start, then as far as a change asks for it.

    After a change of rules their own pages are made and shown at once; what else it touches,
    such as the example claims, which every rule judges, follows in a second pass.

    Args:
        root: the checkout.
        site: where the rendered site is to be.
        address: scheme, host and port of the server.
        due: a file that is written when a second pass is due; the server watches its folder.
        say: tells the person at the terminal something.
    """

    def __init__(
        self, root: Path, site: Path, address: str, due: Path, say: Callable[[str], None]
    ) -> None:
        self.site = site
        self._root = root
        self._shapes = root / "shapes"
        self._due = due
        self._say = say
        self._memory = Memory()
        self._seen: States = {}
        self._incomplete = False
        config = self._configuration()
        config.plugins.on_startup(command="serve", dirty=True)
        self._plugins = config.plugins
        self.url = address + (urlsplit(config.site_url or "/").path or "/")

    def start(self) -> None:
        """Makes and renders every page.

        Raises:
            InputError: the folder is no checkout.
            RuleError: a rule cannot be used.
        """
        _hear_warnings(self._say)
        self._seen = self._state()
        generate(self._root, self._memory)
        self._render()

    def renew(self) -> None:
        """Makes and renders the pages that a change touches; an error is told, not raised.

        The server would not answer any more after an exception.
        """
        try:
            self._generate()
            self._render()
        except ClaimshapesError as error:
            self._say(f"not made anew: {error}")
        except (Exception, SystemExit) as error:
            self._say(f"not made anew: {type(error).__name__}: {error}")

    def come_back(self) -> None:
        """Has the server, which watches the file, call ``renew`` again."""
        self._due.write_text(str(time.monotonic_ns()), "utf-8")

    def stop(self) -> None:
        """Ends what was started for the plugins of MkDocs."""
        self._plugins.on_shutdown()

    def _generate(self) -> None:
        state = self._state()
        changed = changed_files(self._seen, state)
        self._seen = state
        if changed and all(
            file.suffix == ".ttl" and self._shapes in file.parents for file in changed
        ):
            generate_rules(self._root, self._memory, changed)
            self._incomplete = True
            self.come_back()
        elif changed or self._incomplete:
            self._incomplete = False
            generate(self._root, self._memory)

    def _render(self) -> None:
        from mkdocs.commands.build import build

        config = self._configuration()
        config.site_url = self.url
        # Only pages that are newer than what was rendered of them.
        build(config, serve_url=self.url, dirty=True)

    def _configuration(self) -> MkDocsConfig:
        from mkdocs.config import load_config
        from mkdocs.exceptions import MkDocsException

        try:
            return load_config(
                config_file=str(self._root / CONFIGURATION), site_dir=str(self.site), strict=False
            )
        except MkDocsException as error:
            raise InputError(f"{CONFIGURATION}: {error}") from error

    def _state(self) -> States:
        return state_of([self._root / name for name in SOURCES])


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise InputError(f"an address is HOST:PORT, such as 127.0.0.1:8000, not {address}")
    return host, int(port)


class _Warnings(logging.Handler):
    """Passes on what MkDocs warns of, but for its general warning of partial rendering."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Tells a warning."""
        message = record.getMessage()
        if "'dirty' build" not in message:
            self._say(message)


def _hear_warnings(say: Callable[[str], None]) -> None:
    logger = logging.getLogger("mkdocs")
    logger.addHandler(_Warnings(say))
    logger.propagate = False
