"""Claims for the benchmark: realistic, seeded, of any number, a line each.

    python bench/claims.py NUMBER [--seed N] [--summary] > claims.ndjson

Some tens of thousands of different claims are made when they are first needed; every line is one
of them with a number, a patient and a provider of its own. So memory stays what it is, and ten
million claims take some minutes. About 8 of 100 have a fault of one of the kinds that
tests/generator/faults.py knows; some kinds give a warning or an info only.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    ROOT = Path(__file__).parents[1]
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.generator import tables
from tests.generator.claims import COMMON, MAKERS, Claim, Wish, npi
from tests.generator.faults import FAULTS, faulty

from bench.frequencies import Ranking, choose_service, ranked_diagnoses

SEED = 20261124
FAULTY = 0.08
"""Share of the claims that a fault is put into."""

_DIFFERENT = 30_000
_OF_EACH_FAULT = 25
_PROVIDERS = 5_000
_BLOCK = 10_000
_MARK = "<here>"


@dataclass(frozen=True, slots=True)
class _Template:
    """The text of a claim around its number, its patient and its provider.

    Attributes:
        parts: the text before, between and after them.
        provider: the provider's number, where the fault is in it.
    """

    parts: tuple[str, str, str, str]
    provider: str = ""


def claim_lines(number: int, seed: int = SEED) -> Iterator[tuple[str, bool]]:
    """So many claims, the same for the same seed whatever their number.

    Args:
        number: of claims.
        seed: of chance.

    Yields:
        The claim as JSON on a line, with its line break, and whether a fault was put into it.
    """
    providers = _providers(seed)
    for start in range(0, number, _BLOCK):
        rnd = random.Random(f"block {seed} {start}")
        for place in range(start, min(start + _BLOCK, number)):
            chance = rnd.random()
            with_fault = chance < FAULTY
            if with_fault:
                kind = int(chance / FAULTY * len(FAULTS))
                template = _with_fault(kind, int(rnd.random() * _OF_EACH_FAULT))
            else:
                template = _correct(seed, int(rnd.random() * _DIFFERENT))
            before, middle, late, after = template.parts
            patient = f"P-{int(rnd.random() * 1e9)}"
            provider = template.provider or providers[int(rnd.random() * _PROVIDERS)]
            line = f"{before}B-{place}{middle}{patient}{late}{provider}{after}"
            yield line, with_fault


@cache
def _providers(seed: int) -> list[str]:
    rnd = random.Random(f"providers {seed}")
    return [npi(rnd) for _ in range(_PROVIDERS)]


@cache
def _ranking() -> Ranking:
    return ranked_diagnoses(COMMON, tables.all_codes())


@cache
def _correct(seed: int, number: int) -> _Template:
    rnd = random.Random(f"template {seed} {number}")
    weights = [share for share, _ in MAKERS.values()]
    maker = rnd.choices([make for _, make in MAKERS.values()], weights)[0]
    return _template(maker(rnd, number, Wish(draw=_ranking().draw, choose=choose_service)))


@cache
def _with_fault(kind: int, number: int) -> _Template:
    before, after = faulty(FAULTS[kind], number)
    own = after["billingProvider"]["npi"]
    return _template(after, "" if own == before["billingProvider"]["npi"] else own)


def _template(claim: Claim, provider: str = "") -> _Template:
    text = json.dumps(
        {
            **claim,
            "id": _MARK,
            "patient": {**claim["patient"], "id": _MARK},
            "billingProvider": {**claim["billingProvider"], "npi": _MARK},
        },
        separators=(",", ":"),
    )
    before, middle, late, after = text.split(_MARK)
    return _Template((before, middle, late, after + "\n"), provider)


def summary(number: int, seed: int) -> str:
    """Says what the claims are like: faults, lines, codes, payers and places."""
    claims: list[Claim] = []
    faults = 0
    for line, with_fault in claim_lines(number, seed):
        claims.append(json.loads(line))
        faults += with_fault
    codes = Counter(entry["code"] for claim in claims for entry in claim["diagnosis"])
    services = Counter(line.get("procedure") for claim in claims for line in claim["item"])
    lines = sum(len(claim["item"]) for claim in claims)
    used = sorted(codes.values(), reverse=True)
    return "\n".join(
        [
            f"{number:,} claims, {faults / number:.1%} with a fault put in",
            f"{lines / number:.2f} lines and {sum(used) / number:.2f} diagnoses a claim",
            f"{len(codes):,} diagnosis codes, the first 100 are {sum(used[:100]) / sum(used):.0%}",
            f"{len(services):,} services",
            "payers: " + _shares(Counter(claim["payer"] for claim in claims)),
            "kinds: " + _shares(Counter(claim["type"] for claim in claims)),
            "places: " + _shares(Counter(claim.get("placeOfService", "-") for claim in claims)),
        ]
    )


def _shares(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {n / counts.total():.0%}" for name, n in counts.most_common())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("number", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--summary", action="store_true", help="say what they are like instead")
    options = parser.parse_args()
    if options.summary:
        print(summary(options.number, options.seed))
        return 0
    faults = 0
    for line, with_fault in claim_lines(options.number, options.seed):
        sys.stdout.write(line)
        faults += with_fault
    share = faults / options.number if options.number else 0
    print(f"{options.number:,} claims, {share:.1%} with a fault put in", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
