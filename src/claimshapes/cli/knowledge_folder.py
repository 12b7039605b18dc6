"""``--knowledge``: which folder of the user's knowledge a command uses."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import click

from claimshapes.cli.options import Decorated
from claimshapes.errors import InputError
from claimshapes.files import bounded_toml
from claimshapes.resources import KNOWLEDGE_VARIABLE

CONFIGURATION = "claimshapes.toml"
_KEY = "knowledge"


def knowledge_option(function: Decorated) -> Decorated:
    """Adds ``--knowledge DIR``; without it the environment or the configuration file says it."""
    return click.option(
        "--knowledge",
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_use,
        help="Folder of releases that you imported, used beside those that come with the program;"
        f" by default {KNOWLEDGE_VARIABLE}, or `{_KEY}` in {CONFIGURATION}.",
    )(function)


def _use(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    before = os.environ.get(KNOWLEDGE_VARIABLE)
    chosen = value or before or _configured()
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


def _configured() -> str | None:
    """The folder that the configuration file in the working folder names, relative to it."""
    file = Path(CONFIGURATION)
    try:
        content = bounded_toml.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"cannot be used ({error})", file=CONFIGURATION) from error
    named = content.get(_KEY)
    if named is None:
        return None
    if not isinstance(named, str):
        raise InputError(f"{_KEY} names a folder, as text", file=CONFIGURATION)
    return str(file.absolute().parent / named)
