"""Queries as rdflib's algebra, kept between runs: reading them takes most of an engine's start.

They are kept as JSON (``query_json``), by what they say, so what is kept cannot be stale; a file
that is damaged, or that another release of rdflib wrote, is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import rdflib

from claimshapes.engines.query_algebra import query_algebra
from claimshapes.files.cache import KeptEntries, cache_files
from claimshapes.resources import shipped_compiled

if TYPE_CHECKING:
    from pyparsing import ParseResults
    from rdflib.plugins.sparql.parserutils import CompValue

_FORM = f"3 rdflib-{rdflib.__version__}"
_NAME = "queries.json"


class Queries:
    """Reads queries, or takes them as they were read before.

    Args:
        files: files of kept queries; the last of them takes what is new.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._entries = KeptEntries(files, _FORM)

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
        # It takes long to load, and a plan that is kept asks for no query.
        from rdflib.plugins.sparql.parserutils import CompValue

        from claimshapes.engines.batch.sparql import query_json

        key = hashlib.sha256(f"{accepted_as}\n{text}".encode()).hexdigest()
        kept = self._entries.get(key)
        if kept is not None:
            try:
                made = query_json.read(kept)
            except (ValueError, TypeError, KeyError):
                made = None
            if isinstance(made, CompValue):
                return made
        algebra = query_algebra(text, accept)
        # What cannot be written is read anew each time.
        with suppress(TypeError):
            self._entries.add(key, query_json.written(algebra))
        return algebra

    def keep(self) -> None:
        """Writes down what was read anew; that it cannot be written does no harm."""
        self._entries.keep()


def shipped_file() -> Path:
    """Where the queries of the shipped rules are kept: with the package."""
    return shipped_compiled() / _NAME


def kept_queries() -> Queries:
    """The queries kept with the package and those kept for this user, which take what is new."""
    return Queries([shipped_file(), *cache_files(_NAME)])
