"""What the readers leave of the published samples is what the documentation names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.unread import counting_unread

DATA = Path(__file__).parent.parent / "data"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "claim-format.md"
SAMPLES = [
    *sorted((DATA / "x12").glob("sample_837_*.txt")),
    *sorted((DATA / "x12" / "linuxforhealth").glob("*.837*")),
    *sorted((DATA / "fhir").glob("sample_eob_*.*")),
]


def named() -> set[str]:
    """The elements in the table of what is not read."""
    section = PAGE.read_text("utf-8").partition("## What is not read\n")[2]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def left_of(file: Path, folder: Path) -> set[str]:
    """The kinds of elements of a file that no field carries: segments without their loop, paths."""
    if ".837" in file.name:
        # With the qualifiers of ICD-10-CM, without which the claims are refused.
        text = re.sub(r"(?<=[*])(BK|BF|BJ|PR|BN):", r"A\1:", file.read_text())
        file = folder / file.name
        file.write_text(text)
    with counting_unread() as counts:
        list(read_claims(file))
    names = {name.removeprefix("ExplanationOfBenefit.") for name in counts}
    return {re.sub(r"^[12][0-9]{3}[A-Z]{0,2} ", "", name) for name in names}


def covers(name: str, left: str) -> bool:
    """Whether a name is that of an element, or of one that it is in."""
    return left == name or left.startswith((f"{name}.", f"{name} "))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.name)
def test_what_is_left_is_named(file: Path, tmp_path: Path) -> None:
    names = named()
    assert {
        left for left in left_of(file, tmp_path) if not any(covers(n, left) for n in names)
    } == set()


def test_nothing_is_named_that_is_read(tmp_path: Path) -> None:
    left = {name for file in SAMPLES for name in left_of(file, tmp_path)}
    assert {name for name in named() if not any(covers(name, each) for each in left)} == set()
