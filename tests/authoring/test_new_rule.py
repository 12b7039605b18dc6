"""Rules and tests that ``rules new`` writes, and the tests that a form makes."""

import os
import re
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claimshapes.authoring.boundary_tests import Payers, boundary_tests, run_boundary_tests
from claimshapes.authoring.generated_tests import written_tests
from claimshapes.authoring.new_rule import families_by_form
from claimshapes.authoring.rule_tests import load_rule_tests, run_rule_tests
from claimshapes.authoring.sample_claims import NoSampleError, Samples
from claimshapes.checking.checker import Checker
from claimshapes.cli.commands import new_rule
from claimshapes.cli.program import program
from claimshapes.rules.rule_book import RuleBook, load_rules
from tests.authoring.test_pack import HEAD as PACK_HEAD
from tests.authoring.test_pack import PAYERS
from tests.rules.test_families import CASES, HEAD, LIST, OF_TABLES, SOURCE, rule

MANUAL = "--source 'Valley Health provider manual; 2027' --from 2027-01-01"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    made = tmp_path_factory.mktemp("families")
    (made / "lists").mkdir()
    (made / "lists" / "ours.csv").write_text(LIST, "utf-8")
    (made / "sources.ttl").write_text(HEAD + SOURCE, "utf-8")
    for name, case in CASES.items():
        (made / f"FAM-{name}.ttl").write_text(HEAD + rule(name, case.form), "utf-8")
    return load_rules([made])


def test_every_family_makes_a_claim_that_fails_and_one_that_passes(book: RuleBook) -> None:
    checker = Checker(book=book, engine="reference")
    day = date(2026, 5, 4)
    for each in book:
        samples = Samples(book.graph, book.lists, book.forms[each.iri], "commercial")
        if each.id.removeprefix("FAM-") in OF_TABLES:
            with pytest.raises(NoSampleError):
                samples.failing(day)
            continue
        for made, found in ((samples.failing, True), (samples.passing, False)):
            [result] = checker.check([{**made(day), "id": each.id}])
            own = [finding for finding in result.findings if finding.rule == each.id]
            assert bool(own) == found, (each.id, found)


def test_generated_tests_of_every_family_pass(book: RuleBook) -> None:
    outcomes = list(run_boundary_tests(book, book))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    assert not failed, failed
    assert {"the day before", "the first day", "another payer", "without cs:beside"} <= {
        outcome.label for outcome in outcomes
    }


def test_written_tests_of_every_family_pass(book: RuleBook, tmp_path: Path) -> None:
    made = [each for each in book if each.id.removeprefix("FAM-") not in OF_TABLES]
    for each in made:
        (tmp_path / f"{each.id}.test.ttl").write_text(written_tests(book, each.id), "utf-8")
    tests = load_rule_tests(sorted(tmp_path.iterdir()))
    assert len(tests) == 2 * len(made)
    failed = [each for each in run_rule_tests(book, tests) if not each.passed]
    assert not failed, failed


def test_generated_test_names_what_it_is_about(book: RuleBook) -> None:
    conditions = book.rules["FAM-MOD-CONDITIONS"]
    labels = [test.label for test in boundary_tests(book, conditions, Payers.read())]
    assert labels == [
        "the day before",
        "the first day",
        "a narrower payer",
        "another payer",
        "without cs:atPlace",
        "without cs:besideOnClaim",
        "without cs:withDiagnosis",
        "without cs:withModifier",
        "with cs:notAtPlace 12",
        "with cs:withoutDiagnosis M54.5",
        "with cs:withoutModifier CQ",
        "a claim that the rule passes",
    ]


def test_code_that_a_claim_cannot_have(book: RuleBook) -> None:
    listed = book.rules["FAM-MOD-LIST"]
    samples = Samples(book.graph, book.lists, book.forms[listed.iri], "commercial")
    assert samples.failing(date(2026, 1, 1))["item"][0]["procedure"] == "97110"
    pair = book.rules["FAM-EXCLUSIVE"]
    samples = Samples(book.graph, book.lists, book.forms[pair.iri], "commercial")
    samples.form.values["services"].pop()
    with pytest.raises(NoSampleError, match="one code only"):
        samples.failing(date(2026, 1, 1))


def test_command_writes_a_rule_whose_tests_pass(tmp_path: Path) -> None:
    made = CliRunner().invoke(
        program,
        f"rules new limits-units-per-line --rules {tmp_path} --id vh-units --services 97110,97112"
        f" --most 4 --payer commercial {MANUAL}",
    )
    assert "2 tests and 6 generated: 0 failed" in made.output, made.output
    text = (tmp_path / "VH-UNITS.ttl").read_text("utf-8")
    assert len([line for line in text.splitlines() if line and line[0] != "@"]) <= 20
    tested = CliRunner().invoke(program, ["rules", "test", "VH-UNITS", "--rules", str(tmp_path)])
    assert "2 tests and 6 generated of 1 rule: 0 failed" in tested.output, tested.output
    again = CliRunner().invoke(
        program,
        f"rules new limits-filing --rules {tmp_path} --id VH-UNITS --days 90 {MANUAL}",
    )
    assert again.exit_code == 2
    assert "is there already" in again.output


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2027-03-01", "", "2 tests and 3 generated: 0 failed"),
        (
            "2026-01-01",
            "2026-12-31",
            "no row of late holds while the rule does; the rule can never fire",
        ),
    ],
)
def test_rule_that_begins_before_its_list(first: str, last: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    rows = f"code,valid_from,valid_through,source\n97110,{first},{last},Manual\n"
    (tmp_path / "lists" / "late.csv").write_text(rows, "utf-8")
    made = CliRunner().invoke(
        program,
        f"rules new limits-units-per-line --rules {tmp_path} --id VH-LATE --services list:late"
        f" --most 4 --payer commercial {MANUAL}",
    )
    assert said in " ".join(made.output.split()), made.output
    if not last:
        assert first in (tmp_path / "VH-LATE.test.ttl").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("--id VH-1 --most 4", "lacks cs:services"),
        ("--id one --services 97110 --most 4", "is no id of a rule"),
        ("--id VH-1 --services 97110 --most four", "most is a number"),
        ("--id VH-1 --services set:nothing --most 4", "there is no value set"),
    ],
)
def test_command_leaves_nothing_behind(arguments: str, problem: str, tmp_path: Path) -> None:
    command = f"rules new limits-units-per-line --rules {tmp_path} {arguments} {MANUAL}"
    made = CliRunner().invoke(program, command)
    assert made.exit_code == 2
    assert problem in made.output
    assert list(tmp_path.iterdir()) == []


def test_reference_page_has_every_form_and_parameter() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "families.md").read_text("utf-8")
    for form, family in families_by_form().items():
        assert f"`cs:{form}`" in page
        assert {each.name for each in family.parameters if f"`cs:{each.name}`" not in page} == set()


def test_family_that_there_is_not_is_told() -> None:
    said = run("rules new allowed-with-revenue --id VH-1", 2)
    assert "there is no family allowed-with-revenue; did you mean allowed-revenue" in said


def test_exempt_narrower_payer_has_no_finding(tmp_path: Path) -> None:
    (tmp_path / "payers.ttl").write_text(PACK_HEAD + PAYERS, "utf-8")
    rules = f"--rules {tmp_path}"
    run(
        f"rules new limits-units-per-line {rules} --id VH-UNITS --services 97110 --most 4"
        " --payer valley-health --from 2027-01-01 --source manual",
        0,
    )
    assert "5 generated of" in run(f"rules test VH-UNITS {rules} --coverage", 0)
    exemption = (
        "@prefix exemption: <https://w3id.org/claimshapes/exemption/> .\nexemption:EX-PLUS a"
        " cs:Exemption ; cs:exemptFrom rule:VH-UNITS ; cs:payer payer:valley-plus ;"
        ' schema:validFrom "2027-01-01"^^xsd:date ; dcterms:source source:manual'
    )
    (tmp_path / "EX-PLUS.ttl").write_text(f"{PACK_HEAD}{exemption} .", "utf-8")
    assert "4 generated of" in run(f"rules test VH-UNITS {rules}", 0)
    said = run(f"rules lint {rules}", 1)
    assert re.search(r"EX-PLUS\.ttl:\d+:1: shape: an exemption has one cs:rationale", said), said


def test_element_that_there_is_not_is_told(tmp_path: Path) -> None:
    made = CliRunner().invoke(
        program,
        f"rules new requires-documentation --rules {tmp_path} --id VH-1 --services 97161"
        f" --documents report-signed --payer commercial {MANUAL}",
    )
    assert made.exit_code == 2
    said = " ".join(made.output.split())
    assert "there is no documentation element doc:report-signed; did you mean" in said
    assert list(tmp_path.iterdir()) == []


def test_mistakes_in_a_new_rule_are_told(tmp_path: Path) -> None:
    def said(more: str, status: int) -> str:
        command = f"rules new limits-units-per-line --rules {tmp_path} --most 4 {more}"
        result = CliRunner().invoke(program, command)
        assert result.exit_code == status, result.output
        return " ".join(result.output.split())

    good = "--id VH-U --payer comercial --services 9711"
    told = said(f"{good} {MANUAL}", 1)
    assert "unknown-payer: there is no payer payer:comercial; did you mean commercial?" in told
    assert "not-a-code: '9711' is no code for cs:services" in told
    ended = said(f"{good.replace('VH-U', 'VH-V')} {MANUAL} --through 2026-01-01", 2)
    assert "VH-V ends on 2026-01-01, before it begins" in ended
    named = "--from 2027-01-01 --source valley-health-provider-manual-2026"
    unknown = said(f"{good.replace('VH-U', 'VH-V')} {named}", 2)
    assert "did you mean valley-health-provider-manual-2027?" in unknown
    assert not (tmp_path / "VH-V.ttl").exists()


def answered(monkeypatch: pytest.MonkeyPatch, command: str, *answers: str) -> Result:
    """A command with a person at the terminal."""
    monkeypatch.setattr(new_rule, "is_terminal", lambda: True)
    return CliRunner().invoke(program, command, input="\n".join(answers) + "\n")


def test_all_is_asked_for_and_what_is_not_needed_left_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = answered(
        monkeypatch,
        f"rules new limits-frequency --rules {tmp_path}",
        *("97750", "2"),
        *("", "12"),
        *("at-place, with-diagnoses", "at-place,with-diagnosis", "11, 22", "M54.*"),
        *("commercial", "2027-13-01", "2027-01-01", "", "119", "n362", "Manual; 2027", "VH-TWICE"),
    )
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "there is no condition with-diagnoses" in said
    text = (tmp_path / "VH-TWICE.ttl").read_text("utf-8")
    for part in (
        'cs:services "97750"',
        "cs:most 2",
        "cs:months 12",
        'cs:atPlace "11", "22"',
        'cs:withDiagnosis "M54.*"',
        "cs:payer payer:commercial",
        '"2027-01-01"^^xsd:date',
        "carc:119",
        "rarc:N362",
    ):
        assert part in text, said
    assert "validThrough" not in text
    assert "cs:days" not in text


def test_only_what_is_missing_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = (
        f"rules new limits-units-per-line --rules {tmp_path} --services 97110 --most 4"
        f" --payer commercial --denial 119 {MANUAL}"
    )
    asked = answered(monkeypatch, command, "", "", "", "VH-UNITS")
    assert asked.exit_code == 0, asked.output
    assert "payer" not in asked.output.partition("wrote")[0]
    again = answered(monkeypatch, f"{command} --id VH-AGAIN")
    assert again.exit_code == 0, again.output
    assert "Enter" not in again.output


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_pseudo_terminal_is_a_person() -> None:
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    with os.fdopen(follower) as terminal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", terminal)
        assert new_rule.is_terminal()
    os.close(leader)


PACK = f"limits-frequency --services 97750 --most 2 --months 12 --payer commercial {MANUAL}"


def run(command: str, status: int) -> str:
    result = CliRunner().invoke(program, command)
    assert result.exit_code == status, result.output
    return " ".join(result.output.split())


def test_tests_are_renewed_when_the_limit_changes(tmp_path: Path) -> None:
    rules = f"--rules {tmp_path}"
    run(f"rules new {PACK} {rules} --id VH-TWICE", 0)
    rule_file, tests = tmp_path / "VH-TWICE.ttl", tmp_path / "VH-TWICE.test.ttl"
    made = tests.read_text("utf-8")
    own = made[made.index("test:passes") :].replace("a claim that the rule passes", "ours")
    own = "\n" + own.replace("test:passes", "test:ours")
    before = made + own
    tests.write_text(before, "utf-8")
    assert "wrote" not in run(f"rules test VH-TWICE {rules} --renew", 0)
    rule_file.write_text(rule_file.read_text("utf-8").replace("cs:most 2", "cs:most 3"), "utf-8")
    run(f"rules test VH-TWICE {rules}", 1)
    assert tests.read_text("utf-8") == before
    assert "VH-TWICE.test.ttl 3 tests and" in run(f"rules test VH-TWICE {rules} --renew", 0)
    after = tests.read_text("utf-8")
    assert after != before
    assert after.endswith(own)
    tests.unlink()
    assert "2 tests and" in run(f"rules test {rules} --renew VH-TWICE", 0)
    assert after.startswith(tests.read_text("utf-8"))


def test_tests_of_a_person_are_left_alone(tmp_path: Path) -> None:
    rules = f"--rules {tmp_path}"
    run(f"rules new {PACK} {rules} --id VH-TWICE", 0)
    rule_file, tests = tmp_path / "VH-TWICE.ttl", tmp_path / "VH-TWICE.test.ttl"
    own = tests.read_text("utf-8").replace("a claim that the rule", "our claim that the rule")
    tests.write_text(own, "utf-8")
    rule_file.write_text(rule_file.read_text("utf-8").replace("cs:most 2", "cs:most 3"), "utf-8")
    assert "has no test that was made from the form" in run(
        f"rules test VH-TWICE {rules} --renew", 2
    )
    assert "is none of your rules" in run(f"rules test CLM-NPI {rules} --renew", 2)
    assert "name the folder of your rules" in run("rules test CLM-NPI --renew", 2)
    assert tests.read_text("utf-8") == own
