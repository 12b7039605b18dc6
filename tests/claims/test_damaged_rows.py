"""A sign of a row of CSV is damaged: its claim is rejected, those before and after it are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from tests.claims.test_tables import COLUMNS, with_breaks
from tests.conftest import SUMMARY
from tests.longer import TIMES

NUMBERS = frozenset(f"K-{number}" for number in range(4))
STEP = 7 if TIMES == 1 else 1
NO_TEXT = "\udce9"
"""Latin-1."""

DAMAGES = {
    "a quotation mark more": (0, '"'),
    "a quotation mark for a sign": (1, '"'),
    "a delimiter more": (0, ","),
    "a delimiter for a sign": (1, ","),
    "no text more": (0, NO_TEXT),
    "no text for a sign": (1, NO_TEXT),
    "another sign": (1, "X"),
    "a sign less": (1, ""),
}


def damaged_rows(gone: int, sign: str, *, same: bool) -> Iterator[tuple[bytes, str, bool, bool]]:
    """Files of four claims of two rows each, of which a row is damaged.

    Args:
        gone: how many signs are taken out.
        sign: what is put there.
        same: whether all claims are of one patient.

    Yields:
        The file, the number of the damaged claim, whether its row has a number of its own then,
        and whether it is of any one claim no longer.
    """
    for moved, once in product((0, 5, 11), (False, True)):
        order = [*COLUMNS[1 : moved + 1], COLUMNS[0], *COLUMNS[moved + 1 :]]
        text = with_breaks(order, "id", range(0), 0, "", once=once).decode()
        for number in range(4 if same else 0):
            text = text.replace(f"P-{number}", "P-7")
        lines = text.splitlines()
        for row, line in list(enumerate(lines))[3:7]:
            hit = f"K-{(row - 1) // 2}"
            start, end = line.index(hit), len(line) + 1 - gone
            places = {*range(row % STEP, end, STEP), *range(start, min(end, start + len(hit) + 1))}
            for place in sorted(places):
                new = line[:place] + sign + line[place + gone :]
                within = start <= place < start + len(hit) + (1 - gone)
                renumbered = within and sign in ("X", "")
                # The sign that told it from the numbers of the others, or its own end.
                untold = gone == 1 and (
                    line[place : place + 1] == "," or place == start + len(hit) - 1
                )
                content = "\n".join([*lines[:row], new, *lines[row + 1 :], ""])
                yield content.encode("utf-8", "surrogateescape"), hit, renumbered, untold


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_claims_before_and_after_are_read_and_whole(
    tmp_path: Path, damage: str, record_property: Callable[[str, object], None]
) -> None:
    file = tmp_path / "t.csv"
    gone, sign = DAMAGES[damage]
    tried = taken = 0
    for same in (False, True):
        for content, hit, renumbered, untold in damaged_rows(gone, sign, same=same):
            file.write_bytes(content)
            readings = list(read_claims(file))
            claims = {
                each.claim["id"]: each.claim for each in readings if isinstance(each, ClaimRecord)
            }
            rejected = [each for each in readings if isinstance(each, RejectedClaim)]
            tried += 1
            if renumbered:
                # A number that became another is that of another claim, for any reader.
                assert NUMBERS - {hit} <= claims.keys()
                continue
            assert claims.keys() <= NUMBERS, content
            assert all(len(claim["item"]) == 2 for claim in claims.values()), content
            assert rejected or hit in claims
            good = NUMBERS - {hit} <= claims.keys()
            assert good or untold, content
            taken += not good
    record_property(
        SUMMARY,
        f"damaged rows of CSV ({damage}): {tried} files, 0 lost, 0 mixed up,"
        f" {taken} in which it cannot be told whose the row is",
    )
