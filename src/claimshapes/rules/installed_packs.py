"""Packs that were installed with pip: entry points of the group ``claimshapes.packs``.

``[project.entry-points."claimshapes.packs"]`` names a package, such as
``valley = "valley_rules"``, whose folder is the pack.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from claimshapes.errors import RuleError

GROUP = "claimshapes.packs"


def installed_pack(name: str) -> Path | None:
    """The folder of an installed pack; none where there is none of this name.

    Raises:
        RuleError: the package that the entry point names is no folder.
    """
    for entry in entry_points(group=GROUP, name=name):
        try:
            folder = Path(str(files(entry.value)))
        except ImportError as error:
            raise RuleError(f"the installed pack {name} cannot be imported: {error}") from error
        if not folder.is_dir():
            raise RuleError(f"the installed pack {name} is no folder: {folder}")
        return folder
    return None
