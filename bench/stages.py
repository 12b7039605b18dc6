"""Where the time of the set engine goes, stage by stage, and how far that is from the floor.

    python bench/stages.py [NUMBER] [--seed N]

Judges NUMBER generated claims (20,000 by default) on one core, from JSON to the JSON report's
findings, after one batch that warms it up. Seconds are the process's own on the processor, so that
other work on the machine does not count. The time of a stage is without that of the stages within
it. The floor parses the JSON and does nothing.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from bench.claims import SEED, claim_lines  # noqa: E402
from claimshapes.checking.checker import Checker  # noqa: E402
from claimshapes.claims.readers.json_claims import read_json_lines  # noqa: E402
from claimshapes.report.json_report import finding_object  # noqa: E402

READ, RESULTS, REPORT = "read lines", "results and findings", "JSON of the findings"
STAGES = (
    ("parse and check the format", "claimshapes.claims.readers.json_claims", "read_claim"),
    ("faults of the format", "claimshapes.claims.format_check", "Admission.admit"),
    ("claims into tables", "claimshapes.engines.batch.tables.claim_tables", "ClaimTables.fill"),
    (
        "knowledge they reach",
        "claimshapes.engines.batch.tables.knowledge_tables",
        "KnowledgeTables.fill",
    ),
    ("derivations", "claimshapes.engines.batch.engine", "SetEngine._derive"),
    ("rules", "claimshapes.engines.batch.engine", "SetEngine._rows"),
    ("rows to results", "claimshapes.engines.batch.engine", "SetEngine.judge"),
)
"""Name of each stage, and the function whose calls it is."""


class Clock:
    """Seconds of each stage; what a stage calls of another one is the other's.

    Attributes:
        seconds: by the name of the stage.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = time.process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Counts what happens within as the stage's."""
        self._settle()
        self._open.append(name)
        try:
            yield
        finally:
            self._settle()
            self._open.pop()

    def _settle(self) -> None:
        now = time.process_time()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def watch(self, name: str, module: str, function: str) -> None:
        """Counts every call of a function as the stage's."""
        owner: Any = import_module(module)
        *around, last = function.split(".")
        for part in around:
            owner = getattr(owner, part)
        setattr(owner, last, self._watched(name, getattr(owner, last)))

    def _watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def watched(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                return function(*arguments, **named)

        return watched

    def each(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        """The items, with the time that getting them takes as the stage's."""
        while True:
            with self.stage(name):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("number", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    lines = [line.encode() for line, _ in claim_lines(options.number, options.seed)]
    clock = Clock()
    for stage in STAGES:
        clock.watch(*stage)
    checker = Checker(engine="set")
    begun = time.process_time()
    judge(checker, lines[:1], clock)
    start = time.process_time() - begun
    judge(checker, lines[:5_000], clock)
    clock.seconds.clear()
    begun = time.process_time()
    findings = judge(checker, lines, clock)
    whole = time.process_time() - begun
    begun = time.process_time()
    for line in lines:
        json.loads(line)
    print_stages(clock.seconds, whole, time.process_time() - begun, options.number)
    print(f"\n{findings:,} findings; the first claim took {start:.1f} s")
    return 0


def judge(checker: Checker, lines: list[bytes], clock: Clock) -> int:
    findings = 0
    readings = clock.each(READ, iter(read_json_lines(BytesIO(b"".join(lines)), "claims")))
    for _, result in clock.each(RESULTS, iter(checker.check_readings(readings))):
        with clock.stage(REPORT):
            for finding in result.findings if result is not None else ():
                findings += bool(json.dumps(finding_object(finding)))
    return findings


def print_stages(seconds: dict[str, float], whole: float, floor: float, number: int) -> None:
    print(f"{'stage':28}{'seconds':>9}{'share':>8}{'microseconds a claim':>23}")
    order = [READ, *(name for name, _, _ in STAGES), RESULTS, REPORT]
    rows = [(name, seconds.get(name, 0.0)) for name in order]
    rows += [("not told apart", whole - sum(seconds.values())), ("together", whole)]
    for name, taken in [*rows, ("floor", floor)]:
        print(f"{name:28}{taken:>9.2f}{taken / whole:>8.1%}{taken / number * 1e6:>23.1f}")
    print(f"\n{number / whole:,.0f} claims/s, {whole / floor:,.1f} times the floor")


if __name__ == "__main__":
    raise SystemExit(main())
