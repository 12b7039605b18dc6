"""A folder of one's own holds payers, terms, sets, documentation elements and adjustments."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import Finding
from claimshapes.cli.program import program
from claimshapes.errors import RuleError
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.knowledge.in_use import compiled_knowledge, resource_directory
from claimshapes.report.formats import REPORT_FORMATS
from claimshapes.rules.pack import refuse_what_packs_cannot_hold, using_packs
from claimshapes.rules.severity import Severity

HEAD = """
@prefix adjustment: <https://w3id.org/claimshapes/adjustment/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix doc: <https://w3id.org/claimshapes/documentation/> .
@prefix payer: <https://w3id.org/claimshapes/payer/> .
@prefix rule: <https://w3id.org/claimshapes/rule/> .
@prefix schema: <https://schema.org/> .
@prefix set: <https://w3id.org/claimshapes/value-set/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/claimshapes/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PAYERS = """
payer:valley-health a cs:Payer ; skos:prefLabel "Valley Health"@en ; skos:broader payer:commercial ;
    cs:term [ a cs:FilingLimit ; cs:decides cs:time-of-filing ;
        cs:limitDays "P90D"^^xsd:dayTimeDuration ; schema:validFrom "2026-01-01"^^xsd:date ;
        dcterms:source source:manual ] .
payer:valley-plus a cs:Payer ; skos:prefLabel "Valley Plus"@en ; skos:broader payer:valley-health .
source:manual a cs:Citation ; dcterms:title "Valley manual" ; cs:edition "2026" ;
    cs:strength cs:primary .
set:ours a cs:ValueSet ; skos:prefLabel "Our services"@en .
doc:our-form a skos:Concept ; skos:inScheme doc: ; skos:notation "our-form" ;
    skos:prefLabel "our form"@en .
"""
SETS = """value_set,kind,member,valid_from,valid_through,source
ours,hcpcs,97140,2026-01-01,2026-06-30,Valley manual
"""
RULE = """
rule:VH-FORM a cs:Rule ; cs:payer payer:valley-health ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:requiresDocumentation [ cs:services set:ours ; cs:documents doc:our-form ] ;
    sh:severity sh:Warning ; dcterms:source source:manual .
"""
ADJUSTMENT = """
adjustment:ours a cs:Adjustment ; cs:adjusts rule:CLM-FILING ; cs:payer payer:valley-health ;
    schema:validFrom "2026-03-01"^^xsd:date ; {} ; dcterms:source source:manual .
"""
CLAIM: dict[str, Any] = {
    "id": "C-1",
    "type": "professional",
    "payer": "valley-plus",
    "created": "2026-08-03",
    "patient": {"birthDate": "1980-05-04", "sex": "female"},
    "billingProvider": {"npi": "1234567893", "taxonomy": "207Q00000X"},
    "placeOfService": "11",
    "diagnosis": [{"sequence": 1, "code": "M54.6"}],
    "item": [
        {
            "sequence": 1,
            "procedure": "97140",
            "quantity": 1,
            "charge": "10.00",
            "serviced": "2026-05-04",
            "diagnosisSequence": [1],
        }
    ],
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    made = tmp_path / "pack"
    made.mkdir()
    (made / "payers.ttl").write_text(HEAD + PAYERS, "utf-8")
    (made / "VH-FORM.ttl").write_text(HEAD + RULE, "utf-8")
    (made / "value-sets.csv").write_text(SETS, "utf-8")
    return made


def filing(pack: Path, **fields: Any) -> list[Finding]:
    checker = Checker(rules=[pack], select=["CLM-FILING"], engine="reference")
    [result] = checker.check([CLAIM | fields])
    return list(result.findings)


def test_terms_of_a_payer_of_the_pack_hold_for_its_narrower_payers(pack: Path) -> None:
    [finding] = filing(pack)
    assert "2026-08-02" in finding.message
    assert filing(pack, created="2026-08-02") == []


def test_rule_set_and_documentation_element_of_the_pack(pack: Path) -> None:
    checker = Checker(rules=[pack], select=["VH-FORM", "CLM-DOC-TYPE"], engine="reference")
    bare, shown, later = (
        {**CLAIM, "documentation": []},
        {**CLAIM, "id": "C-2", "documentation": [{"type": "our-form", "value": "x"}]},
        {
            **CLAIM,
            "id": "C-3",
            "documentation": [],
            "item": [{**CLAIM["item"][0], "serviced": "2026-07-01"}],
        },
    )
    messages = [
        [finding.message for finding in result.findings]
        for result in checker.check([bare, shown, later])
    ]
    assert messages == [["missing from the record for 97140: our form"], [], []]


def test_pack_joins_the_ontology_for_all_readers(pack: Path) -> None:
    shipped = resource_directory("ontology")
    assert "valley-plus" not in format_terms().payers
    with using_packs([pack]):
        assert "valley-plus" in format_terms().payers
        assert resource_directory("ontology") != shipped
        assert compiled_knowledge().is_file()
    assert resource_directory("ontology") == shipped
    for file in ("payers.ttl", "value-sets.csv"):
        (pack / file).unlink()
    with using_packs([pack]):
        assert resource_directory("ontology") == shipped


@pytest.mark.parametrize(
    ("stated", "severity", "told"),
    [
        ("sh:severity sh:Info", Severity.INFO, "violation made info"),
        (
            'sh:severity sh:Info ; schema:validThrough "2026-05-03"^^xsd:date',
            Severity.VIOLATION,
            None,
        ),
        ("adms:status cs:deprecated", None, None),
        ('cs:inForceFrom "2026-05-05"^^xsd:date', None, None),
        (
            'cs:inForceFrom "2026-05-04"^^xsd:date',
            Severity.VIOLATION,
            "in force from 2026-05-04",
        ),
        ('cs:inForceThrough "2026-05-03"^^xsd:date', None, None),
        (
            'cs:inForceThrough "2026-05-04"^^xsd:date ; sh:severity sh:Warning',
            Severity.WARNING,
            "violation made warning, in force through 2026-05-04",
        ),
    ],
)
def test_adjustment_of_a_shipped_rule(
    pack: Path, stated: str, severity: Severity | None, told: str | None
) -> None:
    (pack / "adjust.ttl").write_text(HEAD + ADJUSTMENT.format(stated), "utf-8")
    findings = filing(pack)
    assert [finding.severity for finding in findings] == ([severity] if severity else [])
    said = f" [{told} by Valley manual]" if told else ""
    assert all(finding.message.endswith(said) for finding in findings)
    assert all(("[" in finding.message) == bool(said) for finding in findings)


@pytest.mark.parametrize(("day", "found"), [("2025-12-31", 0), ("2026-01-01", 1)])
def test_adjustment_lets_a_rule_begin_earlier(pack: Path, day: str, found: int) -> None:
    rule = HEAD + RULE.replace("2026-01-01", "2026-06-01")
    (pack / "VH-FORM.ttl").write_text(rule, "utf-8")
    (pack / "value-sets.csv").write_text(SETS.replace("2026-01-01", "2025-01-01"), "utf-8")
    earlier = (
        ADJUSTMENT.replace("CLM-FILING", "VH-FORM")
        .replace("2026-03-01", "2025-01-01")
        .format('cs:inForceFrom "2026-01-01"^^xsd:date')
    )
    (pack / "adjust.ttl").write_text(HEAD + earlier, "utf-8")
    checker = Checker(rules=[pack], select=["VH-FORM"], engine="reference")
    item = {**CLAIM["item"][0], "serviced": day}
    [result] = checker.check([{**CLAIM, "documentation": [], "item": [item]}])
    assert [finding.message[-43:] for finding in result.findings] == [
        "[in force from 2026-01-01 by Valley manual]"
    ] * found


def test_every_report_says_that_a_rule_was_adjusted(pack: Path, tmp_path: Path) -> None:
    dated = 'cs:inForceFrom "2026-05-04"^^xsd:date'
    (pack / "adjust.ttl").write_text(HEAD + ADJUSTMENT.format(dated), "utf-8")
    claims = tmp_path / "claims.json"
    claims.write_text(json.dumps(CLAIM), "utf-8")
    for form in REPORT_FORMATS:
        made = tmp_path / f"report.{form}"
        arguments = ["check", claims, "--rules", pack, "--select", "CLM-FILING"]
        arguments += ["--format", form, "--output", made]
        CliRunner().invoke(program, [str(each) for each in arguments])
        text = " ".join(made.read_text("utf-8").replace("%2C", ",").split())
        assert "in force from 2026-05-04 by Valley manual" in text, form


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ("cs:field cs:code", "an adjustment has a sh:severity"),
        ("sh:severity cs:NotChecked", "an adjustment has a sh:severity"),
        ('cs:inForceFrom "soon"', "no date"),
    ],
)
def test_adjustment_that_says_nothing(pack: Path, stated: str, problem: str) -> None:
    (pack / "adjust.ttl").write_text(HEAD + ADJUSTMENT.format(stated), "utf-8")
    with pytest.raises(RuleError, match=problem):
        filing(pack)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("codes.csv", "code\n", "a pack holds tables as lists/NAME.csv"),
        ("codes.ods", "", "save it so"),
        ("codes.CSV", "code\n", "a pack holds tables as lists/NAME.csv"),
        ("facts.nt", "", "a pack holds Turtle"),
        ("lists/codes.csv-metadata.json", "{}", "needs no description"),
        ("ours.ttl", "<urn:x> a <urn:Policy> .", "is of urn:Policy; a pack holds rules"),
        ("ours.ttl", '<urn:x> <urn:says> "y" .', "is of no class; a pack holds rules"),
    ],
)
def test_what_a_pack_cannot_hold_is_refused(pack: Path, name: str, text: str, problem: str) -> None:
    refuse_what_packs_cannot_hold(pack)
    (pack / "lists").mkdir()
    (pack / name).write_text(text, "utf-8")
    with pytest.raises(RuleError, match=problem):
        Checker(rules=[pack])


def test_new_pack_lints(tmp_path: Path) -> None:
    folder = tmp_path / "valley"
    command = f"new-pack {folder} --payer valley-health --name 'Valley Health'"
    made = CliRunner().invoke(program, command)
    assert made.exit_code == 0, made.output
    linted = CliRunner().invoke(program, f"rules lint --rules {folder / 'rules'}")
    assert "0 problems" in linted.output
    with using_packs([folder / "rules"]):
        assert "valley-health" in format_terms().payers
    again = CliRunner().invoke(program, command)
    assert again.exit_code == 2
    assert "is not empty" in again.output
