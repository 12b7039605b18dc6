"""Claims in RDF: Turtle, N-Triples, N-Quads and JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, BinaryIO, NoReturn
from urllib.parse import quote

import pyoxigraph as ox

from claimshapes.claim import ClaimReading, ClaimRecord, Origin
from claimshapes.errors import InputError
from claimshapes.read.admission import Admission, reject
from claimshapes.read.claim_schema import (
    ClaimFault,
    claim_schema,
    json_pointer,
    shown_name,
    unknown_field,
)
from claimshapes.read.framing import TripleGraph, claim_class, claim_context

RDF_FILE_BYTES = 200_000_000
"""The most bytes that a file of RDF may have, since it is read whole."""

_FORMATS = {
    "turtle": ("Turtle", ox.RdfFormat.TURTLE),
    "ntriples": ("N-Triples", ox.RdfFormat.N_TRIPLES),
    "nquads": ("N-Quads", ox.RdfFormat.N_QUADS),
    "jsonld": ("JSON-LD", ox.RdfFormat.JSON_LD),
}
_IMPORTS = "http://www.w3.org/2002/07/owl#imports"
_CONTEXT = "@context"
_KEYWORDS = {"@id", "@type", "@graph", "@value", "@list", "@set"}
_IRI = re.compile(r"[A-Za-z_][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+")
_DEEPEST = 50

Path = tuple[str | int, ...]


def read_rdf(stream: BinaryIO, file: str, rdf_format: str) -> Iterator[ClaimReading]:
    """Reads the claims of an RDF file; nothing that it refers to is fetched.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        rdf_format: ``turtle``, ``ntriples``, ``nquads`` or ``jsonld``.

    Raises:
        InputError: the file is not RDF, asks for another document, or holds no claim.
    """
    data = stream.read(RDF_FILE_BYTES + 1)
    if len(data) > RDF_FILE_BYTES:
        raise InputError(f"must not be larger than {RDF_FILE_BYTES:,} bytes", file=file)
    text = _utf8(data, file)
    if not text.strip():
        raise InputError("the file is empty", file=file)
    if rdf_format == "jsonld":
        text = _with_own_context(text, file)
    graph = TripleGraph(_triples(text, file, rdf_format))
    nodes = list(graph.claims())
    if not nodes:
        raise InputError("holds no claim: no node has the type cs:Claim", file=file)
    admission = Admission()
    readings = [_read_claim(graph, node, file, admission) for node in nodes]
    # What stands below a fault has not been reached, so it tells nothing of leftovers.
    if all(isinstance(reading, ClaimRecord) for reading in readings):
        try:
            graph.refuse_leftovers()
        except InputError as error:
            raise InputError(error.message, file=file) from None
    yield from readings


def _read_claim(
    graph: TripleGraph, node: ox.NamedNode | ox.BlankNode, file: str, admission: Admission
) -> ClaimReading:
    origin = Origin(file, pointer="")
    try:
        claim = graph.frame(node)
    except InputError as error:
        return reject([ClaimFault(error.pointer or "", error.message)], origin)
    return admission.admit(claim, origin)


def _triples(text: str, file: str, rdf_format: str) -> Iterator[ox.Quad]:
    name, parser_format = _FORMATS[rdf_format]
    try:
        for quad in ox.parse(text.encode(), format=parser_format):
            if quad.predicate.value == _IMPORTS:
                raise InputError("owl:imports is refused: nothing is fetched", file=file)
            yield quad
    except SyntaxError as error:
        reason = f"is not {name}: {_without_content(str(error.msg))}"
        raise InputError(reason, file=file, line=error.lineno) from None


def _utf8(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8 text", file=file, line=line) from None


def _without_content(message: str) -> str:
    """The parser's message without its place, which stands apart, and without words of the file."""
    message = re.sub(r"^Parser error at line \d+.*?: ", "", message, flags=re.DOTALL)
    message = re.sub(r"^.* is not a", "what stands here is not a", message, flags=re.DOTALL)
    message = re.sub(r",? found .*$", "", message, flags=re.DOTALL)
    message = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|<[^>]*>", "...", message)
    return message[:1].lower() + message[1:]


def _with_own_context(text: str, file: str) -> str:
    """The JSON-LD document with the package's context in place of its IRI.

    Every other context is refused, and so is a name that a JSON-LD processor would pass over in
    silence. A claim without a type is given its own.
    """
    document = _decoded(text, file)
    nodes = document if isinstance(document, list) else [document]
    for index, node in enumerate(nodes):
        path: Path = (index,) if isinstance(document, list) else ()
        if not isinstance(node, dict):
            raise InputError("expected a claim (an object) or an array of claims", file=file)
        terms = _adopt_context(node, path, file)
        _prepare(node, terms, path, file)
        if terms:
            _give_type(node)
    return json.dumps(document)


def _give_type(node: dict[str, Any]) -> None:
    """Marks claims as such, as our own context cannot; parts of claims have an @id in a graph."""
    graph = node.get("@graph")
    if graph is None:
        node.setdefault("@type", claim_class().value)
    elif isinstance(graph, list):
        for claim in graph:
            if isinstance(claim, dict) and "@id" not in claim:
                claim.setdefault("@type", claim_class().value)


def _decoded(text: str, file: str) -> Any:
    def refuse(reason: str) -> NoReturn:
        raise InputError(reason, file=file)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        content = dict(pairs)
        if len(content) < len(pairs):
            refuse("a name is given twice in one object")
        return content

    def constant(_: str) -> NoReturn:
        refuse("NaN and Infinity are no numbers")

    def number(digits: str) -> float:
        value = float(digits)
        return value if isfinite(value) else refuse("a number is too large")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=constant, parse_float=number)
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg}", file=file, line=error.lineno) from None
    except RecursionError:
        refuse("is nested too deeply for a claim")
    except ValueError:
        refuse("a number has too many digits")


def _adopt_context(node: dict[str, Any], path: Path, file: str) -> Mapping[str, Any]:
    """Puts our own context in place and returns its terms."""
    if _CONTEXT not in node:
        return {}
    own = claim_schema()["properties"][_CONTEXT]["const"]
    if node[_CONTEXT] not in (own, [own]):
        raise InputError(
            f"the only context that is accepted is {own}; nothing is fetched",
            file=file,
            pointer=json_pointer([*path, _CONTEXT]),
        )
    node[_CONTEXT] = claim_context()
    return claim_context()


def _prepare(value: Any, terms: Mapping[str, Any], path: Path, file: str) -> None:
    """Refuses contexts within the document, and names that stand for no property.

    A name that would make no IRI of its namespace, or that of a field, is marked as text.
    """
    if len(path) > _DEEPEST:
        raise InputError("is nested too deeply for a claim", file=file)
    if isinstance(value, list):
        for index, element in enumerate(value):
            _prepare(element, terms, (*path, index), file)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        place = (*path, name)
        if name == _CONTEXT and len(path) == sum(isinstance(step, int) for step in path) <= 1:
            continue
        if name.startswith("@"):
            if name not in _KEYWORDS:
                reason = f"the keyword {shown_name(name)} is refused here"
                raise InputError(reason, file=file, pointer=json_pointer(place))
            if name in ("@id", "@type"):
                _refuse_relative(inner, place, file)
            scope: Mapping[str, Any] = terms
        elif ":" in name:
            _refuse_relative(name, place, file)
            scope = terms
        elif name in terms:
            definition = terms[name]
            own = definition.get(_CONTEXT, {}) if isinstance(definition, Mapping) else {}
            scope = {**terms, **own}
            if "@vocab" in own and isinstance(inner, str) and _is_no_local_name(inner, terms):
                value[name] = {"@value": inner}
        else:
            raise InputError(_unknown(name, terms), file=file, pointer=json_pointer(place))
        _prepare(inner, scope, place, file)


def _refuse_relative(name: Any, path: Path, file: str) -> None:
    """Refuses what is no IRI, since a JSON-LD processor drops what such a name says."""
    for iri in name if isinstance(name, list) else [name]:
        if not (isinstance(iri, str) and _IRI.fullmatch(iri)):
            raise InputError("expected a whole IRI", file=file, pointer=json_pointer(path))


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
