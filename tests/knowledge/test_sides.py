"""Sides of the body, as titles tell them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from claimshapes.knowledge.importers.icd10cm import tabular_files
from claimshapes.knowledge.importers.icd10cm.date_table import read_date_table
from claimshapes.knowledge.importers.icd10cm.sides import Sides, find_sides
from claimshapes.knowledge.importers.icd10cm.tabular import read_tabular
from claimshapes.knowledge.importers.icd10cm.union_tree import UnionTree, build_union_tree

SOURCES = Path(__file__).parents[2] / "ontology" / "codes" / "icd10cm" / "sources"


@cache
def tree() -> UnionTree:
    lists = [read_tabular(file, day) for day, file in sorted(tabular_files(SOURCES).items())]
    return build_union_tree(lists, read_date_table(SOURCES / "date-table.csv.gz"))


@cache
def sides() -> Sides:
    return find_sides(tree())


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("M25.519", {"right": ["M25.511"], "left": ["M25.512"]}),
        ("M54.30", {"right": ["M54.31"], "left": ["M54.32"]}),
        ("M79.603", {"right": ["M79.601"], "left": ["M79.602"]}),
        ("M79.606", {"right": ["M79.604"], "left": ["M79.605"]}),
        ("H53.149", {"right": ["H53.141"], "left": ["H53.142"], "bilateral": ["H53.143"]}),
        ("N80.119", {"right": ["N80.111"], "left": ["N80.112"], "bilateral": ["N80.113"]}),
        ("S02.620", {"right": ["S02.621"], "left": ["S02.622"]}),
        # Four codes of a side differ in whether it is the dominant one.
        ("I69.849", {"right": ["I69.841", "I69.843"], "left": ["I69.842", "I69.844"]}),
        # Unspecified in another respect too.
        ("S63.509", {"right": ["S63.501"], "left": ["S63.502"]}),
        # Neither right nor left, only one and both.
        ("S27.319", {"bilateral": ["S27.312"]}),
        ("H90.2", {"bilateral": ["H90.0"]}),
    ],
)
def test_forms_of_a_code_without_a_side(code: str, forms: dict[str, list[str]]) -> None:
    assert sides().forms[code] == forms


@pytest.mark.parametrize(
    "code",
    [
        "M79.609",  # any limb
        "S63.501",  # an unspecified sprain of the right wrist
        "L89.10",  # an unspecified part of the back
        "H54.10",  # sides of two eyes in one title
        "M54.9",
        "H90.5",  # an unspecified kind
    ],
)
def test_codes_that_have_no_sided_form(code: str) -> None:
    assert tree().concepts[code].entry is not None
    assert code not in sides().forms


@pytest.mark.parametrize(
    ("code", "side"),
    [
        ("M25.511", "right"),
        ("M25.512", "left"),
        ("H53.143", "bilateral"),
        ("I50.1", None),  # the left ventricle has no right counterpart in its heading
        ("H54.11", None),
        ("M25.519", None),
        ("M54.6", None),
    ],
)
def test_side_that_a_title_names(code: str, side: str | None) -> None:
    assert sides().named.get(code) == side


def test_both_sides_are_named_alike_often() -> None:
    named = list(sides().named.values())
    assert named.count("right") == named.count("left") > 4000
    assert len(sides().forms) > 4000
