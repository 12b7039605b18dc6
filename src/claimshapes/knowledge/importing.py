"""Imports publishers' files into a user's knowledge folder: all checks first, then one change."""

from __future__ import annotations

import csv
import gzip
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from claimshapes.errors import InputError
from claimshapes.files.private_files import private_folder
from claimshapes.knowledge.comparison import (
    Changes,
    compare,
    database,
    quoted,
    quoted_name,
    read_loaded,
    read_rows,
)
from claimshapes.knowledge.descriptions import DataSetImport, importable
from claimshapes.knowledge.folder import KnowledgeFolder, ReleaseTable, SourceFile, UserRelease
from claimshapes.knowledge.import_refusals import (
    refuse_changes,
    refuse_contradictions,
    refuse_older,
    refuse_size,
    refuse_unlike,
)
from claimshapes.knowledge.loaded import (
    LoadedTable,
    loaded_tables,
    shipped_file,
    table_names,
    unpacked,
)
from claimshapes.knowledge.published import read_published
from claimshapes.knowledge.readers import READERS, TableRows
from claimshapes.knowledge.recognition import Recognized, edition_of, last_day, recognize
from claimshapes.knowledge.rows import table_rows
from claimshapes.knowledge.sheet import Row, Sheet


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do.

    Attributes:
        description: the data set.
        release: the release that was made.
        rows: rows of its table.
        left_out: rows of the files that are not in it, by the reason.
        repeated: rows that the files hold more than once.
        before: the release that it was compared with, if one is loaded.
        changes: what is other than in that.
        outcome: ``imported``, ``unchanged`` or ``would be imported``.
        passed_over: sheets of the files that are none of the data set's.
    """

    description: DataSetImport
    release: UserRelease
    rows: int
    left_out: dict[str, int]
    repeated: int
    before: LoadedTable | None
    changes: Changes | None
    outcome: str
    layouts: list[str]
    passed_over: list[str] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        """The report as JSON has it."""
        release = self.release
        changes = self.changes
        return {
            "dataSet": release.data_set,
            "title": self.description.title,
            "outcome": self.outcome,
            "edition": release.edition.isoformat(),
            "label": release.label,
            "validFrom": release.valid_from.isoformat(),
            "coveredThrough": release.covered_through.isoformat(),
            "layouts": self.layouts,
            "rows": self.rows,
            "leftOut": self.left_out,
            "repeated": self.repeated,
            "sources": [
                {"name": source.name, "sha256": source.sha256, "size": source.size}
                for source in release.sources
            ],
            "passedOver": self.passed_over,
            "comparedWith": None
            if self.before is None
            else {
                "edition": self.before.edition.isoformat(),
                "suppliedBy": self.before.supplied_by,
            },
            "changes": None
            if changes is None
            else {
                "asOf": None if changes.as_of is None else changes.as_of.isoformat(),
                **changes.counts,
                "share": round(changes.share, 4),
                "examples": changes.examples,
            },
            "notice": self.description.notice or None,
        }


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are imported.

    Attributes:
        data_set: id of the data set that they are of, where they do not tell.
        period: a day of the period that they are for, where they do not tell.
        dry_run: whether nothing is changed.
        older: whether a release older than the newest that is loaded is taken.
        accept_changes: whether a release of which more changed than is believed is taken.
    """

    data_set: str | None = None
    period: date | None = None
    dry_run: bool = False
    older: bool = False
    accept_changes: bool = False


def import_files(
    files: Iterable[Path], folder: KnowledgeFolder, options: ImportOptions
) -> list[ImportReport]:
    """Imports files: several of one data set, or of several.

    Nothing is changed unless all of them can be imported.

    Args:
        files: files as their publishers made them.
        folder: the user's knowledge folder.
        options: what the caller says of them.

    Returns:
        A report for each data set.

    Raises:
        InputError: a file is not of a known layout, or what it holds is not believed; says why.
    """
    descriptions = importable()
    if options.data_set is not None and options.data_set not in descriptions:
        raise InputError(
            f"there is no data set {options.data_set}; there are {', '.join(descriptions)}"
        )
    found: dict[str, _Found] = {}
    for file in files:
        source, sheets = read_published(file)
        _add(found, source, sheets, descriptions, options.data_set)
    with private_folder() as temporary, database(temporary) as connection:
        made = [_checked(connection, temporary, each, folder, options) for each in found.values()]
        if not options.dry_run and any(report.outcome == "imported" for report, _ in made):
            _commit(folder, made)
    return [report for report, _ in made]


@dataclass(slots=True)
class _Found:
    description: DataSetImport
    recognized: list[Recognized] = field(default_factory=list)
    sources: dict[str, SourceFile] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)


_Made = tuple[ImportReport, dict[str, tuple[Path, int]]]


def _add(
    found: dict[str, _Found],
    source: SourceFile,
    sheets: Sequence[Sheet],
    descriptions: dict[str, DataSetImport],
    asked: str | None,
) -> None:
    passed_over: list[str] = []
    here: dict[str, list[Recognized]] = {}
    others: set[str] = set()
    for sheet in sheets:
        candidates = recognize(sheet, list(descriptions.values()))
        if asked is not None:
            own = [each for each in candidates if each.description.data_set == asked]
            if not own and candidates:
                others |= {each.description.data_set for each in candidates}
            if not own and not candidates:
                own = recognize(sheet, [_untitled(descriptions[asked])])
            candidates = own
        if len(candidates) > 1:
            names = " or ".join(each.description.data_set for each in candidates)
            raise InputError(f"may be of {names}; give --data-set", file=sheet.name)
        if candidates:
            here.setdefault(candidates[0].description.data_set, []).append(candidates[0])
        else:
            passed_over.append(sheet.name)
    if not here and others:
        raise InputError(f"is of {' and '.join(sorted(others))}, not of {asked}", file=source.name)
    if not here:
        raise InputError(
            "has none of the layouts that can be imported; if its header changed, see"
            " `claimshapes knowledge layouts`",
            file=source.name,
        )
    for name, recognized in here.items():
        entry = found.setdefault(name, _Found(descriptions[name]))
        entry.recognized += recognized
        entry.passed_over += passed_over
        if source.sha256 in entry.sources:
            raise InputError("is given twice", file=source.name)
        entry.sources[source.sha256] = source


def _untitled(description: DataSetImport) -> DataSetImport:
    """The description with layouts that do not ask for a title: the caller says what it is."""
    return msgspec.structs.replace(
        description,
        layouts=tuple(msgspec.structs.replace(layout, title="") for layout in description.layouts),
    )


def _checked(
    connection: duckdb.DuckDBPyConnection,
    temporary: Path,
    found: _Found,
    folder: KnowledgeFolder,
    options: ImportOptions,
) -> _Made:
    description = found.description
    edition = edition_of(found.recognized, options.period)
    loaded = loaded_tables(description, folder)
    refuse_older(description, edition, loaded, allowed=options.older)
    left_out: Counter[str] = Counter()
    details: dict[str, str] = {}
    if description.reader:
        tables = READERS[description.reader](found.recognized, edition, left_out, details)
    else:
        names = table_names(description)
        tables = {
            description.table: TableRows(names, _converted(found.recognized, names, left_out))
        }
    files: dict[str, tuple[Path, int]] = {}
    repeated = 0
    for name, rows in tables.items():
        if rows.suffix:
            kept = temporary / f"{description.data_set}-{name}{rows.suffix}"
            kept.write_bytes(rows.content)
            files[name] = (kept, 0)
            continue
        main = name == description.table
        file, count, again = _table_file(connection, temporary, description, name, rows, edition)
        files[name] = (file, count)
        if main:
            repeated = again
    main_file, count = files[description.table]
    refuse_size(description, count, found.recognized[0].sheet.name)
    before = max(
        (each for each in loaded if each.edition <= edition),
        key=lambda each: each.edition,
        default=None,
    )
    changes = None
    if before is not None and description.key:
        read_rows(connection, "new", main_file, table_names(description))
        read_loaded(connection, "old", before)
        changes = compare(connection, description, before, table_names(description))
        refuse_unlike(connection, description, folder)
        if not options.accept_changes:
            refuse_changes(description, before, changes, edition, count, connection)
    quarter = f"{edition.year} Q{(edition.month + 2) // 3}"
    release = UserRelease(
        data_set=description.data_set,
        edition=edition,
        valid_from=date.fromisoformat(description.covers_from)
        if description.covers_from
        else edition,
        covered_through=date.fromisoformat(details.pop("coveredThrough", ""))
        if "coveredThrough" in details
        else last_day(edition, description.period),
        label=description.label.format(quarter=quarter, edition=edition.isoformat()),
        layout=found.recognized[0].layout.name,
        tables=(),
        sources=tuple(sorted(found.sources.values(), key=lambda source: source.name)),
        details=details,
    )
    same = (
        before is not None
        and before.edition == edition
        and changes is not None
        and not changes.total
        and changes.as_of is None
    )
    if same and before is not None:
        same = _same_tables(description, before.user, files)
    outcome = "unchanged" if same else ("would be imported" if options.dry_run else "imported")
    layouts = sorted(
        {
            f"{each.layout.name} (checked against a {each.layout.checked_against})"
            for each in found.recognized
        }
    )
    report = ImportReport(
        description,
        release,
        count,
        dict(left_out),
        repeated,
        before,
        changes,
        outcome,
        layouts,
        sorted(set(found.passed_over)),
    )
    return report, files


def _converted(
    recognized: Sequence[Recognized], names: list[str], left_out: Counter[str]
) -> Iterator[Row]:
    for each in recognized:
        yield from table_rows(each, names, left_out)


def _table_file(
    connection: duckdb.DuckDBPyConnection,
    temporary: Path,
    description: DataSetImport,
    name: str,
    rows: TableRows,
    edition: date,
) -> tuple[Path, int, int]:
    """Writes a table in its order, each row once; refuses rows that contradict each other."""
    raw = temporary / f"{description.data_set}-{name}.raw.csv"
    names = rows.names
    place = names.index("release") if "release" in names else None
    with raw.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        for row in rows.rows:
            if place is not None:
                row[place] = edition.isoformat()
            writer.writerow(row)
    read_rows(connection, "raw", raw, names)
    raw.unlink()
    whole = connection.execute("SELECT count(*) FROM raw").fetchone()
    connection.execute("CREATE OR REPLACE TABLE once AS SELECT DISTINCT * FROM raw")
    count = connection.execute("SELECT count(*) FROM once").fetchone()
    assert whole is not None and count is not None
    main = name == description.table
    if main and description.key:
        refuse_contradictions(connection, description)
    own = [*(description.sort or description.key), *(description.dates or ())[:1]]
    order = own if main else rows.order
    by = ", ".join(f"{quoted_name(each)} NULLS FIRST" for each in order if each in names)
    plain = raw.with_name(f"{description.data_set}-{name}.csv")
    everything = ", ".join(quoted_name(each) for each in names)
    order_by = f"{by}, {everything}" if by else everything
    connection.execute(
        f"COPY (SELECT {everything} FROM once ORDER BY {order_by})"
        f" TO {quoted(str(plain))} (FORMAT csv, HEADER true, DELIMITER ',', NULLSTR '')"
    )
    connection.execute("DROP TABLE once; DROP TABLE raw")
    packed = plain.with_name(f"{plain.name}.gz")
    with (
        plain.open("rb") as stream,
        packed.open("wb") as made,
        gzip.GzipFile("", "wb", 6, made, mtime=0) as zipped,
    ):
        shutil.copyfileobj(stream, zipped, 1 << 20)
    plain.unlink()
    return packed, int(count[0]), int(whole[0]) - int(count[0])


def _same_tables(
    description: DataSetImport, release: UserRelease | None, files: dict[str, tuple[Path, int]]
) -> bool:
    """Whether the tables are those of the user's release, or else the shipped ones."""
    for name, (file, _) in files.items():
        if release is not None:
            table = release.table(name)
            with file.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            if table is None or table.sha256 != sha256:
                return False
        elif name != description.table:
            shipped = shipped_file(description, name)
            if shipped is None or unpacked(shipped) != unpacked(file):
                return False
    return True


def _commit(folder: KnowledgeFolder, made: Sequence[_Made]) -> None:
    with folder.changing():
        kept = {release.name: release for release in folder.releases()}
        for report, files in made:
            if report.outcome != "imported":
                continue
            tables: list[ReleaseTable] = [
                folder.add_table(name, file, rows) for name, (file, rows) in files.items()
            ]
            release = msgspec.structs.replace(report.release, tables=tuple(tables))
            kept[release.name] = release
        folder.put(tuple(kept.values()))
