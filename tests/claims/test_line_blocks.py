"""Lines that are read block by block are read as those of the whole file are."""

from __future__ import annotations

import io
import json
import random
from itertools import pairwise

from claimshapes.claims.claim import ClaimReading, ClaimRecord
from claimshapes.claims.claim_numbers import ClaimNumbers
from claimshapes.claims.format_check import reject_repeated
from claimshapes.claims.quick_check import read_claim
from claimshapes.claims.readers.json_claims import read_json_lines, read_line_blocks
from tests.claims.conftest import WHOLE_CLAIM

SIGNS = [
    b"\n",
    b'"',
    b"{",
    b"}",
    b",",
    b":",
    b" ",
    b"\xff",
    b"\x00",
    b"\r",
    b"1.50",
    b'"id":"C-3",',
]


def damaged(rnd: random.Random) -> bytes:
    """Lines of claims with bytes put in, taken out and written over, and lines twice."""
    lines = [json.dumps({**WHOLE_CLAIM, "id": f"C-{n}"}).encode() + b"\n" for n in range(12)]
    lines += rnd.choices(lines, k=2)
    text = b"".join(lines)
    for _ in range(rnd.randint(0, 6)):
        at = rnd.randrange(len(text))
        text = text[:at] + rnd.choice(SIGNS) * rnd.randint(0, 1) + text[at + rnd.randint(0, 40) :]
    return text


def by_blocks(text: bytes, size: int) -> list[ClaimReading]:
    readings: list[ClaimReading] = []
    numbers = ClaimNumbers()
    for block in read_line_blocks(io.BytesIO(text), "f", size):
        for reading in block.readings():
            if isinstance(reading, ClaimRecord):
                line = reading.origin.line
                assert line is not None
                first = numbers.add(reading.claim["id"], line)
                if first is not None:
                    reading = reject_repeated(reading.claim, reading.origin, first)
            readings.append(reading)
    return readings


def test_blocks_are_read_as_the_file() -> None:
    rnd = random.Random(15)
    rejected = 0
    for _ in range(150):
        text = damaged(rnd)
        whole = list(read_json_lines(io.BytesIO(text), "f"))
        for size in (1, 3, 100):
            assert by_blocks(text, size) == whole
        rejected += sum(not isinstance(reading, ClaimRecord) for reading in whole)
    assert rejected > 300


def test_a_block_ends_with_a_claim() -> None:
    rnd = random.Random(16)
    several = 0
    for _ in range(50):
        blocks = list(read_line_blocks(io.BytesIO(damaged(rnd)), "f", 2))
        for block, after in pairwise(blocks):
            _, last = block.lines[-1]
            assert isinstance(last, bytes)
            assert read_claim(last) is not None
            assert len(block.lines) >= 2
            assert block.lines[-1][0] < after.lines[0][0]
        several += len(blocks) > 2
    assert several > 25
