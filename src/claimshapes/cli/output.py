"""Where a report goes: standard output, or a file that appears only once it is whole."""

from __future__ import annotations

import glob
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from claimshapes.errors import InputError
from claimshapes.files.private_files import hold, remove_if_left

STANDARD_STREAM = "-"
_UNFINISHED = ".unfinished"


@contextmanager
def report_stream(output: str | None, inputs: Sequence[str]) -> Iterator[TextIO]:
    """The stream that a report is written to.

    A file is written beside its place and moved there at the end; when the block fails,
    what was there before stays.

    Args:
        output: a file's name; none or ``-`` for standard output.
        inputs: the files that are read, none of which may be the output.

    Raises:
        InputError: the file cannot be written, or is one of the inputs.
    """
    if output is None or output == STANDARD_STREAM:
        yield _standard_output()
        return
    target = Path(output)
    try:
        target = target.resolve()
        refuse_inputs(target, inputs, output)
        if target.is_dir():
            raise InputError("is a directory; give a file to write", file=output)
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            # A device or a pipe is written to; it must not be replaced by a file.
            with target.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
            return
        for left in target.parent.glob(f".{glob.escape(target.name)}.*{_UNFINISHED}"):
            remove_if_left(left)
        handle, name = tempfile.mkstemp(_UNFINISHED, f".{target.name}.", target.parent)
        hold(handle)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot be written ({_reason(error)})", file=output) from error
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
        made.chmod(_mode(target))
        made.replace(target)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def refuse_inputs(target: Path, inputs: Sequence[str], output: str) -> None:
    """Refuses an output that is one of the files that are read.

    Args:
        target: the file.
        inputs: the files that are read.
        output: its name as the user gave it.

    Raises:
        InputError: it is.
    """
    if any(_same_file(target, name) for name in inputs):
        raise InputError("is one of the files to check; give another output", file=output)


def _standard_output() -> TextIO:
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        # A character that the terminal's encoding lacks must not end the report.
        stream.reconfigure(errors="backslashreplace")
    return stream


def _same_file(target: Path, name: str) -> bool:
    if name == STANDARD_STREAM or not target.exists():
        return False
    try:
        return target.samefile(name)
    except (OSError, ValueError):
        return False


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such folder"
    return getattr(error, "strerror", None) or "its name is no file name"
