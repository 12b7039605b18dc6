"""Claims in a file = claims read + claims rejected, and no claim gets a value of another.

Files of every format are damaged in many ways, always the same: pieces dropped, doubled, put
together and overwritten, bytes changed, text cut at every nth byte. A plain count of the damaged
file, which knows nothing of the readers, says how many claims there are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.errors import InputError
from tests.claims.claims_with_letters import CLAIMS, FILES, LETTERS, owners
from tests.conftest import SUMMARY
from tests.longer import TIMES

WITH_AN_END = ("c.837", "c.json", "c.jsonld", "c.fhir.json")
"""Formats that say where they end; a table or lines that are cut behind a line are whole."""

BYTES = 250 * TIMES
CUTS = 120 * TIMES
SIGNS = [
    b'"',
    b"~",
    b"*",
    b":",
    b",",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\n",
    b"\\",
    b" ",
    b"Z",
    b"\xff",
    b"\x00",
]

PARTS = ("patient.id", "patient.birthDate", "billingProvider.npi", "diagnosis.1", "item.1")
"""What each claim has, and no damage of a byte may take away without a word."""

Damage = tuple[str, bytes]


def has(claim: Any, part: str) -> bool:
    """Whether a claim has a field, or a list the entry of an index."""
    value = claim
    for name in part.split("."):
        if isinstance(value, list):
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = value.get(name)
        if value is None:
            return False
    return True


def pieces(text: str) -> list[str]:
    """What a format is made of: segments, lines."""
    return text.splitlines(keepends=True)


def damaged_pieces(text: str) -> Iterator[Damage]:
    """Each piece dropped, doubled, joined with the next and damaged at its beginning."""
    parts = pieces(text)
    step = max(1, len(parts) // 120)
    for at in range(1, len(parts) - 1, step):
        before, piece, after = parts[:at], parts[at], parts[at + 1 :]
        for name, new in (
            ("dropped", []),
            ("joined", [piece.rstrip("~\n")]),
            ("overwritten", ["Z" + piece[1:]]),
            ("shifted", [piece[1:]]),
        ):
            yield f"piece {at} {name}", "".join([*before, *new, *after]).encode()


def damaged_bytes(text: str, seed: str) -> Iterator[Damage]:
    """Single bytes taken out, overwritten and put in."""
    chance = random.Random(seed)
    content = text.encode()
    for _ in range(BYTES):
        at, sign = chance.randrange(len(content)), chance.choice(SIGNS)
        kind = chance.choice(("out", "over", "in"))
        new = b"" if kind == "out" else sign
        rest = content[at:] if kind == "in" else content[at + 1 :]
        yield f"byte {at} {kind} {sign!r}", content[:at] + new + rest


def cut(text: str) -> Iterator[Damage]:
    """The beginning of the file, of every length."""
    content = text.encode()
    for at in range(1, len(content), max(1, len(content) // CUTS)):
        yield f"cut at {at}", content[:at]


def is_near(found: int, counted: int, damage: str, is_rejected: bool) -> bool:
    """Whether no claim is missing although the plain count of a damaged text is another.

    Among many damages are some that the plain count does not understand: the first signs of a
    claim that is cut off and a number that became another count as one more; a line break that
    came in makes the text look like one more. The damages of every run have none of them.
    """
    return counted <= found <= counted + is_rejected or ("byte" in damage and found == len(CLAIMS))


def faults(name: str, damage: str, content: bytes, folder: Path) -> Iterator[str]:
    """What is wrong with how a damaged file is read."""
    file = folder / name
    file.write_bytes(content)
    try:
        readings = list(read_claims(file))
    except InputError:
        # The file as a whole is refused, which is said.
        return
    records = [reading for reading in readings if isinstance(reading, ClaimRecord)]
    rejected = [reading for reading in readings if isinstance(reading, RejectedClaim)]
    counted = FILES[name][1](content.decode("utf-8", "replace"))
    found = len(records) + sum(reading.claims for reading in rejected)
    if not (found == counted or (TIMES > 1 and is_near(found, counted, damage, bool(rejected)))):
        yield f"{name}, {damage}: {counted} claims in, {len(records)} read, {found} with rejected"
    whole = FILES[name][0].encode().rstrip(b"~\n")
    if name in WITH_AN_END and "cut" in damage and not rejected and content.rstrip(b"~\n") != whole:
        yield f"{name}, {damage}: nothing is said"
    begun = sum(letter * 4 in content.decode("utf-8", "replace") for letter in LETTERS)
    # In Turtle, a statement whose subject is cut off may be of any claim.
    if "cut" in damage and name != "c.ttl" and len(records) < begun - 1:
        yield f"{name}, {damage}: {begun - 1} claims before the cut are whole, {len(records)} read"
    for record in records:
        if len(owners(record.claim)) > 1:
            yield f"{name}, {damage}: {record.claim['id']} has values of another claim"
        # A dependent has no number of his own.
        parts = PARTS[1:] if name == "c.837" else PARTS
        lost = [part for part in parts if not has(record.claim, part)]
        # Two codes in a cell of which the sign between them was damaged are one that is none.
        if TIMES > 1 and name == "c.csv" and lost == ["diagnosis.1"]:
            continue
        if "byte" in damage and lost:
            yield f"{name}, {damage}: {record.claim['id']} is read without {', '.join(lost)}"


@pytest.mark.parametrize("name", FILES)
def test_the_whole_file_is_read(name: str, tmp_path: Path) -> None:
    text, count = FILES[name]
    file = tmp_path / name
    file.write_text(text)
    records = list(read_claims(file))
    assert [record.claim["id"] for record in records if isinstance(record, ClaimRecord)] == [
        claim["id"] for claim in CLAIMS
    ]
    assert count(text) == len(CLAIMS)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_lost_or_mixed_up(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    text = FILES[name][0]
    tried = [
        damage
        for damages in (damaged_pieces(text), damaged_bytes(text, name), cut(text))
        for damage in damages
    ]
    found = [
        fault for damage, content in tried for fault in faults(name, damage, content, tmp_path)
    ]
    assert found == []
    record_property(SUMMARY, f"damaged files: {name}: {len(tried):,}, 0 lost, 0 mixed up")
