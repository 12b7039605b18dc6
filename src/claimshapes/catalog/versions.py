"""Versions of the site side by side, with the stable addresses above them.

Each version is a folder of its name. ``versions.json``, in the format of mike, lists them for the
theme's selector, the newest first. Above them stands, for each page of any version, one that leads
to it in the newest version that has it, and the machine-readable twins themselves: an address
without a version, as findings name it, goes on working.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

from packaging.version import InvalidVersion, Version

from claimshapes.errors import InputError

LIST = "versions.json"
_PAGE = "index.html"
_NEWEST = "latest"
_TWINS = ("rules/*/*.ttl", "rules/*/*.json")


def version_folder(output: Path, version: str) -> Path:
    """Where a version is to be rendered.

    Args:
        output: the folder of all versions.
        version: its number, such as ``1.2.0``.

    Raises:
        InputError: it is no version number, or the folder holds something else.
    """
    _number(version)
    if output.is_dir() and any(output.iterdir()) and not (output / LIST).is_file():
        raise InputError(
            f"the folder is neither empty nor one of versions ({LIST})", file=str(output)
        )
    return output / version


def list_version(output: Path, version: str) -> None:
    """Adds a rendered version to the list, and renews the pages above the versions.

    Args:
        output: the folder of all versions.
        version: the version that was rendered.

    Raises:
        InputError: the list is not as this function writes it.
    """
    file = output / LIST
    try:
        known = json.loads(file.read_text("utf-8")) if file.is_file() else []
        names = {str(entry["version"]) for entry in known} | {version}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("this is no list of versions", file=str(file)) from error
    newest_first = sorted(names, key=_number, reverse=True)
    listed = [
        {"version": name, "title": name, "aliases": [_NEWEST] if position == 0 else []}
        for position, name in enumerate(newest_first)
    ]
    _clear(output, names)
    for path, name in _newest_pages(output, newest_first).items():
        page = output / path / _PAGE
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(_leading(path, name), "utf-8")
    for name in reversed(newest_first):
        for pattern in _TWINS:
            for twin in (output / name).glob(pattern):
                place = output / twin.relative_to(output / name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(twin, place)
    file.write_text(json.dumps(listed, indent=2) + "\n", "utf-8")


def _number(version: str) -> Version:
    try:
        return Version(version)
    except InvalidVersion as error:
        raise InputError(f"a version is a number such as 1.2.0, not {version}") from error


def _clear(output: Path, versions: set[str]) -> None:
    for entry in output.iterdir():
        if entry.is_dir() and entry.name not in versions:
            shutil.rmtree(entry)


def _newest_pages(output: Path, newest_first: list[str]) -> dict[str, str]:
    """Every page of any version, with the newest version that has it."""
    pages: dict[str, str] = {}
    for name in newest_first:
        for path in _pages(output / name):
            pages.setdefault(path, name)
    return pages


def _pages(folder: Path) -> Iterator[str]:
    for page in folder.rglob(_PAGE):
        yield page.parent.relative_to(folder).as_posix()


def _leading(path: str, version: str) -> str:
    up = "" if path == "." else "../" * (path.count("/") + 1)
    target = escape(f"{up}{version}/" if path == "." else f"{up}{version}/{path}/")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Claimshapes</title>
<link rel="canonical" href="{target}">
<meta http-equiv="refresh" content="1; url={target}">
<script>
location.replace("{target}" + location.search + location.hash);
</script>
</head>
<body><p><a href="{target}">Go to this page in version {escape(version)}</a></p></body>
</html>
"""
