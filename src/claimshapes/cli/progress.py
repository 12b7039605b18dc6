"""Says on the error stream how far a check has come."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from claimshapes.claims.readers import BytesRead

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_FRAMES = 0.1
_MAKER = "claimshapes.making"
"""The log in which the set engine says how far the making of its tables has come."""


class Progress:
    """Shows what is being done, used as a context; this one shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def doing(self, what: str) -> None:
        """Says what is being done from now on."""

    def reading(self, read: BytesRead, size: int | None) -> None:
        """Says what counts the bytes that are read, and how many there are in all, if known."""

    def begin(self, claims: int) -> None:
        """Says that checking begins, after so many claims of an earlier run."""

    def count(self, claims: int, findings: int) -> None:
        """Says how many claims have been checked and how much was found."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Clears the terminal's line while something else is written there."""
        yield


def progress(wanted: bool | None) -> Progress:
    """A progress display.

    Args:
        wanted: whether to show one; none for "on a terminal".
    """
    terminal = sys.stderr.isatty()
    if not (terminal if wanted is None else wanted):
        return Progress()
    return _TerminalProgress() if terminal else _ProgressLines()


class _MakingHandler(logging.Handler):
    """Shows how far the tables of the set engine are made, which happens once."""

    def __init__(self, show: Callable[[str, float], None]) -> None:
        super().__init__()
        self._show = show
        self._log = logging.getLogger(_MAKER)
        self._level = self._log.level

    def attach(self) -> None:
        self._log.addHandler(self)
        self._log.setLevel(logging.INFO)

    def detach(self) -> None:
        self._log.removeHandler(self)
        self._log.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        share: float = getattr(record, "share", 0.0)
        words = f"making the tables of the set engine, once: {share:.0%}"
        self._show(words, share)


class _Pace:
    """How fast a check goes, and how long it still takes by the bytes of its files."""

    def __init__(self) -> None:
        self._read = BytesRead()
        self.size: int | None = None
        self._start = time.monotonic()
        self._claims = self._bytes = 0
        self._making_since: float | None = None

    def making(self, share: float) -> None:
        """Leaves the time in which tables are made out of how fast the check goes."""
        now = time.monotonic()
        if self._making_since is not None:
            self._start += now - self._making_since
        self._making_since = now if share < 1 else None

    def reading(self, read: BytesRead, size: int | None) -> None:
        self._read = read
        self.size = size or None

    def begin(self, claims: int) -> None:
        self._start = time.monotonic()
        self._claims = claims
        self._bytes = self._read.done

    @property
    def done(self) -> int:
        return self._read.done

    def words(self, claims: int, findings: int) -> str:
        """What has been done, how fast, and what is left."""
        seconds = max(time.monotonic() - self._start, 1e-3)
        rate = (claims - self._claims) / seconds
        words = f"{claims:,} claims, {findings:,} findings, {rate:,.0f} claims/s"
        if self.size is None or self.done <= self._bytes:
            return words
        left = (self.size - self.done) * seconds / (self.done - self._bytes)
        return f"{words}, {self.done / self.size:.0%} read, {_duration(left)} left"


def _duration(seconds: float) -> str:
    whole = max(round(seconds), 0)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


class _Shown(Progress):
    """Knows the pace of the check and of the making of tables."""

    def __init__(self) -> None:
        self._pace = _Pace()
        self._last = 0.0
        self._making = _MakingHandler(self._show_making)

    def __enter__(self) -> Self:
        self._making.attach()
        return self

    def __exit__(self, *error: object) -> None:
        self._making.detach()

    def _show_making(self, words: str, share: float) -> None:
        self._pace.making(share)

    def reading(self, read: BytesRead, size: int | None) -> None:
        self._pace.reading(read, size)

    def begin(self, claims: int) -> None:
        self._pace.begin(claims)


class _ProgressLines(_Shown):
    """A line every few seconds, for a log."""

    def __init__(self) -> None:
        super().__init__()
        self._last = time.monotonic()
        self._told = False

    def _show_making(self, words: str, share: float) -> None:
        super()._show_making(words, share)
        now = time.monotonic()
        if not self._told or now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last, self._told = now, True
            print(words, file=sys.stderr)

    def count(self, claims: int, findings: int) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            print(self._pace.words(claims, findings), file=sys.stderr)


class _TerminalProgress(_Shown):
    """A moving bar on the last line of the terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        super().__init__()
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
        self._what = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
        super().__exit__(*error)

    def _show_making(self, words: str, share: float) -> None:
        super()._show_making(words, share)
        if share < 1:
            self._bar.update(self._task, description=words, total=1.0, completed=share)
        else:
            self._bar.update(self._task, description=self._what, total=None, completed=0)

    def doing(self, what: str) -> None:
        from claimshapes.report.lines import plain

        self._what = plain(what)
        self._bar.update(self._task, description=self._what)

    def count(self, claims: int, findings: int) -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_FRAMES:
            self._last = now
            self._bar.update(
                self._task,
                total=self._pace.size,
                completed=self._pace.done,
                counts=self._pace.words(claims, findings),
            )

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()
