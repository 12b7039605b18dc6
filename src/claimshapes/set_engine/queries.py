"""Queries as rdflib's algebra, kept between runs: reading them takes most of an engine's start.

They are kept by what they say, so what is kept cannot be stale; a file that cannot be used, or
that other releases of Python or rdflib wrote, is made anew.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import rdflib
from pyparsing import ParseResults
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.kept_entries import KeptEntries
from claimshapes.resources import cache_folder, compiled_knowledge

_RELEASES = f"2 rdflib-{rdflib.__version__} python-{platform.python_version()}"
_EVALUATION = {"name", "ctx", "_evalfn"}
_MODULES = {"rdflib.term", "rdflib.paths", "collections", "builtins", __name__}
_BUILTINS = {"dict", "frozenset", "list", "set", "tuple"}


class Queries:
    """Reads queries, or takes them as they were read before.

    Args:
        files: files of kept queries; the last of them takes what is new.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._entries: KeptEntries[bytes] = KeptEntries(files, _kept, _written)

    def algebra(
        self,
        text: str,
        accept: Callable[[ParseResults], None] | None = None,
        accepted_as: str = "",
    ) -> CompValue:
        """A query's algebra.

        Args:
            text: the query.
            accept: raises for what is not to be translated, by the query as it was parsed.
            accepted_as: what, beside the text, that depends on.

        Raises:
            Exception: what rdflib raises for a query that it cannot read.
        """
        key = hashlib.sha256(f"{accepted_as}\n{text}".encode()).hexdigest()
        kept = self._entries.get(key)
        if kept is not None:
            made: CompValue = _Unpickler(io.BytesIO(kept)).load()
            return made
        parsed = parseQuery(text)
        if accept is not None:
            accept(parsed)
        algebra: CompValue = translateQuery(parsed).algebra
        written = io.BytesIO()
        _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(algebra)
        self._entries.add(key, written.getvalue())
        return algebra

    def keep(self) -> None:
        """Writes down what was read anew; that it cannot be written does no harm."""
        self._entries.keep()


def shipped_file() -> Path:
    """Where the queries of the shipped rules are kept: beside the compiled knowledge."""
    return compiled_knowledge().with_name("queries.pickle")


def kept_queries() -> Queries:
    """The queries kept with the package and those kept for this user, which take what is new."""
    return Queries([shipped_file(), cache_folder() / "queries.pickle"])


def _kept(file: Path) -> dict[str, bytes]:
    try:
        with file.open("rb") as stream:
            releases, kept = _Unpickler(stream).load()
    except (OSError, pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError):
        return {}
    if releases != _RELEASES or not isinstance(kept, dict):
        return {}
    return kept


def _written(entries: dict[str, bytes]) -> bytes:
    return pickle.dumps((_RELEASES, entries), pickle.HIGHEST_PROTOCOL)


def _made(name: str, parts: dict[str, Any], attributes: dict[str, Any]) -> CompValue:
    value = CompValue(name)
    for key, part in parts.items():
        value[key] = part
    vars(value).update(attributes)
    return value


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:
        if isinstance(value, CompValue):
            # How rdflib would evaluate an expression is not kept; SQL does. The pattern of an
            # EXISTS is an attribute; among the parts it stands as it was before its filters
            # were taken out.
            attributes = {
                name: part for name, part in vars(value).items() if name not in _EVALUATION
            }
            return _made, (value.name, dict(value.items()), attributes)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module not in _MODULES or (module == "builtins" and name not in _BUILTINS):
            raise pickle.UnpicklingError(f"{module}.{name} is not a part of a query")
        return super().find_class(module, name)
