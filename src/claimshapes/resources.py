"""Finds the ontology, the shapes and the compiled knowledge: the package's, with what is added."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from pathlib import Path

from claimshapes.errors import KnowledgeError

KNOWLEDGE_VARIABLE = "CLAIMSHAPES_KNOWLEDGE"
"""The environment variable that names the user's knowledge folder."""

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent
_UNSET = object()
_knowledge: ContextVar[object] = ContextVar("knowledge_folder", default=_UNSET)


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

        return packed_ontology(_without_packs(), _compiled_without_packs(), self._folders)


_packs: ContextVar[_Packs | None] = ContextVar("packs", default=None)


def resource_directory(name: str) -> Path:
    """The folder ``ontology`` or ``shapes``.

    The ontology is that of the package, with what the user's knowledge folder and the packs in use
    add.

    Raises:
        KnowledgeError: the folder is missing.
        InputError: the user's knowledge folder cannot be used.
        RuleError: a file of a pack cannot be read.
    """
    if name == "ontology":
        packed = _packed()
        return _without_packs() if packed is None else packed
    return shipped_directory(name)


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


def knowledge_folder() -> Path | None:
    """The user's knowledge folder: that of the block, or of the environment; none without one."""
    chosen = _knowledge.get()
    if chosen is not _UNSET:
        return chosen if isinstance(chosen, Path) else None
    named = os.environ.get(KNOWLEDGE_VARIABLE, "")
    return Path(named).absolute() if named else None


@contextmanager
def using_knowledge(folder: str | os.PathLike[str] | None) -> Iterator[None]:
    """Uses this knowledge folder, or none, for as long as the block lasts."""
    token = _knowledge.set(None if folder is None else Path(folder).absolute())
    try:
        yield
    finally:
        _knowledge.reset(token)


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


def _without_packs() -> Path:
    folder = knowledge_folder()
    if folder is None:
        return shipped_directory("ontology")
    from claimshapes.knowledge.merged import merged_ontology

    return merged_ontology(folder)


def _compiled_without_packs() -> Path:
    if knowledge_folder() is None:
        return shipped_compiled()
    return _without_packs().with_name("compiled")


def compiled_knowledge() -> Path:
    """Where the compiled knowledge is, or is to be."""
    packed = _packed()
    folder = _compiled_without_packs() if packed is None else packed.with_name("compiled")
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
