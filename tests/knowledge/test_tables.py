from __future__ import annotations

import csv
import gzip
import hashlib
import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from claimshapes.errors import RuleError
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.datasets import SourceFile, read_datasets
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.tables import read_large_table
from claimshapes.rdf.vocabulary import BASE, CS_NS, HCPCS_NS, PAYER_NS

CODES = resource_directory("ontology") / "codes"
SOURCES = [source for dataset in read_datasets() for source in dataset.sources]


def text(term: object) -> str:
    assert isinstance(term, (ox.NamedNode, ox.BlankNode, ox.Literal))
    return term.value


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_file_has_the_hash_that_its_data_set_states(source: SourceFile) -> None:
    hashes = {
        hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in CODES.iterdir()
        if (file := (folder / source.name)).is_file()
    }
    assert source.sha256 in hashes


def test_every_data_set_says_which_part_of_a_claim_it_speaks_of() -> None:
    store = ox.Store()
    for file in CODES.rglob("*.ttl"):
        store.load(path=file)
    asked = f"""SELECT ?kind ?part
        WHERE {{ ?kind <{CS_NS}release> ?release OPTIONAL {{ ?kind <{CS_NS}judges> ?part }} }}"""
    solutions = store.query(asked)
    assert isinstance(solutions, ox.QuerySolutions)
    parts = {(text(each["kind"]), each["part"] and text(each["part"])) for each in solutions}
    assert len(parts) > 10
    # By a data set that did not say it, no claim would ever be judged.
    assert {part for _, part in parts if part} == {f"{CS_NS}Diagnosis", f"{CS_NS}Item"}
    # These speak of a drug and of a provider; their rules look at the days themselves.
    without = {kind.rpartition("/")[2] for kind, part in parts if not part}
    assert without == {"ndc-hcpcs", "example-orderers"}


def reached(code: str, term: str) -> dict[str, str]:
    """The values of a property by subject, among what the code alone reaches."""
    return {
        text(triple.subject).removeprefix(BASE): text(triple.object)
        for triple in Knowledge.open().slice([], [code])
        if triple.predicate.value == CS_NS + term
    }


def test_a_table_of_one_key_is_reached_by_one_code() -> None:
    limits = {
        f"mue/{kind}/{row['release']}/97110": row["units"]
        for kind in ("practitioner", "outpatient")
        for row in rows(CODES / "mue" / f"mue-{kind}.csv.gz")
        if row["procedure"] == "97110"
    }
    assert len(limits) == 4
    assert reached("97110", "mostUnits") == limits


def test_every_primary_of_an_add_on_code_is_reached() -> None:
    named = {
        HCPCS_NS + row["primary"]
        for row in rows(CODES / "add-on" / "add-on.csv.gz")
        if row["add_on"] == "64727" and row["primary"]
    }
    assert len(named) > 1
    assert set(reached("64727", "primaryProcedure").values()) == named
    # One row more: where the contractor defines the primary.
    assert len(reached("64727", "addOn")) == len(named) + 1


def test_no_table_carries_descriptions_of_codes() -> None:
    longest = max(
        (len(value), file.name)
        for file in CODES.glob("*/*.csv.gz")
        for row in rows(file)
        for name, value in row.items()
        if name not in ("rationale", "flags", "group", "resolution", "kind")
    )
    assert longest[0] <= len("2024-07-01")


def rows(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_list_of_a_policy_is_reached_by_service_and_diagnosis_together() -> None:
    def lists(diagnoses: list[str], services: list[str]) -> set[str]:
        return {
            text(triple.object).removeprefix(BASE)
            for triple in Knowledge.open().slice(diagnoses, services)
            if triple.predicate.value == f"{CS_NS}inGroup"
        }

    assert lists(["E11.9"], ["83036"]) == {"policy-group/NCD-190.21B"}
    assert lists(["E11.9"], ["99213"]) == set()
    assert lists([], ["83036"]) == set()
    # By a heading of the diagnosis.
    assert lists(["M54.2"], ["20560"]) == {"policy-group/EX-1-spine"}


def test_rows_of_other_payers_are_passed_over() -> None:
    def policies(payers: set[str] | None) -> set[str]:
        taken = None if payers is None else frozenset(f"{BASE}payer/{payer}" for payer in payers)
        return {
            text(triple.object).removeprefix(BASE)
            for triple in Knowledge.open().slice(["E11.9", "M54.2"], ["83036", "20560"], taken)
            if triple.predicate.value in (f"{CS_NS}ofPolicy", f"{CS_NS}inGroup")
        }

    medicare, example = policies({"medicare"}), policies({"example-managed"})
    assert "policy/NCD-190.21" in {each.rstrip("AB") for each in medicare}
    assert policies(None) > medicare
    assert not medicare & example
    assert policies({"another"}) == set()


def test_a_column_of_payers_makes_their_iris(tmp_path: Path) -> None:
    name = "ncd-policies.csv-metadata.json"
    described = json.loads((CODES / "ncd" / name).read_text("utf-8"))
    file = tmp_path / name
    file.write_text(json.dumps(described))
    payers = read_large_table(file).payers
    both = frozenset({f"{PAYER_NS}medicare", f"{PAYER_NS}commercial"})
    assert payers({"payers": "medicare commercial"}) == both
    assert payers({"payers": ""}) == frozenset()
    for column in ("no-such", "title"):
        file.write_text(json.dumps({**described, "cs:onlyFor": column}))
        with pytest.raises(RuleError, match="cs:onlyFor name columns with a valueUrl"):
            read_large_table(file)
