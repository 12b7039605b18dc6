"""Writes claims in the forms of the claim format: JSON, NDJSON, JSON-LD and Turtle.

What is written is read back as the same claim. Names come from the JSON-LD context, and the forms
that are RDF give a claim and its parts the IRIs that findings have, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, TextIO
from urllib.parse import quote

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.field_terms import FieldTerm, claim_class, claim_context, claim_term
from claimshapes.claims.part_iris import part_iri

_XSD = "http://www.w3.org/2001/XMLSchema#"
_LOCAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")


class ClaimWriter(Protocol):
    """Writes claims one after another; ``finish`` ends the document."""

    def add(self, claim: ClaimJson, file: str | None = None) -> None:
        """Writes a claim.

        Args:
            claim: the claim.
            file: its file, where claims of several files have to be told apart in RDF.
        """

    def finish(self) -> None:
        """Ends the document."""


class _JsonWriter:
    """An array of claims."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "[\n"

    def add(self, claim: ClaimJson, file: str | None = None) -> None:
        self._stream.write(self._separator + _json(claim, indent=2))
        self._separator = ",\n"

    def finish(self) -> None:
        self._stream.write("[]\n" if self._separator == "[\n" else "\n]\n")


class _LineWriter:
    """One claim a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def add(self, claim: ClaimJson, file: str | None = None) -> None:
        self._stream.write(_json(claim) + "\n")

    def finish(self) -> None:
        """Nothing ends the last line but its line end."""


class _TurtleWriter:
    """Claims, each followed by its parts."""

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

    def add(self, claim: ClaimJson, file: str | None = None) -> None:
        self._write(claim, claim_term(), partial(_place, claim, file), "", claim_class().value)

    def finish(self) -> None:
        """Nothing ends a Turtle document."""

    def _write(
        self,
        content: Mapping[str, Any],
        term: FieldTerm,
        place: Callable[[str], str],
        pointer: str,
        node_class: str | None,
    ) -> None:
        """Writes a node and then the nodes that it names."""
        lines = [] if node_class is None else [f"a {self._iri(node_class)}"]
        parts = []
        for name, field in term.fields.items():
            if name not in content:
                continue
            value = content[name]
            values = []
            for index, entry in enumerate(value if field.many else [value]):
                if field.fields:
                    there = f"{pointer}/{name}/{index}" if field.many else f"{pointer}/{name}"
                    parts.append((entry, field, there))
                    values.append(f"<{place(there)}>")
                else:
                    values.append(self._value(entry, field))
            # An empty array is an empty list: a record that shows nothing is not none.
            listed = field.ordered or not values
            text = f"( {' '.join(values)} )" if listed else ", ".join(values)
            lines.append(f"{self._iri(field.predicate)} {text}")
        if lines:
            self._stream.write(f"\n<{place(pointer)}> " + " ;\n    ".join(lines) + " .\n")
        for entry, field, there in parts:
            self._write(entry, field, place, there, None)

    def _value(self, value: Any, field: FieldTerm) -> str:
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


class _LinkedWriter:
    """A JSON-LD graph with its context, so that nothing has to be fetched to read it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        context = json.dumps(claim_context(), separators=(",", ":"))
        stream.write(f'{{"@context": {context},\n"@graph": [')
        self._separator = "\n"

    def add(self, claim: ClaimJson, file: str | None = None) -> None:
        named = _named(claim, partial(_place, claim, file), "")
        node = {"@id": named["@id"], "@type": claim_class().value, **named}
        self._stream.write(self._separator + _json(node, indent=2))
        self._separator = ",\n"

    def finish(self) -> None:
        self._stream.write("\n]}\n")


def _place(claim: ClaimJson, file: str | None, pointer: str) -> str:
    return part_iri(str(claim["id"]), pointer, file)


def _named(value: Any, place: Callable[[str], str], pointer: str) -> Any:
    """A value of a claim with an @id in each part of it."""
    if isinstance(value, list):
        return [_named(each, place, f"{pointer}/{index}") for index, each in enumerate(value)]
    if isinstance(value, Mapping):
        parts = {name: _named(each, place, f"{pointer}/{name}") for name, each in value.items()}
        return {"@id": place(pointer), **parts}
    return value


_WRITERS: Mapping[str, Callable[[TextIO], ClaimWriter]] = {
    "json": _JsonWriter,
    "ndjson": _LineWriter,
    "jsonld": _LinkedWriter,
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
