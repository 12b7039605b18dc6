"""Ten inputs of each kind that once lost claims, mixed them up, or took all others with them.

The inputs that were seen first are in ``tests/data/cases``; these are their neighbors. Each has
sound claims and one that is not, in whose every text is ``CANARY``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from claimshapes.claims.schema import claim_schema
from tests.claims.test_x12 import HEADER, interchange, transaction
from tests.claims.test_x12_loops import claim as claim_837
from tests.claims.test_x12_loops import subscriber
from tests.cli.conftest import a_claim
from tests.writers import as_fhir

CANARY = "QZX7"
GOOD = ("C-1", "C-3")
"""The claims that are sound; between them is one that is not."""

_CONTEXT = json.dumps(claim_schema()["properties"]["@context"]["const"])


@dataclass(frozen=True)
class Hostile:
    """A file with the sound claims ``GOOD`` and one or more that are not.

    Attributes:
        kind: what is done to it.
        suffix: the ending of its name.
        content: its bytes.
        rejected: how many claims of it are not sound.
        good: the sound ones.
        media_type: its content type.
    """

    kind: str
    suffix: str
    content: bytes
    rejected: int = 1
    good: tuple[str, ...] = GOOD
    media_type: str = "application/json"


def sound(number: str) -> str:
    return json.dumps(a_claim(id=number))


def secret(**changed: Any) -> dict[str, Any]:
    """The claim that is damaged."""
    patient = {"id": f"{CANARY}-1", "birthDate": "1950-01-01", "sex": "male"}
    return a_claim(id=f"{CANARY}-2", patient=patient, **changed)


def broken_json() -> Iterator[tuple[str, str]]:
    """Texts in the place of a claim, each with what is wrong with it."""
    text = json.dumps(secret())
    deep = "[" * 100_000 + "]" * 100_000
    yield "5,000 digits", text.replace('"quantity": 1', f'"quantity": {"9" * 5000}')
    yield "200,000 digits", text.replace('"quantity": 1', f'"quantity": {"9" * 200_000}')
    yield "an exponent", text.replace('"quantity": 1', '"quantity": 1e999999999')
    yield "deep arrays", text.replace('"quantity": 1', f'"quantity": {deep}')
    yield (
        "deep objects",
        text.replace('"quantity": 1', '"quantity": ' + '{"a": ' * 5000 + "1" + "}" * 5000),
    )
    yield "no number", text.replace('"quantity": 1', '"quantity": NaN')
    yield "half of a surrogate pair", text.replace('"M54.6"', '"M54.6\\ud800"')
    yield "a name twice", text.replace('"payer":', '"payer": "x", "payer":')
    yield "two claims in one", text[:-1] + ", " + text[1:]
    yield "an array", f"[{text}]"


def in_arrays() -> Iterator[Hostile]:
    for name, text in broken_json():
        content = f"[{sound('C-1')},\n{text},\n{sound('C-3')}]"
        rejected = 2 if name == "two claims in one" else 1
        yield Hostile(f"array: {name}", ".json", content.encode(), rejected)


def in_lines() -> Iterator[Hostile]:
    """The first line is not sound, which tells the format where the name does not."""
    text = json.dumps(secret())
    firsts = {
        "cut in the middle": text[: len(text) // 2],
        "cut in a text": text[: text.index(CANARY) + 6],
        "cut in a name": text[: text.index('"payer') + 4],
        "cut after a comma": text[: text.index(", ") + 1],
        "without its beginning": text[len(text) // 2 :],
        "without a brace": text[:-1],
        "a brace too many": text + "}",
        "an array that is open": "[" + text,
        "not UTF-8": text.replace(CANARY, CANARY + "\udcff"),
        "5,000 digits": text.replace('"quantity": 1', f'"quantity": {"9" * 5000}'),
    }
    for name, first in firsts.items():
        lines = [first, sound("C-1"), sound("C-3"), ""]
        content = "\n".join(lines).encode("utf-8", "surrogateescape")
        yield Hostile(f"lines: {name}", ".ndjson", content, media_type="application/x-ndjson")


def in_bundles() -> Iterator[Hostile]:
    """Bundles within Bundles, and entries that are not sound."""

    def entries(claim: dict[str, Any]) -> list[Any]:
        found: list[Any] = json.loads(as_fhir(claim))["entry"]
        return found

    def bundle(*parts: str) -> str:
        return f'{{"resourceType": "Bundle", "type": "collection", "entry": [{", ".join(parts)}]}}'

    first, last = (json.dumps(entries(a_claim(id=number)))[1:-1] for number in GOOD)
    # All are of one patient, whose resource is in the Bundle several times.
    own = entries(a_claim(id=f"{CANARY}-2"))
    bad, claim = json.dumps(own)[1:-1], json.dumps(own[0]["resource"])
    resource = bundle(bad)
    whole = {
        "a name twice": bad.replace(
            '"resourceType": "Claim"', '"use": "claim", "use": "claim", "resourceType": "Claim"'
        ),
        "5,000 digits": bad.replace('"sequence": 1', f'"sequence": {"9" * 5000}'),
        "no resource type": bad.replace('"resourceType": "Claim"', '"resourcetype": "Claim"'),
        "an array for a resource": f'{{"resource": [{claim}, {claim}]}}',
        "a resource twice": f'{{"resource": {claim}, "resource": {claim}}}',
        "contained": f'{{"resource": {{"resourceType": "Basic", "contained": [{claim}]}}}}',
        "a Bundle with its entries twice": '{"resource": '
        + resource[:-1]
        + f', "entry": [{bad}]}}}}',
        "no JSON": bad.replace('"sequence": 1', '"sequence": '),
        "half of a surrogate pair": bad.replace(CANARY, CANARY + "\\ud800"),
        "deep": bad.replace('"sequence": 1', '"sequence": ' + "[" * 2000 + "]" * 2000),
    }
    twice = {"an array for a resource", "a resource twice", "a Bundle with its entries twice"}
    for name, text in whole.items():
        content = bundle(first, text, last).encode()
        yield Hostile(f"Bundle: {name}", ".json", content, 2 if name in twice else 1)


def in_graphs() -> Iterator[Hostile]:
    """Nodes of JSON-LD."""
    text = json.dumps(secret())
    nodes = {
        "half of a surrogate pair": text.replace('"M54.6"', '"M54.6\\ud800"'),
        "a name twice": text.replace('"payer":', '"payer": "x", "payer":'),
        "another context": f'{{"@context": {{}}, {text[1:]}',
        "a keyword": f'{{"@reverse": {{}}, {text[1:]}',
        "a relative name": f'{{"@id": "{CANARY}", {text[1:]}',
        "a misspelt field": text.replace('"payer"', '"payor"'),
        "another class": f'{{"@type": "https://w3id.org/claimshapes/ns#Clam", {text[1:]}',
        "5,000 digits": text.replace('"quantity": 1', f'"quantity": {"9" * 5000}'),
        "deep": text.replace('"quantity": 1', '"quantity": ' + "[" * 2000 + "]" * 2000),
        "no number": text.replace('"quantity": 1', '"quantity": -Infinity'),
    }
    for name, node in nodes.items():
        content = f'{{"@context": {_CONTEXT}, "@graph": [{sound("C-1")}, {node}, {sound("C-3")}]}}'
        yield Hostile(
            f"JSON-LD: {name}", ".jsonld", content.encode(), media_type="application/ld+json"
        )


_COLUMNS = "id,payer,patient.id,patient.birthDate,patient.sex,billingProvider.npi,"
_COLUMNS += "placeOfService,diagnosis,item.procedure,item.quantity,item.serviced,item.modifier"


def row(
    number: str = f"{CANARY}-2",
    payer: str = "medicare-b",
    person: str = f"{CANARY}-1",
    modifier: str = "",
) -> str:
    """A row of CSV, a claim by itself; of the claim that is damaged where no number is given."""
    rest = "1980-02-01,female,1234567893,11,M54.6,99213,1,2026-05-04,"
    return f"{number},{payer},{person},{rest}{modifier}"


def table(kind: str, damaged: str) -> Hostile:
    """A file of CSV with a row, or what was one, between sound ones."""
    lines = [_COLUMNS, row("C-1", person="P-7"), damaged, row("C-3", person="P-7"), ""]
    content = "\n".join(lines).encode("utf-8", "surrogateescape")
    return Hostile(kind, ".csv", content, media_type="text/csv")


def in_quoted_cells() -> Iterator[Hostile]:
    """Rows with a stray quotation mark, or with a line break between two."""
    rows = {
        "one before a cell": row(modifier='"25'),
        "one in its middle": row(modifier='"2"5'),
        "one by itself": row(modifier='"'),
        "more behind the last": row(modifier='"2"5"'),
        "one before the payer": row(payer='"medicare-b'),
        "one before the patient": row(person=f'"{CANARY}-1'),
        "around two cells": row(payer='"medicare-b', person=f'{CANARY}-1"'),
        "a line break": row(modifier='"2\n5"'),
        "an empty line": row(modifier='"2\n\n5"'),
        "a carriage return": row(modifier='"2\r5"'),
        "a line break in the number": row(f'"{CANARY}\n-2"'),
        "a line break in the patient": row(person=f'"{CANARY}\n-1"'),
        "one before the number": f'"{row()}',
        "around the row": f'"{row()}"',
    }
    for name, text in rows.items():
        yield table(f"CSV, quotation marks: {name}", text)


def in_other_encodings() -> Iterator[Hostile]:
    """Rows that are not UTF-8 text, or that have too long a cell."""
    rows = {
        "Latin-1": row(modifier="\udce9"),
        "Latin-1 in the number": row(f"{CANARY}-\udce92"),
        "Latin-1 in the payer": row(payer="caf\udce9"),
        "Latin-1 in the patient": row(person=f"{CANARY}\udce9"),
        "marks of Windows": row(modifier="\udc9325\udc94"),
        "Shift JIS": row(person=f"{CANARY}\udc83e"),
        "UTF-16": row(modifier="\udcff\udcfe2\0"),
        "half of a sign": row(modifier="\udcc3"),
        "half of a sign before the row": f"\udce2\udc82{row()}",
        "a surrogate": row(modifier="\udced\udca0\udc80"),
        "a sign in too many bytes": row(modifier="\udcc0\udcaf"),
        "a sign beyond the last": row(modifier="\udcf4\udc90\udc80\udc80"),
        "a cell of 200,000 signs": row(modifier="2" * 200_000),
    }
    for name, text in rows.items():
        yield table(f"CSV, encoding: {name}", text)


def in_turtle() -> Iterator[Hostile]:
    """Claims that are faulty, or of a class that is none."""
    from tests.cli.test_canaries import written

    write = written("turtle")
    good = "\n".join(write(a_claim(id=number)) for number in GOOD)
    text = write(secret())
    changes = {
        "another class": text.replace("a cs:Claim", "a cs:Clam"),
        "no class": text.replace("a cs:Claim ;", ""),
        "a date that is none": text.replace("2026-05-04", "2026-02-30"),
        "a property that is none": text.replace("cs:payer ", "cs:payor "),
        "two numbers": text.replace("cs:identifier ", 'cs:identifier "x" , ', 1),
        "no lines": text.replace("cs:item ", "cs:items "),
        "a text for a number": text.replace('"1"^^xsd:decimal', '"one"'),
        "a blank node for a text": text.replace('"M54.6"', "[]"),
        "a line with two services": text.replace('"99213"', '"99213" , "97110"'),
        "two patients": text.replace("#/patient> ;", f"#/patient> , <urn:{CANARY}> ;"),
    }
    for name, changed in changes.items():
        assert changed != text, name
        content = f"{good}\n{changed}".encode()
        yield Hostile(f"Turtle: {name}", ".ttl", content, media_type="text/turtle")


def in_837() -> Iterator[Hostile]:
    """Segments that begin a claim or a level, damaged."""
    own = [segment.replace("AUTH", CANARY) for segment in claim_837(f"{CANARY}-2")]

    def file(second: Sequence[str], level: Sequence[str]) -> bytes:
        segments = [*HEADER, *claim_837("C-1"), *level, *second, *subscriber(4, "M-4")]
        return interchange(transaction([*segments, *claim_837("C-3")])).encode()

    level = subscriber(3, f"{CANARY}-1")
    for start in (
        "CLX*",
        "clm*",
        "C LM*",
        "CL*",
        "XCLM*",
        "CLM+",
        "CM*",
        "QQQ*",
        "C\x00LM*",
        "CLM**",
    ):
        damaged = [segment.replace("CLM*", start) for segment in own]
        yield Hostile(
            f"837, claim: {start!r}", ".837", file(damaged, level), media_type="application/x12"
        )
    for start in (
        *("HX*3*1*22*0", "hl*3*1*22*0", "H L*3*1*22*0", "HLL*3*1*22*0", "HL*3*9*22*0"),
        *("HL*3**22*0", "HL*3*1*2Z*0", "HL*3*1*20*0", "HL*X*1*22*0", "HL*3*1*22*0*SBR*P*18"),
    ):
        content = file(own, [start, *level[1:]])
        yield Hostile(f"837, level: {start!r}", ".837", content, media_type="application/x12")


def hostile() -> list[Hostile]:
    """All of them."""
    found = [*in_arrays(), *in_lines(), *in_bundles(), *in_graphs(), *in_quoted_cells()]
    return [*found, *in_other_encodings(), *in_turtle(), *in_837()]
