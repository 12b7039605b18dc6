"""What a worker does: batches of claims in Arrow's form in, batches of findings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa

from claimshapes.checking.checker import BATCH, Checker
from claimshapes.checking.findings import VOID, WITHOUT_RECORD, ClaimResult
from claimshapes.checking.grouping.across import AcrossClaims
from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission, reject
from claimshapes.claims.quick_check import read_claim
from claimshapes.claims.readers.json_claims import CLAIM_BYTES
from claimshapes.claims.readers.json_lines import LineDecoder
from claimshapes.claims.readers.json_values import TOO_LONG
from claimshapes.claims.schema import ClaimFault
from claimshapes.errors import ClaimshapesError
from claimshapes.report.json_report import finding_object, not_checked_object

FINDING = "finding"
NOT_CHECKED = "not-checked"
NOT_COVERED = "not-covered"
REJECTED = "rejected"

COLUMNS = (
    "kind",
    "claim",
    "rule",
    "severity",
    "focus",
    "path",
    "value",
    "message",
    "remedy",
    "denialCodes",
    "url",
)
"""Names of the columns of findings, in their order; those of the reports."""

LISTS = frozenset({"denialCodes"})
"""Columns that hold several texts; every other one holds one."""

_ORIGIN = Origin("claims", pointer="")
_EMPTY = "expected a claim, found none"

Row = tuple[Any, ...]


def arrow_schema(kept: Iterable[pa.Field]) -> pa.Schema:
    """The columns of a worker's answer: those of the claims that are kept, then the findings'."""
    texts = pa.string()
    return pa.schema(
        [*kept, *(pa.field(name, pa.list_(texts) if name in LISTS else texts) for name in COLUMNS)]
    )


def judge_batches(
    batches: Iterable[pa.RecordBatch],
    checker: Checker,
    kinds: Collection[str],
    across: AcrossClaims | None = None,
) -> Iterator[pa.RecordBatch]:
    """Judges the claims of a partition.

    Args:
        batches: the claims' JSON, as text or bytes, in the first column; further columns are
            handed through, so that a row says which claim it is about.
        checker: the rules and knowledge.
        kinds: which rows to give.
        across: gives claims the services of earlier ones, where the claims of a group follow
            each other.

    Yields:
        A batch of rows for every few thousand claims; see ``arrow_schema``.

    Raises:
        ClaimshapesError: the rules or the knowledge cannot be used.
    """
    held: list[pa.RecordBatch] = []

    def readings() -> Iterator[ClaimReading]:
        for batch in batches:
            held.append(batch)
            yield from read_texts(batch.column(0).cast(pa.binary()).to_pylist())

    charged = map(checker.for_payer, readings())
    given = readings() if across is None else across.with_history(charged)
    while part := list(islice(given, BATCH)):
        # Rows come in the order of the readings; those of later ones may be at hand already.
        around = pa.concat_batches(held)
        held[:] = [around.slice(len(part))]
        made = _Rows(kinds)
        for place, (reading, result) in enumerate(judge_apart(checker, part)):
            made.add(place, reading, result)
        yield made.batch(around.select(range(1, around.num_columns)))
        # Before the next ones are read.
        del part, made


def read_texts(texts: Sequence[bytes | None]) -> list[ClaimReading]:
    """Reads one claim from each text; what is no claim is rejected, and the rest go on.

    The same claim number may stand twice: which claims share a partition is chance.
    """
    admission = Admission(repeats=True)
    decoder = LineDecoder()
    return [_read(text, admission, decoder) for text in texts]


def _read(text: bytes | None, admission: Admission, decoder: LineDecoder) -> ClaimReading:
    if text is None or not text or text.isspace():
        return reject([ClaimFault("", _EMPTY)], _ORIGIN)
    if len(text) > CLAIM_BYTES:
        return reject([ClaimFault("", TOO_LONG.format(CLAIM_BYTES))], _ORIGIN)
    claim = read_claim(text)
    if claim is not None:
        return admission.admit_valid(claim, _ORIGIN)
    # A line break between JSON tokens means what a carriage return does.
    value = decoder.value(text.replace(b"\n", b"\r"), _ORIGIN)
    if value.fault is not None:
        return reject([value.fault], _ORIGIN)
    return admission.admit(value.content, _ORIGIN)


def judge_apart(
    checker: Checker, readings: Sequence[ClaimReading]
) -> list[tuple[ClaimReading, ClaimResult | None]]:
    """Judges claims together; one that cannot be judged at all is rejected alone.

    A failure of the engine must not end a job of many hours, but one that befalls every claim is
    no claim's fault and is raised.

    Args:
        checker: the rules and knowledge.
        readings: claims and what was rejected.

    Raises:
        ClaimshapesError: the rules or the knowledge cannot be used.
        Exception: none of several claims could be judged.
    """
    try:
        return list(checker.check_readings(readings))
    except ClaimshapesError:
        raise
    except Exception:
        judged = [pair for reading in readings for pair in _judge_alone(checker, reading)]
        claims = sum(isinstance(reading, ClaimRecord) for reading in readings)
        if claims > 1 and not any(result is not None for _, result in judged):
            raise
        return judged


def _judge_alone(
    checker: Checker, reading: ClaimReading
) -> list[tuple[ClaimReading, ClaimResult | None]]:
    try:
        return list(checker.check_readings([reading]))
    except ClaimshapesError:
        raise
    except Exception as error:
        if not isinstance(reading, ClaimRecord):
            raise
        # What an engine says of a failure may quote the claim; its kind does not.
        reason = f"could not be checked ({type(error).__name__})"
        return [(RejectedClaim(reading.origin, reason, str(reading.claim["id"])), None)]


@dataclass(slots=True)
class _Rows:
    """Rows in the making, with the place of the claim that each is about."""

    kinds: Collection[str]
    rows: list[Row] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, place: int, reading: ClaimReading, result: ClaimResult | None) -> None:
        if isinstance(reading, RejectedClaim):
            cells = {"claim": reading.claim_id, "focus": reading.origin.pointer}
            self._row(place, REJECTED, cells | {"message": reading.reason})
        if result is None:
            return
        for finding in result.findings:
            self._row(place, FINDING, finding_object(finding))
        for item in result.not_checked:
            self._row(place, NOT_CHECKED, not_checked_object(item) | {"message": item.reason})
        if NOT_COVERED not in self.kinds:
            return
        for gap in result.not_covered:
            self._row(place, NOT_COVERED, not_checked_object(gap) | {"message": gap.reason})
        for rule in result.without_record:
            cells = {"claim": result.claim, "rule": rule, "focus": "", "message": WITHOUT_RECORD}
            self._row(place, NOT_COVERED, cells)
        for rule in result.left_to_original:
            cells = {"claim": result.claim, "rule": rule, "focus": "", "message": VOID}
            self._row(place, NOT_COVERED, cells)

    def _row(self, place: int, kind: str, cells: Mapping[str, Any]) -> None:
        if kind in self.kinds:
            self.rows.append((kind, *(cells.get(name) for name in COLUMNS[1:])))
            self.places.append(place)

    def batch(self, kept: pa.RecordBatch) -> pa.RecordBatch:
        schema = arrow_schema(kept.schema)
        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in COLUMNS)
        own = list(schema)[kept.num_columns :]
        arrays = [
            pa.array(column, type=entry.type) for column, entry in zip(columns, own, strict=True)
        ]
        # A batch without columns has no rows to take from.
        around = kept.take(pa.array(self.places, pa.int64())).columns if kept.num_columns else []
        return pa.RecordBatch.from_arrays([*around, *arrays], schema=schema)
