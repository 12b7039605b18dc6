"""Ctrl-C, and a reader of the output that goes away."""

from __future__ import annotations

import array
import fcntl
import json
import os
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
import pytest
from click.testing import Result

from claimshapes.claims import quick_check
from claimshapes.cli import program
from claimshapes.cli.interruption import Ended, Interruption
from tests.cli.conftest import ONLY, command, environment, expired, interruptible


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program, reading claims from a pipe that stays open."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command("check", *ONLY, "--input-format", "ndjson", *arguments, "-"),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        bufsize=0,
        env=environment(),
        preexec_fn=interruptible,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def send(process: subprocess.Popen[bytes], number: int) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(expired(id=f"C-{number}")).encode() + b"\n")
    process.stdin.flush()


def read_until(process: subprocess.Popen[bytes], text: bytes) -> bytes:
    assert process.stdout is not None
    read = b""
    while text not in read:
        line = process.stdout.readline()
        assert line, read
        read += line
    return read


def test_interrupted_json_is_valid() -> None:
    with started("--format", "json") as process:
        send(process, 1)
        # The finding's line ends when the next one begins.
        read = read_until(process, b'"findings": [')
        assert process.stdout is not None
        read += process.stdout.read(20)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    document = json.loads(read + output)
    assert document["claims"] == 1
    assert len(document["findings"]) == 1
    assert document["summary"]["complete"] is False
    assert errors == b"Error: interrupted; the report is about the claims checked so far\n"


def test_interrupted_text_says_so() -> None:
    with started("--group-by", "claim") as process:
        send(process, 1)
        read_until(process, b"what to do")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"stopped before the end" in output


def test_a_claim_is_reported_before_the_next_is_read() -> None:
    with started("--group-by", "claim") as process:
        for number in (1, 2, 3):
            send(process, number)
            read_until(process, f"Claim C-{number}".encode())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_in_the_file_stays(tmp_path: Path, number: signal.Signals) -> None:
    output = tmp_path / "report.json"
    output.write_text("before")
    with started("--format", "json", "--output", str(output), "--progress") as process:
        send(process, 1)
        while not list(tmp_path.glob(".report.json.*")) or not any(
            b"DX-DATE" in file.read_bytes() for file in tmp_path.glob(".report.json.*")
        ):
            assert process.poll() is None
        process.send_signal(number)
        process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert output.read_text() == "before"
    assert list(tmp_path.iterdir()) == [output]


def test_an_interruption_ends_every_process(tmp_path: Path) -> None:
    claims, output = tmp_path / "claims.ndjson", tmp_path / "report.ndjson"
    with claims.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(expired(id=f"C-{n}")) + "\n" for n in range(60_000))
    options = ("--jobs", "2", "--engine", "set", "--format", "ndjson", "--output", output)
    process = subprocess.Popen(
        command("check", *ONLY, *options, claims),
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=interruptible,
        start_new_session=True,
    )
    try:
        while not any(file.stat().st_size for file in tmp_path.glob(".report.ndjson.*")):
            assert process.poll() is None
        # As a terminal does it: to every process that it started.
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    assert process.returncode == 130
    assert errors == b"Error: interrupted; the report was not written\n"
    assert all_ended(process.pid)
    assert list(tmp_path.iterdir()) == [claims]


def all_ended(group: int) -> bool:
    """Whether no process of a group is left; the one that Python starts beside others ends last."""
    for _ in range(600):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_reader_that_goes_away() -> None:
    with started("--format", "json") as process:
        send(process, 1)
        read_until(process, b'"findings": [')
        assert process.stdout is not None
        process.stdout.close()
        send(process, 2)
        assert process.stdin is not None
        process.stdin.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        assert process.wait(timeout=120) == 141
    assert errors == b""


def test_an_interruption_waits_for_what_has_to_be_whole() -> None:
    interruption = Interruption()
    reached = []
    with pytest.raises(KeyboardInterrupt), interruption.watched():
        with interruption.held():
            signal.raise_signal(signal.SIGINT)
            reached.append("end of the block")
        reached.append("after the block")
    assert reached == ["end of the block"]


def test_a_second_interruption_does_not_wait() -> None:
    interruption = Interruption()
    reached = []
    with pytest.raises(KeyboardInterrupt), interruption.watched(), interruption.held():
        signal.raise_signal(signal.SIGINT)
        reached.append("first")
        signal.raise_signal(signal.SIGINT)
        reached.append("second")
    assert reached == ["first"]


def interrupted(number: int) -> None:
    """What a library does that loses what the handler of a signal raises."""
    with suppress(KeyboardInterrupt):
        signal.raise_signal(number)


@pytest.mark.parametrize("last", [False, True])
def test_an_interruption_that_was_lost_comes_before_the_next_value(last: bool) -> None:
    def values() -> Iterator[int]:
        yield 1
        interrupted(signal.SIGTERM)
        if not last:
            yield 2

    interruption = Interruption()
    reached = []
    with pytest.raises(Ended), interruption.watched():
        for value in interruption.through(values()):
            reached.append(value)
    assert reached == [1]


def test_an_error_in_the_place_of_an_interruption_is_one() -> None:
    def values() -> Iterator[int]:
        interrupted(signal.SIGTERM)
        raise RuntimeError("Query interrupted")
        yield 1

    interruption = Interruption()
    with pytest.raises(Ended) as ended, interruption.watched():
        list(interruption.through(values()))
    assert isinstance(ended.value.__cause__, RuntimeError)


def test_other_errors_stay_what_they_are() -> None:
    def values() -> Iterator[int]:
        yield 1
        raise RuntimeError("other")

    interruption = Interruption()
    with pytest.raises(RuntimeError, match="other"), interruption.watched():
        list(interruption.through(values()))


def test_a_check_ends_although_a_library_loses_the_interruption(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Validator:
        def is_valid(self, claim: object) -> bool:
            interrupted(signal.SIGINT)
            return True

    monkeypatch.setattr(quick_check, "_typed_validator", Validator)
    claims = tmp_path / "claims.ndjson"
    claims.write_text("".join(json.dumps(expired(id=f"C-{n}")) + "\n" for n in range(3)))
    ended = run("check", *ONLY, claims)
    assert ended.exit_code == 130
    assert ended.stderr == "Error: interrupted; the report is about the claims checked so far\n"


def test_the_handler_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption().watched():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


READ_CLAIMS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("check",): (*ONLY, "--format", "json"),
    ("convert",): ("--to", "json"),
    ("graph",): ("--findings",),
    ("rules", "impact"): ("--format", "json"),
}
"""Each command that reads claims and writes a file, with options that leave it little to do."""

WITHOUT_FILE = {("watch",), ("serve",)}
"""Those that write none: one goes by what is on the screen, the other answers requests."""


def commands_with_claims(group: click.Group, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every command that is told how files of claims are written."""
    found = set()
    for name, each in group.commands.items():
        place = (*path, name)
        if isinstance(each, click.Group):
            found |= commands_with_claims(each, place)
        elif "input_format" in {parameter.name for parameter in each.params}:
            found.add(place)
    return found


def test_every_command_that_reads_claims_is_held_to_it() -> None:
    assert commands_with_claims(program) == {*READ_CLAIMS, *WITHOUT_FILE}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", READ_CLAIMS, ids=" ".join)
def test_a_command_ends_although_a_library_loses_the_interruption(
    run: Callable[..., Result],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: tuple[str, ...],
    number: int,
) -> None:
    class Validator:
        times = 0

        def is_valid(self, claim: object) -> bool:
            self.times += 1
            interrupted(number)
            return True

    validator = Validator()
    monkeypatch.setattr(quick_check, "_typed_validator", lambda: validator)
    monkeypatch.setattr(quick_check, "_validator", lambda: validator)
    claims, output = tmp_path / "claims.ndjson", tmp_path / "output"
    claims.write_text("".join(json.dumps(expired(id=f"C-{n}")) + "\n" for n in range(3)))
    output.write_text("before")
    ended = run(*name, *READ_CLAIMS[name], claims, "--output", output)
    assert ended.exit_code == 128 + number
    assert ended.stderr.startswith("Error: ")
    assert validator.times == 1
    assert output.read_text() == "before"
    assert set(tmp_path.iterdir()) == {claims, output}


@pytest.mark.parametrize("name", [each for each in READ_CLAIMS if each != ("check",)], ids=" ".join)
def test_a_command_that_waits_for_claims_ends_at_once(
    tmp_path: Path, name: tuple[str, ...]
) -> None:
    output, temporary = tmp_path / "output", tmp_path / "temporary"
    output.write_text("before")
    temporary.mkdir()
    options = (*READ_CLAIMS[name], "--input-format", "ndjson", "--output", str(output), "-")
    process = subprocess.Popen(
        command(*name, *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=environment(TMPDIR=str(temporary)),
        preexec_fn=interruptible,
    )
    try:
        send(process, 1)
        assert process.stdin is not None
        # It has taken what there is, and waits for more.
        while ready_to_read(process.stdin.fileno()):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 128 + signal.SIGTERM
    assert errors == b"Error: ended by SIGTERM\n"
    assert output.read_text() == "before"
    assert set(tmp_path.iterdir()) == {output, temporary}
    assert not list(temporary.iterdir())


def ready_to_read(pipe: int) -> int:
    """How many bytes of a pipe nobody has taken yet."""
    number = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, number)
    return number[0]
