"""Faults of the machine: status 2 with a sentence that says what to do, and nothing that stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claimshapes.engines.batch.tables import knowledge_file
from claimshapes.errors import KnowledgeError
from claimshapes.knowledge.compiled_knowledge import Knowledge
from tests.cli.conftest import ONLY, command, environment, expired, interruptible

FULL = Path("/dev/full")
CANARY = "CANARY-7A1F"

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    file = tmp_path / "claims.ndjson"
    lines = (json.dumps(expired(id=f"{CANARY}-{number}")) for number in range(20))
    file.write_text("\n".join(lines) + "\n")
    return file


def shell(line: str, *, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a line of the shell in which ``check`` is the program."""
    check = " ".join(command("check", *ONLY))
    return subprocess.run(
        ["sh", "-c", line.replace("check", check, 1)],
        capture_output=True,
        text=True,
        env={**environment(), **(env or {})},
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("check {} > /dev/full", "no room on the disk is left; make room"),
        ("check {} --format json > /dev/full", "no room on the disk is left; make room"),
        ("check {} >&-", "name an --output"),
        ("check - <&-", "standard input: is closed"),
        ("check {} --output /dev/full", "No space left on device"),
        ("check {} --format html --output /dev/full", "No space left on device"),
    ],
)
def test_where_the_report_cannot_go(claims: Path, line: str, words: str) -> None:
    ended = shell(line.format(claims))
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: ")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert CANARY not in ended.stderr


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full"])
def test_where_nobody_can_be_told(claims: Path, stream: str) -> None:
    assert shell(f"check {claims}.missing {stream}").returncode == 2
    assert shell(f"check {claims} {stream}").returncode == 1


@pytest.mark.parametrize("home", ["/dev/null", "/dev/null/home", None])
def test_without_a_home(claims: Path, home: str | None) -> None:
    env = {"XDG_CACHE_HOME": "relative", "HOME": home or ""}
    ended = shell(f"check {claims}", env=env)
    assert ended.returncode == 1, ended.stderr
    assert not ended.stderr


@pytest.mark.parametrize("option", ["--across-claims", "--format html", "--format json"])
def test_no_room_for_claims_that_wait(claims: Path, tmp_path: Path, option: str) -> None:
    """No file may be larger than a few of these claims, as on a disk that is full."""
    temporary, output = tmp_path / "tmp", tmp_path / "report"
    temporary.mkdir()
    output.write_text("before")
    with claims.open("a") as stream:
        for number in range(20, 80):
            stream.write(json.dumps(expired(id=f"{CANARY}-{number}")) + "\n")
    more = "--select CLM-DUP-HISTORY" if "across" in option else ""
    call = f"check {claims} {option} {more} --engine reference --output {output}"
    line = f"ulimit -f 16; {call}"
    ended = shell(line, env={"TMPDIR": os.fspath(temporary)})
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith("Error: ")
    assert len(ended.stderr.splitlines()) == 1
    assert CANARY not in ended.stderr
    assert output.read_text() == "before"
    assert not list(temporary.iterdir())


def test_tables_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nowhere = tmp_path / "file" / "knowledge.duckdb"
    nowhere.parent.write_text("")
    monkeypatch.setattr(knowledge_file, "knowledge_file", lambda: nowhere)
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(nowhere.parent))
    sources = Knowledge.open().sources
    with (
        duckdb.connect() as connection,
        pytest.raises(KnowledgeError, match="run `claimshapes knowledge build` as a user who may"),
    ):
        knowledge_file.attach_knowledge(connection, sources)


def many(folder: Path) -> Path:
    """Claims that take the program a while to bring together."""
    person = {"id": CANARY, "birthDate": "1950-02-01", "sex": "female"}
    claim: dict[str, Any] = expired(patient=person)
    file = folder / "many.ndjson"
    with file.open("w") as stream:
        for number in range(30_000):
            stream.write(json.dumps(claim | {"id": f"{CANARY}-{number}"}) + "\n")
    return file


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_no_claim_stays_in_the_temporary_folder(tmp_path: Path, number: signal.Signals) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    output = tmp_path / "report.json"
    output.write_text("before")
    call = command(
        "check", "--across-claims", "--engine", "reference", "--select", "CLM-DUP-HISTORY"
    )
    process = subprocess.Popen(
        [*call, os.fspath(many(tmp_path)), "--format", "json", "--output", os.fspath(output)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "TMPDIR": os.fspath(temporary)},
        preexec_fn=interruptible,
    )
    try:
        start = time.monotonic()
        while not list(temporary.glob("claimshapes-*/claims")):
            assert process.poll() is None
            assert time.monotonic() - start < 120
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    finally:
        # Else it would go on for minutes after a test that failed.
        process.kill()
        process.wait()
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    assert CANARY not in errors
    assert output.read_text() == "before"
    if number == signal.SIGKILL:
        assert list(temporary.iterdir())
        subprocess.run(
            [*call, os.devnull, "--input-format", "ndjson", "--output", os.fspath(output)],
            env={**environment(), "TMPDIR": os.fspath(temporary)},
            capture_output=True,
            check=False,
        )
    assert not list(temporary.iterdir())
    assert {file.name for file in tmp_path.iterdir()} == {"tmp", "report.json", "many.ndjson"}
