"""Imports publishers' files into a user's knowledge folder: all checks first, then one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from claimshapes.errors import InputError
from claimshapes.files.private_files import private_folder
from claimshapes.knowledge.comparison import Changes, compare, database, read_loaded, read_rows
from claimshapes.knowledge.descriptions import DataSetImport, importable
from claimshapes.knowledge.folder import KnowledgeFolder, ReleaseTable, UserRelease
from claimshapes.knowledge.import_refusals import (
    refuse_changes,
    refuse_older,
    refuse_size,
    refuse_unlike,
)
from claimshapes.knowledge.imported_tables import same_tables, write_table
from claimshapes.knowledge.loaded import LoadedTable, loaded_tables, table_names
from claimshapes.knowledge.published import read_published
from claimshapes.knowledge.readers import READERS, TableRows
from claimshapes.knowledge.recognition import edition_of, last_day
from claimshapes.knowledge.rows import table_rows
from claimshapes.knowledge.sorted_files import FilesOfDataSet, add_file


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
    found: dict[str, FilesOfDataSet] = {}
    for file in files:
        source, sheets = read_published(file)
        add_file(found, source, sheets, descriptions, options.data_set)
    with private_folder() as temporary, database(temporary) as connection:
        made = [_checked(connection, temporary, each, folder, options) for each in found.values()]
        if not options.dry_run and any(report.outcome == "imported" for report, _ in made):
            _commit(folder, made)
    return [report for report, _ in made]


_Made = tuple[ImportReport, dict[str, tuple[Path, int]]]


def _checked(
    connection: duckdb.DuckDBPyConnection,
    temporary: Path,
    found: FilesOfDataSet,
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
            description.table: TableRows(
                names,
                chain.from_iterable(table_rows(each, names, left_out) for each in found.recognized),
            )
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
        file, count, again = write_table(connection, temporary, description, name, rows, edition)
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
        same = same_tables(description, before.user, files)
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
