"""Judges the same claims by both engines and says where they differ.

    python tools/compare_engines.py [GENERATED] [--only-generated] [--first N] [--seed N] [--jobs N]

The claims are those of all rule tests, the examples, and GENERATED further ones (300 by default):
correct ones and ones with a fault in turn, every kind of fault equally often. The reference engine
judges some 20 a second, so 10,000 take some minutes a core. Exit status 1 where a result differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.generator.faults import mixed  # noqa: E402

from claimshapes.authoring.rule_tests import load_rule_tests, rule_test_files  # noqa: E402
from claimshapes.checking.checker import Checker  # noqa: E402
from claimshapes.checking.findings import ClaimResult  # noqa: E402
from claimshapes.claims.claim import ClaimRecord  # noqa: E402
from claimshapes.claims.readers import read_claim_objects, read_claims  # noqa: E402

_PART = 250


@dataclass(slots=True)
class Comparison:
    """What comparing some claims came to.

    Attributes:
        claims: how many were judged.
        rules: ids of the rules that the set engine had findings of.
        differences: for each claim that differs, its number and the lines that say how.
        seconds: what each engine took.
    """

    claims: int = 0
    rules: set[str] = field(default_factory=set)
    differences: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: {"set": 0.0, "reference": 0.0})

    def add(self, other: Comparison) -> None:
        """Takes in what comparing other claims came to."""
        self.claims += other.claims
        self.rules |= other.rules
        self.differences += other.differences
        for engine, seconds in other.seconds.items():
            self.seconds[engine] += seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("generated", type=int, nargs="?", default=300)
    parser.add_argument(
        "--first", type=int, default=0, metavar="N", help="place of the first generated claim"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only-generated", action="store_true", help="leave the rules' tests out")
    options = parser.parse_args()
    end = options.first + options.generated
    of_rules = 0 if options.only_generated else len(claims_of_the_rules())
    parts = [(None, start, start + _PART) for start in range(0, of_rules, _PART)] + [
        (options.seed, start, min(start + _PART, end)) for start in range(options.first, end, _PART)
    ]
    whole = Comparison()
    # A fresh process for each worker: rules and knowledge are loaded once there.
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        for number, task in enumerate(as_completed([pool.submit(compare, *p) for p in parts]), 1):
            done = task.result()
            print("\n".join(done.differences), end="\n" if done.differences else "")
            whole.add(done)
            print(f"{number} of {len(parts)} parts", file=sys.stderr, flush=True)
    print(
        f"{whole.claims:,} claims, {len(whole.rules)} of {len(engines()[0].book.rules)} rules with"
        f" findings: {len(whole.differences):,} differ; set {whole.seconds['set']:.1f} s,"
        f" reference {whole.seconds['reference']:.1f} s in all processes"
    )
    return 1 if whole.differences else 0


@cache
def engines() -> tuple[Checker, Checker]:
    """The set engine and the reference engine."""
    reference = Checker(engine="reference")
    return Checker(book=reference.book, engine="set"), reference


@cache
def claims_of_the_rules() -> tuple[ClaimRecord, ...]:
    """The claims of the rules' own tests, each under a number of its own, and the examples."""
    tests = load_rule_tests(rule_test_files([ROOT / "shapes"]))
    objects = [{**test.claim, "id": f"C-{place}"} for place, test in enumerate(tests)]
    records = list(_records(objects))
    for file in sorted((ROOT / "examples").glob("*.json")):
        records += [one for one in read_claims(file) if isinstance(one, ClaimRecord)]
    return tuple(records)


def _records(objects: Iterable[object]) -> Iterator[ClaimRecord]:
    for reading in read_claim_objects(objects):
        if not isinstance(reading, ClaimRecord):
            raise SystemExit(f"not a claim: {reading}")
        yield reading


def compare(seed: int | None, first: int, end: int) -> Comparison:
    """Compares the engines on generated claims, or on those of the rules where no seed is given."""
    claims = (
        list(claims_of_the_rules()[first:end])
        if seed is None
        else list(_records(mixed(seed, first, end)))
    )
    together, one_by_one = engines()
    start = time.perf_counter()
    results = list(together.check(claims))
    middle = time.perf_counter()
    expected = [one_by_one.check_one(claim) for claim in claims]
    ended = time.perf_counter()
    done = Comparison(len(claims))
    done.seconds = {"set": middle - start, "reference": ended - middle}
    done.rules = {finding.rule for result in results for finding in result.findings}
    done.differences = [
        difference(right, said)
        for right, said in zip(expected, results, strict=True)
        if right != said
    ]
    return done


def difference(expected: ClaimResult, said: ClaimResult) -> str:
    """Says in lines how two results differ."""
    right = {*expected.findings, *expected.not_checked}
    found = {*said.findings, *said.not_checked}
    return "\n".join(
        [
            f"{expected.claim}:",
            *(f"  only the reference engine: {item}" for item in right - found),
            *(f"  only the set engine: {item}" for item in found - right),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
