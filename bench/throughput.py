"""Claims a second: generated claims, from JSON text to results, by each engine.

    python bench/throughput.py [CLAIMS ...]

Prints a table for each number of claims (100, 1,000 and 10,000 by default). The reference engine
judges at most 100 of them. *Parsing* reads the JSON and does nothing: the floor.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.generator.claims import claims as generated  # noqa: E402

from claimshapes.checking.checker import Checker  # noqa: E402
from claimshapes.claim import ClaimReading  # noqa: E402
from claimshapes.findings import ClaimResult  # noqa: E402
from claimshapes.read import read_claim_objects  # noqa: E402

_SEED = 7
_MOST_BY_REFERENCE = 100


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:]] or [100, 1_000, 10_000]
    print(f"{'':32}{'claims':>10}{'seconds':>10}{'claims/s':>10}{'peak MB':>10}")
    together = timed("set engine, start", 0, lambda: warm(Checker(engine="set")))
    for number in numbers:
        lines = [json.dumps(claim) for claim in generated(_SEED, number)]
        timed("parsing", number, partial(parsed, lines))
        records = timed(
            "parsing and schema",
            number,
            partial(admitted, lines),
        )
        timed("set engine", number, partial(checked, together, records))
        few = list(islice(records, _MOST_BY_REFERENCE))
        one_by_one = Checker(engine="reference")
        timed(
            "reference engine",
            len(few),
            partial(checked, one_by_one, few),
        )


def parsed(lines: list[str]) -> list[Any]:
    return [json.loads(line) for line in lines]


def admitted(lines: list[str]) -> list[ClaimReading]:
    return list(read_claim_objects(map(json.loads, lines)))


def checked(
    checker: Checker, readings: list[ClaimReading]
) -> list[tuple[ClaimReading, ClaimResult | None]]:
    return list(checker.check_readings(readings))


def warm(checker: Checker) -> Checker:
    list(checker.check(generated(_SEED, 1)))
    return checker


def timed(name: str, number: int, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    made = work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = f"{number / seconds:,.0f}" if number else ""
    print(f"{name:32}{number:>10,}{seconds:>10.2f}{rate:>10}{peak:>10,.0f}", flush=True)
    return made


if __name__ == "__main__":
    main()
