"""Hostile files for each importer: refused for what they are, within bounds, nothing written."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from claimshapes.errors import InputError
from claimshapes.knowledge import importing
from claimshapes.knowledge.descriptions import importable
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.importing import ImportOptions, import_files
from claimshapes.knowledge.published import read_published
from claimshapes.knowledge.sheet import MOST_COLUMNS
from tests.knowledge.published_files import (
    believe,
    code_editor_text,
    coverage_export,
    csv_bytes,
    laboratory_rows,
    written,
    xlsx_bytes,
    zip_bytes,
)
from tests.knowledge.published_layouts import LAYOUTS

pytestmark = pytest.mark.usefixtures("small")

FEW = 100
"""Rows of a table that are believed in these tests, in place of up to millions."""

_MOST_MEMORY = 300_000_000
_OPTIONS = ImportOptions(accept_changes=True)


@dataclass(frozen=True, slots=True)
class Importer:
    """An importer, and files that it takes.

    Attributes:
        data_set: id of the data set.
        table: name and rows of a file that is a table.
        text: name and lines of one that is a text.
        beside: further files without which nothing is imported.
        period: a day of its period, where no file tells.
    """

    data_set: str
    table: tuple[str, list[list[str]]] | None
    text: tuple[str, list[str]] | None = None
    beside: Callable[[Path], list[Path]] = lambda place: []
    period: date | None = None


def _articles() -> tuple[str, list[list[str]]]:
    rows = coverage_export()["article_x_icd10_covered"]
    return "article_x_icd10_covered", [list(row) for row in rows]


def _other_articles(place: Path) -> list[Path]:
    tables = {
        f"{name}.csv": csv_bytes(rows, "utf-8")
        for name, rows in coverage_export().items()
        if name != "article_x_icd10_covered"
    }
    return [written(place / "beside", "rest.zip", zip_bytes(tables))]


IMPORTERS = [
    *(
        Importer(layout.data_set, (layout.name(layout.days[0]), layout.rows(8, layout.days[0])))
        for layout in LAYOUTS
    ),
    Importer("ncd-laboratory", ("ncd", laboratory_rows())),
    Importer("lcd-articles", _articles(), beside=_other_articles, period=date(2026, 11, 20)),
    Importer("mce-lists", None, ("definitions", code_editor_text().splitlines())),
    Importer(
        "icd-10-cm-tabular",
        None,
        ("icd10cm_order_2028", [f"{n:05} M54{n}    1 words".ljust(78) for n in range(2, 8)]),
    ),
]

each_importer = pytest.mark.parametrize("importer", IMPORTERS, ids=lambda each: each.data_set)


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch, small: Path) -> None:
    believe(monkeypatch, lambda _: (1, FEW), unlike=())


def test_every_importer_is_here() -> None:
    assert {each.data_set for each in IMPORTERS} == set(importable())


def _named(importer: Importer) -> tuple[str, str, bytes]:
    """Name, ending and content of a good file."""
    if importer.table is not None:
        name, rows = importer.table
        return name, "csv", csv_bytes(rows, "utf-8")
    assert importer.text is not None
    name, lines = importer.text
    return name, "txt", "\r\n".join(lines).encode("utf-8")


def _cut(importer: Importer, place: Path) -> Path:
    name, ending, content = _named(importer)
    return written(place, f"{name}.zip", zip_bytes({f"{name}.{ending}": content})[:-30])


def _bomb(importer: Importer, place: Path) -> Path:
    name, ending, content = _named(importer)
    file = place / f"{name}.zip"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{name}.{ending}", "w") as member,
    ):
        member.write(content)
        for _ in range(33):
            member.write(b"0" * (1 << 20))
    return file


def _nested(importer: Importer, place: Path) -> Path:
    """Archives within archives, deeper than any publisher has them."""
    name, ending, content = _named(importer)
    made = zip_bytes({f"{name}.{ending}": content})
    for _ in range(4):
        made = zip_bytes({f"{name}.zip": made})
    return written(place, f"{name}.zip", made)


def _outside(importer: Importer, place: Path) -> Path:
    name, ending, content = _named(importer)
    return written(place, f"{name}.zip", zip_bytes({f"../{name}.{ending}": content}))


def _formula(importer: Importer, place: Path) -> Path:
    name = _named(importer)[0]
    rows = [] if importer.table is None else [list(row) for row in importer.table[1]]
    rows.append(["=HYPERLINK(1)", *(rows[-1][1:] if rows else [])])
    return written(place, f"{name}.xlsx", xlsx_bytes(rows))


def _wide(importer: Importer, place: Path) -> Path:
    name, ending, content = _named(importer)
    return written(place, f"{name}.{ending}", content + b"\r\n" + b"a," * 100_000 + b"\r\n")


def _long(importer: Importer, place: Path) -> Path:
    name, ending, content = _named(importer)
    return written(place, f"{name}.{ending}", content + b"\r\n" + b"a" * 33_000_000)


HOSTILE: dict[str, tuple[Callable[[Importer, Path], Path], str]] = {
    "cut archive": (_cut, "not a whole zip archive"),
    "bomb": (_bomb, "times its size"),
    "nested": (_nested, "too many archives within each other"),
    "path traversal": (_outside, "outside of the archive"),
    "formula": (_formula, "holds a formula"),
    "100,000 columns": (_wide, f"more than {MOST_COLUMNS} columns"),
    "one line of 33 MB": (_long, "a line of more than|is no table of text|field larger"),
}
"""How a file is made, and why it is refused."""


@each_importer
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile(folder: KnowledgeFolder, tmp_path: Path, importer: Importer, kind: str) -> None:
    make, reason = HOSTILE[kind]
    file = make(importer, tmp_path)
    tracemalloc.start()
    try:
        if importer.table is None and kind == "100,000 columns":
            # A text has no columns: the line is none of its lines.
            with suppress(InputError):
                import_files([file], folder, _OPTIONS)
            assert tracemalloc.get_traced_memory()[1] < _MOST_MEMORY
            return
        with pytest.raises(InputError, match=reason):
            import_files([file, *importer.beside(tmp_path)], folder, _OPTIONS)
        assert tracemalloc.get_traced_memory()[1] < _MOST_MEMORY
    finally:
        tracemalloc.stop()
    assert not folder.path.exists()


@each_importer
def test_ten_million_rows(
    folder: KnowledgeFolder,
    tmp_path: Path,
    importer: Importer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No more rows are read than the table may have."""
    read = 0
    name, ending, content = _named(importer)
    source, sheets = read_published(written(tmp_path, f"{name}.{ending}", content))
    rows = list(sheets[0].rows())
    lines = [] if sheets[0].lines is None else list(sheets[0].lines())

    def endless(first: list[object]) -> Iterator[object]:
        nonlocal read
        yield from first
        for _ in range(10_000_000):
            read += 1
            yield first[-1]

    sheet = replace(
        sheets[0],
        rows=lambda: endless(rows),  # type: ignore[arg-type,return-value]
        lines=lambda: endless(lines),  # type: ignore[arg-type,return-value]
    )
    published = {file: read_published(file) for file in importer.beside(tmp_path)} | {
        tmp_path / "any": (source, [sheet])
    }
    monkeypatch.setattr(importing, "read_published", published.__getitem__)
    with pytest.raises(InputError, match=f"more than {FEW} rows"):
        import_files(list(published), folder, replace(_OPTIONS, period=importer.period))
    assert read <= FEW + 200
    assert not folder.path.exists()
