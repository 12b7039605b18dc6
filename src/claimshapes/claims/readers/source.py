"""Opens what the user named and finds out which format it has."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from claimshapes.claims.claim import ClaimReading, Origin
from claimshapes.claims.format_check import Admission
from claimshapes.claims.quick_check import is_surely_claim
from claimshapes.claims.readers.compressed import (
    SUFFIXES,
    BytesRead,
    opened,
)
from claimshapes.claims.readers.row_values import row_claim
from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.claims.readers.json_claims import LineBlock

INPUT_FORMATS = (
    "json",
    "ndjson",
    "turtle",
    "ntriples",
    "nquads",
    "jsonld",
    "x12",
    "fhir",
    "csv",
    "parquet",
)
"""Names of the claim formats, as ``input_format`` takes them."""

_BY_SUFFIX = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".jsonld": "jsonld",
    ".ttl": "turtle",
    ".nt": "ntriples",
    ".nq": "nquads",
    ".x12": "x12",
    ".837": "x12",
    ".837i": "x12",
    ".837p": "x12",
    ".edi": "x12",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_JSON = ".json"
"""The ending of files that may be claims, or FHIR."""
_LINES = (".ndjson", ".jsonl")
_TABLES = ("csv", "parquet")
_HEAD = 1 << 16
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "begins with a byte order mark; save it as UTF-8 without one",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
}
_UTF8_MARK = b"\xef\xbb\xbf"
_PARQUET = b"PAR1"
# Quotation marks within a claim's text stand behind a backslash.
_FHIR = re.compile(rb'"resourceType"\s*:\s*"')
_OBJECT_A_LINE = re.compile(rb"\s*\{[^\n]*\}[ \t\r]*\n\s*\{")
# A blank node's brackets begin like an array, but hold a property or are followed by one.
_JSON_ARRAY = re.compile(rb"\[\s*([{\[\"0-9-]|\]?\s*\Z)")
_MARKUP = re.compile(rb"<(\?xml\b|!doctype\b|html\b)", re.IGNORECASE)
_TURTLE = re.compile(rb"\s*(#|@prefix\b|@base\b|prefix\b|base\b|<|_:|\[)", re.IGNORECASE)


def read_claims(
    source: str | os.PathLike[str],
    *,
    input_format: str | None = None,
    columns: str | os.PathLike[str] | None = None,
    bytes_read: BytesRead | None = None,
) -> Iterator[ClaimReading]:
    """Reads the claims of a file, one after another.

    A claim that cannot be used is yielded as ``RejectedClaim``, and the rest go on. JSON lines,
    JSON arrays, X12, FHIR lines and tables are read in bounded memory; RDF and a FHIR Bundle are
    read whole. The claim numbers of a long file are kept in the folder for temporary files.

    Args:
        source: a file's name, or ``-`` for standard input; gzip and Zstandard are unpacked.
        input_format: one of ``INPUT_FORMATS``; without it, the name's ending and the file's
            first bytes tell.
        columns: of a table, a file that says which column is which field, as
            ontology/table-columns.schema.json describes it.
        bytes_read: counts the bytes read so far.

    Raises:
        InputError: the file as a whole cannot be used; it may come after some claims.
    """
    read = _opened(source, input_format, columns, bytes_read)
    yield from cast(Iterator[ClaimReading], read)


def read_blocks(
    source: str | os.PathLike[str],
    *,
    size: int,
    input_format: str | None = None,
    columns: str | os.PathLike[str] | None = None,
    bytes_read: BytesRead | None = None,
) -> Iterator[ClaimReading | LineBlock]:
    """Likewise; of JSON lines the lines as they are, in blocks of about ``size``."""
    yield from _opened(source, input_format, columns, bytes_read, size)


def _opened(
    source: str | os.PathLike[str],
    input_format: str | None,
    columns: str | os.PathLike[str] | None,
    bytes_read: BytesRead | None,
    block: int | None = None,
) -> Iterator[ClaimReading | LineBlock]:
    if input_format is not None and input_format not in INPUT_FORMATS:
        raise InputError(
            f"unknown input format '{input_format}'; expected one of {', '.join(INPUT_FORMATS)}"
        )
    file = os.fspath(source)
    with _errors_of(file), opened(file, bytes_read) as stream:
        yield from _checked(stream, file, input_format, columns, block)


def is_named_as_claims(name: str) -> bool:
    """Whether a file's name ends as those of a format of claims do, compressed or not."""
    suffix = _suffix(name)
    return suffix == _JSON or suffix in _BY_SUFFIX


def read_claim_bytes(content: bytes, name: str = "request") -> Iterator[ClaimReading]:
    """Reads the claims of a document in memory; see ``read_claims``.

    Args:
        content: the document, not compressed.
        name: its name, for messages; its ending tells the format as that of a file does.

    Raises:
        InputError: the document as a whole cannot be used; it may come after some claims.
    """
    with io.BufferedReader(cast(Any, io.BytesIO(content)), _HEAD) as stream:
        yield from cast(Iterator[ClaimReading], _checked(stream, name, None, None))


def _checked(
    stream: io.BufferedReader,
    file: str,
    input_format: str | None,
    columns: str | os.PathLike[str] | None,
    block: int | None = None,
) -> Iterator[ClaimReading | LineBlock]:
    head = stream.peek(_HEAD)[:_HEAD]
    claim_format = input_format or _format_of(file, head)
    for mark, reason in _BYTE_ORDER_MARKS.items():
        # Spreadsheets put one before CSV.
        if head.startswith(mark) and (claim_format, mark) != ("csv", _UTF8_MARK):
            raise InputError(reason, file=file)
    if columns is not None and claim_format not in _TABLES:
        raise InputError("is no table, so that columns mean nothing", file=file)
    yield from _readings(stream, file, claim_format, head, columns, block)


def read_claim_objects(claims: Iterable[Any]) -> Iterator[ClaimReading]:
    """Takes claims given as Python objects.

    Args:
        claims: claims as the claim format has them; numbers are ``int`` or ``Decimal``. Rows of
            data frames will do: null (None, NaN, NaT) means absent, dates may be date objects.

    Yields:
        For each object the claim, or what is wrong with it; its origin counts from "claim 1".
    """
    admission = Admission()
    for number, claim in enumerate(claims, start=1):
        yield admission.admit(as_claim(claim), Origin(f"claim {number}", pointer=""))


def as_claim(given: Any) -> Any:
    """A claim given as a Python object, rows of data frames included, as JSON has it."""
    return given if is_surely_claim(given) else row_claim(given)


def _readings(
    stream: io.BufferedReader,
    file: str,
    claim_format: str,
    head: bytes,
    columns: str | os.PathLike[str] | None,
    block: int | None,
) -> Iterator[ClaimReading] | Iterator[LineBlock]:
    # Imported here, so that a reader of JSON does not wait for the other formats' parsers.
    if claim_format == "x12":
        from claimshapes.claims.readers.x12 import read_x12

        return read_x12(stream, file)
    if claim_format == "fhir":
        from claimshapes.claims.readers.fhir import read_fhir

        lines = _suffix(file) in _LINES or _OBJECT_A_LINE.match(head) is not None
        return read_fhir(stream, file, lines=lines)
    if claim_format in _TABLES:
        from claimshapes.claims.readers.table_claims import read_csv, read_parquet
        from claimshapes.claims.readers.table_columns import default_columns, read_table_columns

        known = default_columns() if columns is None else read_table_columns(columns)
        return (read_csv if claim_format == "csv" else read_parquet)(stream, file, known)
    if claim_format in ("json", "ndjson"):
        from claimshapes.claims.readers.json_claims import (
            read_json_document,
            read_json_lines,
            read_line_blocks,
        )

        if claim_format == "ndjson" or _OBJECT_A_LINE.match(head):
            if block is not None:
                return read_line_blocks(stream, file, block)
            return read_json_lines(stream, file)
        return read_json_document(stream, file)
    from claimshapes.claims.readers.rdf_claims import read_rdf

    return read_rdf(stream, file, claim_format)


def _suffix(file: str) -> str:
    suffixes = [suffix.lower() for suffix in PurePath(file).suffixes]
    if suffixes and suffixes[-1] in SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _format_of(file: str, head: bytes) -> str:
    suffix = _suffix(file)
    start = head.lstrip()
    may_be_fhir = suffix not in _BY_SUFFIX or suffix in _LINES
    if may_be_fhir and start[:1] in (b"{", b"[") and _FHIR.search(start):
        return "fhir"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if _MARKUP.match(start):
        raise InputError("is HTML or XML, which no format of claims is", file=file)
    if not start:
        raise InputError("the file is empty", file=file)
    if suffix == _JSON or start[:1] == b"{":
        return "json"
    if start.startswith(b"ISA"):
        return "x12"
    if start.startswith(_PARQUET):
        return "parquet"
    if _JSON_ARRAY.match(start):
        return "json"
    if _TURTLE.match(start):
        return "turtle"
    raise InputError(
        "the format cannot be told from the name or the content; give the input format: "
        f"{', '.join(INPUT_FORMATS)}",
        file=file,
    )


@contextmanager
def _errors_of(file: str) -> Iterator[None]:
    """Turns what the operating system says into an ``InputError``."""
    try:
        yield
    except IsADirectoryError as error:
        raise InputError(
            "is a folder without files whose names are of a format of claims", file=file
        ) from error
    except FileNotFoundError as error:
        raise InputError("there is no such file", file=file) from error
    except PermissionError as error:
        raise InputError("may not be read (permission denied)", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or 'I/O error'})", file=file) from error
    except ValueError as error:
        if "\0" in file:
            raise InputError("the file's name holds a zero character") from error
        raise
