"""What a contestant says after it has read a file of claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found, so that nobody is measured doing nothing.

    Attributes:
        said: it, in a few words.
        seconds: those that count, where it is not the whole time.
        memory: megabytes that other processes had at most.
    """

    said: str
    seconds: float | None = None
    memory: float = 0


Judge = Callable[[Path], Judged]


def memory_peak(process: int | None = None) -> float:
    """Megabytes that a process, this one if none is given, had at most.

    What getrusage says would count the memory of the process that started this one.
    """
    status = Path(f"/proc/{process or 'self'}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
