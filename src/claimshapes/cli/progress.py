"""Says on the error stream how far a check has come."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, Self

_SECONDS_BETWEEN_LINES = 5.0


class Progress(Protocol):
    """Shows what is being done; used as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def doing(self, what: str) -> None:
        """Says what is being done from now on."""

    def count(self, claims: int, findings: int) -> None:
        """Says how many claims have been checked and how much was found."""

    def paused(self) -> AbstractContextManager[None]:
        """Clears the terminal's line while something else is written there."""


def progress(wanted: bool | None) -> Progress:
    """A progress display.

    Args:
        wanted: whether to show one; none for "on a terminal".
    """
    terminal = sys.stderr.isatty()
    if not (terminal if wanted is None else wanted):
        return _NoProgress()
    return _TerminalProgress() if terminal else _ProgressLines()


class _NoProgress:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def doing(self, what: str) -> None:
        pass

    def count(self, claims: int, findings: int) -> None:
        pass

    @contextmanager
    def paused(self) -> Iterator[None]:
        yield


class _ProgressLines(_NoProgress):
    """A line every few seconds, for a log."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def count(self, claims: int, findings: int) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            print(f"{claims:,} claims checked, {findings:,} findings", file=sys.stderr)


class _TerminalProgress:
    """A moving bar on the last line of the terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        console = Console(
            file=sys.stderr, color_system=None if os.environ.get("NO_COLOR") else "auto"
        )
        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[counts]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, counts="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def doing(self, what: str) -> None:
        from claimshapes.report.page import plain

        self._bar.update(self._task, description=plain(what))

    def count(self, claims: int, findings: int) -> None:
        self._bar.update(self._task, counts=f"{claims:,} claims, {findings:,} findings")

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()
