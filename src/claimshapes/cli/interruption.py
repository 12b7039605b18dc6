"""Ctrl-C between two results of a report, never in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Puts an interruption off while something is written that has to be whole."""

    def __init__(self) -> None:
        self._held = False
        self._pending = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Handles interruptions while the block runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = signal.signal(signal.SIGINT, self._arrived)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

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
            self._pending = False
            raise KeyboardInterrupt

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if not self._held or self._pending:
            raise KeyboardInterrupt
        self._pending = True
