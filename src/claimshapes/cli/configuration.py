"""What the working folder's configuration says: claimshapes.toml, else pyproject.toml."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click

from claimshapes.errors import InputError
from claimshapes.files import bounded_toml, toml_lines
from claimshapes.knowledge.in_use import resource_directory

CONFIGURATION = "claimshapes.toml"
_PROJECT = "pyproject.toml"
_TOOL = ("tool", "claimshapes")

_CONFIGURED = ("check", "watch", "convert", "graph", "serve")
"""The commands whose options have defaults in the configuration."""

_ELSEWHERE = {"rules", "knowledge"}
"""Keys that more commands read, each when it needs them."""

_EACH_REQUEST_BY_ITSELF = {"input-format", "columns", "across-claims", "grouped"}
"""Options of a check that are of no use to ``serve``, which refuses them."""


def option_defaults(commands: click.Group) -> dict[str, dict[str, Any]]:
    """What the configuration says of each command's options, by command and parameter.

    Args:
        commands: the program.

    Raises:
        InputError: the file is not TOML, or has a key or a value that means nothing; names the
            line.
    """
    file, stated = _stated()
    if not stated:
        return {}
    _refuse_faults(file, stated)
    return {
        name: dict(_defaults(commands.commands[name], stated | stated.get(name, {})))
        for name in _CONFIGURED
    }


def configured_folders(key: str) -> list[Path | str]:
    """The folders that a key names, relative to the working folder.

    A text that is no folder there stays as it is: it may name an installed pack.

    Raises:
        InputError: the file is not TOML.
    """
    _, stated = _stated()
    named = stated.get(key)
    folders = [named] if isinstance(named, str) else named or []
    here = Path.cwd()
    return [here / each if (here / each).is_dir() else each for each in folders]


def configured_folder(key: str) -> str | None:
    """The one folder that a key names, there or not.

    Raises:
        InputError: the file is not TOML.
    """
    _, stated = _stated()
    named = stated.get(key)
    return None if named is None else str(Path.cwd() / named)


def _stated() -> tuple[str, dict[str, Any]]:
    own = _content(CONFIGURATION)
    if own is not None:
        return CONFIGURATION, own
    about: Any = _content(_PROJECT)
    for name in _TOOL:
        about = about.get(name) if isinstance(about, dict) else None
    return _PROJECT, about if isinstance(about, dict) else {}


def _content(name: str) -> dict[str, Any] | None:
    try:
        return bounded_toml.loads(Path(name).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"cannot be used ({error})", file=name) from error


def _refuse_faults(file: str, stated: dict[str, Any]) -> None:
    # Imported here: most folders have no configuration.
    from jsonschema import Draft202012Validator

    from claimshapes.claims.format_faults import faults_of

    text = (resource_directory("ontology") / "configuration.schema.json").read_text("utf-8")
    for fault in faults_of(Draft202012Validator(json.loads(text)).iter_errors(stated)):
        path = [part for part in fault.pointer.split("/")[1:] if not part.isdecimal()]
        reason = fault.reason.replace("unknown field", "unknown key").replace(" fields", " keys")
        about = "" if reason.startswith("unknown key") else f"{'.'.join(path)}: "
        tables = _TOOL if file == _PROJECT else ()
        line = toml_lines.line_of(Path(file).read_text("utf-8"), (*tables, *path))
        raise InputError(about + reason, file=file, line=line)


def _defaults(command: click.Command, stated: dict[str, Any]) -> Any:
    for parameter in command.params:
        for option in parameter.opts:
            key = option.removeprefix("--")
            if key not in stated or key in _ELSEWHERE:
                continue
            if command.name == "serve" and key in _EACH_REQUEST_BY_ITSELF:
                continue
            value = stated[key]
            if isinstance(parameter, click.Option) and isinstance(parameter.flag_value, str):
                if value:
                    yield parameter.name, parameter.flag_value
            elif parameter.multiple and isinstance(value, str):
                yield parameter.name, [value]
            else:
                yield parameter.name, value
