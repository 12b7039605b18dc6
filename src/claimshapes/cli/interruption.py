"""Ctrl-C between two results of a report, never in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Value = TypeVar("Value")

_ENDING = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class Ended(KeyboardInterrupt):
    """The process was told to end; what it holds is given back on the way out.

    Attributes:
        status: the exit status, as shells give it for the signal.
    """

    def __init__(self, number: int, words: str = "") -> None:
        super().__init__(words or f"ended by {signal.Signals(number).name}")
        self.status = 128 + number


def listen() -> None:
    """Takes the signals that ask a process to end for interruptions, from now on."""
    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            # Whoever had it ignored wants it ignored (nohup).
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _ended)


def _ended(number: int, frame: FrameType | None) -> None:
    raise Ended(number)


class Interruption:
    """Puts an interruption off while something is written that has to be whole."""

    def __init__(self) -> None:
        self._held = False
        self._pending = 0
        self._raised = 0
        self.status = 128 + signal.SIGINT
        """The exit status for the signal that came last."""

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Handles interruptions while the block runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        watched = [signal.SIGINT, *_ENDING]
        previous = [signal.getsignal(number) for number in watched]
        for number, before in zip(watched, previous, strict=True):
            if before is not signal.SIG_IGN:
                signal.signal(number, self._arrived)
        try:
            yield
        finally:
            for number, before in zip(watched, previous, strict=True):
                signal.signal(number, before)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Handles interruptions while the block runs, which ends with every one that comes.

        Raises:
            KeyboardInterrupt: one came.
        """
        with self.watched():
            try:
                yield
                self._raise_lost()
            except Exception as error:
                self._raise_lost(error)
                raise

    @contextmanager
    def held(self) -> Iterator[None]:
        """Puts the first interruption off to the end of the block.

        Raises:
            KeyboardInterrupt: at the end, when one came; at once, when a second one comes.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._pending:
            number, self._pending = self._pending, 0
            raise _interrupt(number)

    def through(self, values: Iterable[Value]) -> Iterator[Value]:
        """Gives values on, one after another, and none after an interruption.

        What a signal's handler raises within a library of another language may not come out of
        it: jsonschema-rs goes on, DuckDB raises an error of its own. It is then raised here.

        Raises:
            KeyboardInterrupt: one came.
        """
        try:
            for value in values:
                self._raise_lost()
                yield value
                # Not held while the next one is made.
                del value
            self._raise_lost()
        except Exception as error:
            self._raise_lost(error)
            raise

    def _raise_lost(self, instead: Exception | None = None) -> None:
        if self._raised:
            raise _interrupt(self._raised) from instead

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        self.status = 128 + number
        if not self._held or self._pending:
            self._raised = number
            raise _interrupt(number)
        self._pending = number


def _interrupt(number: int) -> KeyboardInterrupt:
    return KeyboardInterrupt() if number == signal.SIGINT else Ended(number)
