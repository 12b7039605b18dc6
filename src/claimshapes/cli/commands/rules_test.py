"""``claimshapes rules test``: runs the tests of rules, and tells what they do not test."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.cli.completion import complete_rules
from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND
from claimshapes.cli.loaded_rules import loaded, rule_named
from claimshapes.cli.options import rule_folders
from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.authoring.rule_tests import RuleTest
    from claimshapes.report.lines import Page
    from claimshapes.rules.rule import Rule
    from claimshapes.rules.rule_book import RuleBook

_FAILED = ("failed", "bold red")


@click.command("test", short_help="Run the tests of rules.")
@click.argument("identifiers", nargs=-1, metavar="[RULE-ID]...", shell_complete=complete_rules)
@click.option(
    "--coverage",
    is_flag=True,
    help="Tell what no test reaches: findings, reasons, days, payers, values.",
)
@click.option(
    "--mutate",
    is_flag=True,
    help="Damage each rule in every known way, and tell what its tests do not notice.",
)
@click.option(
    "--renew",
    is_flag=True,
    help="First write the tests anew that `rules new` made, after a limit, list or date changed;"
    " tests of your own stay as they are.",
)
@rule_folders
def test_rules(
    identifiers: tuple[str, ...],
    coverage: bool,
    mutate: bool,
    renew: bool,
    folders: tuple[Path, ...],
) -> int:
    """Run the tests of all rules, or of those named.

    Rules of a family are also tested with claims made from their form: on the first and last day,
    the days before and after, for a narrower and for another payer, without each condition, with
    each exception, with each code. With --rules and no rule named, --coverage, --mutate and --renew
    are about the rules of these folders.

    Exit status: 0 all tests pass and nothing is missing; 1 otherwise; 2 the files cannot be used.

    \b
    Example:
      claimshapes rules test
      claimshapes rules test DX-DATE DX-EXCL1
      claimshapes rules test --rules our-rules --coverage
      claimshapes rules test --rules our-rules --mutate
      claimshapes rules test VH-AGE --rules our-rules --renew
    """
    from claimshapes.authoring.rule_tests import load_rule_tests, rule_test_files
    from claimshapes.report.lines import Page

    directories, book = loaded(folders)
    page = Page(sys.stdout)
    if renew:
        _renew(page, book, identifiers, folders)
    tests = load_rule_tests(rule_test_files(directories))
    chosen = list(book)
    if identifiers:
        chosen = [rule_named(book, identifier) for identifier in identifiers]
        for rule in chosen:
            if not any(test.rule == rule.id for test in tests):
                raise InputError(f"rule {rule.id} has no tests")
    elif folders and (coverage or mutate or renew):
        chosen = book.within(folders)
    own = [test for test in tests if any(test.rule == rule.id for rule in chosen)]
    if not identifiers and not coverage and not mutate and not renew:
        own = tests
    if mutate:
        return _mutate(page, book, directories, chosen)
    failed = _run(page, book, chosen, own)
    missing = _cover(page, book, chosen, own) if coverage else 0
    return FOUND if failed or missing else NOTHING_FOUND


def _renew(page: Page, book: RuleBook, identifiers: Sequence[str], folders: Sequence[Path]) -> None:
    """Writes the tests anew that forms of the folders' rules, or of those named, have made."""
    from claimshapes.authoring.generated_tests import has_made_tests, renew_tests

    if not folders:
        raise InputError("name the folder of your rules with --rules: --renew writes there")
    own = book.within(folders)
    chosen = [rule for rule in own if has_made_tests(book, rule)]
    if identifiers:
        chosen = [rule_named(book, identifier) for identifier in identifiers]
        for rule in chosen:
            if rule not in own:
                raise InputError(f"{rule.id} is none of your rules; --renew leaves it alone")
    for rule in chosen:
        file = renew_tests(book, rule.id)
        if file is not None:
            page.line(f"wrote {file}")


def _tell(page: Page, became: tuple[str, str], rule: str, words: str) -> None:
    page.line(became, "  ", (rule, "bold"), f"  {words}", hang=2)


def _run(page: Page, book: RuleBook, chosen: Sequence[Rule], own: Sequence[RuleTest]) -> int:
    from claimshapes.authoring.boundary_tests import GENERATED, run_boundary_tests
    from claimshapes.authoring.rule_tests import run_rule_tests
    from claimshapes.report.lines import counted

    failed = generated = 0
    for outcome in chain(run_rule_tests(book, own), run_boundary_tests(book, chosen)):
        generated += outcome.name == GENERATED
        if not outcome.passed:
            failed += 1
            _tell(page, _FAILED, outcome.rule, f"{outcome.name} ({outcome.label})")
            for line in outcome.problem.splitlines():
                page.line(line.strip(), indent=2 + len(line) - len(line.lstrip()), hang=9)
    of_rules = counted(len({test.rule for test in own}), "rule")
    made = f" and {generated:,} generated" if generated else ""
    page.line(f"{counted(len(own), 'test')}{made} of {of_rules}: {failed:,} failed")
    return failed


def _cover(page: Page, book: RuleBook, chosen: Sequence[Rule], own: Sequence[RuleTest]) -> int:
    from claimshapes.authoring.boundary_tests import Payers, boundary_tests
    from claimshapes.authoring.coverage import gaps
    from claimshapes.report.lines import counted
    from claimshapes.rules.pack import using_packs

    with using_packs(book.packs):
        payers = Payers.read()
    made = [test for rule in chosen for test in boundary_tests(book, rule, payers)]
    found = list(gaps(book, chosen, own, made))
    for gap in found:
        _tell(page, ("not reached", "yellow"), gap.rule, gap.what)
    whole = len(chosen) - len({gap.rule for gap in found})
    page.line(f"{whole:,} of {counted(len(chosen), 'rule')} reached whole; {len(found):,} gaps")
    return len(found)


def _mutate(page: Page, book: RuleBook, directories: Sequence[Path], chosen: Sequence[Rule]) -> int:
    from claimshapes.authoring.mutation import Mutation
    from claimshapes.authoring.new_rule import families_by_form
    from claimshapes.report.lines import counted

    names = [rule.id for rule in chosen]
    tried = noticed = wrong = 0
    for outcome in Mutation(book, directories).outcomes(names, families_by_form()):
        if not outcome.change:
            if outcome.noticed:
                wrong += 1
                _tell(page, _FAILED, outcome.rule, "its tests fail as it is")
            continue
        tried += 1
        noticed += outcome.noticed
        if not outcome.noticed:
            _tell(page, ("not noticed", "yellow"), outcome.rule, outcome.change)
    page.line(
        f"{counted(tried, 'change')} to {counted(len(names), 'rule')}: {noticed:,} noticed, "
        f"{tried - noticed:,} not"
    )
    return FOUND if wrong or noticed < tried or not tried else NOTHING_FOUND
