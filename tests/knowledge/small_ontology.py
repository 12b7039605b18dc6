"""The shipped ontology with a few rows of each large table, so that it compiles in a second."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import xml.etree.ElementTree as ET
from pathlib import Path

from claimshapes.knowledge.importers.icd10cm import OUTPUT_NAME, generate, tabular_files
from claimshapes.knowledge.recorded import record
from claimshapes.knowledge.tables import DESCRIPTION, read_table
from claimshapes.resources import shipped_directory

CODES = {
    *("97110", "97112", "97140", "97530", "97012", "99213", "20560", "87086", "80061", "J1100"),
    *("M54.50", "M54.51", "M54.59", "M54.5", "N39.0", "E78.5", "Z00.00", "R10.9"),
}
"""The codes of which the rows are kept."""

_FEW = 60


def small_ontology(folder: Path) -> Path:
    """Makes it, and the shapes beside it.

    Returns:
        The folder that holds both, as a checkout does.
    """
    shipped = shipped_directory("ontology")
    made = folder / "ontology"
    made.mkdir(parents=True)
    (folder / "shapes").symlink_to(shipped_directory("shapes"))
    for entry in shipped.iterdir():
        if entry.name not in {"codes", "imports"}:
            (made / entry.name).symlink_to(entry)
    for entry in (shipped / "codes").iterdir():
        place = made / "codes" / entry.name
        place.mkdir(parents=True)
        for file in entry.iterdir():
            if file.name.endswith(".csv.gz"):
                _few_rows(file, place / file.name)
            elif file.name == "sources":
                _few_diagnoses(file, place / "sources")
            elif file.name.endswith(".nt.xz"):
                pass
            elif file.name.endswith(("-metadata.json", ".ttl")):
                (place / file.name).write_bytes(file.read_bytes())
            else:
                (place / file.name).symlink_to(file)
        for description in place.glob(f"*{DESCRIPTION}"):
            content = json.loads(description.read_text())
            content["cs:rows"] = None
            description.write_text(json.dumps(content))
            record(made, description.name.removesuffix(DESCRIPTION))
    diagnoses = made / "codes" / "icd10cm"
    generate(
        tabular_files(diagnoses / "sources"),
        diagnoses / "sources" / "date-table.csv.gz",
        made / "tables",
        diagnoses / OUTPUT_NAME,
    )
    record(made, "icd10cm")
    (made / "imports").mkdir()
    for file in (shipped / "imports").iterdir():
        content = json.loads(file.read_text())
        content["rows"] = [1, content["rows"][1]]
        (made / "imports" / file.name).write_text(json.dumps(content))
    return folder


def _few_rows(file: Path, target: Path) -> None:
    names = read_table(file.with_name(file.name.removesuffix(".gz") + "-metadata.json")).names
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        assert next(rows) == names
        pair = names[:2] == ["column1", "column2"]
        kept: list[list[str]] = []
        for row in rows:
            wanted = {row[0], row[1]} <= CODES if pair else not CODES.isdisjoint(row[:2])
            if wanted or (len(kept) < _FEW and not pair):
                kept.append(row)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *kept])
    target.write_bytes(gzip.compress(text.getvalue().encode(), 1, mtime=0))


def _few_diagnoses(folder: Path, target: Path) -> None:
    """The newest tabular list and the table of dates, with the dorsopathies only."""
    target.mkdir()
    file = max(folder.glob("tabular-*.xml.xz"))
    root = ET.fromstring(lzma.decompress(file.read_bytes()))
    for chapter in root.findall("chapter"):
        if chapter.findtext("name") != "13":
            root.remove(chapter)
            continue
        for section in chapter.findall("section"):
            if section.get("id") != "M50-M54":
                chapter.remove(section)
    (target / file.name).write_bytes(lzma.compress(ET.tostring(root), preset=0))
    with gzip.open(folder / "date-table.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        lines = [
            line for line in stream if line.startswith(("code", *(f"M5{n}" for n in range(5))))
        ]
    (target / "date-table.csv.gz").write_bytes(gzip.compress("".join(lines).encode(), 1, mtime=0))
