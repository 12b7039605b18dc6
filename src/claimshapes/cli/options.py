"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

Decorated = Callable[..., Any]


def rule_folders(function: Decorated) -> Decorated:
    """Adds ``--rules DIR``, which may be given several times."""
    return click.option(
        "--rules",
        "folders",
        multiple=True,
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder of rules to use beside those that come with the program; repeatable.",
    )(function)


def day(context: click.Context, parameter: click.Parameter, value: datetime | None) -> date | None:
    """A date without its time."""
    return None if value is None else value.date()


DATE = click.DateTime(formats=["%Y-%m-%d"])
