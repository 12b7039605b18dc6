"""What a check is told by options: the same ones for ``check`` and ``watch``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from claimshapes.cli.completion import complete_payers, complete_rules
from claimshapes.cli.exit_status import warn
from claimshapes.cli.knowledge_folder import knowledge_option
from claimshapes.cli.options import DATE, Decorated, claim_inputs, day, rule_folders, with_options
from claimshapes.engines.limits import TIME_LIMIT
from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.checking.check import CheckerSettings
    from claimshapes.checking.checker import Checker, Engine
    from claimshapes.checking.waivers import Waivers


def rule_ids(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> list[str]:
    """Rule ids, in capitals, from options that have them with commas between."""
    return [part.strip().upper() for text in value for part in text.split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """By what claims are judged; the fields are named as the options."""

    input_format: str | None
    columns: str | None
    select: list[str]
    ignore: list[str]
    payer: str | None
    payers: str | None
    mac: str | None
    as_of: date | None
    sent_on: date | None
    no_documentation: bool
    strict: bool
    folders: tuple[Path, ...]
    waiver_file: str | None
    engine: Engine
    across_claims: bool
    grouped: bool
    time_limit: float

    def judgement(self) -> dict[str, Any]:
        """The options as JSON has them, files by their names."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value if isinstance(value, (bool, list)) or value is None else str(value)
            for name, value in (values | {"folders": [str(f) for f in self.folders]}).items()
        }

    def checker(
        self, jobs: int = 1, checked_on: date | None = None, *, suggest: bool | None = None
    ) -> Checker:
        """Loads rules and knowledge.

        Args:
            jobs: processes that judge batches beside each other.
            checked_on: the day of the check; that of each claim's check when absent.
            suggest: whether findings get candidates; those of few claims where absent.

        Raises:
            RuleError: a rule file cannot be used.
            KnowledgeError: the compiled knowledge is missing or stale.
            InputError: an option names no rule.
        """
        from claimshapes.checking.checker import Checker

        for folder in self.folders:
            if not any(folder.rglob("*.ttl")):
                warn(f"{folder}: holds no rules")
        keywords = self.keywords(jobs, checked_on)
        keywords["suggest"] = suggest
        return Checker(**keywords)

    def keywords(self, jobs: int = 1, checked_on: date | None = None) -> CheckerSettings:
        """The keyword arguments of a ``Checker``; see ``checker``."""
        return {
            "rules": self.folders,
            "select": self.select or None,
            "ignore": self.ignore,
            "payer": self.payer,
            "payers": self.payers,
            "mac": self.mac,
            "as_of": self.as_of,
            "sent_on": self.sent_on,
            "checked_on": checked_on,
            "documentation": not self.no_documentation,
            "strict": self.strict,
            "engine": self.engine,
            "across_claims": self.across_claims or self.grouped,
            "grouped": self.grouped,
            "jobs": jobs,
            "time_limit": self.time_limit,
        }

    def waivers(self, checker: Checker, today: date | None = None) -> Waivers:
        """Reads the waiver file, if there is one.

        Args:
            checker: has the rules that waivers may name.
            today: the day that decides which have ended; the day it is when absent.

        Raises:
            InputError: it cannot be used.
        """
        from claimshapes.checking.waivers import Waivers, read_waivers

        file = self.waivers_used()
        return Waivers() if file is None else read_waivers(file, checker.book.rules, today=today)

    def waivers_used(self) -> str | None:
        """The waiver file that is named, or that is in the folders of rules.

        Raises:
            InputError: several folders have one, and none is named.
        """
        from claimshapes.rules.pack import WAIVERS

        if self.waiver_file is not None:
            return self.waiver_file
        found = [folder / WAIVERS for folder in self.folders if (folder / WAIVERS).is_file()]
        if len(found) > 1:
            raise InputError("several folders have waivers; name one with --waivers", file=WAIVERS)
        return str(found[0]) if found else None


_OPTIONS: tuple[Callable[[Decorated], Decorated], ...] = (
    claim_inputs,
    knowledge_option,
    click.option(
        "--select",
        multiple=True,
        callback=rule_ids,
        shell_complete=complete_rules,
        metavar="RULE[,RULE]",
        help="Check by these rules only.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        callback=rule_ids,
        shell_complete=complete_rules,
        metavar="RULE[,RULE]",
        help="Leave these rules out.",
    ),
    click.option(
        "--payer",
        metavar="ID",
        shell_complete=complete_payers,
        help="Check every claim as this payer's.",
    ),
    click.option(
        "--payers",
        metavar="FILE",
        help="Which payers the ids and names of the claims mean, as CSV with the columns"
        " id, name and payer.",
    ),
    click.option(
        "--mac",
        metavar="NUMBER",
        help="Contract number of your Medicare contractor, whose imported coverage articles hold"
        " for your Medicare claims.",
    ),
    click.option(
        "--as-of",
        type=DATE,
        callback=day,
        metavar="YYYY-MM-DD",
        help="Check by what holds on this day instead of on the dates of service.",
    ),
    click.option(
        "--sent-on",
        type=DATE,
        callback=day,
        metavar="YYYY-MM-DD",
        help="Check as if every claim were sent on this day; by default the date that it states,"
        " or today.",
    ),
    click.option(
        "--no-documentation",
        is_flag=True,
        help="Take every claim for one without a record: rules that read it are not evaluated.",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Say on each claim what is not covered, and count no such claim as clean.",
    ),
    rule_folders,
    click.option(
        "--waivers",
        "waiver_file",
        metavar="FILE",
        help="Findings that do not count, as TOML or JSON, each with a reason and a last day.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "set", "reference"]),
        default="auto",
        show_default=True,
        help="Check claims one by one (reference), many together (set), or the first few one"
        " by one and the others together (auto); the findings are the same.",
    ),
    click.option(
        "--across-claims",
        is_flag=True,
        help="Check a claim together with the claims of its patient that come before it.",
    ),
    click.option(
        "--grouped",
        is_flag=True,
        help="Likewise, where the claims of each patient follow each other in the files.",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        default=TIME_LIMIT,
        show_default=True,
        metavar="SECONDS",
        help="Seconds for a claim; one that takes longer is named as not checked.",
    ),
)


def check_settings(function: Decorated) -> Decorated:
    """Adds the options of ``CheckSettings``; the command gets them as ``settings``."""

    @wraps(function)
    def command(**given: Any) -> Any:
        settings = CheckSettings(
            **{field.name: given.pop(field.name) for field in fields(CheckSettings)}
        )
        return function(settings=settings, **given)

    return with_options(command, _OPTIONS)
