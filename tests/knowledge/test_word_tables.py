"""How words of notes and titles are read."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from claimshapes.errors import InputError
from claimshapes.knowledge.importers.icd10cm.tabular import read_tabular
from claimshapes.knowledge.importers.icd10cm.title_words import (
    about_a_part,
    heading_in_other_words,
    sites,
    trimester,
)
from claimshapes.knowledge.importers.icd10cm.word_tables import (
    NOTE_WORDS,
    SITE_WORDS,
    read_word_tables,
)
from claimshapes.knowledge.in_use import resource_directory
from tests.knowledge.test_icd10cm import NEWEST, tree

WORDS = read_word_tables(resource_directory("ontology") / "tables")
CONDITION, EXAMPLES, EVERY, LINKED = "condition", "examples", "every-patient", "linked"


@pytest.mark.parametrize(
    ("kind", "words", "readings"),
    [
        ("codeFirst", "any routine childhood examination", {CONDITION}),
        ("codeFirst", "any follow-up examination after treatment (Z09)", {CONDITION}),
        ("codeFirst", "heart failure complicating abortion (O00-O07, O08.8)", {CONDITION}),
        ("codeFirst", "heart failure due to hypertension (I11.0)", set()),
        (
            "codeFirst",
            "for adverse effects, the nature of the adverse effect, such as: aspirin gastritis",
            {CONDITION, EXAMPLES},
        ),
        ("codeFirst", "any associated: hypertensive chronic kidney disease", {CONDITION, LINKED}),
        ("codeFirst", "COVID-19 (U07.1)", {EVERY}),
        ("codeFirst", "if applicable, COVID-19 (U07.1)", {CONDITION, EVERY}),
        ("codeFirst", "underlying neoplasm (C00-D49)", {EVERY}),
        ("codeFirst", "underlying disease, such as: neoplasm (C00-D49)", {EXAMPLES, EVERY}),
        ("useAdditionalCode", "code to identify control using: insulin (Z79.4)", {CONDITION}),
        ("useAdditionalCode", "code (B95-B97), to identify infectious agent", set()),
        ("useAdditionalCode", "code to identify: tobacco use (Z72.0)", set()),
        ("useAdditionalCode", "code to identify stage of chronic kidney disease", {EVERY}),
        ("useAdditionalCode", "code to identify severity of ulcer (L97.-)", {EVERY}),
        (
            "useAdditionalCode",
            "code, if applicable, to specify site and severity of ulcer (L97.-)",
            {CONDITION, EVERY},
        ),
        ("codeAlso", "the type of cerebral infarction (I63.-)", {EVERY}),
        ("useAdditionalCode", "the type of cerebral infarction (I63.-)", set()),
        ("codeAlso", "any follow-up examination (Z08-Z09)", {CONDITION}),
        ("excludes1", "any condition", set()),
        # A word is a whole word, whatever its case.
        ("codeAlso", "company anywhere, gifted", set()),
        ("codeAlso", "If applicable, epilepsy", {CONDITION}),
    ],
)
def test_readings_of_notes(kind: str, words: str, readings: set[str]) -> None:
    assert WORDS.readings(kind, words) == readings


def test_a_condition_is_in_the_words_of_every_note_that_says_if() -> None:
    for entry in read_tabular(NEWEST, date(2026, 4, 1)).entries():
        for kind, lines in entry.notes:
            for line in lines:
                assert not line.startswith((",", " ")), (entry.name, line)
                if kind in ("codeFirst", "useAdditionalCode", "codeAlso") and re.search(
                    r"\b(if (applicable|known|present|any)|any associated)\b", line, re.IGNORECASE
                ):
                    assert CONDITION in WORDS.readings(kind, line), (entry.name, line)


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Radiculopathy, cervical region", {"neck"}),
        ("Radiculopathy, cervicothoracic region", {"neck", "thorax"}),
        ("Other intervertebral disc displacement, lumbosacral region", {"lumbar", "sacral"}),
        ("Cervicalgia", {"neck"}),
        ("Low back pain, unspecified", {"lumbar", "sacral"}),
        ("Spinal stenosis, site unspecified", set()),
        ("Pain in unspecified joint", set()),
        ("Multiple fractures of ribs, right side", set()),
        ("Impacted cerumen, right ear", {"ear"}),
        ("Essential (primary) hypertension", set()),
        # Not a part of a word: no ear in an earthquake, no rib in a tribe.
        ("Victim of earthquake in a tribe", set()),
    ],
)
def test_sites_of_titles(title: str, named: set[str]) -> None:
    assert WORDS.sites_of(title) == named


def test_a_title_without_a_site_takes_that_above() -> None:
    assert sites("M54.12", tree(), WORDS) == {"neck"}
    assert sites("M54.10", tree(), WORDS) == set()
    assert "hip" in sites("S72.8X1", tree(), WORDS)


def test_forms_of_a_heading() -> None:
    expected = {
        "N18.9": ("unspecified", "N18"),
        "M54.50": ("unspecified", "M54.5"),
        "I50.9": ("unspecified", "I50"),
        "E11.9": ("uncomplicated", "E11"),
        "B02.9": ("uncomplicated", "B02"),
        # Its heading is of two things, a part of its title is unspecified, or a block is above it.
        **dict.fromkeys(["R07.9", "E11.8", "R52", "B09", "N18.4", "I10"]),
    }
    assert {code: heading_in_other_words(code, tree()) for code in expected} == expected


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Supervision of elderly primigravida, first trimester", "first"),
        ("Preterm labor second trimester with preterm delivery third trimester", ""),
        ("Mild hyperemesis gravidarum", ""),
    ],
)
def test_trimester(title: str, named: str) -> None:
    assert trimester(title) == named


@pytest.mark.parametrize(
    ("holder", "line", "target", "part"),
    [
        ("F45.8", "sleep related teeth grinding (G47.63)", "G47.63", True),
        ("G47.63", "psychogenic bruxism (F45.8)", "F45.8", True),
        ("D05", "Paget's disease of breast or nipple (C50.-)", "C50", True),
        (
            "M54.6",
            "pain in thoracic spine due to intervertebral disc disorder (M51.-)",
            "M51",
            False,
        ),
        ("R52", "throat pain (R07.0)", "R07.0", False),
        ("G54.0", "radiculitis NOS (M54.1-)", "M54.1", False),
    ],
)
def test_notes_about_a_part(holder: str, line: str, target: str, part: bool) -> None:
    entry = tree().concepts[holder].entry
    assert entry is not None
    assert about_a_part(line, entry, [target], tree()) is part
    assert not about_a_part(line, entry, [target, "A00"], tree()) or holder == "F45.8"


@pytest.mark.parametrize("row", ["if,,perhaps,", "if,excludes1,condition,"])
def test_an_unknown_reading_or_kind_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / NOTE_WORDS).write_text(f"words,kind,reading,reason\n{row}\n")
    (tmp_path / SITE_WORDS).write_text("words,site\n")
    with pytest.raises(InputError, match="not known: if"):
        read_word_tables(tmp_path)
