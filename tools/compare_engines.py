"""Judges the same claims by both engines and says where they differ.

    python tools/compare_engines.py [GENERATED]

The claims are those of all rule tests, the examples, every fault that the generator knows, and
GENERATED further ones (300 by default). Exit status 1 where a result differs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.generator.claims import claims as generated  # noqa: E402
from tests.generator.faults import FAULTS, faulty  # noqa: E402

from claimshapes.checking.checker import Checker  # noqa: E402
from claimshapes.checking.rule_tests import load_rule_tests, rule_test_files  # noqa: E402
from claimshapes.checking.rules import load_rules  # noqa: E402
from claimshapes.claim import ClaimRecord  # noqa: E402
from claimshapes.read import read_claim_objects, read_claims  # noqa: E402


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    book = load_rules()
    claims = list(records(number))
    start = time.perf_counter()
    together = list(Checker(book=book, engine="set").check(claims))
    middle = time.perf_counter()
    one_by_one = Checker(book=book, engine="reference")
    different = 0
    for claim, result in zip(claims, together, strict=True):
        expected = one_by_one.check_one(claim)
        if result == expected:
            continue
        different += 1
        print(f"{claim.claim['id']}:")
        for item in {*expected.findings, *expected.not_checked} - {
            *result.findings,
            *result.not_checked,
        }:
            print(f"  only the reference engine: {item}")
        for item in {*result.findings, *result.not_checked} - {
            *expected.findings,
            *expected.not_checked,
        }:
            print(f"  only the set engine: {item}")
    end = time.perf_counter()
    findings = {finding.rule for result in together for finding in result.findings}
    print(
        f"{len(claims):,} claims, {len(findings)} of {len(book.rules)} rules with findings:"
        f" {different:,} differ; set {middle - start:.1f} s, reference {end - middle:.1f} s"
    )
    return 1 if different else 0


def records(number: int) -> Iterator[ClaimRecord]:
    objects = [dict(test.claim) for test in load_rule_tests(rule_test_files([ROOT / "shapes"]))]
    for fault in FAULTS:
        objects += faulty(fault, 1)
    objects += generated(1, number)
    objects = [{**claim, "id": f"C-{place}"} for place, claim in enumerate(objects)]
    for reading in read_claim_objects(objects):
        if not isinstance(reading, ClaimRecord):
            raise SystemExit(f"not a claim: {reading}")
        yield reading
    for file in sorted((ROOT / "examples").glob("*.json")):
        for reading in read_claims(file):
            if isinstance(reading, ClaimRecord):
                yield reading


if __name__ == "__main__":
    raise SystemExit(main())
