"""What the working folder's configuration says: claimshapes.toml, else pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from claimshapes.errors import InputError
from claimshapes.files import bounded_toml

CONFIGURATION = "claimshapes.toml"
_PROJECT = "pyproject.toml"


def configured_folders(key: str) -> list[Path | str]:
    """The folders that a key names, relative to the working folder.

    A text that is no folder there stays as it is: it may name an installed pack.

    Raises:
        InputError: the file is not TOML, or the key names something else.
    """
    file, named = _value(key)
    folders = [named] if isinstance(named, str) else named or []
    if not isinstance(folders, list) or not all(isinstance(each, str) for each in folders):
        raise InputError(f"{key} names folders, as text", file=file)
    here = Path.cwd()
    return [here / each if (here / each).is_dir() else each for each in folders]


def configured_folder(key: str) -> str | None:
    """The one folder that a key names, there or not.

    Raises:
        InputError: the file is not TOML, or the key names something else.
    """
    file, named = _value(key)
    if named is None:
        return None
    if not isinstance(named, str):
        raise InputError(f"{key} names a folder, as text", file=file)
    return str(Path.cwd() / named)


def _value(key: str) -> tuple[str, Any]:
    own = _content(CONFIGURATION)
    if own is not None:
        return CONFIGURATION, own.get(key)
    project = _content(_PROJECT) or {}
    tool = project.get("tool")
    about = tool.get("claimshapes") if isinstance(tool, dict) else None
    return _PROJECT, about.get(key) if isinstance(about, dict) else None


def _content(name: str) -> dict[str, Any] | None:
    try:
        return bounded_toml.loads(Path(name).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"cannot be used ({error})", file=name) from error
