from __future__ import annotations

from datetime import date

import pytest

from claimshapes.explain.code_entry import CodeEntry, is_code_like, read_code_entry
from claimshapes.explain.code_facts import Days
from claimshapes.knowledge.compiled_knowledge import Knowledge


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.open()


def entry_of(knowledge: Knowledge, code: str) -> CodeEntry:
    entry = read_code_entry(knowledge, code)
    assert entry is not None
    return entry


@pytest.mark.parametrize("written", ["M54.5", "m545", "M545", "m54.5"])
def test_however_it_is_written(knowledge: Knowledge, written: str) -> None:
    assert entry_of(knowledge, written).facts.title == "Low back pain"


def test_unknown_code(knowledge: Knowledge) -> None:
    assert read_code_entry(knowledge, "M54.7") is None


def test_validity(knowledge: Knowledge) -> None:
    entry = entry_of(knowledge, "M54.5")
    assert entry.facts.periods == (Days("2015-10-01", "2021-09-30"),)
    assert entry.reportable_on(date(2021, 9, 30))
    assert not entry.reportable_on(date(2021, 10, 1))
    assert entry_of(knowledge, "M54").facts.periods == ()


def test_hierarchy_from_the_nearest(knowledge: Knowledge) -> None:
    above = [str(place) for place in entry_of(knowledge, "S72.001A").above]
    assert above == [
        "code S72.001",
        "code S72.00",
        "code S72.0",
        "category S72",
        "block S70-S79",
        "chapter 19",
    ]


def test_the_narrower_block_comes_first(knowledge: Knowledge) -> None:
    above = [place.notation for place in entry_of(knowledge, "M54.9").above]
    assert above == ["M54", "M50-M54", "M40-M54", "13"]


def test_notes_name_their_holder(knowledge: Knowledge) -> None:
    notes = {(note.kind, str(at), note.text) for note, at in entry_of(knowledge, "M54.5").notes}
    assert ("Excludes1", "code M54.5", "low back strain (S39.012)") in notes
    assert ("Excludes1", "category M54", "psychogenic dorsalgia (F45.41)") in notes
    assert ("Excludes1", "block M50-M54", "discitis NOS (M46.4-)") in notes
    assert ("Excludes2", "chapter 13", "neoplasms (C00-D49)") in notes


def test_inclusion_terms(knowledge: Knowledge) -> None:
    assert entry_of(knowledge, "M54.9").facts.terms == ("Back pain NOS", "Backache NOS")


def test_inherited_seventh_characters(knowledge: Knowledge) -> None:
    seventh = entry_of(knowledge, "T07.XXXA").seventh_characters
    assert seventh is not None
    meanings, place = seventh
    assert place.notation == "T07"
    assert meanings == ["A initial encounter", "D subsequent encounter", "S sequela"]
    assert entry_of(knowledge, "M54.9").seventh_characters is None


def test_children_of_a_heading(knowledge: Knowledge) -> None:
    children = entry_of(knowledge, "M54.5").children
    assert [child.notation for child in children] == ["M54.50", "M54.51", "M54.59"]
    assert children[0].periods == (Days("2021-10-01", None),)


def test_releases_that_list_it(knowledge: Knowledge) -> None:
    days = [iri.rsplit("/", 1)[-1] for iri in entry_of(knowledge, "M54.50").facts.releases]
    assert days == ["2025-04-01", "2026-04-01"]


@pytest.mark.parametrize("text", ["M54", "m54.5", "T07XXXA", "C4A.9", "M54.-", "I109"])
def test_looks_like_a_code(text: str) -> None:
    assert is_code_like(text)


@pytest.mark.parametrize(
    "text", ["DX-DATE", "CLM-NPI", "", "M5", "M54.5XXXAB", "97110", "\u00e954"]
)
def test_does_not_look_like_a_code(text: str) -> None:
    assert not is_code_like(text)
