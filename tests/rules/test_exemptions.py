"""A payer's own rule in the place of a shipped one, and payers exempt from a rule."""

from datetime import date
from pathlib import Path

import pytest

from claimshapes.authoring.lint import lint
from claimshapes.errors import RuleError
from claimshapes.rdf.vocabulary import PAYER_NS
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook, load_rules

SHAPES = Path(__file__).parents[2] / "shapes"
HEAD = """
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix payer: <https://w3id.org/claimshapes/payer/> .
@prefix rule: <https://w3id.org/claimshapes/rule/> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
EXEMPTION = """
<urn:ours> a cs:Exemption ;
    cs:exemptFrom rule:TH-RESPONSE ;
    cs:rationale "why"@en ;
    dcterms:source [ a cs:Citation ;
        dcterms:title "Our contract" ; cs:edition "2026" ; cs:strength cs:primary ] ;
    schema:validFrom "2026-02-01"^^xsd:date ;
    schema:validThrough "2026-02-28"^^xsd:date ;
    cs:appliesToPayer payer:medicare .
"""
PROFESSIONAL = "https://w3id.org/claimshapes/ns#professional"
INSTITUTIONAL = "https://w3id.org/claimshapes/ns#institutional"


def payers(*names: str) -> frozenset[str]:
    return frozenset(PAYER_NS + name for name in names)


MEDICARE_B = payers("medicare-b", "medicare")
COMMERCIAL = payers("commercial")


def with_file(folder: Path, text: str) -> RuleBook:
    (folder / "ours.ttl").write_text(HEAD + text, "utf-8")
    return load_rules([SHAPES, folder])


def selected(
    book: RuleBook, payer: frozenset[str], name: str = "TH-RESPONSE", kind: str = PROFESSIONAL
) -> Rule | None:
    return next((rule for rule in book.select(payer, kind) if rule.id == name), None)


def test_exemption_holds_for_narrower_payers_on_its_days(tmp_path: Path) -> None:
    rule = selected(with_file(tmp_path, EXEMPTION), MEDICARE_B)
    assert rule is not None
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [rule.in_force([day]) for day in days] == [True, False, False, True]
    assert rule.in_force(days[:2])


def test_exemption_leaves_other_payers_alone(tmp_path: Path) -> None:
    book = with_file(tmp_path, EXEMPTION)
    rule = selected(book, COMMERCIAL)
    assert rule == book.rules["TH-RESPONSE"]
    assert rule.in_force([date(2026, 2, 1)])


def test_exemption_for_all_dates_leaves_the_rule_out(tmp_path: Path) -> None:
    text = EXEMPTION.replace('schema:validThrough "2026-02-28"^^xsd:date ;\n', "")
    book = with_file(tmp_path, text.replace("2026-02-01", "2015-10-01"))
    assert selected(book, MEDICARE_B) is None
    assert selected(book, COMMERCIAL) is not None


def test_exemption_of_a_rule_that_ended_need_not_last_longer(tmp_path: Path) -> None:
    book = with_file(tmp_path, EXEMPTION)
    (exemption,) = [e for e in book.exemptions[book.rules["TH-RESPONSE"].iri] if "urn" in e.iri]
    assert exemption.covers(date(2026, 2, 1), date(2026, 2, 28))
    assert not exemption.covers(date(2026, 2, 1), date(2026, 3, 1))
    assert not exemption.covers(date(2026, 1, 31), date(2026, 2, 28))
    assert not exemption.covers(date(2026, 2, 1), None)


def test_exemption_for_one_kind_of_claim(tmp_path: Path) -> None:
    text = EXEMPTION.replace(
        "cs:appliesToPayer", "cs:appliesToClaimType cs:institutional ;\n cs:appliesToPayer"
    )
    book = with_file(tmp_path, text)
    february = [date(2026, 2, 1)]
    professional = selected(book, MEDICARE_B, kind=PROFESSIONAL)
    institutional = selected(book, MEDICARE_B, kind=INSTITUTIONAL)
    assert professional is not None
    assert institutional is not None
    assert professional.in_force(february)
    assert not institutional.in_force(february)


def test_override_holds_whether_or_not_the_other_rule_is_selected() -> None:
    book = load_rules([SHAPES])
    strict = payers("example-strict", "commercial")
    only = book.select(strict, PROFESSIONAL, only=frozenset({"TH-RESPONSE"}))
    ignoring = book.select(strict, PROFESSIONAL, ignore=frozenset({"EX-RESPONSE"}))
    for chosen in (only, ignoring):
        (rule,) = [rule for rule in chosen if rule.id == "TH-RESPONSE"]
        assert not rule.in_force([date(2026, 5, 4)])


def test_draft_overrides_nothing(tmp_path: Path) -> None:
    own = (SHAPES / "payers" / "example-strict" / "EX-RESPONSE.ttl").read_text("utf-8")
    text = own.replace("EX-RESPONSE", "EX-DRAFT").replace("cs:active", "cs:draft")
    text = text.replace('"2026-01-01"', '"2015-10-01"')
    book = with_file(tmp_path, text.replace("payer:example-strict", "payer:example-managed"))
    rule = selected(book, payers("example-managed", "commercial"))
    assert rule is not None
    assert rule.in_force([date(2026, 5, 4)])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rule:TH-RESPONSE", "rule:TH-NOTHING", "names no rule"),
        ("cs:appliesToPayer payer:medicare", 'cs:rationale ""', "needs cs:appliesToPayer"),
        ('"2026-02-28"', '"2026-02-31"', "is no date"),
    ],
)
def test_exemption_that_cannot_be_used_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in EXEMPTION
    with pytest.raises(RuleError, match=problem):
        with_file(tmp_path, EXEMPTION.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rule:TH-RESPONSE", "rule:TH-NOTHING", "cs:overrides names no rule"),
        ("    cs:appliesToPayer payer:example-strict ;\n", "", "has to name a payer"),
    ],
)
def test_override_that_cannot_be_used_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    own = (SHAPES / "payers" / "example-strict" / "EX-RESPONSE.ttl").read_text("utf-8")
    assert old in own
    text = own.replace("EX-RESPONSE", "EX-OWN")
    with pytest.raises(RuleError, match=problem):
        with_file(tmp_path, text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('cs:rationale "why"@en ;', "", "one cs:rationale"),
        ("cs:strength cs:primary", "cs:strength cs:fictitious", "of fictitious payers"),
        ("payer:medicare", "payer:nobody", "names a payer of payers.ttl"),
    ],
)
def test_lint_names_what_is_wrong_with_an_exemption(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in EXEMPTION
    book = with_file(tmp_path, EXEMPTION.replace(old, new))
    problems = lint(book, [SHAPES, tmp_path])
    assert any(problem in line for line in problems), problems
