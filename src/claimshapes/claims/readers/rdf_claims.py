"""Claims in RDF: Turtle, N-Triples, N-Quads and JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

import pyoxigraph as ox

from claimshapes.claims.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.claims.field_terms import claim_class
from claimshapes.claims.format_check import Admission, reject
from claimshapes.claims.from_triples import TripleGraph
from claimshapes.claims.readers.json_claims import is_claim
from claimshapes.claims.readers.jsonld_claims import read_linked_nodes
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.schema import ClaimFault, shown_name
from claimshapes.errors import InputError

RDF_FILE_BYTES = limit("RDF_FILE_BYTES", 200_000_000)
"""The most bytes that a file of RDF may have, since it is read whole."""

TRIPLES = limit("TRIPLES", 2_000_000)
"""The most triples that a file may have, since they are held in memory."""

_FORMATS = {
    "turtle": ("Turtle", ox.RdfFormat.TURTLE),
    "ntriples": ("N-Triples", ox.RdfFormat.N_TRIPLES),
    "nquads": ("N-Quads", ox.RdfFormat.N_QUADS),
}
_IMPORTS = "http://www.w3.org/2002/07/owl#imports"
_LONGEST_NAME = 2000
_MOST_UNPLACED = 20
_PREFIX = re.compile(r"^\s*@?(?:prefix|base)\b.*$", re.IGNORECASE | re.MULTILINE)
# A statement begins at the start of a line, or behind a line that ends one.
_STATEMENT = re.compile(
    r"(?<=\s\.\n)|^(?=[^\s#@.;,\])}])(?!(?:prefix|base)\b)", re.IGNORECASE | re.MULTILINE
)
_ONCE_A_CLAIM = [
    re.compile(rf"(?:#|:){name}\b") for name in ("payer", "patient", "billingProvider")
]
_CLAIM = re.compile(r"\ba\s+[^\s;.]*Claim\b")
_SUBJECT = re.compile(r"_:([^\s<\"]+)|<([^>\s]*)>|\[")


@dataclass(slots=True)
class _Parts:
    """What could be read of a file, and what could not.

    Attributes:
        quads: the triples.
        rejected: what was no RDF.
        lost: nodes of which a part could not be read, with the place.
        lost_from_any: the place of a part of which cannot be told whose it is, or ``""``.
    """

    quads: list[ox.Quad] = field(default_factory=list)
    rejected: list[RejectedClaim] = field(default_factory=list)
    lost: dict[Any, str] = field(default_factory=dict)
    lost_from_any: str = ""


def read_rdf(stream: BinaryIO, file: str, rdf_format: str) -> Iterator[ClaimReading]:
    """Reads the claims of an RDF file; nothing that it refers to is fetched.

    A statement that is no RDF, an element of JSON-LD that is no claim, and nodes that belong to
    no claim are named, and the other claims are read.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        rdf_format: ``turtle``, ``ntriples``, ``nquads`` or ``jsonld``.

    Raises:
        InputError: the file is not RDF, asks for another document, or holds no claim.
    """
    parts = _linked(stream, file) if rdf_format == "jsonld" else _parsed(stream, file, rdf_format)
    if any(quad.predicate.value == _IMPORTS for quad in parts.quads):
        raise InputError("owl:imports is refused: nothing is fetched", file=file)
    graph = TripleGraph(parts.quads)
    nodes = list(graph.claims())
    if not nodes and not parts.rejected:
        raise InputError("holds no claim: no node has the type cs:Claim", file=file)
    admission = Admission()
    strays = list(graph.strays())
    for node in nodes:
        # A name was damaged: that of the node, or where the claim names it.
        if (strays or parts.rejected) and graph.leads_to_nothing(node):
            reason = "may not be whole: it names a node that the file has nothing of"
            yield reject([ClaimFault("", reason)], Origin(file, pointer=""), graph.fields(node))
        else:
            yield _read_claim(graph, node, parts, file, admission)
    yield from parts.rejected
    for node, reason in strays:
        fields = graph.fields(node)
        number, claims = fields.get("id"), int(is_claim(fields))
        shown = shown_name(number) if number and claims else None
        yield RejectedClaim(Origin(file, pointer=""), reason, shown, claims)


def _read_claim(
    graph: TripleGraph,
    node: ox.NamedNode | ox.BlankNode,
    parts: _Parts,
    file: str,
    admission: Admission,
) -> ClaimReading:
    origin = Origin(file, pointer="")
    place = parts.lost_from_any
    if parts.lost:
        place = next((parts.lost[n] for n in graph.reach([node]) if n in parts.lost), place)
    if place:
        return RejectedClaim(origin, f"may not be whole: a part that cannot be read ({place})")
    try:
        claim = graph.frame(node)
    except InputError as error:
        return reject([ClaimFault(error.pointer or "", error.message)], origin)
    return admission.admit(claim, origin)


def _linked(stream: BinaryIO, file: str) -> _Parts:
    parts = _Parts()
    for part in read_linked_nodes(stream, file, longest=RDF_FILE_BYTES):
        if isinstance(part, RejectedClaim):
            parts.rejected.append(part)
        else:
            _hold(parts, part, file)
    return parts


def _hold(parts: _Parts, quads: Iterable[ox.Quad], file: str) -> None:
    """Takes triples up.

    Raises:
        InputError: there are too many.
    """
    parts.quads += islice(quads, TRIPLES + 1)
    if len(parts.quads) > TRIPLES:
        raise InputError(f"must not have over {TRIPLES:,} triples; split it", file=file)


def _parsed(stream: BinaryIO, file: str, rdf_format: str) -> _Parts:
    data = stream.read(RDF_FILE_BYTES + 1)
    if len(data) > RDF_FILE_BYTES:
        raise InputError(f"must not be larger than {RDF_FILE_BYTES:,} bytes", file=file)
    if not data.strip():
        raise InputError("the file is empty", file=file)
    name, parser_format = _FORMATS[rdf_format]
    try:
        parts = _Parts()
        _hold(parts, ox.parse(data, format=parser_format), file)
        return parts
    except (SyntaxError, ValueError) as error:
        if not isinstance(error, SyntaxError):
            line = 1 + data.count(b"\n", 0, getattr(error, "start", 0))
            whole = InputError(_NOT_UTF8, file=file, line=line)
        elif _other_bytes(data) is not None:
            line = 1 + data.count(b"\n", 0, _other_bytes(data) or 0)
            whole = InputError(_NOT_UTF8, file=file, line=line)
        else:
            reason = f"is not {name}: {_without_content(str(error.msg))}"
            whole = InputError(reason, file=file, line=error.lineno)
    parts = _statements(data.decode("utf-8", "surrogateescape"), file, name, parser_format)
    if not any(quad.object == claim_class() for quad in parts.quads):
        raise whole
    return parts


def _statements(text: str, file: str, name: str, parser_format: ox.RdfFormat) -> _Parts:
    """Parses each statement that begins a line by itself, since one of them is no RDF."""
    parts = _Parts()
    prefixes = "\n".join(match.group() for match in _PREFIX.finditer(text))
    starts = [match.start() for match in _STATEMENT.finditer(text)]
    if not starts or _PREFIX.sub("", text[: starts[0]]).strip():
        starts = [0, *starts]
    is_line = parser_format != ox.RdfFormat.TURTLE
    unplaced: list[tuple[str, str]] = []
    line, at = 1, 0
    # Statements right before that were broken, which may be of one with this one.
    broken = ""
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        statement = text[start:end]
        line += text.count("\n", at, start)
        at = start
        try:
            document = f"{prefixes}\n{_PREFIX.sub('', statement)}".encode()
            _hold(parts, list(ox.parse(document, format=parser_format)), file)
            broken = broken if not statement.strip() else ""
        except (SyntaxError, ValueError) as error:
            reason = _NOT_UTF8
            if isinstance(error, SyntaxError):
                reason = f"is not {name}: {_without_content(str(error.msg))}"
            # A line of triples says but one thing of a claim.
            found = 0 if is_line else _claims_in(broken + statement) - _claims_in(broken)
            parts.rejected.append(RejectedClaim(Origin(file, line), reason, claims=found))
            is_rest, broken = bool(broken) and not is_line, broken + statement
            if found or is_rest:
                continue
            subject = _SUBJECT.match(statement)
            if subject is not None and subject[0] == "[":
                # No claim but its own can refer to it.
                continue
            if (node := _subject_node(subject)) is None:
                unplaced.append((statement[:_LONGEST_NAME], f"line {line}"))
            else:
                parts.lost[node] = f"line {line}"
    _place(parts, unplaced)
    return parts


def _place(parts: _Parts, unplaced: list[tuple[str, str]]) -> None:
    """Finds the nodes of which statements may be whose subject was damaged."""
    names = {str(quad.subject): quad.subject for quad in parts.quads}
    for statement, place in unplaced:
        # Looking through all names takes time for each of them.
        is_few = len(unplaced) <= _MOST_UNPLACED
        near = [name for name in names if is_few and _may_begin(statement, name)]
        parts.lost.update((names[name], place) for name in near)
        parts.lost_from_any = parts.lost_from_any if near else place


def _may_begin(statement: str, name: str) -> bool:
    """Whether a statement began with a name before at most two of its signs were damaged."""
    same = 0
    while same < min(len(name), len(statement)) and name[same] == statement[same]:
        same += 1
    return any(
        statement.startswith(name[same + gone :], same + new)
        for gone in range(3)
        for new in range(3)
    )


def _subject_node(subject: re.Match[str] | None) -> ox.NamedNode | ox.BlankNode | None:
    """The node whose name stands at the start of a broken statement, if it is a sound name."""
    if subject is None:
        return None
    try:
        return ox.BlankNode(subject[1]) if subject[1] else ox.NamedNode(subject[2])
    except ValueError:
        return None


def _claims_in(text: str) -> int:
    """How many claims there are in a text that is no RDF."""
    counts = [len(pattern.findall(text)) for pattern in _ONCE_A_CLAIM]
    return max(int(_CLAIM.search(text) is not None), *counts)


def _other_bytes(data: bytes) -> int | None:
    """Where bytes begin that are no UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


_NOT_UTF8 = "is not UTF-8 text"


def _without_content(message: str) -> str:
    """The parser's message without its place, which stands apart, and without words of the file."""
    message = re.sub(r"^Parser error at line \d+.*?: ", "", message, flags=re.DOTALL)
    message = re.sub(r"^.* is not a", "what is here is not a", message, flags=re.DOTALL)
    message = re.sub(r",? found .*$", "", message, flags=re.DOTALL)
    message = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|<[^>]*>", "...", message)
    return message[:1].lower() + message[1:]
