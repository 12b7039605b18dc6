"""Lets a check that was stopped go on: a journal beside its output says how far it had come.

The report is written to ``OUTPUT.partial`` and moved to its place once it is whole. After each
batch ``OUTPUT.progress`` is replaced by one that holds how much of the report counts, how many
claims it is about, and the summary so far. What a killed run wrote after that is cut off.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from claimshapes.checking.waivers import Waivers
from claimshapes.cli.output import STANDARD_STREAM, refuse_inputs
from claimshapes.cli.settings import CheckSettings
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.report.formats import CONTINUABLE_FORMATS
from claimshapes.report.summary import Summary
from claimshapes.report.summary_state import summary_of, summary_state
from claimshapes.version import __version__


class Resumption:
    """One check that may be stopped and gone on with.

    Args:
        output: the file of the report.
        output_format: the report's format.
        files: the files of claims.
        settings: by what they are judged.
        code_sources: the hashes of what the compiled knowledge was made from.
        day: the day of the check, that on which it was begun.
        tokens: tells one key of ``--redact-key`` from another.
        baseline: the file of known findings.

    Raises:
        InputError: the check cannot be resumed, or what it rests on has changed since.
    """

    def __init__(
        self,
        output: str | None,
        output_format: str,
        files: Sequence[str],
        settings: CheckSettings,
        code_sources: Mapping[str, str],
        day: date,
        tokens: str = "",
        *,
        baseline: str | None = None,
    ) -> None:
        if output is None or output == STANDARD_STREAM:
            raise InputError("--resume needs --output FILE, next to which it keeps its journal")
        if output_format not in CONTINUABLE_FORMATS:
            formats = " or ".join(CONTINUABLE_FORMATS)
            raise InputError(f"--resume needs --format {formats}; {output_format} is one document")
        if STANDARD_STREAM in files:
            raise InputError("--resume cannot read standard input twice; name a file")
        self._output = Path(output).resolve()
        inputs = [*files, *filter(None, [settings.waiver_file, settings.columns, baseline])]
        refuse_inputs(self._output, inputs, output)
        if self._output.is_dir():
            raise InputError("is a directory; give a file to write", file=output)
        self._partial = self._output.with_name(f"{self._output.name}.partial")
        self._journal = _journal_of(self._output)
        self._basis = _basis(output_format, files, settings, code_sources)
        self._basis["the key of --redact-key"] = tokens
        self._basis["the baseline"] = _digest(filter(None, [baseline]))
        self._day = day
        self._stream: TextIO | None = None
        saved = self._saved()
        self.done: int = saved["done"] if saved else 0
        """How many claims, read or rejected, the report is about already."""
        self._size: int = saved["size"] if saved else 0
        self._summary: Mapping[str, Any] | None = saved["summary"] if saved else None

    @property
    def continued(self) -> bool:
        """Whether there is something to go on with."""
        return self._summary is not None

    def summary(self, waivers: Waivers) -> Summary:
        """The summary so far."""
        if self._summary is None:
            return Summary(waivers=waivers)
        return summary_of(self._summary, waivers)

    @contextmanager
    def stream(self) -> Iterator[TextIO]:
        """The stream of the report, at the place from which it goes on.

        It is moved to its place when the block ends with ``keep`` told that the check is
        whole; otherwise it stays for the next run.

        Raises:
            InputError: it cannot be written.
        """
        try:
            with self._partial.open("a", encoding="utf-8", newline="\n") as stream:
                os.truncate(stream.fileno(), self._size)
                self._stream = stream
                yield stream
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            reason = error.strerror or "its name is no file name"
            raise InputError(f"cannot be written ({reason})", file=str(self._partial)) from error

    def keep(self, summary: Summary, done: int) -> None:
        """Says that all that has been written counts.

        Args:
            summary: the summary so far.
            done: how many claims, read or rejected, it is about.
        """
        assert self._stream is not None
        self._stream.flush()
        self.done = done
        state = {
            "basis": self._basis,
            "day": self._day.isoformat(),
            "done": done,
            "size": os.fstat(self._stream.fileno()).st_size,
            "summary": summary_state(summary),
        }
        made = self._journal.with_name(f".{self._journal.name}")
        made.write_text(json.dumps(state), encoding="utf-8")
        made.replace(self._journal)

    def finish(self) -> None:
        """Puts the whole report in its place; there is nothing to go on with any more."""
        self._journal.unlink(missing_ok=True)
        self._partial.replace(self._output)

    def _saved(self) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads(self._journal.read_text("utf-8"))
            size = self._partial.stat().st_size
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise self._refusal("is no journal of a check") from None
        if (
            not isinstance(state, dict)
            or not {"basis", "day", "done", "size", "summary"} <= state.keys()
        ):
            raise self._refusal("is no journal of a check")
        for name, before in state["basis"].items():
            if self._basis.get(name) != before:
                raise self._refusal(f"{name} changed since the check was stopped")
        if size < state["size"]:
            raise self._refusal(f"{self._partial.name} has lost its end")
        return state

    def _refusal(self, reason: str) -> InputError:
        hint = f"delete {self._journal.name} to begin anew"
        return InputError(f"{reason}; {hint}", file=str(self._journal))


def first_day(output: str | None) -> date | None:
    """The day on which the check was begun that a command goes on with.

    Claims without a date of their own are taken as sent on it, and waivers end by it, so that a
    report is about one day.

    Args:
        output: the file of the report.

    Returns:
        The day, or none where there is nothing to go on with.
    """
    if output is None:
        return None
    try:
        state = json.loads(_journal_of(Path(output).resolve()).read_text("utf-8"))
        return date.fromisoformat(state["day"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _journal_of(output: Path) -> Path:
    return output.with_name(f"{output.name}.progress")


def _basis(
    output_format: str,
    files: Sequence[str],
    settings: CheckSettings,
    code_sources: Mapping[str, str],
) -> dict[str, Any]:
    """All that a report depends on, by the words that name it where it has changed."""
    ontology = resource_directory("ontology")
    rules = [resource_directory("shapes"), ontology / "derivations", *settings.folders]
    terms = sorted(ontology.glob("*.*")) + sorted((ontology / "tables").glob("*"))
    return {
        "the version of the program": __version__,
        "the format of the report": output_format,
        "the options": settings.judgement(),
        "a file of claims": [_file_state(name) for name in files],
        "the rules": _digest(sorted(file for folder in rules for file in folder.rglob("*.ttl"))),
        "the knowledge": [_digest(terms), hashlib.sha256(repr(code_sources).encode()).hexdigest()],
        "the file of columns": _digest(filter(None, [settings.columns])),
        "the waivers": _digest(filter(None, [settings.waiver_file])),
    }


def _file_state(name: str) -> list[Any]:
    """What tells that a file has changed: its name, size and time."""
    try:
        status = Path(name).stat()
    except (OSError, ValueError):
        return [name, None, None]
    return [name, status.st_size, status.st_mtime_ns]


def _digest(files: Any) -> str:
    digest = hashlib.sha256()
    for file in files:
        try:
            content = Path(file).read_bytes()
        except (OSError, ValueError):
            # Whoever uses it says what is wrong.
            content = b""
        digest.update(f"{file}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return digest.hexdigest()
