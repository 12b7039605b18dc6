"""Who checks how many claims a second: one table, everyone on the same claims in one run.

    python bench/run.py [--sizes 100,1000,...] [--budget SECONDS] [--only NAME] [--json FILE]

Every contestant runs in a process of its own, on one core unless its name says otherwise, once for
each number of claims, the smallest first. A number that takes longer than the budget is marked "-",
and so is one that is not tried, because the one before it took too long; below the table it says
which. A million claims want a budget of an hour:

    python bench/run.py --sizes 10000,100000,1000000 --budget 3600 --only "set engine, one core"

A contestant whose package is missing is named; bench/requirements.txt installs them all.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from bench.contestants import CONTESTANTS, Contestant  # noqa: E402
from bench.judged import memory_peak  # noqa: E402

_SIZES = "100,1000,10000,100000"
_START_ALLOWANCE = 300
"""Seconds that a contestant may take to start, beside the budget."""

_HOPELESS = 2
"""A number is not tried that would take so many times the budget at the pace of the one before.

Twice, since many claims go quicker than few.
"""

_YARDSTICK = "set engine, one core"


@dataclass(slots=True)
class Measured:
    """What is known of a contestant.

    Attributes:
        rates: claims a second, by number of claims.
        start: seconds until it could judge.
        peak: megabytes of memory at most, in its last run.
        notes: what it found in its last run.
        missing: why there are numbers of claims that it has not judged.
    """

    rates: dict[int, float] = field(default_factory=dict)
    start: float | None = None
    peak: float | None = None
    notes: str = ""
    missing: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default=_SIZES, help=f"numbers of claims ({_SIZES})")
    parser.add_argument("--budget", type=float, default=60, help="seconds for a number (60)")
    parser.add_argument("--only", action="append", help="only contestants whose name has this")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure[0], Path(options.measure[1]), options.budget)
    sizes = [int(text) for text in options.sizes.split(",")]
    chosen = [
        contestant
        for contestant in CONTESTANTS
        if not options.only or any(part in contestant.name for part in options.only)
    ]
    with tempfile.TemporaryDirectory(prefix="claimshapes-bench-") as folder:
        files = {size: write_claims(Path(folder), size, options.seed) for size in sizes}
        table = {each.name: compete(each, files, options.budget) for each in chosen}
    print_table(table, sizes)
    if options.json:
        options.json.write_text(json.dumps(figures(table), indent=1) + "\n")
    return 0


def write_claims(folder: Path, size: int, seed: int) -> Path:
    # What makes claims takes memory, and is not needed in the contestants' processes.
    from bench.claims import claim_lines

    file = folder / f"{size}.ndjson"
    faults = 0
    start = time.perf_counter()
    with file.open("w", encoding="utf-8") as stream:
        for line, with_fault in claim_lines(size, seed):
            stream.write(line)
            faults += with_fault
    seconds = time.perf_counter() - start
    print(
        f"{size:,} claims made in {seconds:.1f} s,"
        f" {file.stat().st_size / 1e6:,.0f} MB, {faults / size:.1%} with a fault put in",
        flush=True,
    )
    return file


def compete(contestant: Contestant, files: dict[int, Path], budget: float) -> Measured:
    """Measures a contestant on each file, the smallest first, until the budget does not do."""
    known = Measured()
    pace = 0.0
    for size in sorted(files):
        if size * pace > _HOPELESS * budget:
            expected = f"{size * pace:,.0f} s at the pace of the number before"
            known.missing = f"{size:,} claims not tried: {expected}, the budget is {budget:,.0f} s"
            break
        print(f"{contestant.name}: {size:,} claims ...", file=sys.stderr, flush=True)
        options = ["--budget", str(budget), "--measure", contestant.name, str(files[size])]
        status, output, errors = run([sys.executable, __file__, *options], budget)
        if status in (None, -signal.SIGALRM):
            known.missing = f"{size:,} claims not judged within {budget:,.0f} s"
            break
        if status:
            reason = (errors.strip().splitlines() or [f"ended with status {status}"])[-1]
            known.missing = f"{size:,} claims: {reason}"
            break
        answer: dict[str, Any] = json.loads(output.splitlines()[-1])
        known.rates[size] = size / answer["seconds"]
        known.start, known.peak, known.notes = answer["start"], answer["peak"], answer["said"]
        pace = answer["whole"] / size
    return known


def run(command: list[str], budget: float) -> tuple[int | None, str, str]:
    """Runs a contestant; nothing of it is left when it has ended or its time is up."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=budget + _START_ALLOWANCE)
        return process.returncode, output, errors
    except subprocess.TimeoutExpired:
        return None, "", ""
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def measure(name: str, file: Path, budget: float) -> int:
    """The contestant's own process: starts it, judges the file, says what that took."""
    (contestant,) = (each for each in CONTESTANTS if each.name == name)
    if not contestant.all_cores:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    begun = time.perf_counter()
    try:
        judge = contestant.start()
    except ImportError as error:
        print(f"missing: {error}", file=sys.stderr)
        return 1
    # Also ends what does not come back to Python.
    signal.setitimer(signal.ITIMER_REAL, budget)
    started = time.perf_counter()
    judged = judge(file)
    ended = time.perf_counter()
    answer = {
        "start": started - begun,
        "seconds": ended - started if judged.seconds is None else judged.seconds,
        # With what the contestant does not count, such as making graphs; the budget counts it.
        "whole": ended - started,
        "peak": memory_peak() + judged.memory,
        "said": judged.said,
    }
    print(json.dumps(answer))
    return 0


def print_table(table: dict[str, Measured], sizes: list[int]) -> None:
    yard = table.get(_YARDSTICK, Measured()).rates
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"\nClaims a second, by number of claims ({cores} cores, load at the end {load:.1f})\n")
    heads = [f"{size:,}" for size in sorted(sizes)]
    print(f"{'':32}" + "".join(f"{head:>11}" for head in [*heads, "ratio", "start s", "peak MB"]))
    for name, known in table.items():
        cells = [f"{known.rates[s]:,.0f}" if s in known.rates else "-" for s in sorted(sizes)]
        common = max((size for size in known.rates if size in yard), default=None)
        ratio = "-" if common is None else f"{known.rates[common] / yard[common]:,.3g}"
        cells += [ratio, _number(known.start, 2), _number(known.peak, 0)]
        print(f"{name:32}" + "".join(f"{cell:>11}" for cell in cells))
    print(f"\nratio: to the {_YARDSTICK}, at the largest number of claims that both judged.")
    checks = {contestant.name: contestant.checks for contestant in CONTESTANTS}
    for name, known in table.items():
        print("; ".join(filter(None, [f"{name}: {checks[name]}", known.notes, known.missing])))


def figures(table: dict[str, Measured]) -> dict[str, Any]:
    return {
        name: {
            "claimsPerSecond": known.rates,
            "startSeconds": known.start,
            "peakMegabytes": known.peak,
            "notes": known.notes,
            "missing": known.missing,
        }
        for name, known in table.items()
    }


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


if __name__ == "__main__":
    raise SystemExit(main())
