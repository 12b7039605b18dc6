"""Lists that are known in part: what is said of them, and that no rule goes by absence from one."""

from __future__ import annotations

import pytest

from claimshapes.authoring.absence_lint import absence_problems, asks_for_absence
from claimshapes.knowledge.descriptions import importable
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.lists_in_part import ListInPart, lists_in_part
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule_book import RuleBook, load_rules

DRUGS = next(each for each in lists_in_part() if each.value_set == f"{SET_NS}single-dose-drug")


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules([resource_directory("shapes")])


def test_every_list_says_what_is_loaded_and_names_rules_that_exist(book: RuleBook) -> None:
    ids = {rule.id for rule in book}
    tables = {file.stem for file in (resource_directory("ontology") / "tables").glob("*.csv")}
    for each in lists_in_part():
        assert each.label
        assert each.loaded
        assert each.rules
        assert set(each.rules) <= ids
        assert not (each.value_set and each.table)
        assert not each.table or each.table in tables
        assert each.value_set or each.table or each.whole_with
        assert not each.whole_with or each.whole_with in importable()


def test_rules_that_an_import_would_make_know_more() -> None:
    by_import: dict[str, set[str]] = {}
    for each in lists_in_part():
        if each.whole_with:
            by_import.setdefault(each.whole_with, set()).update(each.rules)
    assert by_import == {
        "single-dose-drugs": {"PX-DRUG-WASTE"},
        "dmepos-fee-schedule": {"PX-DME-PAYMENT"},
        "dmepos-jurisdiction": {"PX-DME-CONTRACTOR"},
        "clia-waived": {"CLM-CLIA"},
        "clia-edits": {"CLM-CLIA"},
        "prior-authorization": {"OC-AUTHORIZATION-REVIEW", "PX-AUTHORIZATION-REVIEW"},
        "ndc-hcpcs": {"PX-NDC"},
        "order-referring": {"CLM-ORDERER", "CLM-ORDERER-HOME-HEALTH", "CLM-ORDERER-HOSPICE"},
        "therapy-codes": {
            "PX-SNF-THERAPY",
            "TH-GP",
            "TH-GP-SOMETIMES",
            "TH-GP-UHC",
            "TH-NOTE-SIGNED",
        },
    }


def test_rules_that_name_such_a_value_set_are_its_readers(book: RuleBook) -> None:
    for each in lists_in_part():
        name = f"set:{each.value_set.removeprefix(SET_NS)}"
        named = {
            rule.id
            for rule in book
            if each.value_set and f"{name} " in rule.file.read_text("utf-8").replace(",", " ")
        }
        assert named <= set(each.rules), each.label


def test_an_imported_list_is_whole() -> None:
    assert DRUGS in lists_in_part()
    assert DRUGS not in lists_in_part({"single-dose-drugs"})


def test_no_rule_goes_by_absence(book: RuleBook) -> None:
    assert list(absence_problems(book)) == []


@pytest.mark.parametrize(
    ("query", "absent"),
    [
        ("SELECT $this WHERE { $this cs:inValueSet set:single-dose-drug }", False),
        (
            "SELECT $this WHERE { FILTER NOT EXISTS { $this cs:inValueSet set:single-dose-drug } }",
            True,
        ),
        (
            "{ FILTER NOT EXISTS { { ?x ?y ?z } $this cs:inValueSet <"
            + SET_NS
            + "single-dose-drug> } }",
            True,
        ),
        ("{ FILTER (?kind NOT IN (set:other, set:single-dose-drug)) }", True),
        ("{ $this ?p ?o MINUS { $this cs:inValueSet set:single-dose-drug } }", True),
        (
            "{ FILTER NOT EXISTS { ?a ?b ?c FILTER NOT EXISTS { ?d ?s set:single-dose-drug } } }",
            False,
        ),
        ("{ FILTER NOT EXISTS { $this cs:inValueSet set:single-dose-drugs } }", False),
    ],
)
def test_absence_is_read_from_the_query(query: str, absent: bool) -> None:
    part: ListInPart = DRUGS
    assert asks_for_absence(query, part) is absent
