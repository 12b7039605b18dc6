"""What `claimshapes rules diff` sees, and whether it calls it stricter or looser."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimshapes.authoring.effects import more, more_codes
from claimshapes.authoring.new_rule import families_by_form
from claimshapes.authoring.pack_changes import Change, changes
from claimshapes.authoring.pack_state import read_state
from claimshapes.cli.program import program
from claimshapes.rules.families import read_forms
from tests.authoring.repositories import commit
from tests.authoring.test_lint_mistakes import LIST, PREFIXES, QUERY, RULE, UNITS, write
from tests.authoring.test_pack import ADJUSTMENT, HEAD, PAYERS, SETS
from tests.authoring.test_pack import RULE as FORM

EXEMPTION = """
@prefix exemption: <https://w3id.org/claimshapes/exemption/> .
exemption:ours a cs:Exemption ; cs:exemptFrom rule:CLM-FILING ; cs:payer payer:valley-plus ;
    schema:validFrom "2026-03-01"^^xsd:date ; dcterms:source source:manual .
"""
BEFORE = {
    "VH-1.ttl": PREFIXES + RULE,
    "VH-2.ttl": PREFIXES + QUERY,
    "VH-3.ttl": PREFIXES + UNITS,
    "VH-FORM.ttl": HEAD + FORM,
    "payers.ttl": HEAD + PAYERS,
    "adjust.ttl": HEAD + ADJUSTMENT.format("sh:severity sh:Warning"),
    "exempt.ttl": HEAD + EXEMPTION,
    "lists/ours.csv": LIST,
    "value-sets.csv": SETS,
}
VH_2 = BEFORE["VH-2.ttl"]
TERM = "valley-health, time-of-filing"
BOTH = "payer:valley-plus, payer:valley-health"
OFF = "adms:status cs:deprecated"
TWO = "rule:CLM-FILING, rule:CLM-DUP"

# File, what is there, what takes its place, what changed, and what that means.
EDITS = [
    ("VH-1.ttl", "sh:Violation", "sh:Warning", "rule", "VH-1", "looser"),
    ("VH-1.ttl", "cs:payer payer:valley-health ;", "", "rule", "VH-1", "stricter"),
    ("VH-3.ttl", "cs:Rule ;", "cs:Rule ; cs:payer payer:valley-health ;", "rule", "VH-3", "looser"),
    ("VH-1.ttl", '"2026-12-31"', '"2026-11-30"', "rule", "VH-1", "re-dated"),
    ("VH-1.ttl", "carc:4", "carc:16", "rule", "VH-1", "re-worded"),
    ("VH-1.ttl", '"59", "XS"', '"59"', "rule", "VH-1", "stricter"),
    ("VH-1.ttl", '"59", "XS"', '"59", "XS", "XU"', "rule", "VH-1", "looser"),
    ("VH-1.ttl", '"97140", ', '"97140", "97112", ', "rule", "VH-1", "stricter"),
    ("VH-1.ttl", '"97140", list', "list", "rule", "VH-1", "looser"),
    ("VH-1.ttl", 'cs:withoutModifier "GP" ;', "", "rule", "VH-1", "stricter"),
    ("VH-1.ttl", "cs:beside", 'cs:atPlace "11" ; cs:beside', "rule", "VH-1", "looser"),
    ("VH-3.ttl", "cs:fromAge 2", "cs:fromAge 4", "rule", "VH-3", "stricter"),
    ("VH-3.ttl", "cs:throughAge 18", "cs:throughAge 20", "rule", "VH-3", "looser"),
    ("VH-2.ttl", "is wrong", "is not right", "rule", "VH-2", "re-worded"),
    ("VH-2.ttl", "procedure ?procedure }", "modifier ?procedure }", "rule", "VH-2", "changed"),
    ("VH-2.ttl", VH_2, None, "rule", "VH-2", "looser"),
    ("payers.ttl", "P90D", "P60D", "term", TERM, "stricter"),
    ("payers.ttl", "P90D", "P120D", "term", TERM, "looser"),
    ("payers.ttl", '"2026-01-01"', '"2026-02-01"', "term", TERM, "re-dated"),
    ("payers.ttl", "Valley Plus", "Valley Extra", "payer", "valley-plus", "re-worded"),
    ("payers.ttl", "r payer:commercial", "r payer:medicare", "payer", "valley-health", "changed"),
    ("payers.ttl", '"Valley manual"', '"Valley guide"', "source", "manual", "re-worded"),
    ("payers.ttl", '"our form"', '"the form"', "documentation element", "our-form", "re-worded"),
    ("adjust.ttl", "sh:Warning", "sh:Violation", "adjustment", "ours", "stricter"),
    ("adjust.ttl", "sh:severity sh:Warning", OFF, "adjustment", "ours", "looser"),
    ("exempt.ttl", HEAD + EXEMPTION, None, "exemption", "ours", "stricter"),
    ("exempt.ttl", "rule:CLM-FILING", TWO, "exemption", "ours", "looser"),
    ("exempt.ttl", "payer:valley-plus", BOTH, "exemption", "ours", "looser"),
    ("lists/ours.csv", "97112-97116,,,Manual\n", "", "list", "ours", "looser"),
    ("lists/ours.csv", "97112-", "97113,,,Manual\n97112-", "list", "ours", "stricter"),
    ("lists/ours.csv", "2026-07-01,,", "2026-08-01,,", "list", "ours", "re-dated"),
    ("lists/ours.csv", "97112-97116,,,Manual", "97112-97116,,,Guide", "list", "ours", "re-worded"),
    ("value-sets.csv", "2026-06-30", "2026-07-31", "value set", "ours", "re-dated"),
    ("value-sets.csv", "97140", "97110", "value set", "ours", "stricter"),
]  # fmt: skip


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("before"), BEFORE)


def compare(old: Path, new: Path) -> list[Change]:
    families = read_forms()
    return changes(read_state(old, families), read_state(new, families))


def test_same_rules(before: Path) -> None:
    assert compare(before, before) == []


def test_layout_is_no_change(before: Path, tmp_path: Path) -> None:
    files = BEFORE | {"VH-3.ttl": BEFORE["VH-3.ttl"].replace(" ;", "\n  # words\n  ;")}
    assert files != BEFORE
    assert compare(before, write(tmp_path, files)) == []


@pytest.mark.parametrize(("name", "right", "other", "kind", "thing", "means"), EDITS)
def test_change_has_its_effect(
    before: Path,
    tmp_path: Path,
    name: str,
    right: str,
    other: str | None,
    kind: str,
    thing: str,
    means: str,
) -> None:
    files = dict(BEFORE)
    assert right in files[name]
    if other is None:
        del files[name]
    else:
        files[name] = files[name].replace(right, other, 1)
    found = compare(before, write(tmp_path, files))
    assert [(change.kind, change.name) for change in found] == [(kind, thing)]
    assert means in found[0].means, found
    back = compare(tmp_path, before)
    opposite = {"stricter": "looser", "looser": "stricter"}
    assert opposite.get(means, means) in back[0].means, back


def test_added_and_ended(before: Path, tmp_path: Path) -> None:
    files = dict(BEFORE) | {"VH-9.ttl": BEFORE["VH-3.ttl"].replace("VH-3", "VH-9")}
    del files["VH-2.ttl"]
    del files["lists/ours.csv"]
    found = compare(before, write(tmp_path, files))
    assert [(change.name, change.became) for change in found] == [
        ("VH-2", "ended"),
        ("VH-9", "added"),
        ("ours", "ended"),
    ]


@pytest.mark.parametrize(
    ("form", "parameter", "means"),
    [
        ("requiresModifier", "services", "stricter"),
        ("requiresModifier", "anyModifier", "looser"),
        ("requiresModifier", "withoutDiagnosis", "looser"),
        ("requiresDocumentation", "documents", "stricter"),
        ("coveredFor", "diagnoses", "looser"),
        ("notCoveredFor", "diagnoses", "stricter"),
        ("allowedAt", "places", "looser"),
        ("limitsFrequency", "most", "looser"),
        ("limitsFrequency", "days", "stricter"),
        ("limitsFiling", "days", "looser"),
        ("limitsAge", "fromAge", "stricter"),
        ("limitsCharge", "most", "looser"),
    ],
)
def test_more_of_a_parameter(form: str, parameter: str, means: str) -> None:
    family = families_by_form()[form]
    about = next(each for each in family.parameters if each.name == parameter)
    assert (more_codes if about.field else more)(family, parameter) == means


def test_command_compares_a_revision(tmp_path: Path) -> None:
    pack = write(tmp_path / "pack", BEFORE)
    commit(tmp_path)
    write(pack, {"VH-3.ttl": BEFORE["VH-3.ttl"].replace("fromAge 2", "fromAge 4")})

    def run(arguments: str, status: int) -> str:
        result = CliRunner().invoke(program, f"rules diff {arguments}")
        assert result.exit_code == status, result.output
        return result.output

    said = json.loads(run(f"HEAD {pack} --format json", 1))
    assert said["counts"] == {"stricter": 1}
    assert said["changes"][0]["items"] == [
        {"name": "fromAge", "means": "stricter", "before": ["2"], "after": ["4"]}
    ]
    assert "VH-3  rule  stricter" in run(f"HEAD:{pack} {pack}", 1)
    assert "0 changes" in run(f"{pack} {pack}", 0)
    assert "neither a folder nor a revision" in run(f"v9 {pack}", 2)
    assert "name a folder" in run("v8 v9", 2)
