"""Claims of many lines, each in a file between two small ones that are sound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.claims.test_x12 import HEADER, interchange, transaction
from tests.claims.test_x12_loops import claim as claim_837
from tests.cli.conftest import a_claim
from tests.hostile import GOOD
from tests.writers import as_csv

LARGE = "C-2"


@dataclass(frozen=True)
class ManyLines:
    """A file with a large claim between those of ``GOOD``.

    Attributes:
        kind: what there is many of.
        suffix: the ending of its name.
        content: the file.
        alone: likewise, with the small claims only.
        findings: a rule that the large one breaks, and how many times, where that is plain.
        refused: whether the reference engine refuses it for its size.
    """

    kind: str
    suffix: str
    content: str
    alone: str
    findings: tuple[str, int] | None = None
    refused: bool = False


def large(lines: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    """A claim with these lines, each like the line of a sound one for the rest."""
    claim = a_claim(id=LARGE, payer="commercial")
    (line,) = claim["item"]
    items = [line | {"sequence": place} | each for place, each in enumerate(lines, start=1)]
    return claim | {"item": items} | changed


def diagnoses(codes: list[str]) -> list[dict[str, Any]]:
    return [{"sequence": place, "code": code} for place, code in enumerate(codes, start=1)]


def claims() -> Iterator[tuple[str, dict[str, Any], tuple[str, int] | None]]:
    """What there is many of, the claim, and the findings that are plain."""
    day = date(2026, 1, 1)
    days = [(day + timedelta(place)).isoformat() for place in range(200)]
    yield "equal lines", large([{}] * 200), ("CLM-DUP", 199)
    yield "dates", large([{"serviced": each} for each in days]), ("CLM-DUP", 0)
    # Those that are not in use are findings of their own.
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    modifiers = [[f"{first}{second}"] for first in "QRS" for second in signs]
    yield "modifiers", large([{"modifier": each} for each in modifiers[:80]]), ("CLM-DUP", 0)
    codes = ["M54.6", "M51.24", "I10", "E11.9", "E78.5", "J45.909", "K21.9", "N39.0"]
    codes += ["F41.1", "G43.909", "H52.4", "L30.9"]
    pointed = [{"diagnosisSequence": list(range(1, 13))}] * 80
    yield "pointers", large(pointed, diagnosis=diagnoses(codes)), ("CLM-DUP", 79)
    same = diagnoses(["M54.6"] * 12)
    yield "equal diagnoses", large([{"diagnosisSequence": [12]}] * 80, diagnosis=same), None
    service = {"procedure": "99213", "serviced": "2026-05-01", "quantity": 1, "npi": "1234567893"}
    yield "equal services of the history", large([{}] * 10, history=[service] * 2000), None
    facts = [{"type": "exam-finding", "value": f"finding {place}"} for place in range(2000)]
    yield "facts of the record", large([{}] * 10, documentation=facts), None
    timed = [{"procedure": "97110", "modifier": ["GP"], "quantity": 2, "minutes": 30}] * 260
    minutes = [{"type": "treatment-note-timed-minutes", "value": "7800"}]
    yield "therapy", large(timed, payer="medicare-b", documentation=minutes), ("CLM-DUP", 259)
    revenue = {"revenue": "0510"}
    hospital = large([revenue] * 80, payer="medicare-outpatient", type="institutional")
    del hospital["placeOfService"]
    yield "revenue", hospital | {"typeOfBill": "0131"}, None
    yield "as many lines as there may be", large([{}] * 1000), ("CLM-DUP", 999)


def in_csv() -> ManyLines:
    """A row for each line."""
    large_one = as_csv(large([{}] * 80))
    (head, first), (_, last) = (as_csv(a_claim(id=number)).splitlines() for number in GOOD)
    header, *rows = large_one.splitlines()
    assert header == head
    lines = [head, first, *rows, last, ""]
    alone = "\n".join([head, first, last, ""])
    return ManyLines("rows of CSV", ".csv", "\n".join(lines), alone, ("CLM-DUP", 79))


def in_837() -> ManyLines:
    """A loop 2400 for each line, more than the reference engine takes."""
    claim = claim_837(LARGE)
    start = claim.index("LX*1")
    head = [segment.replace("*160*", "*24000*") for segment in claim[:start]]
    line = ["SV1*HC:97110:GP*80.00*UN*2*12**1:2", "DTP*472*D8*20260504"]
    lines = [segment for place in range(1, 301) for segment in (f"LX*{place}", *line)]
    first, last = (claim_837(number) for number in GOOD)
    content = interchange(transaction([*HEADER, *first, *head, *lines, *last]))
    alone = interchange(transaction([*HEADER, *first, *last]))
    return ManyLines("loops of an 837", ".837", content, alone, ("CLM-DUP", 299), True)


def many_lines() -> list[ManyLines]:
    """All of them; JSON is an array or lines by turns."""
    found = []
    small = [a_claim(id=number) for number in GOOD]
    for place, (kind, claim, findings) in enumerate(claims()):
        given = [small[0], claim, small[1]]
        if place % 2:
            content, alone = json.dumps(given), json.dumps(small)
        else:
            content, alone = ("\n".join(map(json.dumps, each)) for each in (given, small))
        suffix = ".json" if place % 2 else ".ndjson"
        found.append(ManyLines(kind, suffix, content, alone, findings, len(claim["item"]) > 250))
    return [*found, in_csv(), in_837()]
