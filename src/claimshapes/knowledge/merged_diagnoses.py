"""ICD-10-CM with the releases that a user imported: dates of codes, and the graph made anew."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from claimshapes.knowledge.folder import KnowledgeFolder, UserRelease
from claimshapes.knowledge.importers.icd10cm import OUTPUT_NAME, generate, tabular_files
from claimshapes.knowledge.readers.diagnosis_codes import CODES, TABULAR
from claimshapes.knowledge.recorded import record

_DATES = "date-table.csv.gz"
_COLUMNS = ("code", "valid_from", "valid_to", "edits")

Row = dict[str, str]


def merge_diagnoses(
    ontology: Path,
    folder: Path,
    user: KnowledgeFolder,
    releases: Iterable[UserRelease],
    dated_through: date,
) -> None:
    """Makes the graph anew from the shipped sources and those of the releases.

    Args:
        ontology: the merged ontology.
        folder: its folder of ICD-10-CM.
        user: the user's knowledge folder.
        releases: the imported releases, from first to last.
        dated_through: last day for which the shipped table of dates speaks; it goes before what
            a list of codes says, for it also has the editor's flags.

    Raises:
        InputError: a source cannot be used.
    """
    shipped = folder / "sources"
    sources = folder / "merged-sources"
    sources.mkdir()
    for file in shipped.iterdir():
        (sources / file.name).write_bytes(file.read_bytes())
    with gzip.open(shipped / _DATES, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for release in releases:
        codes, tabular = release.table(CODES), release.table(TABULAR)
        assert codes is not None and tabular is not None
        name = f"tabular-{release.edition.isoformat()}.xml.xz"
        (sources / name).write_bytes(user.table_content(tabular))
        if release.edition <= dated_through:
            continue
        text = gzip.decompress(user.table_content(codes)).decode()
        valid = {row["code"] for row in csv.DictReader(io.StringIO(text))}
        rows = dated(rows, valid, release.edition)
    made = io.StringIO()
    writer = csv.DictWriter(made, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (sources / _DATES).write_bytes(gzip.compress(made.getvalue().encode(), 1, mtime=0))
    output = folder / OUTPUT_NAME
    output.unlink(missing_ok=True)
    generate(tabular_files(sources), sources / _DATES, ontology / "tables", output)
    description = output.with_name(f"{OUTPUT_NAME}-metadata.json")
    content = description.read_bytes()
    description.unlink()
    description.write_bytes(content)
    record(ontology, "icd10cm")


def dated(rows: Iterable[Row], valid: set[str], first: date) -> list[Row]:
    """The dates of codes after a release: what it lists holds, and what it does not ends.

    Args:
        rows: when each code was valid, so far.
        valid: the codes of the release.
        first: its first day.
    """
    day = first.isoformat()
    before = (first - timedelta(days=1)).isoformat()
    kept: list[Row] = []
    there: set[str] = set()
    for row in rows:
        holds = row["valid_from"] <= day and (not row["valid_to"] or row["valid_to"] >= day)
        if row["code"] in valid:
            if holds:
                there.add(row["code"])
            kept.append(row)
        elif row["valid_from"] < day:
            ends = row["valid_to"] if row["valid_to"] and row["valid_to"] < day else before
            kept.append({**row, "valid_to": ends})
    for code in sorted(valid - there):
        kept.append({"code": code, "valid_from": day, "valid_to": "", "edits": ""})
    return sorted(kept, key=lambda row: (row["code"], row["valid_from"]))
