"""Prints how long the reference engine takes for a claim on the processor, all rules judged.

Usage: python tools/time_claims.py [FILE...]
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims

_ROOT = Path(__file__).parents[1]


def main(names: list[str]) -> None:
    """Times each claim once it has been judged before, and each for the first time."""
    files = names or sorted(
        str(file)
        for pattern in ("examples/*.json", "tests/data/x12/*.txt")
        for file in _ROOT.glob(pattern)
        if not file.name.startswith("LICENSE")
    )
    started = time.process_time()
    checker = Checker()
    loaded = time.process_time() - started
    claims = [r for file in files for r in read_claims(file) if isinstance(r, ClaimRecord)]
    first: list[float] = []
    again: list[float] = []
    for times in (first, again):
        for claim in claims:
            started = time.process_time()
            checker.check_one(claim)
            times.append(1000 * (time.process_time() - started))
    print(f"loaded in {1000 * loaded:.0f} ms; {len(claims)} claims")
    for name, times in (("first time", first), ("again", again)):
        print(
            f"{name:>10}: median {statistics.median(times):.0f} ms, "
            f"most {max(times):.0f} ms, ratio {max(times) / statistics.median(times):.1f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
