"""The results of a check together, and their rows as data frames."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, get_type_hints, overload

from claimshapes.checking.findings import ClaimResult, Finding, NotChecked
from claimshapes.claims.claim import RejectedClaim
from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.claims.readers.frames import FrameLibrary


Row = TypeVar("Row", covariant=True)

_TEXT, _TEXTS, _NUMBER = "text", "texts", "number"
_KINDS: dict[Any, str] = {
    tuple[str, ...]: _TEXTS,
    int: _NUMBER,
    int | None: _NUMBER,
}
_SQL = {_TEXT: "VARCHAR", _TEXTS: "VARCHAR[]", _NUMBER: "BIGINT"}


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """What a check comes to for a claim, in a row.

    Attributes:
        claim: the claim's own number.
        verdict: ``clean``, ``incomplete``, ``waived``, ``known`` or ``findings``.
        findings: how many findings it has.
        not_checked: how many rules were not checked on it.
        rules_in_force: how many rules were in force.
    """

    claim: str
    verdict: str
    findings: int
    not_checked: int
    rules_in_force: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A claim that could not be checked, in a row.

    Attributes:
        claim: the claim's own number where it could be read.
        file: the file's name, or ``frame`` and ``claim 4`` for what is in memory.
        line: line of the file or row of the frame, from 1.
        pointer: JSON Pointer of the offending field.
        reason: what is wrong.
    """

    claim: str | None
    file: str
    line: int | None
    pointer: str | None
    reason: str


class Rows(Sequence[Row], Generic[Row]):
    """Findings, or other parts of results, one after another; and as a data frame.

    Args:
        kind: the dataclass of a row; its fields are the columns.
        rows: the rows.
        library: the library of frames that ``to_frame`` makes where it is told none.
    """

    def __init__(
        self, kind: type[Row], rows: Iterable[Row], library: FrameLibrary | None = None
    ) -> None:
        self._kind = kind
        self._rows = tuple(rows)
        self._library = library

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        return self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<{len(self)} rows of {self._kind.__name__}>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries of text, numbers and lists of text."""
        return list(self._cells())

    def to_frame(self, library: FrameLibrary | None = None) -> Any:
        """The rows as a data frame; without rows it has its columns and types, too.

        Args:
            library: ``pandas``, ``polars``, ``duckdb`` or ``arrow``; that of the frame that was
                checked where absent. It has to be installed: ``claimshapes[polars]``.

        Returns:
            A ``DataFrame`` of pandas or polars, a DuckDB relation, or an Arrow table.

        Raises:
            InputError: no library is named, there is none of that name, or it is not installed.
        """
        library = library or self._library
        made = _MAKERS.get(library or "")
        if made is None:
            raise InputError(f"to_frame needs one of {', '.join(_MAKERS)}")
        try:
            return made(self._columns(), self.to_dicts())
        except ImportError as error:
            raise InputError(
                f"{error.name} is not installed; pip install 'claimshapes[{library}]'"
            ) from error

    def to_arrow(self) -> Any:
        """The rows as an Arrow table; see ``to_frame``."""
        return self.to_frame("arrow")

    def _columns(self) -> dict[str, str]:
        hints = get_type_hints(self._kind)
        return {
            field.name: _KINDS.get(hints[field.name], _TEXT)
            for field in fields(cast(Any, self._kind))
        }

    def _cells(self) -> Iterator[dict[str, Any]]:
        columns = self._columns()
        for row in self._rows:
            yield {name: _cell(getattr(row, name), columns[name] == _TEXTS) for name in columns}


class Results(list[ClaimResult]):
    """The results of a check in the order of its claims; a list with views of its parts.

    Args:
        results: the results.
        rejected: the claims that could not be checked.
        library: the library of the frame that was checked.

    Attributes:
        rejected: the claims that could not be checked.
    """

    def __init__(
        self,
        results: Iterable[ClaimResult] = (),
        rejected: Iterable[RejectedClaim] = (),
        library: FrameLibrary | None = None,
    ) -> None:
        super().__init__(results)
        self._library = library
        self.rejected = Rows(
            Rejection,
            (
                Rejection(
                    each.claim_id,
                    each.origin.file,
                    each.origin.line,
                    each.origin.pointer or None,
                    each.reason,
                )
                for each in rejected
            ),
            library,
        )

    @property
    def findings(self) -> Rows[Finding]:
        """The findings of all claims."""
        return Rows(Finding, (each for result in self for each in result.findings), self._library)

    @property
    def not_checked(self) -> Rows[NotChecked]:
        """What was not checked, of all claims."""
        return Rows(
            NotChecked, (each for result in self for each in result.not_checked), self._library
        )

    @property
    def verdicts(self) -> Rows[ClaimVerdict]:
        """A row for each claim that was checked."""
        return Rows(
            ClaimVerdict,
            (
                ClaimVerdict(
                    result.claim,
                    result.verdict.value,
                    len(result.findings),
                    len(result.not_checked),
                    result.rules_in_force,
                )
                for result in self
            ),
            self._library,
        )


def _cell(value: Any, many: bool) -> Any:
    if many:
        return list(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        # Enumerations are text.
        return str(value)
    return json.dumps(_jsonable(value))


def _jsonable(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _jsonable(entry) for name, entry in asdict(value).items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _jsonable(entry) for name, entry in value.items()}
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _pandas(columns: dict[str, str], rows: list[dict[str, Any]]) -> Any:
    import pandas  # type: ignore[import-untyped]

    kinds = {_TEXT: "string", _TEXTS: "object", _NUMBER: "Int64"}
    return pandas.DataFrame(
        {
            name: pandas.Series([row[name] for row in rows], dtype=kinds[kind])
            for name, kind in columns.items()
        }
    )


def _polars(columns: dict[str, str], rows: list[dict[str, Any]]) -> Any:
    import polars

    kinds = {_TEXT: polars.String(), _TEXTS: polars.List(polars.String), _NUMBER: polars.Int64()}
    return polars.DataFrame(rows, schema={name: kinds[kind] for name, kind in columns.items()})


def _duckdb(columns: dict[str, str], rows: list[dict[str, Any]]) -> Any:
    import duckdb

    connection = duckdb.connect()
    described = ", ".join(f'"{name}" {_SQL[kind]}' for name, kind in columns.items())
    connection.execute(f"CREATE TABLE checked ({described})")
    if rows:
        places = ", ".join("?" * len(columns))
        connection.executemany(
            f"INSERT INTO checked VALUES ({places})", [list(row.values()) for row in rows]
        )
    return connection.table("checked")


def _arrow(columns: dict[str, str], rows: list[dict[str, Any]]) -> Any:
    import pyarrow

    kinds = {
        _TEXT: pyarrow.string(),
        _TEXTS: pyarrow.list_(pyarrow.string()),
        _NUMBER: pyarrow.int64(),
    }
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    return pyarrow.Table.from_pylist(rows, schema=schema)


_MAKERS = {"pandas": _pandas, "polars": _polars, "duckdb": _duckdb, "arrow": _arrow}
