"""Files of a few claims of which each value tells whose it is, and a plain count of their claims.

Every value of the first claim is made of the letter A, of the second of B, and so on, so that one
damaged byte never makes the value of another claim. The counts do not use the readers.
"""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from claimshapes.claims.writers import open_writer
from tests.claims.test_x12 import ISA
from tests.writers import as_csv, as_fhir

LETTERS = "ABCDEF"
Claim = dict[str, Any]


def claim_of(letter: str) -> Claim:
    """A claim whose values hold the letter four times."""
    four = letter * 4
    day = LETTERS.index(letter) + 1
    return {
        "id": f"K{four}",
        "type": "professional",
        "payer": f"PAY{four}",
        "patient": {"id": f"P{four}", "birthDate": f"19{day}{day}-0{day}-1{day}", "sex": "female"},
        "billingProvider": {"npi": str(day) * 10},
        "placeOfService": "11",
        "created": "2026-05-06",
        "diagnosis": [{"sequence": 1, "code": f"D{four}"}, {"sequence": 2, "code": f"E{four}"}],
        "item": [
            {
                "sequence": 1,
                "procedure": f"S{four}",
                "quantity": 1,
                "charge": "80.00",
                "serviced": "2026-05-04",
                "diagnosisSequence": [1, 2],
            },
            {
                "sequence": 2,
                "procedure": f"T{four}",
                "quantity": 2,
                "charge": "20.00",
                "serviced": "2026-05-04",
                "diagnosisSequence": [1],
            },
        ],
    }


CLAIMS = [claim_of(letter) for letter in LETTERS]


def owners(claim: Any) -> set[str]:
    """The letters of the claims that the values of a claim are of."""
    text = json.dumps(claim, default=str)
    found = {letter for letter in LETTERS if letter * 4 in text}
    for day, letter in enumerate(LETTERS, start=1):
        if f"19{day}{day}-0{day}-1{day}" in text or str(day) * 10 in text:
            found.add(letter)
    return found


def written(claim_format: str) -> str:
    """All claims in a form that the package writes."""
    stream = io.StringIO()
    writer = open_writer(stream, claim_format)
    for claim in CLAIMS:
        writer.add(claim)
    writer.finish()
    return stream.getvalue()


def csv_file() -> str:
    """A row a line of the claim, with all columns filled."""
    lines = [as_csv(claim).splitlines() for claim in CLAIMS]
    rows = [row for _, *rows in lines for row in rows]
    return "\n".join([lines[0][0], *rows]) + "\n"


def fhir_bundle() -> str:
    """One Bundle; each claim has a patient and a provider of its own."""
    entries = []
    for claim, letter in zip(CLAIMS, LETTERS, strict=True):
        text = as_fhir(claim).replace("Patient/p", f"Patient/p{letter}")
        text = text.replace('"id": "p"', f'"id": "p{letter}"').replace(
            '"id": "o"', f'"id": "o{letter}"'
        )
        text = text.replace("urn:uuid:provider", f"urn:uuid:provider{letter}")
        entries += json.loads(text)["entry"]
    return json.dumps({"resourceType": "Bundle", "entry": entries})


def x12_file() -> str:
    """A provider and a subscriber a claim; every second patient is a dependent."""
    segments = ["BHT*0019*00*1*20260506*1200*CH", "NM1*41*2*SENDER*****46*1", "NM1*40*2*R*****46*2"]
    level = 0
    for number, claim in enumerate(CLAIMS):
        birth = claim["patient"]["birthDate"].replace("-", "")
        provider, level = level + 1, level + 1
        segments += [
            f"HL*{level}**20*1",
            f"NM1*85*2*CLINIC*****XX*{claim['billingProvider']['npi']}",
            "N3*1 MAIN",
            "N4*TOWN*NY*10001",
        ]
        level += 1
        segments += [
            f"HL*{level}*{provider}*22*{number % 2}",
            "SBR*P*18*******ZZ",
            f"NM1*IL*1*DOE*JO****MI*{claim['patient']['id']}",
            f"DMG*D8*{birth}*F",
            f"NM1*PR*2*A PAYER*****PI*{claim['payer']}",
        ]
        if number % 2:
            level += 1
            segments += [
                f"HL*{level}*{level - 1}*23*0",
                "PAT*19",
                "NM1*QC*1*DOE*KIM",
                f"DMG*D8*{birth}*F",
            ]
        codes = [entry["code"] for entry in claim["diagnosis"]]
        segments += [f"CLM*{claim['id']}*100***11:B:1*Y*A*Y*Y", f"HI*ABK:{codes[0]}*ABF:{codes[1]}"]
        for item in claim["item"]:
            pointers = ":".join(map(str, item["diagnosisSequence"]))
            segments += [
                f"LX*{item['sequence']}",
                f"SV1*HC:{item['procedure']}*{item['charge']}*UN*{item['quantity']}***{pointers}",
                "DTP*472*D8*20260504",
            ]
    inner = ["ST*837*0001*005010X222A1", *segments]
    inner.append(f"SE*{len(inner) + 1}*0001")
    outer = ["GS*HC*S*R*20260504*1200*1*X*005010X222A1", *inner, "GE*1*1", "IEA*1*000000001"]
    return ISA + "\n" + "".join(f"{segment}~\n" for segment in outer)


def _most(*patterns: str) -> Callable[[str], int]:
    """The count of what each claim has once; one of several may be damaged."""
    compiled = [re.compile(pattern) for pattern in patterns]
    return lambda text: max(len(pattern.findall(text)) for pattern in compiled)


def _rows(text: str) -> int:
    """Runs of rows with one number."""
    rows = [line for line in text.splitlines()[1:] if line.strip()]
    return sum(1 for _ in itertools.groupby(rows, key=lambda row: row.split(",")[0][:5]))


_JSON = _most(
    r'"payer"\s*:',
    r'"patient"\s*:',
    r'"billingProvider"\s*:',
    r'"placeOfService"\s*:',
    r'(?m)^\{(?:\n|"id|"@|"?$)',
)

_LINKED = _most(
    r'"payer": ',
    r'"patient": ',
    r'"billingProvider": ',
    r'"placeOfService": ',
    r"(?m)^\{$",
    r'(?m)^\{"@',
)
"""The context before the claims names the same fields, without a space behind the colon."""

FILES: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "c.837": (x12_file(), _most(r"(?<![A-Z0-9])CLM\*", r"\d\d:[AB]:\d")),
    "c.csv": (csv_file(), _rows),
    "c.ndjson": (written("ndjson"), _JSON),
    "c.json": (written("json"), _JSON),
    "c.jsonld": (written("jsonld"), _LINKED),
    "c.ttl": (
        written("turtle"),
        _most(r"a cs:Claim\b", r"cs:billingProvider \[", r"cs:patient \[", r"cs:placeOfService"),
    ),
    "c.fhir.json": (
        fhir_bundle(),
        _most(r'"resourceType"\s*:\s*"Claim"', r'"insurer"\s*:', r'"insurance"\s*:', r"(?m)^\{$"),
    ),
}
"""By a file's name its text and the count of its claims."""
