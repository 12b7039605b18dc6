"""``claimshapes rules new``: a command for each family, made from the ontology."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND
from claimshapes.cli.options import DATE, rule_folders

if TYPE_CHECKING:
    from claimshapes.rules.families import Family, Parameter


class _Families(click.Group):
    """The families as commands, named by their forms."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(map(_kebab, _families()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for form, family in _families().items():
            if cmd_name in (_kebab(form), form):
                return _command(form, family)
        return None


@click.command("new", cls=_Families, short_help="Write a rule of a family, with tests.")
def new_rule() -> None:
    """Write a rule of a family, with tests that pass.

    What you leave out is asked for, where a person sits at the terminal. Codes have commas
    between; set:NAME and list:NAME name a value set and a list.

    \b
    Example:
      claimshapes rules new requires-modifier-beside --rules our-rules --id VH-59
        --services 97140 --beside 97530 --any-modifier 59,XS --payer valley-health
        --from 2027-01-01 --source "Valley Health provider manual; 2027"
      claimshapes rules new limits-frequency --help
    """


def _families() -> dict[str, Family]:
    from claimshapes.authoring.new_rule import families_by_form

    return families_by_form()


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


def _command(form: str, family: Family) -> click.Command:
    @click.option("--id", "identifier", metavar="ID", help="Id of the rule, such as VH-59.")
    @click.option("--payer", metavar="PAYER", help="Payer whose claims it is for; all without.")
    @click.option("--from", "first", type=DATE, help="First date of service.")
    @click.option("--through", "last", type=DATE, help="Last date of service; none while it lasts.")
    @click.option(
        "--severity",
        type=click.Choice(["violation", "warning", "info"]),
        default="warning",
        show_default=True,
    )
    @click.option("--source", metavar="NAME|TITLE; EDITION", help="The document that says so.")
    @click.option("--denial", metavar="CARC", help="Denial code that it prevents.")
    @rule_folders
    def write(**given: Any) -> int:
        return _write(form, family, given)

    write.__doc__ = (
        f"{family.says}.\n\n{family.comment}\n\nExit status: 0 written; 1 written, and a generated"
        " test fails or lint names a mistake; 2 not written.\n\n\b\nExample:\n"
        f"  claimshapes rules new {_kebab(form)} --help"
    )
    for parameter in reversed(family.parameters):
        write = click.option(
            f"--{_kebab(parameter.name)}",
            parameter.name,
            metavar=_metavar(parameter),
            help=f"{parameter.label[:1].upper()}{parameter.label[1:]}."
            + ("" if parameter.optional else " Needed."),
        )(write)
    return click.command(_kebab(form), short_help=family.label)(write)


def _metavar(parameter: Parameter) -> str:
    return "N" if parameter.field is None else "CODE[,CODE]"


def _write(form: str, family: Family, given: dict[str, Any]) -> int:
    from claimshapes.authoring.boundary_tests import run_boundary_tests
    from claimshapes.authoring.new_rule import NewRule, write_rule
    from claimshapes.authoring.pack_lint import lint_packs
    from claimshapes.report.lines import Page
    from claimshapes.resources import resource_directory
    from claimshapes.rules.rule_book import load_rules

    folder: Path = (given["folders"] or (Path(),))[0]
    values = {
        parameter.name: _codes(given[parameter.name] or _asked(parameter, family))
        for parameter in family.parameters
        if given[parameter.name] or _needed(parameter, form)
    }
    first: datetime = given["first"] or DATE.convert(_ask("--from", "first date"), None, None)
    new = NewRule(
        id=(given["identifier"] or _ask("--id", "id of the rule")).upper(),
        form=form,
        values=values,
        payer=given["payer"],
        valid_from=first.date(),
        valid_through=given["last"].date() if given["last"] else None,
        severity=given["severity"],
        source=given["source"] or _ask("--source", "source (TITLE; EDITION)"),
        denial=given["denial"],
    )
    page = Page(sys.stdout)
    files = write_rule(new, folder)
    for file in files:
        page.line(f"wrote {file}")
    own = {file.absolute() for file in files}
    problems = [each for each in lint_packs([folder]) if Path(each.file).absolute() in own]
    for problem in problems:
        page.line(str(problem), hang=2)
    book = load_rules([resource_directory("shapes"), folder])
    outcomes = list(run_boundary_tests(book, [book.rules[new.id]]))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        page.line(("failed", "bold red"), f"  {outcome.label}: {outcome.problem}", hang=2)
    page.line(f"2 tests and {len(outcomes):,} generated: {len(failed):,} failed")
    return FOUND if failed or problems else NOTHING_FOUND


def _needed(parameter: Parameter, form: str) -> bool:
    return (not parameter.optional and parameter.default is None) or (
        parameter.name == "beside" and form.endswith("Beside")
    )


def _asked(parameter: Parameter, family: Family) -> str:
    return _ask(f"--{_kebab(parameter.name)}", parameter.label)


def _ask(option: str, what: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"{option} is missing: {what}")
    return str(click.prompt(what))


def _codes(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
