"""Tables are used as they were recorded, and each of their rows is a node of its own."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from claimshapes.cli import program
from claimshapes.errors import ClaimshapesError, KnowledgeError, RuleError
from claimshapes.files.compiled_record import is_as_recorded
from claimshapes.knowledge.compile import compile_knowledge
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import compiled_knowledge, resource_directory
from claimshapes.knowledge.recorded import record, recorded_files, refuse_changed
from claimshapes.knowledge.tables import read_table, row_triples, table_rows

ONTOLOGY = resource_directory("ontology")
MUE = Path("codes", "mue", "mue-practitioner.csv.gz")
DESCRIPTION = Path("codes", "mue", "mue-practitioner.csv-metadata.json")
COLUMNS = [
    {"name": "key", "datatype": "string", "propertyUrl": "urn:x:key"},
    {"name": "begin", "datatype": "date", "propertyUrl": "https://schema.org/validFrom"},
    {"name": "end", "datatype": "date", "propertyUrl": "https://schema.org/validThrough"},
]


@pytest.fixture
def ontology(tmp_path: Path) -> Path:
    """One large table, as shipped, with what compiling needs besides."""
    made = tmp_path / "ontology"
    made.mkdir()
    for name in ("code.ttl", "lists-in-part.ttl"):
        shutil.copy(ONTOLOGY / name, made)
    shutil.copytree(ONTOLOGY / "codes" / "mue", made / "codes" / "mue")
    return made


def table(folder: Path, *rows: str, about: str = "urn:x:{key}/{begin}") -> Path:
    """The description of a table with these rows."""
    (folder / "t.csv").write_text("\n".join(["key,begin,end", *rows]) + "\n")
    description = folder / "t.csv-metadata.json"
    schema = {"aboutUrl": about, "columns": COLUMNS}
    description.write_text(json.dumps({"url": "t.csv", "tableSchema": schema}))
    return description


def cut(file: Path) -> None:
    rows = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(rows[:50])))


def edit(file: Path) -> None:
    rows = gzip.decompress(file.read_bytes())
    changed = re.sub(rb"(\n97110,[\d-]*,)\d+", rb"\g<1>60", rows, count=1)
    assert changed != rows
    file.write_bytes(gzip.compress(changed))


def replace(file: Path) -> None:
    shutil.copy(file.with_name("mue-outpatient.csv.gz"), file)


def add_a_row(file: Path) -> None:
    rows = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(rows + rows.splitlines(keepends=True)[-1].replace(b"V", b"W")))


def break_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def take_away(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [cut, edit, replace, add_a_row, break_off, take_away])
def test_a_table_that_was_changed_is_not_compiled(
    ontology: Path, change: Callable[[Path], None], tmp_path: Path
) -> None:
    compile_knowledge(ontology, tmp_path / "before.sqlite")
    change(ontology / MUE)
    with pytest.raises(RuleError, match="knowledge record mue-practitioner"):
        compile_knowledge(ontology, tmp_path / "after.sqlite")
    assert not (tmp_path / "after.sqlite").exists()


def test_a_table_without_a_record_is_not_compiled(ontology: Path) -> None:
    description = ontology / DESCRIPTION
    content = json.loads(description.read_text())
    del content["cs:sha256"]
    description.write_text(json.dumps(content))
    with pytest.raises(RuleError, match="no hash on record"):
        refuse_changed(ontology)


def test_a_count_that_does_not_hold_is_refused(ontology: Path) -> None:
    description = ontology / DESCRIPTION
    content = json.loads(description.read_text())
    content["cs:rows"] += 1
    description.write_text(json.dumps(content))
    with pytest.raises(RuleError, match=f"{content['cs:rows']:,} are recorded"):
        list(table_rows(read_table(description)))


def test_a_change_that_is_meant_is_recorded(ontology: Path, tmp_path: Path) -> None:
    before = {each.name: each for each in recorded_files(ontology)}["mue-practitioner"]
    edit(ontology / MUE)
    now = record(ontology, "mue-practitioner")
    assert now.sha256 != before.sha256
    assert now.count == before.count
    compile_knowledge(ontology, tmp_path / "k.sqlite")
    # The data set states the hash of the file too.
    assert now.sha256 in (ontology / "codes" / "mue" / "mue.ttl").read_text("utf-8")
    assert before.sha256 not in (ontology / "codes" / "mue" / "mue.ttl").read_text("utf-8")
    record(ontology, "mue-practitioner")
    with pytest.raises(ClaimshapesError, match="there is no table mue-nobody"):
        record(ontology, "mue-nobody")


def test_recording_says_what_it_recorded(ontology: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claimshapes.resources.shipped_directory", lambda _: ontology)
    result = CliRunner().invoke(program, ["knowledge", "record", "mue-practitioner"])
    rows = json.loads((ontology / DESCRIPTION).read_text())["cs:rows"]
    assert result.output.startswith(f"mue-practitioner: {rows:,} rows, sha256 ")


def test_every_shipped_table_is_as_recorded() -> None:
    refuse_changed(ONTOLOGY)
    assert len(list(recorded_files(ONTOLOGY))) > 15


def test_a_compiled_file_that_was_altered_is_not_opened(ontology: Path, tmp_path: Path) -> None:
    compiled = tmp_path / "k.sqlite"
    compile_knowledge(ontology, compiled)
    assert is_as_recorded(compiled)
    copy = tmp_path / "copy" / "k.sqlite"
    copy.parent.mkdir()
    for file in tmp_path.glob("k.sqlite*"):
        shutil.copy(file, copy.parent)
    assert is_as_recorded(copy)
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM page WHERE first = '97110'")
    connection.close()
    with pytest.raises(KnowledgeError, match="not as it was made; run"):
        Knowledge.open(copy)
    assert compiled.exists()


def test_a_source_that_changed_is_noticed_on_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    knowledge = Knowledge(compiled_knowledge())
    assert knowledge.problem() is None
    name = "codes/mue/mue-practitioner.csv.gz"
    monkeypatch.setitem(knowledge.sources, name, "0" * 64)
    problem = knowledge.problem()
    assert problem is not None
    assert f"was made of another ontology/{name}; run `claimshapes knowledge build`" in problem


def test_info_tells_what_changed(ontology: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tables() -> dict[str, Any]:
        result = CliRunner().invoke(program, ["knowledge", "info", "--format", "json"])
        assert result.exit_code == 0, result.output
        return {each["name"]: each for each in json.loads(result.stdout)["tables"]}

    monkeypatch.setattr("claimshapes.knowledge.in_use.resource_directory", lambda _: ontology)
    assert tables()["mue-practitioner"]["asRecorded"] is True
    cut(ontology / MUE)
    told = tables()["mue-practitioner"]
    assert told["asRecorded"] is False
    assert told["found"] != told["sha256"]


def test_a_key_that_ended_and_began_again_is_two_nodes(tmp_path: Path) -> None:
    description = table(tmp_path, "a,2015-10-01,2016-09-30", "a,2027-01-01,", "b,2015-10-01,")
    read = read_table(description)
    subjects = {str(next(row_triples(read, row)).subject) for row in table_rows(read)}
    assert len(subjects) == 3


@pytest.mark.parametrize(
    "rows",
    [
        ("a,2015-10-01,2016-09-30", "a,2016-09-30,"),
        ("a,2015-10-01,", "b,2015-10-01,", "a,2027-01-01,"),
        ("a,2027-01-01,", "a,2015-10-01,2027-01-01"),
        ("a,2015-10-01,2016-09-30", "a,2015-10-01,2016-09-30"),
        ("a,2014-01-01,2014-12-31", "a,2016-01-01,2016-12-31", "a,2014-12-01,2015-01-01"),
    ],
)
def test_rows_of_a_key_that_hold_on_one_day_are_refused(
    tmp_path: Path, rows: tuple[str, ...]
) -> None:
    with pytest.raises(RuleError, match=r"t\.csv, lines 2 and [34]: two rows of a hold on the sam"):
        list(table_rows(read_table(table(tmp_path, *rows))))


def test_a_row_without_its_date_in_its_node_is_refused(tmp_path: Path) -> None:
    description = table(tmp_path, "a,2015-10-01,", about="urn:x:{key}")
    with pytest.raises(RuleError, match=r"aboutUrl needs \{begin\}"):
        list(table_rows(read_table(description)))
