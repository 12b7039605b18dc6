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

    Attributes:
        properties: the properties that needs name by their place here.
        objects: the lists of objects that needs name by their place here.
    """

    def __init__(
        self, resident: list[ox.Quad], patterns: RequiredPatterns, changing: Iterable[str]
    ) -> None:
        self._needs = Needs(resident, patterns, changing)
        self.properties: list[str] = []
        self.objects: list[list[str]] = []
        self._places: dict[str, int] = {}
        self._lists: dict[frozenset[str], int] = {}

    def of(self, query: str) -> list[list[Any]]:
        """The needs of a query, each as its property, the list of objects and the ranges.

        Args:
            query: the query, with its prefixes.

        Returns:
            In place of a list -1 where any object will do; ranges only where there are some.
        """
        return [
            [
                self._property(need.predicate),
                -1 if need.objects is None else self._list(need.objects),
                *([need.ranges] if need.ranges else []),
            ]
            for need in self._needs.of(query)
        ]

    def _property(self, iri: str) -> int:
        place = self._places.setdefault(iri, len(self.properties))
        if place == len(self.properties):
            self.properties.append(iri)
        return place

    def _list(self, objects: frozenset[str]) -> int:
        place = self._lists.setdefault(objects, len(self.objects))
        if place == len(self.objects):
            self.objects.append(sorted(objects))
        return place
