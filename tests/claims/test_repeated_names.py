"""A name that an object gives twice: JSON decoders keep the last one and say nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking.waivers import read_waivers
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.frames import read_frame
from claimshapes.claims.readers.table_columns import default_columns, read_table_columns
from claimshapes.claims.schema import claim_schema
from claimshapes.errors import InputError
from tests.cli.conftest import a_claim
from tests.conftest import SUMMARY
from tests.writers import as_fhir

CLAIMS = [json.dumps(a_claim(id=f"C-{number}")) for number in range(3)]
CONTEXT = json.dumps(claim_schema()["properties"]["@context"]["const"])


def fhir_bundle() -> str:
    entries = [entry for text in CLAIMS for entry in json.loads(as_fhir(json.loads(text)))["entry"]]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


DOCUMENTS: dict[str, str] = {
    "array.json": f"[{', '.join(CLAIMS)}]",
    "lines.ndjson": "\n".join(CLAIMS),
    "graph.jsonld": f'{{"@context": {CONTEXT}, "@graph": [{", ".join(CLAIMS)}]}}',
    "bundle.json": fhir_bundle(),
    "bundles.ndjson": "\n".join(as_fhir(json.loads(text)) for text in CLAIMS),
}


def with_repeated(line: str) -> Iterator[tuple[str, int]]:
    """The document with each of its names given twice, and how many claims are in what is."""
    objects: list[dict[str, Any]] = []

    def noted(content: dict[str, Any]) -> dict[str, Any]:
        objects.append(content)
        return content

    document = json.loads(line, object_hook=noted)
    for target in objects:
        for name in target:
            yield (
                written(document, target, name),
                json.dumps(target[name]).count('"insurer"')
                + (len(CLAIMS) if name == "@graph" else 0),
            )


def written(value: Any, target: dict[str, Any], repeated: str) -> str:
    if isinstance(value, list):
        return f"[{', '.join(written(entry, target, repeated) for entry in value)}]"
    if not isinstance(value, dict):
        return json.dumps(value)
    names = [*value, repeated] if value is target else list(value)
    pairs = (f"{json.dumps(name)}: {written(value[name], target, repeated)}" for name in names)
    return f"{{{', '.join(pairs)}}}"


def counts(file: Path) -> tuple[int, int]:
    """How many claims are read and rejected."""
    readings = list(read_claims(file))
    return (
        sum(isinstance(reading, ClaimRecord) for reading in readings),
        sum(reading.claims for reading in readings if isinstance(reading, RejectedClaim)),
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_claim_is_lost(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    file = tmp_path / name
    text = DOCUMENTS[name]
    file.write_text(text)
    assert counts(file) == (3, 0)
    lines = text.split("\n") if name.endswith(".ndjson") else [text]
    tried = 0
    for number, line in enumerate(lines):
        for changed, repeated in with_repeated(line):
            file.write_text("\n".join([*lines[:number], changed, *lines[number + 1 :]]))
            read, rejected = counts(file)
            assert read + rejected == 3 + repeated, changed
            # What is not read of a patient or an organization may be there twice.
            assert rejected or "bundle" in name, changed
            tried += 1
    record_property(SUMMARY, f"names given twice: {name}: {tried} places, 0 lost")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("two.json", f"[{CLAIMS[0]}, {CLAIMS[1][:-1]}, {CLAIMS[2][1:]}]", (1, 2)),
        ("two.ndjson", f"{CLAIMS[0]}\n{CLAIMS[1][:-1]}, {CLAIMS[2][1:]}\n", (1, 2)),
        ("holder.json", f'{{"a": [{CLAIMS[0]}], "a": [{CLAIMS[1]}, {CLAIMS[2]}]}}', (0, 3)),
        ("escaped.ndjson", f'{CLAIMS[0]}\n{CLAIMS[1][:-1]}, "\\u0069d": "x"}}', (1, 1)),
    ],
)
def test_claims_that_ran_together_are_counted(
    name: str, text: str, expected: tuple[int, int], tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert counts(file) == expected


def test_entries_of_a_bundle_in_two_parts_are_counted(tmp_path: Path) -> None:
    parts = [json.dumps(json.loads(as_fhir(json.loads(text)))["entry"]) for text in CLAIMS]
    entries = ", ".join(f'"entry": {part}' for part in parts)
    file = tmp_path / "bundle.json"
    file.write_text(f'{{"resourceType": "Bundle", {entries}}}')
    assert counts(file) == (0, 3)


def test_columns_and_waivers_say_a_name_once(tmp_path: Path) -> None:
    file = tmp_path / "columns.json"
    file.write_text('{"columns": {"No": "id", "No": "payer"}}')
    with pytest.raises(InputError, match="gives a name twice"):
        read_table_columns(file)
    file.write_text('{"waiver": [], "waiver": []}')
    with pytest.raises(InputError, match="gives a name twice"):
        read_waivers(str(file), ())


def test_a_frame_names_a_column_once() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    claim = a_claim()
    columns = [pyarrow.array([claim[name]]) for name in claim]
    frame = pyarrow.table([*columns, columns[0]], names=[*claim, "id"])
    with pytest.raises(InputError, match="two columns have the same name"):
        list(read_frame(frame, default_columns()))
