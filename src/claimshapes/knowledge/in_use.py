"""The knowledge in use: the package's, with what the user's knowledge folder and packs add."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

from claimshapes.resources import shipped_compiled, shipped_directory

KNOWLEDGE_VARIABLE = "CLAIMSHAPES_KNOWLEDGE"
"""The environment variable that names the user's knowledge folder."""

_UNSET = object()
_knowledge: ContextVar[object] = ContextVar("knowledge_folder", default=_UNSET)


class Joined(Protocol):
    """What is joined with the ontology."""

    @property
    def ontology(self) -> Path | None:
        """The ontology folder with it; none where it adds nothing."""


_joined: ContextVar[Joined | None] = ContextVar("joined", default=None)


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
        joined = _joined_ontology()
        return unjoined_ontology() if joined is None else joined
    return shipped_directory(name)


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
def joined_with(added: Joined) -> Iterator[None]:
    """Joins this with the ontology for as long as the block lasts, and nothing else."""
    token = _joined.set(added)
    try:
        yield
    finally:
        _joined.reset(token)


def _joined_ontology() -> Path | None:
    added = _joined.get()
    return None if added is None else added.ontology


def unjoined_ontology() -> Path:
    """The ontology folder without what is joined with it."""
    folder = knowledge_folder()
    if folder is None:
        return shipped_directory("ontology")
    from claimshapes.knowledge.merged import merged_ontology

    return merged_ontology(folder)


def unjoined_compiled() -> Path:
    """The folder of what is compiled of that."""
    if knowledge_folder() is None:
        return shipped_compiled()
    return unjoined_ontology().with_name("compiled")


def compiled_knowledge() -> Path:
    """Where the compiled knowledge is, or is to be."""
    joined = _joined_ontology()
    folder = unjoined_compiled() if joined is None else joined.with_name("compiled")
    return folder / "knowledge.sqlite"
