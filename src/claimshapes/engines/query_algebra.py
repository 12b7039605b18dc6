"""Queries as rdflib's algebra."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyparsing import ParseResults
    from rdflib.plugins.sparql.parserutils import CompValue

# What rdflib's grammar is made of learns at its first use how its functions are called, and two
# threads that do so together learn it wrongly: a TypeError in one of them.
_ONE_AT_A_TIME = Lock()


def query_algebra(text: str, accept: Callable[[ParseResults], None] | None = None) -> CompValue:
    """A query's algebra; threads may ask for several.

    Args:
        text: the query, with its prefixes.
        accept: raises for what is not to be translated, by the query as it was parsed.

    Raises:
        Exception: what rdflib, or what its parser's library, raises for a query that it cannot
            read.
    """
    # They take long to load, and what is kept of queries needs none of them.
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    with _ONE_AT_A_TIME:
        parsed = parseQuery(text)
        if accept is not None:
            accept(parsed)
        algebra: CompValue = translateQuery(parsed).algebra
    return algebra
