"""``claimshapes rules new``: a command for each family, made from the ontology."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND
from claimshapes.cli.loaded_rules import loaded
from claimshapes.cli.options import DATE, rule_folders

if TYPE_CHECKING:
    from claimshapes.rules.families import Family, Parameter


_ALWAYS = {"first": "--from", "identifier": "--id", "source": "--source"}
"""What every rule has to have, with the option that says it."""

_QUESTIONS = {
    "payer": "payer whose claims it is for (or Enter: every payer)",
    "first": "first date of service (YYYY-MM-DD)",
    "last": "last date of service (YYYY-MM-DD, or Enter: while it lasts)",
    "denial": "denial code that it prevents (CARC, or Enter)",
    "remark": "remark code that comes with it (RARC, or Enter)",
    "source": "source (NAME of one of yours, or TITLE; EDITION)",
    "identifier": "id of the rule, such as VH-59",
}


class _Families(click.Group):
    """The families as commands, named by their forms."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(map(_kebab, _families()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for form, family in _families().items():
            if cmd_name in (_kebab(form), form):
                return _command(form, family)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        known = self.list_commands(ctx)
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            close = get_close_matches(args[0], known, 3, 0.5)
            advice = f"did you mean {' or '.join(close)}?" if close else "--help names them"
            raise click.UsageError(f"there is no family {args[0]}; {advice}", ctx)
        return super().resolve_command(ctx, args)


@click.command("new", cls=_Families, short_help="Write a rule of a family, with tests.")
def new_rule() -> None:
    """Write a rule of a family, with tests that pass.

    Where a person sits at the terminal and something is missing, all that was left out is asked
    for; what is not needed is left empty with Enter. Codes have commas between; set:NAME and
    list:NAME name a value set and a list.

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
    @click.option("--remark", metavar="RARC", help="Remark code that comes with the denial code.")
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
    from claimshapes.authoring.rule_tests import load_rule_tests, run_rule_tests
    from claimshapes.report.lines import Page
    from claimshapes.rules.pack import TEST_SUFFIX

    folder: Path = (given["folders"] or (Path(),))[0]
    if _asks(form, family, given):
        given = given | _answers(form, family, given)
    values = {
        parameter.name: _codes(given[parameter.name] or _missing(parameter))
        for parameter in family.parameters
        if given[parameter.name] or _needed(parameter, form)
    }
    for name, option in _ALWAYS.items():
        if not given[name]:
            raise click.UsageError(f"{option} is missing")
    new = NewRule(
        id=given["identifier"].upper(),
        form=form,
        values=values,
        payer=given["payer"],
        valid_from=given["first"].date(),
        valid_through=given["last"].date() if given["last"] else None,
        severity=given["severity"],
        source=given["source"],
        denial=given["denial"],
        remark=given["remark"],
    )
    page = Page(sys.stdout)
    files = write_rule(new, folder)
    for file in files:
        page.line(f"wrote {file}")
    own = {file.absolute() for file in files}
    problems = [each for each in lint_packs([folder]) if Path(each.file).absolute() in own]
    for problem in problems:
        page.line(str(problem), hang=2)
    _, book = loaded([folder])
    made = list(run_boundary_tests(book, [book.rules[new.id]]))
    own_tests = load_rule_tests([each for each in files if each.name.endswith(TEST_SUFFIX)])
    failed = [each for each in (*run_rule_tests(book, own_tests), *made) if not each.passed]
    for outcome in failed:
        page.line(("failed", "bold red"), f"  {outcome.label}: {outcome.problem}", hang=2)
    page.line(f"{len(own_tests)} tests and {len(made):,} generated: {len(failed):,} failed")
    return FOUND if failed or problems else NOTHING_FOUND


def _needed(parameter: Parameter, form: str) -> bool:
    return (not parameter.optional and parameter.default is None) or (
        parameter.name == "beside" and form.endswith("Beside")
    )


def _missing(parameter: Parameter) -> str:
    raise click.UsageError(f"--{_kebab(parameter.name)} is missing: {parameter.label}")


def _asks(form: str, family: Family, given: dict[str, Any]) -> bool:
    """Whether something is missing, and there is a person to ask for it."""
    missing = any(
        not given[parameter.name] for parameter in family.parameters if _needed(parameter, form)
    ) or any(not given[name] for name in _ALWAYS)
    return missing and is_terminal()


def is_terminal() -> bool:
    """Whether a person sits there."""
    return sys.stdin.isatty()


def _answers(form: str, family: Family, given: dict[str, Any]) -> dict[str, Any]:
    """What a person says of all that is missing; what is not needed may be left empty."""
    click.echo(f"{family.says}. Enter leaves empty what is not needed.", err=True)
    own = [each for each in family.parameters if each.name in family.own and not given[each.name]]
    own.sort(key=lambda each: (not _needed(each, form), each.name != "services"))
    said: dict[str, Any] = {}
    periods = [each.name for each in family.parameters if each.days_each is not None]
    for parameter in own:
        if parameter.name not in periods:
            said[parameter.name] = _ask_for(parameter, needed=_needed(parameter, form))
        elif not any(given[name] or said.get(name) for name in periods):
            said[parameter.name] = _ask_for(parameter, needed=parameter.name == periods[-1])
    for parameter in _chosen_conditions(form, family, given):
        said[parameter.name] = _ask_for(parameter, needed=True)
    for name, words in _QUESTIONS.items():
        if name == "remark" and not (given["denial"] or said.get("denial")):
            continue
        if not given[name]:
            needed = name in _ALWAYS
            type_ = DATE if name in ("first", "last") else None
            said[name] = _ask(words, needed=needed, type_=type_)
    return said


def _ask_for(parameter: Parameter, *, needed: bool) -> Any:
    without = f"Enter: {parameter.default}" if parameter.default is not None else "or Enter"
    words = parameter.label if needed else f"{parameter.label} ({without})"
    return _ask(words, needed=needed)


def _chosen_conditions(form: str, family: Family, given: dict[str, Any]) -> list[Parameter]:
    """The conditions that a person wants, of all that the family takes."""
    offered = {
        _kebab(each.name): each
        for each in family.parameters
        if each.name not in family.own and not given[each.name]
    }
    needed = [each for name, each in offered.items() if _needed(each, form)]
    others = [name for name, each in offered.items() if each not in needed]
    while others:
        words = f"conditions: {', '.join(others)} (names with commas between, or Enter)"
        named = [name.removeprefix("--") for name in _codes(_ask(words) or "")]
        wrong = [name for name in named if name not in offered]
        if not wrong:
            return needed + [offered[name] for name in named]
        click.echo(f"there is no condition {', '.join(wrong)}", err=True)
    return needed


def _ask(words: str, *, needed: bool = False, type_: click.DateTime | None = None) -> Any:
    """An answer; none for an empty one, which is asked for again where one is needed."""

    def converted(text: str) -> Any:
        return type_.convert(text, None, None) if type_ is not None and text else text or None

    if needed:
        return click.prompt(words, value_proc=converted)
    return click.prompt(words, default="", show_default=False, value_proc=converted)


def _codes(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
