from __future__ import annotations

import json
import pickle
from pathlib import Path

from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.json_places import JsonLines, ResourceLines

EXAMPLE = Path(__file__).parents[2] / "examples" / "09-disc-and-pain.json"
TEXT = """{
  "a/b": [1, {"c": "}"},
    {"c":
      [ "x" ]}
  ],
  "d": -1.5e3
}"""


def read(folder: Path, indent: int | None) -> tuple[ClaimRecord, str]:
    """The example as a reader gives it, from an array that is laid out so, and that text."""
    text = json.dumps([json.loads(EXAMPLE.read_text("utf-8"))], indent=indent)
    (folder / "claims.json").write_text(text, "utf-8")
    (record,) = read_claims(folder / "claims.json")
    assert isinstance(record, ClaimRecord)
    return record, text


def test_each_part_has_its_line() -> None:
    lines = JsonLines(TEXT, 10)
    said = {p: lines.line(p) for p in ("", "/a~1b", "/a~1b/1/c", "/a~1b/2/c", "/a~1b/2/c/0", "/d")}
    assert said == dict(zip(said, (10, 11, 11, 12, 13, 15), strict=True))
    at = {pointer: lines.column(pointer) for pointer in said}
    assert at == dict(zip(at, (None, 3, 15, 6, 9, 3), strict=True))
    assert lines.line("/x") is None
    assert lines.line("/d/0") is None


def test_a_claim_over_several_lines_knows_them(tmp_path: Path) -> None:
    record, text = read(tmp_path, indent=2)
    place = record.place("/diagnosis/1/code")
    assert place is not None
    assert '"M51.24"' in text.splitlines()[int(place.removeprefix("line ")) - 1]
    line = text.splitlines()[int(place.removeprefix("line ")) - 1]
    column = record.column("/diagnosis/1/code")
    assert column is not None
    assert line[column - 1 :].startswith('"code"')
    # What is missing is told where it should be.
    assert record.place("/diagnosis/1/x") == record.place("/diagnosis/1")


def test_a_claim_on_one_line_has_that_of_the_claim(tmp_path: Path) -> None:
    record, _ = read(tmp_path, indent=None)
    assert not record.places


def test_paths_of_fhir_have_lines_and_leave_the_document_behind() -> None:
    document = json.dumps({"entry": [{"resource": {"item": [1, 2]}}]}, indent=1)
    places = ResourceLines({"/item/1": "Bundle.entry[0].resource.item[1]"}, JsonLines(document, 1))
    assert places.column("/item/1") == 6
    assert places["/item/1"] == "Bundle.entry[0].resource.item[1], line 7"
    assert pickle.loads(pickle.dumps(places)) == {"/item/1": "Bundle.entry[0].resource.item[1]"}
