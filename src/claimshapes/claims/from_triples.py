"""Gives the triples of a claim the shape of the JSON claim format.

Which property is which field is not said here: the JSON-LD context says it
(ontology/claim.context.jsonld), and the JSON Schema whether a number is text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

import pyoxigraph as ox

from claimshapes.claims.field_values import plain_number
from claimshapes.claims.schema import (
    claim_schema,
    json_pointer,
    resolve,
    unknown_field,
)
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import resource_directory

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = ox.NamedNode(f"{_RDF}type")
_FIRST = ox.NamedNode(f"{_RDF}first")
_REST = ox.NamedNode(f"{_RDF}rest")
_NIL = ox.NamedNode(f"{_RDF}nil")
_LONGEST_LIST = 10_000
_KEPT = 4096
# xsd:integer, xsd:decimal, and the exponent that a JSON-LD processor gives a number with decimals.
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")

Node = ox.NamedNode | ox.BlankNode


PropertyValues = Callable[[Node], Iterable[tuple[ox.NamedNode, Any]]]
"""Gives a node's properties and values, in the order in which they are to be taken."""


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """What the context and the schema say of one field.

    Attributes:
        name: the field's name in JSON.
        predicate: IRI of its property.
        namespace: namespace of its values, where they are IRIs.
        fields: the fields of its values by name, where they are objects.
        many: whether the field is an array.
        kind: the JSON type of a value: ``string``, ``number``, ``integer`` or ``object``.
        datatype: local name of the datatype of its values, where they have one.
        ordered: whether its values are an RDF list.
    """

    name: str
    predicate: str
    namespace: str | None
    fields: Mapping[str, FieldTerm]
    many: bool
    kind: str
    datatype: str | None = None
    ordered: bool = False

    @property
    def by_property(self) -> Mapping[str, FieldTerm]:
        """The fields of its values by the IRI of their property."""
        return {term.predicate: term for term in self.fields.values()}


@cache
def claim_context() -> Mapping[str, Any]:
    """The JSON-LD context of claims, as it stands in ontology/claim.context.jsonld."""
    text = (resource_directory("ontology") / "claim.context.jsonld").read_text("utf-8")
    context: dict[str, Any] = json.loads(text)["@context"]
    return context


@cache
def claim_term() -> FieldTerm:
    """The claim as a term of its own: its fields, and theirs."""
    context = claim_context()
    return FieldTerm(
        name="",
        predicate="",
        namespace=None,
        fields=_terms(context, claim_schema(), context),
        many=False,
        kind="object",
    )


@lru_cache(_KEPT)
def field_of(pointer: str, local_name: str) -> str:
    """The name in JSON of a property of a part of a claim, such as ``id`` of ``memberNumber``.

    Args:
        pointer: JSON Pointer to the part.
        local_name: local name of the property.

    Returns:
        The local name itself where the part has no such field.
    """
    term = _fields_at(pointer).by_property.get(f"{claim_context()['cs']}{local_name}")
    return term.name if term else local_name


def property_of(pointer: str, name: str) -> str:
    """The local name of the property of a field, such as ``memberNumber`` of ``id``.

    Args:
        pointer: JSON Pointer to the part of a claim that has the field.
        name: the field's name.
    """
    term = _fields_at(pointer).fields.get(name)
    return term.predicate.removeprefix(claim_context()["cs"]) if term else name


def _fields_at(pointer: str) -> FieldTerm:
    term = claim_term()
    for step in pointer.split("/")[1:]:
        term = term.fields.get(step, term)
    return term


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


def claim_class() -> ox.NamedNode:
    """The class that a claim's node has in a graph."""
    return ox.NamedNode(f"{claim_context()['cs']}Claim")


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

    return _frame(values, node, _Frame(sort=True))


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
        return _frame(self._of, node, _Frame(sort=False))

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


@dataclass(frozen=True, slots=True)
class _Frame:
    sort: bool


def _frame(values: PropertyValues, node: Node, frame: _Frame) -> dict[str, Any]:
    return _object(values, node, claim_term(), (), frame)


def _object(
    values: PropertyValues, node: Any, term: FieldTerm, path: tuple[str | int, ...], frame: _Frame
) -> dict[str, Any]:
    if isinstance(node, ox.Literal) or not isinstance(node, (ox.NamedNode, ox.BlankNode)):
        raise InputError("expected a node, found a literal", pointer=json_pointer(path))
    found: dict[str, list[Any]] = {}
    by_property = term.by_property
    for predicate, value in values(node):
        if predicate == _TYPE:
            continue
        field = by_property.get(predicate.value)
        if field is None:
            raise _unknown_property(predicate, term, path)
        found.setdefault(field.name, []).append(value)
    content: dict[str, Any] = {}
    # The order of the context, so that a claim looks the same whatever it was written in.
    for name, field in term.fields.items():
        if name in found:
            content[name] = _field(values, found[name], field, (*path, name), frame)
    return content


def _field(
    values: PropertyValues,
    found: list[Any],
    field: FieldTerm,
    path: tuple[str | int, ...],
    frame: _Frame,
) -> Any:
    if not field.many:
        if len(found) > 1:
            raise InputError(f"expected one value, found {len(found)}", pointer=json_pointer(path))
        return _value(values, found[0], field, path, frame)
    entries = [
        _value(values, entry, field, (*path, index), frame)
        for index, entry in enumerate(_entries(values, found, path))
    ]
    if field.kind == "object":
        if frame.sort:
            entries.sort(key=_content_order)
        entries.sort(key=_sequence)
    return entries


def _value(
    values: PropertyValues,
    value: Any,
    field: FieldTerm,
    path: tuple[str | int, ...],
    frame: _Frame,
) -> Any:
    if field.kind == "object":
        return _object(values, value, field, path, frame)
    if isinstance(value, ox.NamedNode) and field.namespace is not None:
        if value.value.startswith(field.namespace):
            return unquote(value.value.removeprefix(field.namespace))
        raise InputError(f"expected an IRI in {field.namespace}", pointer=json_pointer(path))
    if not isinstance(value, ox.Literal):
        raise InputError("expected a literal, found a node", pointer=json_pointer(path))
    if field.kind == "string":
        return value.value
    return _number(value.value, path)


def _number(text: str, path: tuple[str | int, ...]) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise InputError("expected a number", pointer=json_pointer(path))
    return plain_number(Decimal(text))


def _entries(
    values: PropertyValues, found: Iterable[Any], path: tuple[str | int, ...]
) -> Iterator[Any]:
    """The values of a property that may be repeated, be one RDF list, or both."""
    for value in found:
        if value == _NIL:
            continue
        links = dict(values(value)) if isinstance(value, ox.BlankNode) else {}
        if _FIRST not in links:
            yield value
            continue
        for _ in range(_LONGEST_LIST):
            if set(links) - {_TYPE} != {_FIRST, _REST}:
                raise InputError("expected an RDF list", pointer=json_pointer(path))
            yield links[_FIRST]
            if links[_REST] == _NIL:
                break
            links = dict(values(links[_REST]))
        else:
            raise InputError(
                f"expected an RDF list that ends within {_LONGEST_LIST:,} entries",
                pointer=json_pointer(path),
            )


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


def _terms(
    context: Mapping[str, Any],
    schema: Mapping[str, Any],
    prefixes: Mapping[str, Any],
) -> dict[str, FieldTerm]:
    """The fields that the schema names, each with what the context says of it."""
    terms: dict[str, FieldTerm] = {}
    for name, described in schema["properties"].items():
        definition = context.get(name)
        if definition is None:
            continue
        entry = definition if isinstance(definition, Mapping) else {"@id": definition}
        prefix, _, local = str(entry["@id"]).partition(":")
        value_schema = resolve(described)
        many = value_schema.get("type") == "array"
        if many:
            value_schema = resolve(value_schema["items"])
        scope = entry.get("@context", {})
        datatype = str(entry.get("@type", ""))
        terms[name] = FieldTerm(
            name=name,
            predicate=f"{prefixes[prefix]}{local}",
            namespace=scope.get("@vocab"),
            fields=_terms(scope, value_schema, prefixes) if "properties" in value_schema else {},
            many=many,
            kind=str(value_schema.get("type", "string")),
            datatype=datatype[4:] if datatype.startswith("xsd:") else None,
            ordered=entry.get("@container") == "@list",
        )
    return terms
