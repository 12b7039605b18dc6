"""The derivations and the resident knowledge that chosen rules read, by way of others or not.

Most rules read little of what follows from a claim: a rule by itself some twelve derivations of a
hundred and fifty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
import pyoxigraph as ox
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH

from claimshapes.engines.one_by_one.kept_shapes import are_kept
from claimshapes.engines.one_by_one.needed_triples import Needs
from claimshapes.engines.one_by_one.properties import class_property
from claimshapes.engines.one_by_one.required_patterns import RequiredPatterns
from claimshapes.files.kept_files import kept_files, key_of
from claimshapes.rules.derivations import Derivation
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_ALWAYS = (str(RDFS.subClassOf), str(OWL))
"""Beginnings of properties that pySHACL itself asks for."""

_TYPE = str(RDF.type)


class Reading:
    """The properties that are read of a claim's graph.

    Args:
        patterns: reads queries.
        properties: those that are read in any case.
    """

    def __init__(self, patterns: RequiredPatterns, properties: Iterable[str]) -> None:
        self._patterns = patterns
        self._properties: set[str] = set(properties)
        self._any = False

    def add_shapes(self, shapes: rdflib.Graph, subclasses: Callable[[str], Iterable[str]]) -> None:
        """Adds what the engine reads for shapes.

        Args:
            shapes: a shapes graph.
            subclasses: gives a class and those below it.
        """
        for _, predicate, object_ in shapes:
            if predicate in (SH.select, SH.ask):
                self.add_queries([str(object_)])
            elif isinstance(object_, rdflib.URIRef):
                # A path, a target or a class: for which of them an IRI is, does not matter.
                self._properties.add(str(object_))
                self._properties.update(map(class_property, subclasses(str(object_))))

    def add_queries(self, queries: Iterable[str]) -> None:
        """Adds what queries read."""
        for query in queries:
            read = self._patterns.reads(query)
            if read is None:
                self._any = True
            else:
                self._properties |= read

    def written(self) -> bytes:
        """What is read, for ``restore``."""
        return msgspec.json.encode(None if self._any else sorted(self._properties))

    def restore(self, content: bytes) -> None:
        """Adds what was written."""
        properties = msgspec.json.decode(content, type=list[str] | None)
        if properties is None:
            self._any = True
        else:
            self._properties.update(properties)

    def needed(self, derivations: Sequence[Derivation]) -> tuple[Derivation, ...]:
        """The derivations that make what is read; what these read is added.

        Args:
            derivations: all of them, in their order; each sees what those before it made.
        """
        chosen: list[Derivation] = []
        for derivation in reversed(derivations):
            made = self._patterns.makes(derivation.construct)
            if self._any or made is None or not made.isdisjoint(self._properties):
                chosen.append(derivation)
                self.add_queries([derivation.construct])
        return tuple(reversed(chosen))

    def read(self, quads: Sequence[ox.Quad]) -> Sequence[ox.Quad]:
        """Those of the quads that are read."""
        if self._any:
            return quads
        return [quad for quad in quads if self._is_read(quad)]

    def _is_read(self, quad: ox.Quad) -> bool:
        predicate = quad.predicate.value
        if predicate in self._properties or predicate.startswith(_ALWAYS):
            return True
        return (
            predicate == _TYPE
            and isinstance(quad.object, ox.NamedNode)
            and class_property(quad.object.value) in self._properties
        )


def reading_of(
    book: RuleBook,
    rules: Sequence[Rule],
    properties: Iterable[str],
    queries: Sequence[str],
    needs: Needs,
) -> Reading:
    """What rules read, as it was kept or anew.

    Args:
        book: the rules' book.
        rules: the rules.
        properties: those that are read in any case.
        queries: what else is asked of the graph.
        needs: knows queries and classes.
    """
    reading = Reading(needs.patterns, properties)
    reading.add_queries(queries)
    if not are_kept(book, rules):
        reading.add_shapes(book.shapes_of(rules), needs.subclasses)
        return reading
    kept = kept_files("reading")
    classes = (str(quad) for quad in needs.class_quads())
    key = key_of(book.key, *(rule.id for rule in rules), "classes", *classes)
    content = kept.get(key)
    if content is None:
        of_shapes = Reading(needs.patterns, ())
        of_shapes.add_shapes(book.shapes_of(rules), needs.subclasses)
        content = of_shapes.written()
        kept.add(key, content)
    reading.restore(content)
    return reading
