"""The tables that the package ships come out of the importers, byte for byte."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.importing import ImportOptions, import_files
from tests.knowledge.published_files import written

pytestmark = pytest.mark.usefixtures("small")

PUBLISHED = Path(__file__).parents[1] / "data" / "published"
CODES = Path(__file__).parents[2] / "ontology" / "codes"


def imported(folder: KnowledgeFolder, file: Path) -> dict[str, bytes]:
    import_files([file], folder, ImportOptions(accept_changes=True))
    return {
        table.name: gzip.decompress(folder.table_content(table))
        for table in folder.releases()[0].tables
    }


def shipped(file: str, *wanted: bytes) -> bytes:
    """The header of a shipped table, and its lines that hold one of these."""
    content = (CODES / file).read_bytes()
    plain = gzip.decompress(content) if file.endswith(".gz") else content
    head, *lines = plain.splitlines(keepends=True)
    return head + b"".join(line for line in lines if any(each in line for each in wanted))


def test_unlikely_edits(tmp_path: Path) -> None:
    packed = PUBLISHED / "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv.gz"
    file = written(tmp_path, packed.stem, gzip.decompress(packed.read_bytes()))
    made = imported(KnowledgeFolder(tmp_path / "knowledge"), file)["mue-practitioner"]
    assert made.count(b"\n") == 1 + 15_095
    assert made == shipped("mue/mue-practitioner.csv.gz", b",2026-04-01,")


def test_laboratory_ncds(tmp_path: Path) -> None:
    made = imported(
        KnowledgeFolder(tmp_path / "knowledge"), PUBLISHED / "ncd-spreadsheet-2026-01.xlsx"
    )
    numbers = [b"NCD-190.%s" % each for each in (b"12", b"13", b"19", b"21A", b"33")]
    for table in ("ncd-procedures.csv", "ncd-diagnoses.csv.gz"):
        name = table.partition(".")[0]
        assert made[name] == shipped(f"ncd/{table}", *(each + b"," for each in numbers))
    policies = [each.rstrip(b"A") + b"," for each in numbers]
    assert made["ncd-policies"] == shipped("ncd/ncd-policies.csv", *policies)


def test_shipped_laboratory_ncds_are_in_the_order_of_the_importer() -> None:
    """The file of the tests has five of the determinations; the order of the others is alike."""
    with (CODES / "ncd" / "ncd-procedures.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == sorted(rows, key=lambda row: (row["policy"], row["group"], row["procedure"]))
