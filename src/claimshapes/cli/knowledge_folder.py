"""``--knowledge``: which folder of the user's knowledge a command uses."""

from __future__ import annotations

import os
from pathlib import Path

import click

from claimshapes.cli.configuration import CONFIGURATION, configured_folder
from claimshapes.cli.options import Decorated
from claimshapes.knowledge.in_use import KNOWLEDGE_VARIABLE

_KEY = "knowledge"


def knowledge_option(function: Decorated) -> Decorated:
    """Adds ``--knowledge DIR``; without it the environment or the configuration file says it."""
    return click.option(
        "--knowledge",
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_use,
        help="Folder of releases that you imported, used with those that come with the program;"
        f" by default {KNOWLEDGE_VARIABLE}, or `{_KEY}` in {CONFIGURATION}.",
    )(function)


def _use(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    before = os.environ.get(KNOWLEDGE_VARIABLE)
    chosen = value or before or configured_folder(_KEY)
    if not chosen or chosen == before:
        return
    # In the environment it holds for the processes that a command starts, too.
    os.environ[KNOWLEDGE_VARIABLE] = str(Path(chosen).absolute())
    context.call_on_close(lambda: _restore(before))


def _restore(before: str | None) -> None:
    if before is None:
        os.environ.pop(KNOWLEDGE_VARIABLE, None)
    else:
        os.environ[KNOWLEDGE_VARIABLE] = before
