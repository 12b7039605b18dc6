"""The nodes of a JSON-LD document, each by itself, as triples.

Only the package's own context is accepted. Each node is parsed apart, so that one that is no
claim is named and the others are read.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from math import isfinite
from typing import Any, BinaryIO
from urllib.parse import quote

import pyoxigraph as ox

from claimshapes.claims.claim import RejectedClaim
from claimshapes.claims.field_terms import claim_class, claim_context
from claimshapes.claims.readers.json_claims import is_claim, rejected_value
from claimshapes.claims.readers.json_document import read_value_document
from claimshapes.claims.readers.json_values import JsonValue, first_refusal
from claimshapes.claims.schema import (
    ClaimFault,
    claim_schema,
    json_pointer,
    shown_name,
    unknown_field,
)
from claimshapes.errors import InputError

_CONTEXT = "@context"
_GRAPH = "@graph"
_KEYWORDS = {"@id", "@type", _GRAPH, "@value", "@list", "@set"}
_IRI = re.compile(r"[A-Za-z_][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+")
_CONTEXT_MEMBER = re.compile(r'"@context"\s*:\s*')
_NODES = re.compile(r'"@graph"\s*:\s*\[')
_DECODER = json.JSONDecoder()
_DEEPEST = 50

Path = tuple[str | int, ...]


def read_linked_nodes(
    stream: BinaryIO, file: str, *, longest: int
) -> Iterator[list[ox.Quad] | RejectedClaim]:
    """Reads the nodes of a JSON-LD document.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        longest: the most bytes that a node may have.

    Yields:
        The triples of a node, or why it has none.

    Raises:
        InputError: the file holds neither an object nor an array.
    """
    for value in read_value_document(stream, file, longest=longest, is_whole=_is_document):
        yield from _read_value(value, {}, longest)


def _read_value(
    value: JsonValue, context: Mapping[str, Any], longest: int
) -> Iterator[list[ox.Quad] | RejectedClaim]:
    """The nodes of a value: itself, or those of its graph.

    Args:
        value: what stands in the file.
        context: the member ``@context`` that holds for it, where it has none of its own.
        longest: the most bytes that a node may have.
    """
    node = value.content
    if value.text is not None and (graph := _NODES.search(value.text)) is not None:
        outer, _ = _context_in(value.text[: graph.start()])
        fault = value.fault or ClaimFault("", "is no JSON")
        yield replace(rejected_value(value, fault), claims=0)
        inner = io.BytesIO(value.text[graph.end() - 1 :].encode("utf-8", "surrogateescape"))
        for entry in read_value_document(
            inner, value.origin.file, longest=longest, is_whole=_is_node
        ):
            if not entry.is_note:
                pointer = f"{value.origin.pointer or ''}/{_GRAPH}{entry.origin.pointer}"
                origin = replace(value.origin, pointer=pointer)
                yield from _read_value(replace(entry, origin=origin), outer, longest)
        return
    is_graph = isinstance(node, dict) and isinstance(node.get(_GRAPH), list)
    if is_graph and set(node) <= {_CONTEXT, _GRAPH, "@id"}:
        context = {_CONTEXT: node[_CONTEXT]} if _CONTEXT in node else context
        for index, entry in enumerate(node[_GRAPH]):
            pointer = f"{value.origin.pointer or ''}/{_GRAPH}/{index}"
            part = JsonValue(replace(value.origin, pointer=pointer), entry, first_refusal(entry))
            yield from _read_value(part, context, longest)
    elif value.fault is not None:
        # The context has the names of a claim's fields too, and is none.
        text = None if value.text is None else _context_in(value.text)[1]
        yield rejected_value(replace(value, text=text), value.fault)
    elif not isinstance(node, dict):
        reason = "expected a claim (an object) or an array of claims"
        yield rejected_value(value, ClaimFault("", reason))
    else:
        is_part = bool(context) and "@id" in node
        yield _triples(value, {**context, **node}, is_part=is_part)


def _is_document(value: Mapping[str, Any]) -> bool:
    """Whether an object says by itself what its names mean; the nodes of a graph need its head."""
    return _CONTEXT in value


def _is_node(value: Mapping[str, Any]) -> bool:
    """Whether an object is a node of a graph, and no part of one."""
    return _is_document(value) or is_claim(value)


def _triples(
    value: JsonValue, node: dict[str, Any], *, is_part: bool
) -> list[ox.Quad] | RejectedClaim:
    """The triples of a node, with the package's context in place of its IRI.

    Every other context is refused, and so is a name that a JSON-LD processor would pass over in
    silence. A claim without a type is given its own; a part of a claim in a graph has an @id.
    """
    try:
        terms = _adopt_context(node)
        _prepare(node, terms, ())
        if terms and not is_part:
            node.setdefault("@type", claim_class().value)
        text = json.dumps(node, ensure_ascii=False, default=_number).encode("utf-8")
    except InputError as error:
        return rejected_value(value, ClaimFault(error.pointer or "", error.message))
    except UnicodeEncodeError:
        return rejected_value(value, ClaimFault("", "a text has half of a surrogate pair"))
    try:
        return list(ox.parse(text, format=ox.RdfFormat.JSON_LD))
    except (SyntaxError, ValueError):
        return rejected_value(value, ClaimFault("", "is not JSON-LD"))


def _number(value: Any) -> float:
    """A number with decimals as a JSON-LD processor takes it; as long as a claim may have it."""
    if isinstance(value, Decimal) and isfinite(float(value)):
        return float(value)
    raise InputError("a number is too large")


def _adopt_context(node: dict[str, Any]) -> Mapping[str, Any]:
    """Puts our own context in place and returns its terms."""
    if _CONTEXT not in node:
        return {}
    own = claim_schema()["properties"][_CONTEXT]["const"]
    if node[_CONTEXT] not in (own, [own]) and not _is_own(node[_CONTEXT]):
        raise InputError(
            f"the only context that is accepted is {own}; nothing is fetched",
            pointer=json_pointer([_CONTEXT]),
        )
    node[_CONTEXT] = claim_context()
    return claim_context()


def _is_own(context: Any) -> bool:
    """Whether a context in the document is, word for word, the package's own."""
    if not isinstance(context, dict):
        return False
    return bool(json.loads(json.dumps(context, default=_number)) == claim_context())


def _context_in(text: str) -> tuple[dict[str, Any], str]:
    """The member ``@context`` of a document that is no JSON, and the text without it."""
    start = _CONTEXT_MEMBER.search(text)
    if start is None:
        return {}, text
    try:
        context, end = _DECODER.raw_decode(text, start.end())
    except (ValueError, RecursionError):
        return {}, text
    return {_CONTEXT: context}, text[: start.start()] + text[end:]


def _prepare(value: Any, terms: Mapping[str, Any], path: Path) -> None:
    """Refuses contexts within the document, and names that stand for no property.

    A name that would make no IRI of its namespace, or that of a field, is marked as text. An empty
    array is marked as a list, since a record that shows nothing is more than none.
    """
    if len(path) > _DEEPEST:
        raise InputError("is nested too deeply for a claim")
    if isinstance(value, list):
        for index, element in enumerate(value):
            _prepare(element, terms, (*path, index))
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        place = (*path, name)
        if name == _CONTEXT and not path:
            continue
        if name.startswith("@"):
            if name not in _KEYWORDS:
                reason = f"the keyword {shown_name(name)} is refused here"
                raise InputError(reason, pointer=json_pointer(place))
            if name in ("@id", "@type"):
                _refuse_relative(inner, place)
            scope: Mapping[str, Any] = terms
        elif ":" in name:
            _refuse_relative(name, place)
            scope = terms
        elif name in terms:
            definition = terms[name]
            own = definition.get(_CONTEXT, {}) if isinstance(definition, Mapping) else {}
            scope = {**terms, **own}
            if "@vocab" in own and isinstance(inner, str) and _is_no_local_name(inner, terms):
                value[name] = {"@value": inner}
        else:
            raise InputError(_unknown(name, terms), pointer=json_pointer(place))
        _prepare(inner, scope, place)
        if inner == [] and _is_array(name, scope):
            value[name] = {"@list": []}


def _is_array(name: str, terms: Mapping[str, Any]) -> bool:
    """Whether a name, or the property of an IRI, is a field that is an array."""
    context = terms or claim_context()
    namespace = claim_context()["cs"]
    whole = name.replace("cs:", namespace, 1) if name.startswith("cs:") else name
    return any(
        isinstance(definition, Mapping)
        and definition.get("@container") == "@set"
        and (term == name or definition["@id"].replace("cs:", namespace, 1) == whole)
        for term, definition in context.items()
    )


def _refuse_relative(name: Any, path: Path) -> None:
    """Refuses what is no IRI, since a JSON-LD processor drops what such a name says."""
    for iri in name if isinstance(name, list) else [name]:
        if not (isinstance(iri, str) and _IRI.fullmatch(iri) and _is_name(iri)):
            raise InputError("expected a whole IRI", pointer=json_pointer(path))


def _is_name(iri: str) -> bool:
    """Whether it can name a node; a JSON-LD processor passes a node over whose name is no IRI."""
    try:
        _ = ox.BlankNode(iri[2:]) if iri.startswith("_:") else ox.NamedNode(iri)
    except ValueError:
        return False
    return True


def _is_no_local_name(text: str, terms: Mapping[str, Any]) -> bool:
    if ":" in text:
        return False
    return text in terms or quote(text) != text or text in ("", ".", "..")


def _unknown(name: str, terms: Mapping[str, Any]) -> str:
    if not terms:
        own = claim_schema()["properties"][_CONTEXT]["const"]
        return f"'{shown_name(name)}' means nothing without the context {own}"
    fields = [
        term
        for term, definition in terms.items()
        if not (isinstance(definition, str) and definition.startswith("http"))
    ]
    return unknown_field(name, fields)
