"""Layouts with a reader of their own: forms, periods, headers and data sets, as for the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from claimshapes.errors import InputError
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.importing import ImportOptions, ImportReport, import_files
from tests.knowledge.published_files import (
    believe,
    code_editor_text,
    coverage_export,
    csv_bytes,
    laboratory_rows,
    written,
    zip_bytes,
)
from tests.knowledge.test_import_data_sets import diagnosis_files

Make = Callable[[Path, Path, bool, str, str], list[Path]]
"""Makes files: a place, the small ontology, whether later ones, a text left out, the encoding."""


def _laboratory(place: Path, small: Path, later: bool, without: str, encoding: str) -> list[Path]:
    month = "October 2026" if later else "July 2026"
    rows = [
        [cell.replace("October 2026", month).replace(without, "Other") for cell in row]
        if without
        else [cell.replace("October 2026", month) for cell in row]
        for row in laboratory_rows()
    ]
    return [written(place, "ncd.csv", csv_bytes(rows, encoding))]


def _code_editor(place: Path, small: Path, later: bool, without: str, encoding: str) -> list[Path]:
    text = code_editor_text("v44.1 April 2027" if later else "v44 October 2026")
    content = (text.replace(without, "Other") if without else text).encode(encoding)
    return [written(place, "Definitions.txt", content)]


def _diagnoses(place: Path, small: Path, later: bool, without: str, encoding: str) -> list[Path]:
    files = diagnosis_files(place, small, 2029 if later else 2028)
    text = files[1].read_text("utf-8")
    lines = [line[1:] if without else line for line in text.splitlines()]
    files[1].write_bytes("\r\n".join(lines).encode(encoding))
    return files


def _articles(place: Path, small: Path, later: bool, without: str, encoding: str) -> list[Path]:
    tables = {
        f"{name}.csv": csv_bytes(
            [
                [cell.replace(without, "other") if without and not at else cell for cell in row]
                for at, row in enumerate(rows)
            ],
            encoding,
        )
        for name, rows in coverage_export().items()
    }
    return [written(place, "current_article.zip", zip_bytes(tables))]


@dataclass(frozen=True, slots=True)
class Own:
    """A data set with a reader.

    Attributes:
        data_set: its id.
        make: makes its files.
        heading: what its layout is known by.
        refused: what is said of files without it.
        days: first days of two periods, where the files do not tell them.
    """

    data_set: str
    make: Make
    heading: str
    refused: str
    days: tuple[date, date] | None = None


OWN = [
    Own("ncd-laboratory", _laboratory, "ICD-10 EFF", "none of the layouts"),
    Own("mce-lists", _code_editor, "Definitions of Medicare", "none of the layouts"),
    Own("icd-10-cm-tabular", _diagnoses, "order numbers", "none of the layouts"),
    Own(
        "lcd-articles",
        _articles,
        "icd10_code_id",
        "lacks the table of covered",
        (date(2026, 10, 5), date(2026, 11, 2)),
    ),
]
FEWEST = {"ncd-laboratory": 4, "icd-10-cm-tabular": 5}
"""Rows below which a table is not believed, in place of many thousands."""

each_own = pytest.mark.parametrize("own", OWN, ids=lambda own: own.data_set)


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    believe(monkeypatch, lambda name: (FEWEST.get(name, 1), 100))


def _import(
    folder: KnowledgeFolder, own: Own, files: list[Path], later: bool = False
) -> ImportReport:
    options = ImportOptions(accept_changes=True)
    if own.days is not None:
        options = replace(options, period=own.days[later])
    return import_files(files, folder, options)[0]


@each_own
def test_encodings_give_the_same_tables(
    folder: KnowledgeFolder, tmp_path: Path, small: Path, own: Own
) -> None:
    made = {
        encoding: own.make(tmp_path / encoding, small, False, "", encoding)
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    }
    outcomes = [_import(folder, own, files).outcome for files in made.values()]
    assert outcomes == ["imported", *["unchanged"] * 3]


@each_own
def test_previous_period_is_refused(
    folder: KnowledgeFolder, tmp_path: Path, small: Path, own: Own
) -> None:
    first = own.make(tmp_path / "first", small, False, "", "utf-8")
    _import(folder, own, own.make(tmp_path / "later", small, True, "", "utf-8"), later=True)
    before = folder.index.read_bytes()
    with pytest.raises(InputError, match="older than the imported one"):
        _import(folder, own, first)
    assert folder.index.read_bytes() == before


@each_own
def test_wrong_header_or_data_set(
    folder: KnowledgeFolder, tmp_path: Path, small: Path, own: Own
) -> None:
    with pytest.raises(InputError, match=own.refused):
        _import(folder, own, own.make(tmp_path / "other", small, False, own.heading, "utf-8"))
    good = own.make(tmp_path / "good", small, False, "", "utf-8")
    with pytest.raises(InputError, match=f"is of {own.data_set}, not of taxonomy"):
        import_files(good, folder, ImportOptions(data_set="taxonomy"))
    assert not folder.path.exists()


@each_own
def test_truncated_file(folder: KnowledgeFolder, tmp_path: Path, small: Path, own: Own) -> None:
    for number, _ in enumerate(own.make(tmp_path / "whole", small, False, "", "utf-8")):
        files = own.make(tmp_path / str(number), small, False, "", "utf-8")
        content = files[number].read_bytes()
        files[number].write_bytes(content[: len(content) * 4 // 5])
        with pytest.raises(InputError, match=r"truncated|not a whole zip|is empty"):
            _import(folder, own, files)
        assert not folder.path.exists()
