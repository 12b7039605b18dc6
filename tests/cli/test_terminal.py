"""What is written to a terminal, to a pipe, and where colours are not wanted."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ONLY, a_claim, command, environment, expired, run_process

Write = Callable[..., Path]
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
ESCAPE = b"\x1b"


def on_terminal(
    *arguments: str | Path, terminals: tuple[str, ...], **changed: str
) -> tuple[bytes, bytes, bytes]:
    """Runs the program with some of its streams on one terminal.

    Returns what the terminal shows, and what came through the pipes of output and errors.
    """
    ours, theirs = pty.openpty()

    def stream(name: str) -> int:
        return theirs if name in terminals else subprocess.PIPE

    process = subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=stream("stdout"),
        stderr=stream("stderr"),
        env=environment(**changed),
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    output, errors = process.communicate(timeout=120)
    return shown, output or b"", errors or b""


def test_a_pipe_gets_no_escapes_and_no_progress(claims: Write) -> None:
    result = run_process("check", *ONLY, claims(expired()))
    assert result.returncode == 1
    assert ESCAPE not in result.stdout
    assert result.stderr == b""


def test_colours_on_a_terminal(claims: Write) -> None:
    shown, _, errors = on_terminal("check", *ONLY, claims(expired()), terminals=("stdout",))
    assert b"\x1b[1;31mviolation" in shown
    assert errors == b""


@pytest.mark.parametrize("changed", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colours_where_they_are_not_wanted(claims: Write, changed: dict[str, str]) -> None:
    shown, _, _ = on_terminal(
        "check", *ONLY, claims(expired()), terminals=("stdout", "stderr"), **changed
    )
    assert b"violation  DX-DATE" in shown
    assert not COLOUR.search(shown)


def test_progress_on_a_terminal_beside_a_report_in_a_pipe(claims: Write) -> None:
    file = claims(expired())
    shown, output, _ = on_terminal("check", *ONLY, file, terminals=("stderr",))
    assert b"loading rules" in shown
    assert ESCAPE not in output
    assert b"violation  DX-DATE" in output


def test_progress_can_be_switched_off(claims: Write) -> None:
    shown, output, _ = on_terminal(
        "check", *ONLY, "--no-progress", claims(expired()), terminals=("stderr",)
    )
    assert shown == b""
    assert output


def test_a_report_and_progress_on_one_terminal(claims: Write) -> None:
    """The bar's line is cleared before the report goes on."""
    file = claims(expired(), a_claim(id="C-2"))
    shown, _, _ = on_terminal("check", *ONLY, file, terminals=("stdout", "stderr"))
    for line in (b"Claim C-1", b"Claim C-2", b"Summary"):
        before = shown.partition(line)[0].rpartition(b"\r\n")[2]
        assert COLOUR.sub(b"", before).rpartition(b"\x1b[2K")[2] == b""


def test_wrapped_to_the_terminal(claims: Write) -> None:
    shown, _, _ = on_terminal(
        "check", *ONLY, claims(expired()), terminals=("stdout",), NO_COLOR="1", COLUMNS="60"
    )
    assert max(map(len, shown.decode().splitlines())) <= 60


def test_turtle_is_highlighted_on_a_terminal() -> None:
    shown, _, _ = on_terminal("rules", "show", "DX-DATE", terminals=("stdout",))
    assert COLOUR.search(shown.partition(b"@prefix")[2])


def test_an_encoding_without_the_characters(claims: Write) -> None:
    file = claims(a_claim("M54.\u00e9"))
    result = run_process("check", "--select", "DX-FMT", file, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert rb"M54.\xe9" in result.stdout
