"""Claims in the data frames of pandas, polars, DuckDB and Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Literal, get_args

from claimshapes.claims.claim import ClaimReading
from claimshapes.claims.readers.source import read_claim_objects
from claimshapes.claims.readers.table_claims import read_rows
from claimshapes.claims.readers.table_columns import TableColumns
from claimshapes.errors import InputError

FrameLibrary = Literal["pandas", "polars", "duckdb", "arrow"]
"""Libraries whose frames are read and written."""

_PACKAGES: Mapping[str, FrameLibrary] = {
    "pandas": "pandas",
    "polars": "polars",
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "pyarrow": "arrow",
}
_NAME = "frame"


def frame_library(frame: Any) -> FrameLibrary:
    """The library that a frame is of.

    Raises:
        InputError: it is no frame.
    """
    for kind in type(frame).__mro__:
        library = _PACKAGES.get(kind.__module__.partition(".")[0])
        if library is not None:
            return library
    raise InputError(
        f"expected a frame of {', '.join(get_args(FrameLibrary))}, found {type(frame).__name__}"
    )


def read_frame(frame: Any, columns: TableColumns) -> Iterator[ClaimReading]:
    """Reads the claims of a frame; nothing is copied as a whole.

    With a column ``item`` that holds lists, each row is a claim of the JSON claim format. Without
    one, each row is a service line, as in a CSV file.

    Args:
        frame: a ``DataFrame`` of pandas or polars (also lazy), a DuckDB relation, or a table,
            record batch or reader of Arrow.
        columns: which column is which field, where rows are lines.

    Yields:
        For each claim the claim, or what is wrong with it; its origin has its row, from 1.

    Raises:
        InputError: it is no frame, or its columns are no fields of a claim.
    """
    names, rows = _opened(frame)
    first = next(rows, None)
    if first is None:
        return iter(())
    rows = chain((first,), rows)
    if "item" in names:
        if len(set(names)) < len(names):
            raise InputError("two columns have the same name")
        return read_claim_objects(dict(zip(names, row, strict=True)) for row in rows)
    return read_rows(names, rows, _NAME, columns)


def _opened(frame: Any) -> tuple[list[str], Iterator[Sequence[Any]]]:
    library = frame_library(frame)
    try:
        if library == "pandas":
            return [str(name) for name in frame.columns], iter(
                frame.itertuples(index=False, name=None)
            )
        if library == "polars":
            collected = frame.collect() if hasattr(frame, "collect") else frame
            return list(collected.columns), iter(collected.iter_rows())
        if library == "duckdb":
            return list(frame.columns), iter(frame.iter_rows())
        return list(frame.schema.names), _of_batches(frame)
    except AttributeError:
        raise InputError(f"expected a frame, found {type(frame).__name__} of {library}") from None


def _of_batches(frame: Any) -> Iterator[Sequence[Any]]:
    if hasattr(frame, "to_batches"):
        frame = frame.to_batches()
    # A reader gives batches; a batch is the only one.
    for batch in [frame] if hasattr(frame, "columns") else frame:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
