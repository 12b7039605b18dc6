"""Writes claims in the forms of the claim format: JSON, NDJSON, JSON-LD and Turtle.

What is written is read back as the same claim. Names come from the JSON-LD context.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol, TextIO
from urllib.parse import quote

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.from_triples import FieldTerm, claim_class, claim_context, claim_term
from claimshapes.claims.schema import claim_schema

_XSD = "http://www.w3.org/2001/XMLSchema#"
_LOCAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


class ClaimWriter(Protocol):
    """Writes claims one after another; ``finish`` ends the document."""

    def add(self, claim: ClaimJson) -> None:
        """Writes a claim."""

    def finish(self) -> None:
        """Ends the document."""


class _JsonWriter:
    """An array of claims."""

    def __init__(self, stream: TextIO, head: Mapping[str, str] | None = None) -> None:
        self._stream = stream
        self._head = head or {}
        self._separator = "[\n"

    def add(self, claim: ClaimJson) -> None:
        self._stream.write(self._separator + _json({**self._head, **claim}, indent=2))
        self._separator = ",\n"

    def finish(self) -> None:
        self._stream.write("[]\n" if self._separator == "[\n" else "\n]\n")


class _LineWriter:
    """One claim a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def add(self, claim: ClaimJson) -> None:
        self._stream.write(_json(claim) + "\n")

    def finish(self) -> None:
        """Nothing ends the last line but its line end."""


class _TurtleWriter:
    """Claims as blank nodes, their parts within them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._prefixes = {"xsd": _XSD, "cs": str(claim_context()["cs"])}
        for name, term in (
            ("payer", claim_term().fields["payer"]),
            ("doc", claim_term().fields["documentation"].fields["type"]),
        ):
            self._prefixes[name] = str(term.namespace)
        for prefix, namespace in sorted(self._prefixes.items()):
            stream.write(f"@prefix {prefix}: <{namespace}> .\n")

    def add(self, claim: ClaimJson) -> None:
        parts = [f"a {self._iri(claim_class().value)}", *self._parts(claim, claim_term(), "    ")]
        self._stream.write("\n[] " + " ;\n    ".join(parts) + " .\n")

    def finish(self) -> None:
        """Nothing ends a Turtle document."""

    def _parts(self, content: Mapping[str, Any], term: FieldTerm, indent: str) -> Iterator[str]:
        for name, field in term.fields.items():
            if name not in content:
                continue
            value = content[name]
            values = [
                self._value(entry, field, indent) for entry in (value if field.many else [value])
            ]
            # An empty array is an empty list: a record that shows nothing is not none.
            listed = field.ordered or not values
            text = f"( {' '.join(values)} )" if listed else ", ".join(values)
            yield f"{self._iri(field.predicate)} {text}"

    def _value(self, value: Any, field: FieldTerm, indent: str) -> str:
        if field.fields:
            inner = indent + "    "
            return f"[\n{inner}" + f" ;\n{inner}".join(self._parts(value, field, inner)) + " ]"
        if field.namespace is not None:
            return self._iri(field.namespace + quote(str(value), safe=""))
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        literal = '"' + text.replace('"', '\\"') + '"'
        return literal if field.datatype is None else f"{literal}^^xsd:{field.datatype}"

    def _iri(self, iri: str) -> str:
        for prefix, namespace in self._prefixes.items():
            name = iri.removeprefix(namespace)
            if iri.startswith(namespace) and _LOCAL_NAME.fullmatch(name):
                return f"{prefix}:{name}"
        return f"<{iri}>"


def _linked_writer(stream: TextIO) -> ClaimWriter:
    context = claim_schema()["properties"]["@context"]["const"]
    return _JsonWriter(stream, {"@context": context, "@type": claim_class().value})


_WRITERS: Mapping[str, Callable[[TextIO], ClaimWriter]] = {
    "json": _JsonWriter,
    "ndjson": _LineWriter,
    "jsonld": _linked_writer,
    "turtle": _TurtleWriter,
}

CLAIM_FORMATS = tuple(_WRITERS)
"""Names of the forms, as ``open_writer`` takes them."""


def open_writer(stream: TextIO, claim_format: str) -> ClaimWriter:
    """Begins a document of claims.

    Args:
        stream: where it is written to.
        claim_format: one of ``CLAIM_FORMATS``.
    """
    return _WRITERS[claim_format](stream)


def _json(claim: Mapping[str, Any], indent: int | None = None) -> str:
    return json.dumps(claim, indent=indent, ensure_ascii=False, default=_number)


def _number(value: Any) -> float:
    """A number of the claim format as JSON has it; at most ten digits, so that none is lost."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
