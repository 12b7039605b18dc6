"""Watching, in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import Result

from claimshapes.knowledge.in_use import resource_directory
from tests.cli.conftest import ONLY, a_claim, command, environment, expired, interruptible

WATCHING = b"Ctrl-C ends"


@contextmanager
def watching(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command("watch", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        env=environment(),
        preexec_fn=interruptible,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def report(process: subprocess.Popen[bytes]) -> str:
    """What is said up to the next wait."""
    assert process.stdout is not None
    read = b""
    while WATCHING not in read:
        line = process.stdout.readline()
        assert line, read
        read += line
    return read.decode()


def write(file: Path, *claims: object) -> None:
    """Replaces a file at once, as editors do."""
    made = file.with_name("new")
    made.write_text(json.dumps(claims), encoding="utf-8")
    made.replace(file)


def test_claims_are_checked_again_until_interrupted(tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    write(file, a_claim())
    with watching(*ONLY, file) as process:
        assert "clean: no findings, 3 rules in force" in report(process)
        write(file, expired())
        assert "violation  DX-DATE" in report(process)
        file.unlink()
        assert "there is no such file" in report(process)
        write(file, a_claim())
        assert "clean: no findings, 3 rules in force" in report(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_rules_and_waivers_are_read_again(tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    write(file, expired())
    waivers = tmp_path / "waivers.toml"
    waivers.write_text("waiver = []\n", encoding="utf-8")
    folder = tmp_path / "rules"
    folder.mkdir()
    rule = folder / "OWN-DATE.ttl"
    shipped = (resource_directory("shapes") / "diagnosis" / "DX-DATE.ttl").read_text("utf-8")
    rule.write_text(shipped.replace("DX-DATE", "OWN-DATE"), encoding="utf-8")
    arguments = ("--rules", folder, "--waivers", waivers, "--select", "OWN-DATE", file)
    with watching(*arguments) as process:
        assert "violation  OWN-DATE" in report(process)
        rule.write_text("not Turtle", encoding="utf-8")
        said = report(process)
        assert "OWN-DATE.ttl, line 1" in said
        assert "Traceback" not in said
        warning = shipped.replace("DX-DATE", "OWN-DATE").replace("sh:Violation", "sh:Warning")
        rule.write_text(warning, encoding="utf-8")
        assert "warning  OWN-DATE" in report(process)
        waivers.write_text(
            '[[waiver]]\nrule = "OWN-DATE"\nreason = "x"\nreviewer = "y"\nuntil = 9999-12-31\n',
            encoding="utf-8",
        )
        assert "waived warning  OWN-DATE" in report(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_a_terminal_is_cleared(tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    write(file, a_claim())
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        command("watch", *ONLY, file),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(),
        preexec_fn=interruptible,
    )
    os.close(terminal)
    try:
        read = b""
        while WATCHING not in read:
            read += os.read(master, 4096)
        assert b"\x1b[2J" in read or b"\x1b[H\x1b[J" in read
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)


def test_standard_input_cannot_be_watched(run: Callable[..., Result]) -> None:
    result = run("watch", "-")
    assert result.exit_code == 2
    assert result.stderr == "Error: standard input cannot be watched; name a file\n"
