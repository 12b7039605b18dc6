"""A change of a rule shows in the served site, and a mistake in one does not end it."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from claimshapes.catalog.kept_between_builds import Memory, RuleFileDigests

from .conftest import ROOT

LIMIT = 300


@dataclass
class Served:
    root: Path
    address: str
    process: subprocess.Popen[str]
    said: queue.Queue[str]

    def text(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=LIMIT) as answer:
            content: bytes = answer.read()
        return content.decode()

    def shows(self, path: str, words: str) -> None:
        wait(lambda: words in self.text(path), f"{words} on {path}")

    def tells(self, words: str) -> str:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            try:
                line = self.said.get(timeout=1)
            except queue.Empty:
                assert self.process.poll() is None, "the server has ended"
                continue
            if words in line:
                return line
        raise AssertionError(f"never said: {words}")


def wait(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.2)


def copy_checkout(to: Path) -> None:
    for name in ("docs", "examples", "ontology", "shapes", "src", "vendor"):
        ignored = shutil.ignore_patterns("_compiled", "__pycache__", "sources")
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    shutil.copy(ROOT / "mkdocs.yml", to)
    package = "src/claimshapes/_compiled"
    (to / package).symlink_to(ROOT / package)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("checkout")
    copy_checkout(root)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "claimshapes", "docs", "serve", "--address"]
    process = subprocess.Popen(
        [*command, f"127.0.0.1:{port}"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    said: queue.Queue[str] = queue.Queue()
    stream = process.stderr
    assert stream is not None
    threading.Thread(target=lambda: deque(map(said.put, stream)), daemon=True).start()
    served = Served(root, f"http://127.0.0.1:{port}/claimshapes/", process, said)
    try:
        served.tells("Ctrl-C ends")
        yield served
    finally:
        process.kill()
        process.wait()


def test_a_change_shows_and_a_mistake_does_not_end_it(served: Served) -> None:
    file = next(served.root.glob("shapes/*/TH-GP.ttl"))
    before = file.read_text("utf-8")
    assert before.count('skos:prefLabel "') == 1
    file.write_text(before.replace('skos:prefLabel "', 'skos:prefLabel "Aardvark '), "utf-8")
    served.shows("rules/TH-GP/", "Aardvark")
    served.shows("rules/", "Aardvark")
    served.shows("codes/97140/", "Aardvark")
    file.write_text(before.replace('skos:prefLabel "', 'skos:prefLabel Broken "'), "utf-8")
    assert "TH-GP.ttl" in served.tells("not made anew")
    assert "Aardvark" in served.text("rules/TH-GP/")
    file.write_text(before.replace('skos:prefLabel "', 'skos:prefLabel "Buffalo '), "utf-8")
    served.shows("rules/TH-GP/", "Buffalo")
    example = served.root / "examples" / "09-disc-and-pain.json"
    claim = example.read_text("utf-8")
    example.write_text(claim.replace("C-1009", "C-7777"), "utf-8")
    served.shows("examples/09-disc-and-pain.json/", "C-7777")
    page = served.root / "docs" / "explanation" / "limits.md"
    page.write_text(page.read_text("utf-8") + "\nA gnu stands here.\n", "utf-8")
    served.shows("explanation/limits/", "A gnu stands here.")
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(timeout=LIMIT) == 0


def test_what_was_made_from_the_same_is_not_made_again() -> None:
    memory = Memory()
    assert memory.recall("name", "from", lambda: 1) == 1
    assert memory.recall("name", "from", lambda: 2) == 1
    assert memory.recall("name", "else", lambda: 3) == 3
    assert memory.last("name") == 3
    assert memory.last("other") is None


def test_a_rule_depends_on_the_files_that_name_it(tmp_path: Path) -> None:
    own, exempting, other = (tmp_path / name for name in ("A-ONE.ttl", "exempt.ttl", "B-TWO.ttl"))
    own.write_text("own")
    exempting.write_text("cs:exemptFrom rule:A-ONE")
    other.write_text("other")
    files = [own, exempting, other]
    before = RuleFileDigests(files)
    other.write_text("changed")
    after = RuleFileDigests(files)
    assert after.of(["A-ONE"]) == before.of(["A-ONE"])
    assert after.of(["A-ONE", "B-TWO"]) != before.of(["A-ONE", "B-TWO"])
    assert after.of_all != before.of_all
    exempting.write_text("cs:exemptFrom rule:A-ONE, rule:B-TWO")
    assert RuleFileDigests(files).of(["A-ONE"]) != after.of(["A-ONE"])
