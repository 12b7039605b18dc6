"""PySHACL with each query read once: left alone, it has rdflib read it for each focus node.

Run as a program, this is pySHACL's command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from pyshacl.cli import main
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.processor import SPARQLProcessor

_prepared = cache(prepareQuery)


@contextmanager
def queries_read_once() -> Iterator[None]:
    """For as long as the context lasts, a query that was read is not read again."""
    evaluate: Callable[..., Any] = SPARQLProcessor.query

    def query(self: SPARQLProcessor, text: Any, *rest: Any, **named: Any) -> Any:
        return evaluate(self, _prepared(text) if isinstance(text, str) else text, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SPARQLProcessor, "query", query)
        yield


if __name__ == "__main__":
    with queries_read_once():
        main()
