"""Values of data frames' rows as the JSON claim format has them.

Rows of pandas, polars, DuckDB and Arrow have every field in every row, null where a claim has none,
and types of their own for dates, amounts and lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from claimshapes.claims.schema import claim_schema, plain_number, resolve

_ABSENT = object()
_DEPTH = 8
_ARRAYS = ("numpy", "polars", "pyarrow")


def is_null(value: Any) -> bool:
    """Whether a value says that there is none: None, NaN, NaT or pandas.NA."""
    if value is None:
        return True
    if isinstance(value, (str, int, Mapping, list, tuple)):
        return False
    if type(value).__name__ == "NAType":
        return True
    try:
        # NaN and NaT are the values that differ from themselves.
        return bool(value != value)
    except (TypeError, ValueError):
        # An array compares its elements.
        return False


def cell_text(value: Any, separator: str, *, errors: str = "strict") -> str:
    """A cell's value as a CSV file would have it; empty for null.

    Args:
        value: the value.
        separator: what is put between the entries of a list.
        errors: what becomes of bytes that are no UTF-8, as ``bytes.decode`` has it.

    Raises:
        UnicodeDecodeError: bytes are no UTF-8, and that is to be an error.
    """
    value = _native(value)
    if isinstance(value, bytes):
        return str(value, "utf-8", errors)
    if isinstance(value, (list, tuple)):
        texts = (cell_text(entry, separator, errors=errors) for entry in value)
        return separator.join(filter(None, texts))
    if is_null(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)


def row_claim(row: Any) -> Any:
    """A claim given as a row: without its nulls, its values as JSON has them.

    A field that is null is absent, and so is an object all of whose fields are. An array without
    entries stays, since no record and an empty one differ.

    Args:
        row: what should be a claim.

    Returns:
        The claim; what no row of a frame holds is left as it is, for the claim format to refuse.
    """
    given = _plain(row, claim_schema(), _DEPTH)
    return row if given is _ABSENT else given


def _plain(value: Any, schema: Mapping[str, Any], depth: int) -> Any:
    value = _native(value)
    if is_null(value):
        return _ABSENT
    if not depth:
        return value
    if isinstance(value, Mapping):
        fields = schema.get("properties", {})
        given = {
            name: plain
            for name, entry in value.items()
            if (plain := _plain(entry, resolve(fields.get(name, {})), depth - 1)) is not _ABSENT
        }
        return given if given or not value else _ABSENT
    if isinstance(value, (list, tuple)):
        of = resolve(schema.get("items", {}))
        entries = (_plain(entry, of, depth - 1) for entry in value)
        return [entry for entry in entries if entry is not _ABSENT]
    return _scalar(value, schema.get("type"))


def _scalar(value: Any, kind: Any) -> Any:
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, bool) or not isinstance(value, (float, Decimal)):
        return value
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if not exact.is_finite():
        return value
    if kind == "string":
        return format(exact, "f")
    return plain_number(exact)


def _native(value: Any) -> Any:
    """A value of a frame's library as Python's own."""
    if type(value).__module__.partition(".")[0] in _ARRAYS:
        for convert in ("tolist", "to_pylist", "as_py", "to_list"):
            if hasattr(value, convert):
                return getattr(value, convert)()
    return value


def _day(value: date) -> str:
    if isinstance(value, datetime):
        # DuckDB gives one with a zone in that of the machine.
        moment: datetime = value if value.tzinfo is None else value.astimezone(UTC)
        # A date that a tool kept as a time of day zero.
        return moment.date().isoformat() if moment.time() == time.min else moment.isoformat()
    return value.isoformat()
