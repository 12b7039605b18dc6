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


def cache_folder() -> Path | None:
    """The user's folder for what claimshapes may make anew at any time; none without a home.

    A relative ``XDG_CACHE_HOME`` is passed over, as the XDG Base Directory Specification asks:
    whoever made the working folder must not choose what is read from the cache.
    """
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return named / "claimshapes"
    try:
        return Path.home() / ".cache" / "claimshapes"
    except RuntimeError:
        return None
