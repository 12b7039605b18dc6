"""Gives the triples of a claim the shape of the JSON claim format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import unquote

import pyoxigraph as ox

from claimshapes.claims.field_terms import FieldTerm, claim_class, claim_context, claim_term
from claimshapes.claims.schema import json_pointer, plain_number, unknown_field
from claimshapes.errors import InputError
from claimshapes.rdf.vocabulary import RDF_NS

_TYPE = ox.NamedNode(f"{RDF_NS}type")
_FIRST = ox.NamedNode(f"{RDF_NS}first")
_REST = ox.NamedNode(f"{RDF_NS}rest")
_NIL = ox.NamedNode(f"{RDF_NS}nil")
_LONGEST_LIST = 10_000
# xsd:integer, xsd:decimal, and the exponent that a JSON-LD processor gives a number with decimals.
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")

Node = ox.NamedNode | ox.BlankNode

PropertyValues = Callable[[Node], Iterable[tuple[ox.NamedNode, Any]]]


@cache
def _part_properties() -> frozenset[str]:
    """The properties whose values are parts of a claim with fields of their own."""
    found: set[str] = set()
    terms = list(claim_term().fields.values())
    while terms:
        term = terms.pop()
        terms += term.fields.values()
        if term.kind == "object":
            found.add(term.predicate)
    return frozenset(found)


def frame_claim(store: ox.Store, node: Any) -> dict[str, Any]:
    """Turns a claim's node and what it leads to into the JSON claim, without validating it.

    Entries with a sequence come in its order; others in that of their content, since a store
    keeps none.

    Args:
        store: where the triples are; named graphs count as well.
        node: the claim.

    Raises:
        InputError: a property is none of a claim's, or a value is not of its kind; the pointer
            says where in the claim.
    """

    def values(subject: Node) -> Iterable[tuple[ox.NamedNode, Any]]:
        quads = store.quads_for_pattern(subject, None, None, None)
        return sorted(((quad.predicate, quad.object) for quad in quads), key=str)

    return _Framing(values, sort=True).object(node, claim_term(), ())


def _is_node(value: Any) -> bool:
    return isinstance(value, (ox.NamedNode, ox.BlankNode))


class TripleGraph:
    """Triples by their subject, in the order in which they came."""

    def __init__(self, triples: Iterable[ox.Triple | ox.Quad]) -> None:
        self._values: dict[Any, dict[tuple[ox.NamedNode, Any], None]] = {}
        for triple in triples:
            self._values.setdefault(triple.subject, {})[triple.predicate, triple.object] = None

    def claims(self) -> Iterator[Node]:
        """The nodes that are claims."""
        is_claim = (_TYPE, claim_class())
        return (node for node, values in self._values.items() if is_claim in values)

    def frame(self, node: Node) -> dict[str, Any]:
        """The claim as JSON.

        Raises:
            InputError: as ``frame_claim``.
        """
        return _Framing(self._of, sort=False).object(node, claim_term(), ())

    def reach(self, nodes: Iterable[Any]) -> set[Any]:
        """The nodes that are among these or that they lead to."""
        reached: set[Any] = set()
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node not in reached:
                reached.add(node)
                stack += [value for _, value in self._values.get(node, ()) if _is_node(value)]
        return reached

    def leads_to_nothing(self, node: Node) -> bool:
        """Whether a claim names a node for a part of it, of which there is no triple."""
        return any(
            predicate.value in _part_properties()
            and _is_node(value)
            and value != _NIL
            and value not in self._values
            for reached in self.reach([node])
            for predicate, value in self._values.get(reached, ())
        )

    def strays(self) -> Iterator[tuple[Node, str]]:
        """Nodes that no claim leads to, without those that such a node leads to, and why not.

        Most often a claim's class is misspelt.
        """
        reached = self.reach(self.claims())
        left = [node for node in self._values if node not in reached]
        within = self.reach(value for node in left for _, value in self._values[node])
        # Nodes that lead to each other in a circle are named too.
        roots = [node for node in left if node not in within] or left[:1]
        for node in roots:
            fields = sorted(self.fields(node))
            named = f"a node with {', '.join(fields[:3])}" if fields else "a node"
            yield (node, f"{named} belongs to no claim; a claim's node has the type cs:Claim")

    def fields(self, node: Node) -> dict[str, str]:
        """The fields of a claim that a node has, each with one of its values as text."""
        by_property = claim_term().by_property
        return {
            by_property[predicate.value].name: str(getattr(value, "value", ""))
            for predicate, value in self._values.get(node, ())
            if predicate.value in by_property
        }

    def _of(self, node: Node) -> Iterable[tuple[ox.NamedNode, Any]]:
        return list(self._values.get(node, ()))


class _Framing:
    """Makes JSON of nodes.

    Args:
        values: gives a node's properties and values, in the order in which they are to be taken.
        sort: whether entries without a sequence come in the order of their content.
    """

    def __init__(self, values: PropertyValues, *, sort: bool) -> None:
        self._values = values
        self._sort = sort

    def object(self, node: Any, term: FieldTerm, path: tuple[str | int, ...]) -> dict[str, Any]:
        """The fields of a node, which is a value of a field or the claim itself."""
        if not _is_node(node):
            raise InputError("expected a node, found a literal", pointer=json_pointer(path))
        found: dict[str, list[Any]] = {}
        by_property = term.by_property
        for predicate, value in self._values(node):
            if predicate == _TYPE:
                continue
            field = by_property.get(predicate.value)
            if field is None:
                raise _unknown_property(predicate, term, path)
            found.setdefault(field.name, []).append(value)
        # The order of the context, so that a claim looks the same whatever it was written in.
        return {
            name: self._field(found[name], field, (*path, name))
            for name, field in term.fields.items()
            if name in found
        }

    def _field(self, found: list[Any], field: FieldTerm, path: tuple[str | int, ...]) -> Any:
        if not field.many:
            if len(found) > 1:
                words = f"expected one value, found {len(found)}"
                raise InputError(words, pointer=json_pointer(path))
            return self._value(found[0], field, path)
        entries = [
            self._value(entry, field, (*path, index))
            for index, entry in enumerate(self._entries(found, path))
        ]
        if field.kind == "object":
            if self._sort:
                entries.sort(key=_content_order)
            entries.sort(key=_sequence)
        return entries

    def _value(self, value: Any, field: FieldTerm, path: tuple[str | int, ...]) -> Any:
        if field.kind == "object":
            return self.object(value, field, path)
        if isinstance(value, ox.NamedNode) and field.namespace is not None:
            if value.value.startswith(field.namespace):
                return unquote(value.value.removeprefix(field.namespace))
            raise InputError(f"expected an IRI in {field.namespace}", pointer=json_pointer(path))
        if not isinstance(value, ox.Literal):
            raise InputError("expected a literal, found a node", pointer=json_pointer(path))
        if field.kind == "string":
            return value.value
        if not _NUMBER.fullmatch(value.value):
            raise InputError("expected a number", pointer=json_pointer(path))
        return plain_number(Decimal(value.value))

    def _entries(self, found: Iterable[Any], path: tuple[str | int, ...]) -> Iterator[Any]:
        """The values of a property that may be repeated, be one RDF list, or both."""
        for value in found:
            if value == _NIL:
                continue
            links = dict(self._values(value)) if isinstance(value, ox.BlankNode) else {}
            if _FIRST not in links:
                yield value
                continue
            for _ in range(_LONGEST_LIST):
                if set(links) - {_TYPE} != {_FIRST, _REST}:
                    raise InputError("expected an RDF list", pointer=json_pointer(path))
                yield links[_FIRST]
                if links[_REST] == _NIL:
                    break
                links = dict(self._values(links[_REST]))
            else:
                words = f"expected an RDF list that ends within {_LONGEST_LIST:,} entries"
                raise InputError(words, pointer=json_pointer(path))


def _sequence(entry: Any) -> int:
    sequence = entry.get("sequence")
    return sequence if isinstance(sequence, int) else 0


def _content_order(entry: Any) -> str:
    return json.dumps(entry, sort_keys=True, default=str)


def _unknown_property(
    predicate: ox.NamedNode, term: FieldTerm, path: tuple[str | int, ...]
) -> InputError:
    prefix = claim_context()["cs"]
    name = predicate.value.removeprefix(prefix)
    if not name.isalpha():
        # The IRI of another vocabulary, or one into which damage brought that of a claim.
        return InputError("a property is none of a claim's", pointer=json_pointer(path))
    known = [field.predicate.removeprefix(prefix) for field in term.fields.values()]
    words = unknown_field(name, known)
    return InputError(words.replace("field", "property", 1), pointer=json_pointer(path))
