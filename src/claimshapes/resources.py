"""Finds the ontology, the shapes and the compiled knowledge that belong to this package."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path

from claimshapes.errors import KnowledgeError

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


class _Packs:
    """Packs in use, with the ontology that they are joined with, made when it is asked for."""

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        self._folders = tuple(Path(folder).absolute() for folder in folders)

    @cached_property
    def ontology(self) -> Path | None:
        """The ontology folder; none where the packs add nothing."""
        if not self._folders:
            return None
        from claimshapes.rules.pack import packed_ontology

        return packed_ontology(_own_directory("ontology"), _own_compiled(), self._folders)


_packs: ContextVar[_Packs | None] = ContextVar("packs", default=None)


def resource_directory(name: str) -> Path:
    """The folder ``ontology`` or ``shapes``; the ontology with what the packs in use add.

    Raises:
        KnowledgeError: the folder is missing.
        RuleError: a file of a pack cannot be read.
    """
    if name == "ontology":
        packed = _packed()
        if packed is not None:
            return packed
    return _own_directory(name)


@contextmanager
def using_packs(folders: Iterable[str | os.PathLike[str]]) -> Iterator[None]:
    """Uses what these packs say of payers, sets and documentation while the block lasts."""
    token = _packs.set(_Packs(folders))
    try:
        yield
    finally:
        _packs.reset(token)


def _packed() -> Path | None:
    packs = _packs.get()
    return None if packs is None else packs.ontology


def _own_compiled() -> Path:
    return _PACKAGE / "_compiled"


def _own_directory(name: str) -> Path:
    """A folder in the installed package, or in the checkout."""
    for parent in (_PACKAGE, _CHECKOUT):
        directory = parent / name
        if directory.is_dir():
            return directory
    raise KnowledgeError(f"the package's {name} folder is missing; install claimshapes again")


def compiled_knowledge() -> Path:
    """Where the compiled knowledge is, or is to be."""
    packed = _packed()
    folder = _own_compiled() if packed is None else packed.with_name("compiled")
    return folder / "knowledge.sqlite"


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
