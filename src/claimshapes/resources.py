"""Finds the ontology, the shapes and the compiled knowledge that belong to this package."""

from __future__ import annotations

import os
from pathlib import Path

from claimshapes.errors import KnowledgeError

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def resource_directory(name: str) -> Path:
    """The folder ``ontology`` or ``shapes``: in the installed package, or in the checkout.

    Raises:
        KnowledgeError: the folder is in neither place.
    """
    for parent in (_PACKAGE, _CHECKOUT):
        directory = parent / name
        if directory.is_dir():
            return directory
    raise KnowledgeError(f"the package's {name} folder is missing; install claimshapes again")


def compiled_knowledge() -> Path:
    """Where the compiled knowledge is, or is to be."""
    return _PACKAGE / "_compiled" / "knowledge.sqlite"


def cache_folder() -> Path:
    """The user's folder for what claimshapes may make anew at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "claimshapes"
