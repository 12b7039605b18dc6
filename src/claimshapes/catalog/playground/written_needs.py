"""What queries need of a claim's graph, as data: a browser runs those whose needs are met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from claimshapes.engines.one_by_one.needed_triples import Needs
from claimshapes.engines.one_by_one.required_patterns import RequiredPatterns


class NeedsWriter:
    """Writes the needs of queries, each property and each list of objects once.

    Args:
        resident: the triples that every claim's graph holds.
        patterns: reads what queries require.
        changing: properties of which claims' graphs may have triples of their own.
    """

    def __init__(
        self, resident: list[ox.Quad], patterns: RequiredPatterns, changing: Iterable[str]
    ) -> None:
        self._needs = Needs(resident, patterns, changing)
        self._properties: dict[str, int] = {}
        self._objects: dict[frozenset[str], int] = {}

    @property
    def properties(self) -> list[str]:
        """The properties that needs name by their place here."""
        return list(self._properties)

    @property
    def objects(self) -> list[list[str]]:
        """The lists of objects that needs name by their place here."""
        return [sorted(objects) for objects in self._objects]

    def of(self, query: str) -> list[list[Any]]:
        """The needs of a query, each as its property, the list of objects and the ranges.

        Args:
            query: the query, with its prefixes.

        Returns:
            In place of a list -1 where any object will do; ranges only where there are some.
        """
        properties, objects = self._properties, self._objects
        return [
            [
                properties.setdefault(need.predicate, len(properties)),
                -1 if need.objects is None else objects.setdefault(need.objects, len(objects)),
                *([need.ranges] if need.ranges else []),
            ]
            for need in self._needs.of(query)
        ]
