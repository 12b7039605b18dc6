"""What judging claims beside each other costs before anything is judged: time and memory.

    python bench/grouping.py [CLAIMS ...]

Writes so many small claims, five a patient, in the order of their patients and in none, gives
them their history in a process of its own, and prints a table (10,000 and 100,000 by default).
*Reading* does no more than read and admit them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src")]

_OF_A_PATIENT = 5
_SEED = 7
_PROGRAM = """
import resource, sys, time
from datetime import timedelta
from claimshapes.rules.rule_book import load_rules
from claimshapes.checking.grouping.across import AcrossClaims
from claimshapes.rules.other_claims import united
from claimshapes.claims.readers import read_claims
how, file = sys.argv[1:]
others = united(rule.other_claims for rule in load_rules() if rule.other_claims is not None)
across = AcrossClaims(others, grouped=how == "grouped", documentation=True)
start = time.perf_counter()
readings = read_claims(file)
services = 0
for reading in readings if how == "reading" else across.with_history(readings):
    services += len(reading.claim.get("history", ()))
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, services)
"""


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:]] or [10_000, 100_000]
    columns = ("claims", "seconds", "claims/s", "peak MB", "services added")
    print(f"{'':12}" + "".join(f"{name:>16}" for name in columns))
    with tempfile.TemporaryDirectory(prefix="claimshapes-") as folder:
        for number in numbers:
            in_order, in_none = Path(folder) / "in-order.ndjson", Path(folder) / "in-none.ndjson"
            claims = list(map(json.dumps, made(number)))
            in_order.write_text("\n".join(claims))
            random.Random(_SEED).shuffle(claims)
            in_none.write_text("\n".join(claims))
            del claims
            for how, file in (("reading", in_none), ("grouped", in_order), ("gathered", in_none)):
                seconds, peak, services = run(how, file)
                rate = number / seconds
                print(
                    f"{how:12}{number:>16,}{seconds:>16.2f}{rate:>16,.0f}{peak:>16,.0f}"
                    f"{services:>16,.0f}",
                    flush=True,
                )


def run(how: str, file: Path) -> tuple[float, ...]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, how, str(file)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    return tuple(map(float, done.stdout.split()))


def made(number: int) -> Iterator[dict[str, Any]]:
    """Small claims, the five of each patient one after the other."""
    rnd = random.Random(_SEED)
    for place in range(number):
        patient = place // _OF_A_PATIENT
        day = time.strftime("%Y-%m-%d", time.gmtime(1_767_225_600 + rnd.randrange(120) * 86_400))
        yield {
            "id": f"C-{place}",
            "payer": "medicare-b",
            "patient": {"id": f"P-{patient}", "birthDate": "1950-02-01", "sex": "female"},
            "billingProvider": {"npi": "1234567893"},
            "diagnosis": [{"sequence": 1, "code": "M54.6"}],
            "item": [
                {
                    "sequence": 1,
                    "procedure": rnd.choice(["97110", "97140", "99213"]),
                    "quantity": 1,
                    "charge": "80.00",
                    "allowed": "31.20",
                    "serviced": day,
                }
            ],
        }


if __name__ == "__main__":
    main()
