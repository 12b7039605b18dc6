"""Where the package's own files are, and where others may be made."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from claimshapes.errors import KnowledgeError

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


@cache
def shipped_directory(name: str) -> Path:
    """The package's own folder ``ontology`` or ``shapes``: as installed, or in the checkout.

    Raises:
        KnowledgeError: the folder is missing.
    """
    for parent in (_PACKAGE, _CHECKOUT):
        directory = parent / name
        if directory.is_dir():
            return directory
    raise KnowledgeError(f"the package's {name} folder is missing; install claimshapes again")


def shipped_compiled() -> Path:
    """The folder of what was compiled when the package was installed."""
    return _PACKAGE / "_compiled"


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
