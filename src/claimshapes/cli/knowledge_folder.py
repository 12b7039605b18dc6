"""``--knowledge``: which folder of the user's knowledge a command uses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from claimshapes.cli.configuration import CONFIGURATION, configured_folder
from claimshapes.cli.options import Decorated
from claimshapes.knowledge.in_use import KNOWLEDGE_VARIABLE

_KEY = "knowledge"


def knowledge_option(function: Decorated) -> Decorated:
    """Adds ``--knowledge DIR``; without it the environment or the configuration file says it."""
    return _option(_use_if_there)(function)


def knowledge_to_write(function: Decorated) -> Decorated:
    """Adds ``--knowledge DIR`` for a folder that need not be there yet."""
    return _option(_use)(function)


def _option(callback: Callable[..., None]) -> Callable[[Decorated], Decorated]:
    return click.option(
        "--knowledge",
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=callback,
        help="Folder of releases that you imported, used with those that come with the program;"
        f" by default {KNOWLEDGE_VARIABLE}, or `{_KEY}` in {CONFIGURATION}.",
    )


def _use_if_there(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value and not context.resilient_parsing and not Path(value).is_dir():
        raise click.BadParameter(f"{value}: there is no such folder", context, parameter)
    _use(context, parameter, value)


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
