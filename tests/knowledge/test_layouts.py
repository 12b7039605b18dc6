"""Each layout: a good file in every form, and what is refused of it."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest

from claimshapes.errors import InputError
from claimshapes.knowledge.descriptions import importable
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.importing import ImportOptions, ImportReport, import_files
from claimshapes.knowledge.merged import merged_ontology
from tests.knowledge.published_files import believe, csv_bytes, written, xlsx_bytes, zip_bytes
from tests.knowledge.published_layouts import LAYOUTS, Published

pytestmark = pytest.mark.usefixtures("small")

FEW = 100
"""Rows of a table that are believed in these tests, in place of up to five million."""

OWN_TESTS = {"icd-10-cm-tabular", "lcd-articles", "mce-lists", "ncd-laboratory"}

each_layout = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.data_set)


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    believe(monkeypatch, lambda _: (1, FEW), unlike=())


def import_(folder: KnowledgeFolder, *files: Path, accept: bool = True) -> ImportReport:
    return import_files(files, folder, ImportOptions(accept_changes=accept))[0]


def csv_file(place: Path, layout: Published, later: bool = False, count: int = 8) -> Path:
    day = layout.days[later]
    content = csv_bytes(layout.rows(count, day))
    return written(place, f"{layout.name(day)}.csv", content)


def content_of(folder: KnowledgeFolder) -> list[dict[str, str]]:
    table = folder.releases()[0].tables[0]
    text = gzip.decompress(folder.table_content(table)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_every_data_set_has_a_file_here() -> None:
    assert {layout.data_set for layout in LAYOUTS} | OWN_TESTS == set(importable())


@each_layout
def test_forms_give_the_same_table(
    folder: KnowledgeFolder, tmp_path: Path, layout: Published
) -> None:
    day = layout.days[0]
    report = import_(folder, csv_file(tmp_path, layout))
    assert (report.description.data_set, report.release.edition) == (layout.data_set, day)
    assert (report.outcome, report.rows, report.repeated) == ("imported", 8, 0)
    assert not any("words" in value for row in content_of(folder) for value in row.values())
    rows = layout.rows(8, day)
    forms = (
        ("csv", csv_bytes(rows, "utf-8-sig")),
        ("csv", csv_bytes(rows, "utf-16")),
        ("xlsx", xlsx_bytes(rows)),
        ("txt", csv_bytes(rows, "utf-8", "\t")),
    )
    for number, (ending, content) in enumerate(forms):
        archive = zip_bytes({f"a/{layout.name(day)}.{ending}": content})
        file = written(tmp_path / str(number), f"{layout.name(day)}.zip", archive)
        assert import_(folder, file).outcome == "unchanged"


def test_all_of_them_together(folder: KnowledgeFolder, tmp_path: Path) -> None:
    files = [csv_file(tmp_path, layout) for layout in LAYOUTS]
    options = ImportOptions(accept_changes=True, older=True)
    reports = import_files(files, folder, options)
    assert len(reports) == len(LAYOUTS)
    merged = merged_ontology(folder.path)
    tables = {name for release in folder.releases() for name in [release.tables[0].name]}
    compiled = {file.name.removesuffix(".csv.gz") for file in merged.rglob("*.csv.gz")}
    assert tables <= compiled


@each_layout
def test_quarters(folder: KnowledgeFolder, tmp_path: Path, layout: Published) -> None:
    first = csv_file(tmp_path, layout)
    later = csv_file(tmp_path / "later", layout, later=True, count=7)
    import_(folder, later)
    before = folder.index.read_bytes()
    with pytest.raises(InputError, match="older than the imported one"):
        import_(folder, first)
    cut = layout.rows(8, layout.days[1])[:-6]
    short = written(tmp_path / "cut", f"{layout.name(layout.days[1])}.csv", csv_bytes(cut))
    with pytest.raises(InputError, match="truncated"):
        import_(folder, short, accept=False)
    assert folder.index.read_bytes() == before


@each_layout
def test_wrong_header_or_data_set(
    folder: KnowledgeFolder, tmp_path: Path, layout: Published
) -> None:
    day = layout.days[0]
    rows = [
        [cell.replace(layout.heading, "Something else") for cell in row]
        for row in layout.rows(8, day)
    ]
    file = written(tmp_path, f"{layout.name(day)}.csv", csv_bytes(rows))
    with pytest.raises(InputError, match="none of the layouts"):
        import_(folder, file)
    options = ImportOptions(data_set=layout.other)
    with pytest.raises(InputError, match=f"is of {layout.data_set}, not of {layout.other}"):
        import_files([csv_file(tmp_path, layout)], folder, options)
    assert not folder.path.exists()
