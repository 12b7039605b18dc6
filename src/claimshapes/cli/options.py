"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from claimshapes.claims.readers import INPUT_FORMATS
from claimshapes.claims.readers.found_files import find_files
from claimshapes.cli.configuration import CONFIGURATION, configured_folders
from claimshapes.cli.exit_status import warn

Decorated = Callable[..., Any]
_RULES = "rules"
"""Key of the configuration that names the folders of rules."""


class WholeNumber(click.IntRange):
    """A whole number within bounds, which the message says in words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, or one sentence that says what is one."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            bounds = f"{self.min} or more" if self.max is None else f"{self.min} to {self.max}"
            self.fail(f"{value} is not a whole number of {bounds}", param, ctx)


def with_options(
    function: Decorated, options: Sequence[Callable[[Decorated], Decorated]]
) -> Decorated:
    """Adds options, which help names in their order."""
    for option in reversed(options):
        function = option(function)
    return function


def claim_files(function: Decorated) -> Decorated:
    """Adds the files of claims, as ``files``: folders and patterns may name them, too."""
    return click.argument(
        "files", nargs=-1, required=True, metavar="FILE...", callback=_found_files
    )(function)


def _found_files(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    if context.resilient_parsing:
        return value
    found = find_files(value)
    for notice in found.notices():
        warn(notice)
    return found.files


def claim_inputs(function: Decorated) -> Decorated:
    """Adds ``--input-format`` and ``--columns``, which say how files of claims are written."""
    function = click.option(
        "--columns",
        metavar="FILE",
        help="Which column of a table is which field, as JSON or TOML; by default their names.",
    )(function)
    return click.option(
        "--input-format",
        type=click.Choice(INPUT_FORMATS),
        metavar="FORMAT",
        help="Format of the claims, where name and content do not tell: "
        f"{', '.join(INPUT_FORMATS)}.",
    )(function)


def jobs_option(says: str) -> Callable[[Decorated], Decorated]:
    """Adds ``--jobs``, the number of processes, with its help."""
    return click.option(
        "--jobs",
        type=WholeNumber(min=1),
        default=1,
        show_default=True,
        metavar="NUMBER",
        help=says,
    )


def text_or_json(function: Decorated) -> Decorated:
    """Adds ``--format``, for commands that people and programs read."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Format of what is written.",
    )(function)


def rule_folders(function: Decorated) -> Decorated:
    """Adds ``--rules DIR``, which may be given several times."""
    return _rule_folders(_use_packs)(function)


def rule_folders_as_they_are(function: Decorated) -> Decorated:
    """Adds ``--rules DIR`` for folders that need not be usable."""
    return _rule_folders(None)(function)


class _Pack(click.ParamType):  # type: ignore[type-arg]  # a parameter came after click 8.2
    """A folder of rules, or the name of an installed pack."""

    name = "pack"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        from claimshapes.rules.installed_packs import installed_pack

        folder = Path(value)
        if folder.is_dir():
            return folder
        installed = installed_pack(str(value))
        if installed is None:
            self.fail(f"{value} is neither a folder nor an installed pack", param, ctx)
        return installed


PACK = _Pack()


def _rule_folders(callback: Callable[..., Any] | None) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--rules",
        "folders",
        multiple=True,
        metavar="DIR",
        type=PACK,
        default=lambda: configured_folders(_RULES),
        callback=callback,
        help="Folder of rules, or name of an installed pack, to use with those that come with the"
        f" program; repeatable; by default `{_RULES}` in {CONFIGURATION} or pyproject.toml.",
    )


def _use_packs(
    context: click.Context, parameter: click.Parameter, value: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Refuses what a pack cannot hold; what one says of payers holds for the whole command."""
    if value:
        from claimshapes.rules.pack import refuse_what_packs_cannot_hold, using_packs

        for folder in value:
            refuse_what_packs_cannot_hold(folder)
        context.with_resource(using_packs(value))
    return value


def day(context: click.Context, parameter: click.Parameter, value: datetime | None) -> date | None:
    """A date without its time."""
    return None if value is None else value.date()


class _Day(click.DateTime):
    """A day, whose message says how one is written rather than the format that failed."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """How a day is written."""
        return "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The day, or one sentence that says how one is written."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value} is not a day; write it as 2026-05-04", param, ctx)


DATE = _Day(formats=["%Y-%m-%d"])
