"""Damage that takes a part of a claim, or a good neighbor, with it; each input has six claims.

Of each the numbers of the claims that are not read; the others are read whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from tests.claims.claims_with_letters import CLAIMS, FILES

NUMBERS = [claim["id"] for claim in CLAIMS]
Change = Callable[[str], str]


def replaced(old: str, new: str) -> Change:
    """Replaces the first appearance, which must be there."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def row(at: int, change: Change) -> Change:
    """Changes one row of a table."""

    def changed(text: str) -> str:
        rows = text.splitlines(keepends=True)
        rows[at] = change(rows[at])
        return "".join(rows)

    return changed


def as_triples(change: Change) -> Change:
    """Changes the claims as N-Triples."""

    def changed(text: str) -> str:
        quads = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
        triples = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
        return change((ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode())

    return changed


def without_cell(at: int, column: int) -> Change:
    """Takes a cell out of a row, whose claim also gets a number that begins like another's."""

    def changed(text: str) -> str:
        text = text.replace("KBBBB", "KAAAA0").replace("PBBBB", "PB")
        return row(
            at, lambda line: ",".join(line.split(",")[:column] + line.split(",")[column + 1 :])
        )(text)

    return changed


TABLES: list[tuple[str, Change, list[str]]] = [
    # The number of a second row: its claim would be read without that line.
    ("number changed", row(4, replaced("KBBBB", "KBBBX")), ["KBBBB"]),
    ("number emptied", row(4, replaced("KBBBB", "")), ["KBBBB"]),
    ("number in two cells", row(4, replaced("KBBBB", "KB,BB")), ["KBBBB"]),
    ("number not text", row(4, replaced("KBBBB", "KB\udce9BB")), ["KBBBB"]),
    ("first number not text", lambda text: text.replace("KBBBB", "KB\udce9BB"), ["KBBBB"]),
    ("number with a quotation mark", row(3, replaced("KBBBB", '"KBBBB')), ["KBBBB"]),
    ("number with a sign of no width", row(4, replaced("KBBBB", "KBBBB\u200b")), ["KBBBB"]),
    ("row of another encoding", row(3, lambda line: "\0".join(line)), ["KBBBB"]),
    ("number that begins like another", without_cell(3, 7), ["KBBBB"]),
    (
        "open cell before a short row",
        lambda text: row(5, replaced(",11,", ","))(row(3, replaced("PBBBB", '"PBBBB'))(text)),
        ["KBBBB", "KCCCC"],
    ),
    ("empty rows", lambda text: text + ",,,,,,,,,,,,,,,\n\x1a", []),
    ("a file behind another", row(3, lambda line: "\ufeff" + line), []),
]

X12: list[tuple[str, Change, list[str]]] = [
    ("NM1 shifted", replaced("*JO****MI*PAAAA", "*JO***MI*PAAAA"), ["KAAAA"]),
    ("NM1 of the provider shifted", replaced("****XX*1111111111", "***XX*1111111111"), ["KAAAA"]),
    ("NM108 damaged", replaced("*****XX*1111111111", "*****X}*1111111111"), ["KAAAA"]),
    ("CLM shifted", replaced("CLM*KAAAA*100***11", "CLM*KAAAA*100****11"), ["KAAAA"]),
    ("CLM run together", replaced("CLM*KAAAA*100", "CLM*KAAAA 100"), ["KAAAA"]),
    ("CLM with other separators", replaced("CLM*KAAAA*100***", "CLM|KAAAA|100|||"), ["KAAAA"]),
    ("CLM05 damaged", replaced("11:B:1", '11:"B:1'), ["KAAAA"]),
    ("SV1 shifted", replaced("*UN*1***1:2", "*UN*1****1:2"), ["KAAAA"]),
    ("SBR shifted", replaced("SBR*P*18*******ZZ", "SBR*P*18******ZZ"), ["KAAAA"]),
    (
        "a second DMG",
        replaced("DMG*D8*19110111*F~", "DMG*D8*19110111*F~\nDMG*D8*19660616*M~"),
        ["KAAAA"],
    ),
    ("BHT torn", replaced("BHT*", "BHT~*"), NUMBERS),
]

PATIENT = '{"resourceType": "Patient"'
NAMED = '{"reference": "Patient/pA"}'
FHIR: list[tuple[str, Change, list[str]]] = [
    ("name of a quantity", replaced('"quantity"', '"quantiy"'), ["KAAAA"]),
    ("name with an escape", replaced('"provider"', '"\\rovider"'), ["KAAAA"]),
    ("name of a resource", replaced(f'"resource": {PATIENT}', f'"resorce": {PATIENT}'), ["KAAAA"]),
    ("type of a patient", replaced('"Patient"', '"Patien t"'), ["KAAAA"]),
    ("name within a patient", replaced('"gender"', '"gendre"'), ["KAAAA"]),
    ("number of a patient", replaced('"id": "pA"', '"id": "pZ"'), ["KAAAA"]),
    ("reference to a patient", replaced('"Patient/pA"', '"Patient/pZ"'), ["KAAAA"]),
    ("reference without a type", replaced('"Patient/pA"', '"atient/pA"'), ["KAAAA"]),
    ("a practitioner as patient", replaced('"Patient/pA"', '"urn:uuid:providerA"'), ["KAAAA"]),
    ("two patients", replaced(NAMED, f"[{NAMED}, {NAMED}]"), ["KAAAA"]),
    ("full URL", replaced('"urn:uuid:providerA", "r', '"urn:uuid:providerX", "r'), ["KAAAA"]),
    ("system of an NPI", replaced("/sid/us-npi", "/sid/us-np"), ["KAAAA"]),
]

TURTLE: list[tuple[str, Change, list[str]]] = [
    (
        "name of a provider",
        lambda text: re.sub(r"(cs:billingProvider <[^>]*)KAAAA", r"\1KZZZZ", text, count=1),
        ["KAAAA"],
    ),
    ("no IRI", replaced("cs:patient <urn:", "cs:patient <urn {"), ["KAAAA"]),
]

SUBJECT = "urn:claimshapes:claim:KAAAA"
TRIPLES: list[tuple[str, Change, list[str]]] = [
    ("subject", replaced(f"<{SUBJECT}>", f"< {SUBJECT}>"), ["KAAAA"]),
    ("subject of a line", replaced(f"<{SUBJECT}#/item/1>", f"<{SUBJECT}#/item/1"), ["KAAAA"]),
    ("payer", replaced("ns#payer>", "ns#pay er>"), ["KAAAA"]),
    ("cut", lambda text: text[: text.rindex("#") - 9], ["KFFFF"]),
]

LINKED: list[tuple[str, Change, list[str]]] = [
    ("no IRI", replaced("claim:KAAAA#/item/1", "claim[KAAAA#/item/1"), ["KAAAA"]),
]

CASES = [
    *(("c.csv", "c.csv", *case) for case in TABLES),
    *(("c.837", "c.837", *case) for case in X12),
    *(("c.fhir.json", "c.fhir.json", *case) for case in FHIR),
    *(("c.ttl", "c.ttl", *case) for case in TURTLE),
    *(("c.ttl", "c.nt", name, as_triples(change), bad) for name, change, bad in TRIPLES),
    *(("c.jsonld", "c.jsonld", *case) for case in LINKED),
]


@pytest.mark.parametrize(
    ("source", "name", "change", "bad"),
    [(source, name, change, bad) for source, name, _, change, bad in CASES],
    ids=[f"{name} {what}" for _, name, what, *_ in CASES],
)
def test_what_is_damaged_is_not_read_and_the_others_are_whole(
    source: str, name: str, change: Change, bad: list[str], tmp_path: Path
) -> None:
    (tmp_path / source).write_text(FILES[source][0])
    whole = {
        r.claim["id"]: r.claim for r in read_claims(tmp_path / source) if isinstance(r, ClaimRecord)
    }
    file = tmp_path / f"damaged-{name}"
    file.write_bytes(change(FILES[source][0]).encode("utf-8", "surrogateescape"))
    readings = list(read_claims(file))
    read = {r.claim["id"]: r.claim for r in readings if isinstance(r, ClaimRecord)}
    assert sorted(read) == sorted(set(NUMBERS) - set(bad))
    assert all(claim == whole[number] for number, claim in read.items())
    assert sum(r.claims for r in readings if isinstance(r, RejectedClaim)) >= len(bad)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (json.dumps([CLAIMS[:2], CLAIMS[2]]), 3),
        (json.dumps({"claims": CLAIMS}), 6),
        (json.dumps([CLAIMS[0], {**CLAIMS[1], "claim": CLAIMS[2]}]), 3),
    ],
)
def test_claims_within_what_is_no_claim_are_counted(text: str, count: int, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(text)
    readings = list(read_claims(file))
    assert sum(r.claims if isinstance(r, RejectedClaim) else 1 for r in readings) == count


def test_facts_belong_to_the_line_that_names_them(tmp_path: Path) -> None:
    bundle = json.loads(FILES["c.fhir.json"][0])
    claim = bundle["entry"][0]["resource"]
    for item, number in zip(claim["item"], (1, 1), strict=True):
        item["sequence"] = number
    claim["item"][1]["informationSequence"] = [7]
    onset = {"coding": [{"system": "c", "code": "onset"}]}
    claim["supportingInfo"] = [{"sequence": 7, "category": onset, "timingDate": "2026-04-10"}]
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(bundle))
    first, *_ = read_claims(file)
    assert isinstance(first, ClaimRecord)
    # Lines that are not numbered are numbered in their order.
    assert [fact["item"] for fact in first.claim["documentation"]] == [2]
