"""ICD-10-CM: tabular XML and date table to the triples of ontology/codes/icd10cm."""

from __future__ import annotations

import lzma
import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from claimshapes.errors import InputError
from claimshapes.knowledge.importers.icd10cm.date_table import read_date_table
from claimshapes.knowledge.importers.icd10cm.references import References
from claimshapes.knowledge.importers.icd10cm.tabular import read_tabular
from claimshapes.knowledge.importers.icd10cm.triples import concept_triples, note_triples
from claimshapes.knowledge.importers.icd10cm.union_tree import build_union_tree
from claimshapes.knowledge.importers.icd10cm.word_tables import read_word_tables

OUTPUT_NAME = "icd10cm.nt.xz"


@dataclass(slots=True)
class Report:
    """What was made, and what could not be understood.

    Attributes:
        counts: number of things by what they are.
        unknown_references: lines that name a code which no release knows, with the codes.
        qualifiers_passed_over: lines whose qualifier was not understood; the code is named whole.
        not_in_date_table: codes made by seventh characters that the date table does not know.
        untitled: codes of the date table that no release at hand lists.
    """

    counts: dict[str, int] = field(default_factory=dict)
    unknown_references: list[tuple[str, list[str]]] = field(default_factory=list)
    qualifiers_passed_over: list[str] = field(default_factory=list)
    not_in_date_table: list[str] = field(default_factory=list)
    untitled: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{count:>9,}  {name}" for name, count in self.counts.items()]
        lines.append(f"{len(self.untitled):>9,}  codes of the date table without a title")
        lines.append(
            f"{len(self.not_in_date_table):>9,}  seventh-character codes not in the date table: "
            + ", ".join(self.not_in_date_table[:4])
            + (", ..." if len(self.not_in_date_table) > 4 else "")
        )
        for line, codes in self.unknown_references:
            lines.append(f"not found: {', '.join(codes)} in: {line}")
        for line in self.qualifiers_passed_over:
            lines.append(f"qualifier not understood: {line}")
        return "\n".join(lines)


def tabular_files(directory: Path) -> dict[date, Path]:
    """The tabular XML files of a folder by the first day of their release, as their names have it.

    Raises:
        InputError: the folder has none.
    """
    files = {
        date.fromisoformat(file.name.removesuffix(".xml.xz")[-10:]): file
        for file in sorted(directory.glob("tabular-*.xml.xz"))
    }
    if not files:
        raise InputError("expected files tabular-YYYY-MM-DD.xml.xz", file=str(directory))
    return files


def generate(tabulars: dict[date, Path], date_table: Path, tables: Path, output: Path) -> Report:
    """Writes the graph of ICD-10-CM as sorted N-Triples, compressed with xz.

    The same input gives the same bytes. The file is replaced only once it is whole.

    Args:
        tabulars: tabular XML files by the first day of their release.
        date_table: the code table of the Medicare Code Editor, gzipped CSV.
        tables: folder of the tables that say how words of notes and titles are read.
        output: the file to write.

    Returns:
        What was made, and what could not be understood.

    Raises:
        InputError: an input is not what it should be.
    """
    releases = [read_tabular(file, day) for day, file in sorted(tabulars.items())]
    dates = read_date_table(date_table)
    tree = build_union_tree(releases, dates)
    found: dict[str, References] = {}
    words = read_word_tables(tables)
    lines = {f"{triple} .\n" for triple in concept_triples(tree, words)}
    lines.update(f"{triple} .\n" for triple in note_triples(releases, tree, words, found))
    _write(sorted(lines), output)
    report = Report(untitled=tree.untitled, not_in_date_table=tree.not_in_date_table)
    kinds = Counter(concept.kind for concept in tree.concepts.values())
    report.counts = {
        "chapters": kinds["chapter"],
        "blocks": kinds["block"],
        "codes and headings": kinds["code"],
        "codes that are or were reportable": len(dates),
        "different lines of notes": len(found),
        "triples": len(lines),
    }
    for line, references in sorted(found.items()):
        if references.unknown:
            report.unknown_references.append((line, references.unknown))
        if references.not_understood:
            report.qualifiers_passed_over.append(line)
    return report


def _write(lines: Iterable[str], output: Path) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=output.name)
    try:
        with os.fdopen(handle, "wb") as raw, lzma.open(raw, "wb", preset=6) as stream:
            for line in lines:
                stream.write(line.encode())
        Path(name).chmod(0o644)
        Path(name).replace(output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
