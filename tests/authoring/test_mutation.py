"""What tests of rules do not reach, and which damage they do not notice."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimshapes.authoring.mutants import mutants
from claimshapes.authoring.mutation import first_day
from claimshapes.authoring.new_rule import families_by_form
from claimshapes.cli.program import program

OTHERS = ("one", "two")
NEW = (
    "--id VH-59 --services 97140 --beside 97530 --any-modifier 59,XS --payer commercial"
    " --from 2027-01-01 --severity violation --denial 4 --source 'Manual; 2027'"
)
FORM = """\
rule:VH-1 a cs:Rule ;
    cs:payer payer:commercial ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:limitsAge [
        cs:services "97140", list:ours ;
        # unnoticed 2: so the benefit says
        cs:fromAge 2 ; cs:throughAge 18 ] ; # unnoticed 18: likewise
    sh:severity sh:Warning ;
    dcterms:source [ cs:section "4" ] .
"""
QUERY = """\
rule:VH-2 a sh:NodeShape, cs:Rule ;
    cs:field cs:procedure ;
    sh:message "{?procedure}" ;
    sh:sparql [ sh:select \"\"\"
        SELECT $this WHERE { ?claim cs:payer ?payer ; cs:units 3 . FILTER (?x IN set:ours) }
        \"\"\" ] .
"""


def run(arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program, f"rules {arguments}")
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pack")
    status, said = run(f"new requires-modifier-beside --rules {made} {NEW}")
    assert status == 0, said
    return made


def changes(rule: str, text: str) -> list[str]:
    return [
        mutant.change for mutant in mutants(rule, text, families_by_form(), OTHERS, first_day())
    ]


def test_values_of_forms_are_changed_but_for_those_explained() -> None:
    assert changes("VH-1", FORM) == [
        "line 1: VH-1 deactivated",
        "line 7: 'Warning' -> 'Info'",
        "line 2: '2026-01-01' -> '2026-01-02'",
        "line 2: '2026-01-01' -> '2025-12-31'",
        "line 2: 'cs:payer payer:commercial ;' -> ''",
        "line 4: '\"97140\"' -> '\"ZZZZZ\"'",
        "line 4: 'list:ours' -> '\"ZZZZZ\"'",
    ]
    ages = FORM.replace("unnoticed", "because")
    assert [each for each in changes("VH-1", ages) if each.startswith("line 6")] == [
        "line 6: '2' -> '3'",
        "line 6: '2' -> '1'",
        "line 6: '18' -> '19'",
        "line 6: '18' -> '17'",
    ]


def test_payer_in_a_query_is_no_scope() -> None:
    assert changes("VH-2", QUERY) == [
        "line 1: VH-2 deactivated",
        "line 3: '{?procedure}' -> '{?procedure}!'",
        "line 2: 'procedure' -> 'nothing'",
        "line 5: 'ours' -> 'nothing'",
        "line 5: '3' -> '4'",
        "line 5: '3' -> '2'",
    ]


def test_tests_of_a_new_rule_reach_all_of_it(pack: Path) -> None:
    status, said = run(f"test VH-59 --rules {pack} --coverage")
    assert status == 0, said
    assert "1 of 1 rule reached whole; 0 gaps" in said


def test_tests_of_a_new_rule_notice_every_change(pack: Path) -> None:
    status, said = run(f"test --rules {pack} --mutate")
    assert status == 0, said
    assert re.fullmatch(r"(\d+) changes to 1 rule: \1 noticed, 0 not", said), said


def test_what_tests_leave_out_is_named(pack: Path, tmp_path: Path) -> None:
    for name in ("VH-59.ttl", "sources.ttl"):
        (tmp_path / name).write_text((pack / name).read_text("utf-8"), "utf-8")
    query = """
    sh:targetClass cs:Item ; skos:prefLabel "x" ; dcterms:description "x" ; cs:rationale "x" ;
    cs:remedy "x" ; adms:status cs:active ; dcterms:issued "2026-01-01"^^xsd:date ;
    dcterms:modified "2026-01-01"^^xsd:date ; dcterms:identifier "VH-59" ;
    sh:message "{?procedure} is wrong" ; sh:sparql [ sh:prefixes cs: ; sh:select \"\"\"
        SELECT $this ?procedure WHERE { $this cs:procedure ?procedure . FILTER (?procedure = "1") }
        \"\"\" ] ;
    """
    text = (tmp_path / "VH-59.ttl").read_text("utf-8")
    text = re.sub(r"cs:requiresModifierBeside \[.*?\] ;", query, text, flags=re.DOTALL)
    prefixes = (
        "@prefix adms: <http://www.w3.org/ns/adms#> .\n"
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    )
    (tmp_path / "VH-59.ttl").write_text(prefixes + text, "utf-8")
    (tmp_path / "VH-59.test.ttl").write_text(
        "@prefix base: <https://w3id.org/claimshapes/test/base#> .\n"
        "@prefix cs: <https://w3id.org/claimshapes/ns#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix rule: <https://w3id.org/claimshapes/rule/> .\n"
        'base:x a cs:RuleTest ; rdfs:label "x" ; cs:testOf rule:VH-59 ;\n'
        '    cs:claim [ cs:basedOn base:visit ; cs:payer "commercial" ] .\n',
        "utf-8",
    )
    status, said = run(f"test --rules {tmp_path} --coverage")
    assert status == 1
    assert "not reached VH-59 no test has a finding of it" in said
    assert "not reached VH-59 no test is of its first day, 2027-01-01" in said
    assert "not reached VH-59 no test is of another payer" in said
    status, said = run(f"test --rules {tmp_path} --mutate")
    assert status == 1
    assert "not noticed VH-59 line" in said
    assert "'1' -> '1~'" in said
