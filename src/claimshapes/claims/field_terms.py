"""Which property each field of the claim format is, as the JSON-LD context and the schema say.

The context says which property is which field (ontology/claim.context.jsonld), and the JSON Schema
whether a number is text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pyoxigraph as ox

from claimshapes.claims.schema import claim_schema, resolve
from claimshapes.knowledge.in_use import resource_directory

_KEPT = 4096


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
    """The JSON-LD context of claims, as ontology/claim.context.jsonld has it."""
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


def claim_class() -> ox.NamedNode:
    """The class that a claim's node has in a graph."""
    return ox.NamedNode(f"{claim_context()['cs']}Claim")


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
