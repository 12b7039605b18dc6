"""Which column of a table is which field of a claim.

A column is named by its field's path in the JSON claim: ``patient.birthDate``, ``item.procedure``.
``diagnosis`` holds codes. ``diagnosis.2`` and ``item.modifier.2`` are the second of several;
``documentation.pain-onset`` is a fact of that type, ``item.documentation.order`` one of the line;
``history.1.procedure`` is a field of the first earlier service.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from claimshapes.claims.field_terms import FieldTerm, claim_term
from claimshapes.claims.format_faults import faults_of
from claimshapes.claims.schema import claim_schema, resolve, shown_name
from claimshapes.errors import InputError
from claimshapes.files import bounded_toml, unique_names
from claimshapes.knowledge.in_use import resource_directory

_ISO = "%Y-%m-%d"
_MOST_BYTES = 1_000_000
_NO_HEADER = "the first line names no field of a claim; expected a header such as id,payer"
_HISTORY = re.compile(r"history\.([1-9][0-9]{0,3})\.(\w+)")
_PLACE = re.compile(r"(.+)\.([1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds.

    Attributes:
        field: the field's path, such as ``("item", "modifier")``.
        place: which of several values, from 1; 0 where the cell holds all of them.
        documentation: the type of the fact that it holds.
        kind: the JSON type of a value: ``string``, ``number`` or ``integer``.
        many: whether the field has several values.
        date: whether a value is a date.
    """

    field: tuple[str, ...]
    place: int = 0
    documentation: str = ""
    kind: str = "string"
    many: bool = False
    date: bool = False

    @property
    def of_line(self) -> bool:
        """Whether it is about the service line and not the claim."""
        return self.field[0] == "item"


@dataclass(frozen=True, slots=True)
class TableColumns:
    """How a table is written, as a file that ontology/table-columns.schema.json describes says.

    Attributes:
        columns: the table's own names of columns with their fields.
        constants: fields that have one value in the whole table.
        ignore_others: whether columns that are no field are passed over.
        separator: what stands between several values in one cell.
        date_format: how dates are written.
    """

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    ignore_others: bool = False
    separator: str = "|"
    date_format: str = _ISO

    def header(
        self, names: Iterable[str], file: str, *, is_whole: bool = True
    ) -> list[Column | None]:
        """What each column of a table holds; none for a column that is passed over.

        Args:
            names: the columns' names.
            file: the table's name.
            is_whole: whether they are names for certain; what may be a value is not shown.

        Raises:
            InputError: a column is no field, or two hold the same.
        """
        found: list[Column | None] = []
        seen: dict[Column, str] = {}
        names = list(names)
        fields = [self.columns.get(name, name.strip()) for name in names]
        known = sum(_column(field) is not None for field in fields)
        if not known:
            # Most likely a row of claims, whose values are not to be shown.
            raise InputError(_NO_HEADER, file=file, line=1)
        is_whole = is_whole and 2 * known >= len(fields)
        for place, (name, field) in enumerate(zip(names, fields, strict=True), start=1):
            column = _column(field)
            if column is None:
                if not self.ignore_others:
                    reason = _unknown(name, field) if is_whole else _unknown_place(place)
                    raise InputError(reason, file=file, line=1)
            elif column in seen:
                reason = f"the columns '{seen[column]}' and '{shown_name(name)}' hold the same"
                raise InputError(reason, file=file, line=1)
            else:
                seen[column] = shown_name(name)
            found.append(column)
        return found

    def fixed(self, file: str) -> list[tuple[Column, str]]:
        """The constants with what they are.

        Raises:
            InputError: one is no field.
        """
        found = []
        for field, value in self.constants.items():
            column = _column(field)
            if column is None:
                raise InputError(_unknown(field, field), file=file)
            found.append((column, value))
        return found

    def day(self, text: str) -> str:
        """A date as the claim format writes it; as it stands where it is no such date."""
        if self.date_format == _ISO:
            return text
        try:
            return datetime.strptime(text, self.date_format).date().isoformat()
        except ValueError:
            return text


def default_columns() -> TableColumns:
    """Columns that have the fields' own names."""
    return TableColumns({}, {})


def read_table_columns(source: str | os.PathLike[str]) -> TableColumns:
    """Reads a mapping file, JSON or (with the ending ``.toml``) TOML.

    Raises:
        InputError: it cannot be read, or is not as its schema says.
    """
    file = os.fspath(source)
    try:
        with Path(source).open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = f"cannot be read ({getattr(error, 'strerror', None) or 'no file name'})"
        raise InputError(reason, file=file) from error
    if len(data) > _MOST_BYTES:
        raise InputError(f"must not be longer than {_MOST_BYTES:,} bytes", file=file)
    try:
        text = data.decode("utf-8")
        content = bounded_toml.loads(text) if file.endswith(".toml") else unique_names.loads(text)
    except unique_names.RepeatedNameError as error:
        raise InputError("gives a name twice", file=file) from error
    except (ValueError, RecursionError) as error:
        name = "TOML" if file.endswith(".toml") else "JSON"
        raise InputError(f"is not {name}", file=file) from error
    schema = json.loads(
        (resource_directory("ontology") / "table-columns.schema.json").read_text("utf-8")
    )
    for fault in faults_of(Draft202012Validator(schema).iter_errors(content)):
        raise InputError(fault.reason, file=file, pointer=fault.pointer)
    return TableColumns(
        columns=content.get("columns", {}),
        constants=content.get("constants", {}),
        ignore_others=content.get("ignoreOthers", False),
        separator=content.get("separator", "|"),
        date_format=content.get("dateFormat", _ISO),
    )


@cache
def column_fields() -> Mapping[str, Column]:
    """Every field that a column may hold, by its name; documentation and places apart."""
    return {".".join(column.field): column for column in _fields(claim_term(), (), claim_schema())}


def _fields(term: FieldTerm, path: tuple[str, ...], schema: Mapping[str, Any]) -> Iterable[Column]:
    for name, field in term.fields.items():
        described = resolve(schema["properties"][name])
        if field.many:
            described = resolve(described["items"])
        place = (*path, name)
        if not field.fields:
            is_date = described.get("format") == "date"
            yield Column(place, kind=field.kind, many=field.many, date=is_date)
        elif name == "diagnosis":
            yield Column(place, many=True)
        elif name == "item" or not field.many:
            yield from _fields(field, place, described)


def _column(field: str) -> Column | None:
    known = column_fields()
    if field in known:
        return known[field]
    for prefix in ("documentation.", "item.documentation."):
        kind = field.removeprefix(prefix)
        if field.startswith(prefix) and re.fullmatch(r"[a-z][a-z0-9-]*", kind):
            path = tuple(prefix.rstrip(".").split("."))
            return Column(path, documentation=kind, many=True)
    if match := _HISTORY.fullmatch(field):
        service = claim_term().fields["history"].fields.get(match[2])
        if service is None:
            return None
        is_date = service.datatype == "date"
        return Column(
            ("history", match[2]), int(match[1]), kind=service.kind, many=service.many, date=is_date
        )
    match = _PLACE.fullmatch(field)
    if match and (column := known.get(match[1])) and column.many:
        return Column(column.field, int(match[2]), kind=column.kind, many=True, date=column.date)
    return None


def _unknown(name: str, field: str) -> str:
    near = difflib.get_close_matches(field[:80], column_fields(), n=1, cutoff=0.6)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"the column '{shown_name(name)}' is no field of a claim{hint}"


def _unknown_place(place: int) -> str:
    return f"column {place} of the header is no field of a claim"
