"""What `claimshapes rules impact` sees: against a folder or a revision, as text, JSON and HTML."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from claimshapes.authoring import differing_rules
from claimshapes.authoring.differing_rules import Differing, what_differs
from claimshapes.cli.program import program
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.rule_book import RuleBook, load_rules
from tests.authoring.repositories import commit
from tests.authoring.test_pack import ADJUSTMENT, CLAIM, HEAD, PAYERS

RULE = """
@prefix list: <https://w3id.org/claimshapes/list/> .
rule:VH-AUTH a cs:Rule ; cs:payer payer:commercial ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:requiresAuthorization [ cs:services list:ours ] ;
    sh:severity sh:Violation ; dcterms:source source:manual .
"""
SOURCE = """
source:manual a cs:Citation ; dcterms:title "Manual" ; cs:edition "2026" ; cs:strength cs:primary .
"""
LIST = "code,valid_from,valid_through,source\n{},2026-01-01,,Manual\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a pack that has changed since its only commit, and claims."""
    made = tmp_path_factory.mktemp("impact")
    pack = made / "rules"
    (pack / "lists").mkdir(parents=True)
    (pack / "VH-AUTH.ttl").write_text(HEAD + RULE, "utf-8")
    (pack / "sources.ttl").write_text(HEAD + SOURCE, "utf-8")
    (pack / "lists" / "ours.csv").write_text(LIST.format("97140"), "utf-8")
    commit(made)
    (pack / "lists" / "ours.csv").write_text(LIST.format("97110"), "utf-8")
    line = CLAIM["item"][0]
    claims = [
        {**CLAIM, "payer": "commercial"},
        {
            **CLAIM,
            "id": "C-2",
            "payer": "commercial",
            "item": [{**line, "procedure": "97110", "charge": "20.50"}],
        },
    ]
    (made / "claims.json").write_text(json.dumps(claims), "utf-8")
    return made


def impact(folder: Path, more: str, status: int = 1) -> str:
    command = f"rules impact {folder / 'claims.json'} --rules {folder / 'rules'} {more}"
    result = CliRunner().invoke(program, command)
    assert result.exit_code == status, result.output
    return result.output


def test_processes_load_the_rules_of_both_sides(folder: Path) -> None:
    one, two = (impact(folder, f"--against HEAD --jobs {jobs}") for jobs in (1, 2))
    assert one == two


def test_against_the_shipped_rules(folder: Path) -> None:
    said: dict[str, Any] = json.loads(impact(folder, "--format json"))
    assert said["claims"] == 2
    newly = said["newlyFlagged"]
    assert (newly["claims"], newly["charges"]) == (1, "20.50")
    assert newly["findings"] == {"VH-AUTH": 1}
    assert newly["byPayer"] == {"commercial": 1}
    assert newly["byProvider"] == {"1234567893": 1}
    assert newly["examples"][0]["claim"] == "C-2"


def test_against_a_revision(folder: Path) -> None:
    said = json.loads(impact(folder, "--format json --against HEAD"))
    assert (said["newlyFlagged"]["claims"], said["noLongerFlagged"]["claims"]) == (1, 1)
    assert said["noLongerFlagged"]["charges"] == "10.00"
    text = " ".join(impact(folder, "--against HEAD").split())
    assert "newly flagged: 1 claim, $20.50 in charges" in text
    assert "no longer flagged: 1 claim, $10.00 in charges" in text


def test_finding_that_is_only_worded_anew_is_no_difference(tmp_path: Path) -> None:
    pack = tmp_path / "rules"
    pack.mkdir()
    (pack / "sources.ttl").write_text(HEAD + SOURCE, "utf-8")
    form = 'cs:limitsAge [ cs:services "97140", "97110" ; cs:fromAge {} ]'
    rule = RULE.replace("cs:requiresAuthorization [ cs:services list:ours ]", form)
    (pack / "VH-AUTH.ttl").write_text(HEAD + rule.format(60), "utf-8")
    commit(tmp_path)
    (pack / "VH-AUTH.ttl").write_text(HEAD + rule.format(40), "utf-8")
    claims = [
        {
            **CLAIM,
            "id": born,
            "payer": "commercial",
            "patient": {"birthDate": born, "sex": "female"},
        }
        for born in ("1975-01-01", "2000-01-01")
    ]
    (tmp_path / "claims.json").write_text(json.dumps(claims), "utf-8")
    said = json.loads(impact(tmp_path, "--format json --against HEAD"))
    assert said["newlyFlagged"]["claims"] == 0
    examples = said["noLongerFlagged"]["examples"]
    assert [each["claim"] for each in examples] == ["1975-01-01"]


def test_rejected_claim_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text(json.dumps([CLAIM | {"payer": 1}]), "utf-8")
    command = f"rules impact {tmp_path / 'claims.json'} --rules {folder / 'rules'}"
    result = CliRunner().invoke(program, command)
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    assert "0 compared, 1 rejected" in said
    assert "at /0/payer: expected" in said


def test_against_itself(folder: Path) -> None:
    assert "flagged: 0 claims" in impact(folder, f"--against {folder / 'rules'}", 0)
    assert "neither a folder nor a revision" in impact(folder, "--against v9", 2)


def test_page_has_charts_and_loads_nothing(folder: Path, tmp_path: Path) -> None:
    impact(folder, f"--against HEAD --format html --output {tmp_path / 'impact.html'}")
    page = (tmp_path / "impact.html").read_text("utf-8")
    assert page.count("<figure>") == 3
    assert '<rect x="0" y="0" width="100.00"' in page
    assert "$20.50 charged" in page
    assert "97110 needs prior authorization" in page
    assert "http" not in page.replace("http-equiv", "")


def books(one: Path, *more: tuple[str, str]) -> tuple[RuleBook, RuleBook]:
    for name, text in more:
        (one / name).write_text(HEAD + text, "utf-8")
    shapes = resource_directory("shapes")
    return load_rules([shapes]), load_rules([shapes, one])


def test_only_rules_that_differ_are_evaluated(tmp_path: Path) -> None:
    adjustment = ADJUSTMENT.replace("payer:valley-health", "payer:commercial")
    rule = RULE.replace("list:ours", '"97140"').replace(
        "sh:severity", "cs:yieldsTo rule:BP-MRI-AUTH ; sh:severity"
    )
    found = what_differs(
        *books(
            tmp_path,
            ("VH-AUTH.ttl", rule),
            ("sources.ttl", SOURCE),
            ("adjust.ttl", adjustment.format("sh:severity sh:Info")),
        )
    )
    assert found.rules is not None
    assert found.rules >= {"VH-AUTH", "BP-MRI-AUTH", "CLM-FILING"}
    assert len(found.rules) < 10
    shares = [found.share(payer) for payer in ("commercial", "example-managed", "medicare-b")]
    assert shares == ["some", "some", "none"]
    assert not found.only_every


OWN_PAYERS = PAYERS.partition("source:manual a")[0]


def test_every_rule_may_differ_for_a_payer_of_the_pack_and_for_no_other(tmp_path: Path) -> None:
    found = what_differs(*books(tmp_path, ("payers.ttl", OWN_PAYERS)))
    payers = ("valley-health", "valley-plus", "commercial", "medicare-b", "nobody-knows")
    assert [found.share(payer) for payer in payers] == ["every", "every", "none", "none", "none"]
    assert found.only_every


def test_every_rule_may_differ_for_payers_below_one_with_new_terms(tmp_path: Path) -> None:
    text = OWN_PAYERS.replace("payer:valley-health a cs:Payer", "payer:commercial a cs:Payer")
    text = text.replace(" ; skos:broader payer:commercial ;", " ;")
    found = what_differs(*books(tmp_path, ("payers.ttl", text)))
    payers = ("commercial", "example-managed", "medicare-b")
    assert [found.share(payer) for payer in payers] == ["every", "every", "none"]


@pytest.mark.parametrize(
    "more",
    [
        "set:ours" + PAYERS.partition("set:ours")[2],
        OWN_PAYERS + "payer:valley-plus cs:servedBy payer:valley-health .",
    ],
    ids=["value set", "other statement of a payer"],
)
def test_every_rule_may_differ_for_all_for_what_is_not_of_a_payers_own_claims(
    tmp_path: Path, more: str
) -> None:
    found = what_differs(*books(tmp_path, ("more.ttl", more)))
    assert found.rules is None
    assert found.share("medicare-b") == "every"
    assert found.only_every


def test_claims_that_are_not_checked_have_no_difference(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "rules"
    pack.mkdir()
    rule = RULE.replace("list:ours", '"97140"').replace("VH-AUTH", "VH-OTHER")
    for name, text in (
        ("payers.ttl", OWN_PAYERS),
        ("sources.ttl", SOURCE),
        ("VH-OTHER.ttl", rule),
        ("adjust.ttl", ADJUSTMENT.format("sh:severity sh:Info")),
    ):
        (pack / name).write_text(HEAD + text, "utf-8")
    claims = [
        {**CLAIM, "id": payer, "payer": payer, "created": "2026-11-28"}
        for payer in ("valley-health", "commercial", "medicare-b", "valley-plus", "other")
    ]
    (tmp_path / "claims.json").write_text(json.dumps(claims), "utf-8")
    found = json.loads(impact(tmp_path, "--format json"))
    assert found.pop("unconcerned") == 2
    monkeypatch.setattr(differing_rules, "what_differs", lambda *_: Differing(None))
    whole = json.loads(impact(tmp_path, "--format json"))
    assert whole.pop("unconcerned") == 0
    for side in ("newlyFlagged", "noLongerFlagged"):
        for each in (found, whole):
            each[side]["examples"].sort(key=lambda example: (example["claim"], example["rule"]))
    assert found == whole
    assert found["newlyFlagged"]["byPayer"].keys() == {"valley-health", "valley-plus", "commercial"}
