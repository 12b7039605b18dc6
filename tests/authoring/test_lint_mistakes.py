"""A table of authors' mistakes: lint names each with file and line, and nothing of a good pack."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimshapes.authoring.pack_lint import fix_packs, lint_packs
from claimshapes.cli.program import program

PREFIXES = """\
@prefix carc: <https://w3id.org/claimshapes/carc/> .
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix doc: <https://w3id.org/claimshapes/documentation/> .
@prefix list: <https://w3id.org/claimshapes/list/> .
@prefix payer: <https://w3id.org/claimshapes/payer/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rule: <https://w3id.org/claimshapes/rule/> .
@prefix schema: <https://schema.org/> .
@prefix set: <https://w3id.org/claimshapes/value-set/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix source: <https://w3id.org/claimshapes/source/> .
@prefix test: <https://w3id.org/claimshapes/test/VH-1#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
RULE = """\
rule:VH-1 a cs:Rule ;
    cs:payer payer:valley-health ;
    schema:validFrom "2026-01-01"^^xsd:date ;
    schema:validThrough "2026-12-31"^^xsd:date ;
    cs:requiresModifierBeside [
        cs:services "97140", list:ours, set:timed-therapy ;
        cs:beside "97530" ;
        cs:anyModifier "59", "XS" ;
        cs:withDiagnosis "M54.*", "M54.6", "M50.0-M50.9" ;
        cs:withoutModifier "GP" ;
        cs:unlessDocumented doc:pain-site ] ;
    sh:severity sh:Violation ;
    cs:denialCode carc:4 ;
    dcterms:source source:manual .
"""
QUERY = """\
rule:VH-2 a cs:Rule ;
    cs:payer payer:valley-health ;
    schema:validFrom "2026-01-01"^^xsd:date ;
    sh:severity sh:Warning ;
    dcterms:source source:manual ;
    sh:targetClass cs:Item ;
    sh:message "{?procedure} is wrong" ;
    sh:sparql [ sh:prefixes cs: ; sh:select \"\"\"
        SELECT $this ?procedure
        WHERE { $this cs:procedure ?procedure }
        \"\"\" ] .
"""
UNITS = """\
rule:VH-3 a cs:Rule ;
    schema:validFrom "2026-01-01"^^xsd:date ;
    cs:limitsAge [ cs:services "97140" ; cs:fromAge 2 ; cs:throughAge 18 ] ;
    sh:severity sh:Warning ;
    dcterms:source source:manual .
"""
TEST = """\
test:fails a cs:RuleTest ;
    rdfs:label "fails" ;
    cs:testOf rule:VH-1 ;
    cs:claim [ cs:payer "valley-health" ; cs:item [ cs:procedure "97140" ; cs:charge "92.00" ] ] .
"""
ADJUSTMENT = """\
@prefix adjustment: <https://w3id.org/claimshapes/adjustment/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
adjustment:filing a cs:Adjustment ;
    cs:adjusts rule:CLM-FILING ;
    cs:payer payer:valley-health ;
    schema:validFrom "2026-01-01"^^xsd:date ;
    sh:severity sh:Warning ;
    dcterms:source source:manual .
"""
SETS = """\
value_set,kind,member,valid_from,valid_through,source
vh-ours,hcpcs,97140,2026-01-01,,Manual
"""
WAIVER = """\
[[waiver]]
rule = "CLM-FILING"
reason = "The payer agreed."
reviewer = "A. Reviewer"
until = 2027-01-31
"""
PAYERS = """\
payer:valley-health a cs:Payer ;
    cs:term [ a cs:FilingLimit ;
        cs:decides cs:time-of-filing ;
        cs:limitDays "P90D"^^xsd:dayTimeDuration ;
        schema:validFrom "2026-01-01"^^xsd:date ;
        dcterms:source source:manual ] .
source:manual a cs:Citation ; dcterms:title "Manual" ; cs:edition "2026" ; cs:strength cs:primary .
"""
LIST = """\
code,valid_from,valid_through,source
97110,2026-01-01,2026-06-30,Manual
97110,2026-07-01,,"Manual, part 2"
97112-97116,,,Manual
"""
GOOD = {
    "VH-1.ttl": PREFIXES + RULE,
    "VH-1.test.ttl": PREFIXES + TEST,
    "VH-2.ttl": PREFIXES + QUERY,
    "VH-2.test.ttl": PREFIXES + TEST.replace("VH-1", "VH-2"),
    "VH-3.ttl": PREFIXES + UNITS,
    "VH-3.test.ttl": PREFIXES + TEST.replace("VH-1", "VH-3"),
    "payers.ttl": PREFIXES + PAYERS,
    "adjustments.ttl": PREFIXES + ADJUSTMENT,
    "value-sets.csv": SETS,
    "waivers.toml": WAIVER,
    "lists/ours.csv": LIST,
    "lists/empty.csv": "code,valid_from,valid_through,source\n",
    "lists/ended.csv": "code,valid_from,valid_through,source\n97110,2026-01-01,2026-12-31,Manual\n",
}
SAME = RULE.replace("VH-1", "VH-4").replace("2026-01-01", "2026-06-01")
AGAINST = re.sub(
    r"cs:requiresModifierBeside \[.*?\] ;",
    'cs:forbidsModifier [ cs:services "97140" ; cs:modifiers "59" ] ;',
    RULE.replace("VH-1", "VH-4"),
    flags=re.DOTALL,
)
OTHER_UNITS = PREFIXES + UNITS.replace("VH-3", "VH-5")
LATER = (
    RULE.replace("VH-1", "VH-4")
    .replace("2026-01-01", "2027-01-05")
    .replace('    schema:validThrough "2026-12-31"^^xsd:date ;\n', "")
)

RANGED_AGAINST = AGAINST.replace('"97140"', '"97100-97199"').replace("VH-4", "VH-7")
RANGED_UNITS = OTHER_UNITS.replace('"97140"', '"971*"').replace("fromAge 2", "fromAge 3")
FREQUENCY = PREFIXES + UNITS.replace("VH-3", "VH-8").replace(
    'cs:limitsAge [ cs:services "97140" ; cs:fromAge 2 ; cs:throughAge 18 ]',
    'cs:limitsFrequency [ cs:services "97140" ; cs:most 2 ; cs:months 12 ; cs:days 30 ]',
)
PLACE = PREFIXES + UNITS.replace("VH-3", "VH-9").replace(
    'cs:limitsAge [ cs:services "97140" ; cs:fromAge 2 ; cs:throughAge 18 ]',
    'cs:allowedAt [ cs:services "97140" ; cs:places "98" ]',
)
TAXONOMY = PLACE.replace("allowedAt", "allowedFor").replace(
    'cs:places "98"', 'cs:taxonomies "225100009X"'
)
ELEMENT = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
doc:vh a skos:Concept ; skos:inScheme doc: ; skos:notation "vh" ; skos:prefLabel "our form"@en .
"""
ENDED = '"2025-01-01"^^xsd:date'
OF_LIST = PREFIXES + UNITS.replace("VH-3", "VH-4").replace('"97140"', "list:ended")

# Lint, file, what is there, what the mistake puts in its place.
MISTAKES = [
    ("turtle-syntax", "VH-1.ttl", "sh:severity sh:Violation ;", "sh:severity sh:Violation"),
    ("turtle-bom", "VH-1.ttl", PREFIXES, "\ufeff" + PREFIXES),
    ("no-prefix", "VH-1.ttl", "@prefix carc: <https://w3id.org/claimshapes/carc/> .\n", ""),
    ("wrong-prefix", "VH-1.ttl", "<https://schema.org/>", "<http://schema.org/>"),
    ("unknown-term", "VH-1.ttl", "cs:denialCode", "cs:denialcode"),
    ("unknown-term", "VH-1.test.ttl", "cs:procedure ", "cs:procedur "),
    ("unknown-term", "VH-2.ttl", "sh:targetClass cs:Item", "sh:targetClass cs:Itme"),
    ("unknown-payer", "VH-1.ttl", "payer:valley-health", "payer:valley-helth"),
    ("unknown-set", "VH-1.ttl", "set:timed-therapy", "set:timed-terapy"),
    ("unknown-list", "VH-1.ttl", "list:ours", "list:theirs"),
    ("unknown-source", "VH-1.ttl", "source:manual", "source:manuel"),
    ("unknown-source", "VH-3.ttl", "source:manual", "[ cs:document source:manuel ]"),
    (
        "duplicate-source",
        "payers.ttl",
        "source:manual a",
        "source:other a cs:Citation ; dcterms:title "
        '"Manual" ; cs:edition "2026" ; cs:strength cs:primary . source:manual a',
    ),
    (
        "duplicate-source",
        "payers.ttl",
        '"Manual" ; cs:edition "2026"',
        '"Medicare Claims Processing Manual" ; cs:edition "2024-04-09"',
    ),
    (
        "duplicate-source",
        "VH-3.ttl",
        "source:manual",
        '[ a cs:Citation ; dcterms:title "Manual" ; cs:edition "2026" ; cs:strength cs:primary ]',
    ),
    ("unknown-denial-code", "VH-1.ttl", "carc:4", "carc:4444"),
    ("no-prefix", "VH-1.test.ttl", "cs:claim [", "cs:claim [ cs:basedOn base:visit ;"),
    ("unknown-documentation", "VH-1.ttl", "doc:pain-site", "doc:pain-sight"),
    ("unknown-rule", "VH-1.test.ttl", "rule:VH-1", "rule:VH-11"),
    ("unknown-parameter", "VH-1.ttl", "cs:anyModifier", "cs:anyModifers"),
    ("unknown-parameter", "VH-1.ttl", "cs:beside ", "cs:diagnoses "),
    ("missing-parameter", "VH-1.ttl", '        cs:anyModifier "59", "XS" ;\n', ""),
    ("missing-parameter", "VH-1.ttl", '        cs:beside "97530" ;\n', ""),
    ("several-forms", "VH-3.ttl", "sh:severity", "cs:limitsFiling [ cs:days 90 ] ; sh:severity"),
    ("no-check", "VH-3.ttl", UNITS.splitlines()[2] + "\n", ""),
    ("several-values", "VH-3.ttl", "cs:fromAge 2", "cs:fromAge 2, 3"),
    ("not-a-number", "VH-3.ttl", "cs:fromAge 2", 'cs:fromAge "two"'),
    ("reversed-limits", "VH-3.ttl", "cs:fromAge 2", "cs:fromAge 20"),
    ("code-space", "VH-1.ttl", '"97140"', '"97140 "'),
    ("not-a-code", "VH-1.ttl", '"97140"', '"9714"'),
    ("not-a-code", "VH-1.ttl", '"59"', '"590"'),
    ("not-a-code", "VH-1.ttl", '"M54.6"', '"M546"'),
    ("reversed-range", "VH-1.ttl", "M50.0-M50.9", "M50.9-M50.0"),
    ("unknown-procedure", "VH-1.ttl", '"97140"', '"9714O"'),
    ("unknown-modifier", "VH-1.ttl", '"XS"', '"ZZ"'),
    ("unknown-diagnosis", "VH-1.ttl", '"M54.6"', '"M54.7"'),
    ("heading-code", "VH-1.ttl", '"M54.6"', '"M54.1"'),
    ("ended-diagnosis", "VH-1.ttl", '"M54.6"', '"M54.5"'),
    ("never-fires", "VH-1.ttl", '"GP" ;', '"GP" ; cs:withModifier "GP" ;'),
    ("listed-late", "VH-4.ttl", "", OF_LIST.replace("2026-01-01", "2025-12-31")),
    ("never-fires", "VH-4.ttl", "", OF_LIST.replace("2026-01-01", "2027-01-01")),
    ("not-a-date", "VH-1.ttl", '"2026-01-01"^^xsd:date', '"01/01/2026"^^xsd:date'),
    ("not-a-date", "VH-1.ttl", '"2026-01-01"^^xsd:date', '"2026-01-01"'),
    ("reversed-period", "VH-1.ttl", '"2026-12-31"', '"2025-12-31"'),
    ("no-severity", "VH-1.ttl", "    sh:severity sh:Violation ;\n", ""),
    ("bad-severity", "VH-1.ttl", "sh:Violation", "sh:Error"),
    ("no-source", "VH-3.ttl", " ;\n    dcterms:source source:manual", ""),
    ("no-valid-from", "VH-1.ttl", RULE.splitlines()[2] + "\n", ""),
    ("rule-id", "VH-1.ttl", "rule:VH-1 a", "rule:vh1 a"),
    ("file-name", "VH-1.ttl", "rule:VH-1 a", "rule:VH-9 a"),
    ("duplicate-id", "VH-3.ttl", "rule:VH-3", "rule:VH-2"),
    ("duplicate-id", "VH-3.ttl", "rule:VH-3", "rule:TH-GP"),
    ("no-tests", "VH-3.test.ttl", GOOD["VH-3.test.ttl"], None),
    ("test-of-no-rule", "VH-1.test.ttl", "    cs:testOf rule:VH-1 ;\n", ""),
    ("test-without-claim", "VH-1.test.ttl", "cs:claim [", "cs:expects ["),
    ("same-rule", "VH-4.ttl", "", PREFIXES + SAME),
    ("contradiction", "VH-4.ttl", "", PREFIXES + AGAINST),
    ("contradiction", "VH-5.ttl", "", OTHER_UNITS.replace("fromAge 2", "fromAge 3")),
    ("overlap", "VH-5.ttl", "", OTHER_UNITS.replace('"97140"', '"97140", "97110"')),
    ("gap", "VH-4.ttl", "", PREFIXES + LATER),
    ("unknown-procedure", "lists/ours.csv", "97110,2026-01", "97I10,2026-01"),
    ("no-this", "VH-2.ttl", QUERY[QUERY.index("SELECT") :], 'SELECT ?procedure WHERE {} """ ] .\n'),
    ("variable-once", "VH-2.ttl", "?procedure }", "?procedur }"),
    ("never-bound", "VH-2.ttl", "SELECT $this ?procedure", "SELECT $this ?procedure ?charge"),
    ("cross-product", "VH-2.ttl", "?procedure }", "?procedure . ?x cs:charge ?y . ?x a ?y }"),
    ("message-variable", "VH-2.ttl", "{?procedure} is", "{?procedur} is"),
    ("message-without-value", "VH-2.ttl", "{?procedure} is", "It is"),
    ("csv-bom", "lists/ours.csv", "code,", "\ufeffcode,"),
    ("csv-encoding", "lists/ours.csv", "Manual\n", "Mañual\n"),
    ("csv-separator", "lists/ours.csv", LIST, LIST.replace(",", ";")),
    ("csv-column", "lists/ours.csv", "valid_from", "valid_form"),
    ("csv-column", "lists/ours.csv", ",source\n", "\n"),
    ("csv-empty-row", "lists/ours.csv", "97112-", ",,,\n97112-"),
    ("csv-cells", "lists/ours.csv", '"Manual, part 2"', "Manual, part 2"),
    ("csv-space", "lists/ours.csv", "97110,2026-01", "97110 ,2026-01"),
    ("csv-no-code", "lists/ours.csv", "97110,2026-01", ",2026-01"),
    ("csv-number", "lists/ours.csv", "97110,2026-01", "9.71E+04,2026-01"),
    ("csv-code", "lists/ours.csv", "97110,2026-01", "'97110,2026-01"),
    ("csv-range", "lists/ours.csv", "97112-97116", "97116-97112"),
    ("csv-no-source", "lists/ours.csv", "2026-06-30,Manual", "2026-06-30,"),
    ("csv-excel-date", "lists/ours.csv", "2026-06-30", "6/30/2026"),
    ("csv-date", "lists/ours.csv", "2026-06-30", "2026-06-31"),
    ("csv-period", "lists/ours.csv", "2026-06-30", "2025-06-30"),
    ("csv-overlap", "lists/ours.csv", "2026-07-01", "2026-06-30"),
    ("text-not-name", "VH-1.ttl", "payer:valley-health", '"valley-health"'),
    ("text-not-name", "VH-1.ttl", "carc:4", '"4"'),
    ("text-not-name", "VH-3.ttl", "source:manual", '"Manual"'),
    ("unknown-payer", "VH-1.test.ttl", '"valley-health"', '"valley-helth"'),
    ("no-remark-code", "VH-1.ttl", "carc:4", "carc:16"),
    ("bad-severity", "VH-1.ttl", "sh:Violation", '"Violation"'),
    ("several-values", "VH-1.ttl", '"2026-01-01"^^xsd:date', '"2026-01-01"^^xsd:date, "x"'),
    ("several-values", "VH-1.ttl", "sh:Violation", "sh:Violation, sh:Warning"),
    ("not-a-date", "VH-1.ttl", '"2026-01-01"^^xsd:date', '"2026-01-01"@en'),
    ("not-a-date", "VH-1.ttl", '"2026-01-01"', '"20260101"'),
    ("not-a-date", "VH-1.test.ttl", '"97140"', '"97140" ; cs:serviced "2026-13-01"^^xsd:date'),
    ("not-a-date", "VH-1.test.ttl", '"97140"', '"97140" ; cs:serviced "12/1/2026"'),
    ("test-of-another", "VH-1.test.ttl", "testOf rule:VH-1", "testOf rule:VH-2"),
    ("duplicate-test", "VH-1.test.ttl", TEST, TEST + TEST.replace("97140", "97110")),
    ("not-a-number", "VH-3.ttl", "cs:fromAge 2", 'cs:fromAge "2,5"'),
    ("message-variable", "VH-1.ttl", "    sh:sev", '    sh:message "{?proc}" ;\n    sh:sev'),
    ("never-fires", "VH-3.ttl", '"97140"', "list:empty"),
    ("not-a-code", "lists/ours.csv", "97110,2026-01", "M54.6,2026-01"),
    ("not-a-code", "VH-1.ttl", "M50.0-M50.9", "M50.0\N{EN DASH}M50.9"),
    ("invalid-code", "VH-3.ttl", '"97140"', '"G2012"'),
    ("ended-code", "VH-6.ttl", "", OTHER_UNITS.replace("97140", "G2012").replace("2026", "2024")),
    ("missing-statement", "adjustments.ttl", "    sh:severity sh:Warning ;\n", ""),
    ("missing-statement", "adjustments.ttl", "    cs:payer payer:valley-health ;\n", ""),
    ("missing-statement", "adjustments.ttl", " ;\n    dcterms:source source:manual", ""),
    ("not-a-date", "adjustments.ttl", '"2026-01-01"', '"01/01/2026"'),
    ("bad-status", "adjustments.ttl", "sh:severity sh:Warning", "adms:status cs:active"),
    ("bad-severity", "adjustments.ttl", "sh:Warning", "sh:Warn"),
    ("reversed-period", "adjustments.ttl", "sh:sev", f"schema:validThrough {ENDED} ; sh:sev"),
    ("unknown-rule", "adjustments.ttl", "CLM-FILING", "CLM-FILLING"),
    ("not-a-value", "payers.ttl", '"P90D"^^xsd:dayTimeDuration', "90"),
    ("not-a-value", "payers.ttl", "P90D", "P3M"),
    ("missing-statement", "payers.ttl", "        cs:decides cs:time-of-filing ;\n", ""),
    ("wrong-matter", "payers.ttl", "cs:time-of-filing", "cs:counting-of-units"),
    ("missing-statement", "payers.ttl", 'cs:edition "2026" ; ', ""),
    (
        "missing-statement",
        "documents.ttl",
        "",
        PREFIXES + ELEMENT.replace("skos:inScheme doc: ; ", ""),
    ),
    (
        "missing-statement",
        "documents.ttl",
        "",
        PREFIXES + ELEMENT.replace('skos:notation "vh" ; ', ""),
    ),
    ("csv-kind", "value-sets.csv", "hcpcs", "cpt"),
    ("csv-excel-date", "value-sets.csv", "2026-01-01", "1/1/2026"),
    ("csv-column", "value-sets.csv", "member", "code"),
    ("csv-bom", "value-sets.csv", "value_set", "\ufeffvalue_set"),
    ("csv-no-value", "value-sets.csv", "97140", ""),
    ("csv-cells", "value-sets.csv", ",,Manual", ",,Manual, part 2"),
    ("csv-date", "lists/ours.csv", "2026-06-30", "20260630"),
    ("waiver", "waivers.toml", "CLM-FILING", "CLM-FILLING"),
    ("waiver", "waivers.toml", "2027-01-31", '"soon"'),
    ("unknown-term", "VH-1.ttl", "schema:validThrough", "schema:validUntil"),
    ("unknown-term", "VH-1.ttl", "sh:severity", "sh:severty"),
    ("unknown-term", "VH-1.ttl", "dcterms:source", "dcterms:sourc"),
    (
        "unknown-term",
        "adjustments.ttl",
        "    sh:sev",
        f"    schema:validThru {ENDED} ;\n    sh:sev",
    ),
    ("rule-id", "VH-3.ttl", "claimshapes/rule/", "claimshape/rule/"),
    ("wrong-prefix", "VH-3.ttl", "claimshapes/rule/", "claimshape/rule/"),
    ("several-values", "VH-8.ttl", "", FREQUENCY),
    ("unknown-place", "VH-9.ttl", "", PLACE),
    ("unknown-taxonomy", "VH-9.ttl", "", TAXONOMY),
    ("contradiction", "VH-7.ttl", "", PREFIXES + RANGED_AGAINST),
    ("contradiction", "VH-5.ttl", "", RANGED_UNITS),
    ("not-for-packs", "lists/ours.tsv", "", "code\n"),
    ("not-for-packs", "lists/ours.txt", "", "code\n"),
    ("not-for-packs", "ours.xls", "", "code\n"),
    ("not-for-packs", "VH-9.turtle", "", PLACE),
    ("not-for-packs", "terms.toml", "", "limit = 90\n"),
    ("not-for-packs", "codes.csv", "", "code\n"),
    ("not-for-packs", "facts.nt", "", "<urn:a> <urn:b> <urn:c> .\n"),
    ("not-for-packs", "other.ttl", "", "<urn:a> a <urn:Policy> .\n"),
]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "latin-1" if "ñ" in text else "utf-8")
    return folder


def test_good_pack_has_no_problems(tmp_path: Path) -> None:
    assert lint_packs([write(tmp_path, GOOD)]) == []


@pytest.mark.parametrize(("lint", "name", "right", "wrong"), MISTAKES)
def test_mistake_is_named_with_its_place(
    lint: str, name: str, right: str, wrong: str | None, tmp_path: Path
) -> None:
    files = dict(GOOD)
    before = files.get(name, "")
    assert right in before
    if wrong is None:
        del files[name]
        name = name.replace(".test", "")
    else:
        files[name] = before.replace(right, wrong, 1) if right else wrong
    problems = [each for each in lint_packs([write(tmp_path, files)]) if each.lint == lint]
    assert problems, lint_packs([tmp_path])
    assert {each.file for each in problems} >= {str(tmp_path / name)}
    assert all(each.line >= 1 and each.column >= 1 and each.message for each in problems)


def test_what_replaced_an_ended_code_is_named(tmp_path: Path) -> None:
    files = GOOD | {"VH-1.ttl": GOOD["VH-1.ttl"].replace('"M54.6"', '"M54.5"')}
    [problem] = lint_packs([write(tmp_path, files)])
    assert problem.message == "M54.5 ended on 2021-09-30, while the rule holds"
    assert problem.advice == "replaced by M54.50, M54.51, M54.59"


@pytest.mark.parametrize(
    ("first", "replaced", "lints"),
    [("2027-01-01", False, []), ("2027-03-01", False, []), ("2027-03-01", True, ["gap"])],
)
def test_gap_that_is_meant(first: str, replaced: bool, lints: list[str], tmp_path: Path) -> None:
    files = GOOD | {"VH-4.ttl": PREFIXES + LATER.replace("2027-01-05", first)}
    files["VH-4.test.ttl"] = files["VH-1.test.ttl"].replace("VH-1", "VH-4")
    if replaced:
        said = "    dcterms:isReplacedBy rule:VH-4 ;\n    sh:severity"
        files["VH-1.ttl"] = files["VH-1.ttl"].replace("    sh:severity", said)
    assert [problem.lint for problem in lint_packs([write(tmp_path, files)])] == lints


def test_citation_of_its_own_is_no_problem_once(tmp_path: Path) -> None:
    own = '[ a cs:Citation ; dcterms:title "Letter" ; cs:edition "2026" ; cs:strength cs:primary ]'
    files = GOOD | {"VH-3.ttl": GOOD["VH-3.ttl"].replace("source:manual", own)}
    assert lint_packs([write(tmp_path, files)]) == []
    files["VH-2.ttl"] = files["VH-2.ttl"].replace("source:manual", own)
    [problem] = lint_packs([write(tmp_path, files)])
    assert (problem.lint, problem.advice) == ("duplicate-source", "describe it in sources.ttl")


def test_waivers_that_are_no_text_are_a_problem(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "waivers.toml").write_bytes(b'[[waiver]]\nrule = "\xff"\n')
    [problem] = lint_packs([folder])
    assert (problem.lint, problem.line) == ("waiver", 1)
    assert problem.message == "is not UTF-8 text"


def test_place_is_that_of_the_word(tmp_path: Path) -> None:
    files = GOOD | {"VH-1.ttl": GOOD["VH-1.ttl"].replace("set:timed-therapy", "set:timed-terapy")}
    [problem] = lint_packs([write(tmp_path, files)])
    text = files["VH-1.ttl"].splitlines()[problem.line - 1]
    assert text[problem.column - 1 :].startswith("set:timed-terapy")
    assert problem.advice == "did you mean timed-therapy?"


def test_own_documentation_element_and_value_set_are_known(tmp_path: Path) -> None:
    used = (
        GOOD["VH-1.ttl"]
        .replace("doc:pain-site", "doc:vh")
        .replace("set:timed-therapy", "set:vh-ours")
    )
    files = GOOD | {"documents.ttl": PREFIXES + ELEMENT, "VH-1.ttl": used}
    assert lint_packs([write(tmp_path, files)]) == []


def test_command_finds_nothing_in_a_pack_with_value_sets(tmp_path: Path) -> None:
    names = ("payers.ttl", "value-sets.csv", "VH-3.ttl", "VH-3.test.ttl")
    files = {name: GOOD[name] for name in names}
    files["VH-3.ttl"] = files["VH-3.ttl"].replace('"97140"', "set:vh-ours")
    expects = '] ] ;\n    cs:expects [ cs:pointer "/item/0" ; sh:resultSeverity sh:Warning ] .'
    files["VH-3.test.ttl"] = files["VH-3.test.ttl"].replace("] ] .", expects)
    passing = TEST.replace("test:fails", "test:passes").replace("VH-1", "VH-3")
    files["VH-3.test.ttl"] += passing
    made = CliRunner().invoke(program, f"rules lint --rules {write(tmp_path, files)}")
    assert made.exit_code == 0, made.output


def test_what_a_misspelt_property_is_meant_for(tmp_path: Path) -> None:
    right, wrong = "schema:validThrough", "schema:validThru"
    files = GOOD | {"VH-1.ttl": GOOD["VH-1.ttl"].replace(right, wrong)}
    [problem] = lint_packs([write(tmp_path, files)])
    assert problem.message == "files of rules do not use schema:validThru"
    assert problem.advice == "did you mean schema:validThrough?"


def test_places_are_told_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = GOOD | {"VH-1.ttl": GOOD["VH-1.ttl"].replace("carc:4", "carc:4444")}
    write(tmp_path / "rules", files)
    monkeypatch.chdir(tmp_path)
    [problem] = lint_packs([Path("rules")])
    assert problem.file == str(Path("rules") / "VH-1.ttl")


def test_what_is_safe_is_corrected(tmp_path: Path) -> None:
    files = GOOD | {
        "VH-1.ttl": "\ufeff" + GOOD["VH-1.ttl"].replace("https://schema", "http://schema"),
        "VH-3.ttl": UNITS,
        "lists/ours.csv": LIST.replace("97112-", ",,,\n 97112-"),
    }
    write(tmp_path, files)
    assert len(fix_packs([tmp_path])) == 3
    assert lint_packs([tmp_path]) == []
    assert fix_packs([tmp_path]) == []


def test_command_writes_each_format(tmp_path: Path) -> None:
    write(tmp_path, GOOD | {"VH-1.ttl": GOOD["VH-1.ttl"].replace("carc:4", "carc:4444")})

    def linted(form: str) -> str:
        made = CliRunner().invoke(program, f"rules lint --rules {tmp_path} --format {form}")
        assert made.exit_code == 1, made.output
        return made.output

    assert "unknown-denial-code: there is no CARC carc:4444" in " ".join(linted("text").split())
    assert json.loads(linted("json"))[0]["lint"] == "unknown-denial-code"
    region = json.loads(linted("sarif"))["runs"][0]["results"][0]["locations"][0]
    assert region["physicalLocation"]["region"]["startLine"] > 10
    assert linted("github").startswith("::error file=")
