"""What a worker does with batches of claims; needs no Spark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import pytest

from claimshapes.checking.checker import BATCH, Checker
from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.errors import InputError, RuleError
from claimshapes.rules.severity import Severity
from tests.spark.conftest import missing

try:
    import pyarrow as pa

    from claimshapes.spark import partitions
    from claimshapes.spark.settings import Settings, checker_for
except ImportError:
    missing("pyarrow (claimshapes[spark])")

ORIGIN = Origin("claims", pointer="")


class Judge:
    """Stands for a checker: finds something on every claim, and fails on some.

    Args:
        fails: numbers of the claims on which it fails, whatever stands beside them.
    """

    def __init__(self, fails: Iterable[str] = (), error: Exception | None = None) -> None:
        self.fails = frozenset(fails)
        self.error = error or ValueError("claim contents")
        self.batches: list[int] = []

    def for_payer(self, reading: ClaimReading) -> ClaimReading:
        return reading

    def check_readings(
        self, readings: Sequence[ClaimReading]
    ) -> Iterator[tuple[ClaimReading, ClaimResult | None]]:
        self.batches.append(len(readings))
        for reading in readings:
            if isinstance(reading, RejectedClaim):
                yield reading, None
                continue
            name = str(reading.claim["id"])
            if name in self.fails:
                raise self.error
            found = Finding(
                *(name, "DX-DATE", Severity.WARNING, "/diagnosis/0", "code", "M54.5"),
                *("message", "remedy", ("146",), "url"),
            )
            yield reading, ClaimResult(name, (found,), (), 1)


def checker(judge: Judge) -> Checker:
    return cast(Checker, judge)


def record(name: str) -> ClaimRecord:
    return ClaimRecord({"id": name}, ORIGIN)


def claim(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "payer": "commercial",
        "patient": {"birthDate": "1980-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": [{"sequence": 1, "procedure": "99213", "quantity": 1, "serviced": "2026-05-04"}],
    }


def test_some_thousand_claims_are_judged_together_whatever_arrow_s_batches_are() -> None:
    texts = [json.dumps(claim(f"C-{number}")) for number in range(BATCH + 7)]
    table = pa.Table.from_pydict({"claim": texts, "row": list(range(len(texts)))})
    judge = Judge()
    batches = [pa.RecordBatch.from_pydict({"claim": texts[:0], "row": []}, table.schema)]
    batches += table.to_batches(max_chunksize=3 * BATCH // 4)
    made = list(partitions.judge_batches(batches, checker(judge), {"finding"}))
    assert judge.batches == [BATCH, 7]
    assert [entry.num_rows for entry in made] == [BATCH, 7]
    table = pa.Table.from_batches(made)
    assert table["claim"].to_pylist() == [f"C-{row}" for row in table["row"].to_pylist()]
    assert table.schema.names == ["row", *partitions.COLUMNS]


def test_a_kept_column_keeps_its_type_and_its_nulls() -> None:
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([json.dumps(claim("C-1")), "[]", json.dumps(claim("C-2"))]),
            pa.array([1, None, 3], pa.int16()),
        ],
        names=["claim", "row"],
    )
    (made,) = partitions.judge_batches([batch], checker(Judge()), {"finding", "rejected"})
    assert made.schema.field("row").type == pa.int16()
    assert made.column("row").to_pylist() == [1, None, 3]
    assert made.column("kind").to_pylist() == ["finding", "rejected", "finding"]
    assert made.column("denialCodes").to_pylist() == [["146"], None, ["146"]]


def test_an_empty_batch_gives_an_empty_one() -> None:
    batch = pa.RecordBatch.from_pydict({"claim": pa.array([None], pa.string())})
    (made,) = partitions.judge_batches([batch], checker(Judge()), {"finding"})
    assert made.num_rows == 0
    assert made.schema == partitions.arrow_schema([])


def test_a_claim_over_several_lines_is_one_claim() -> None:
    first, second = partitions.read_texts(
        [json.dumps(claim("C-1"), indent=1).encode(), json.dumps(claim("C-1")).encode()]
    )
    assert isinstance(first, ClaimRecord)
    assert isinstance(second, ClaimRecord)
    assert first.claim == second.claim


def test_a_claim_on_which_the_engine_fails_is_rejected_alone() -> None:
    readings: list[ClaimReading] = [record("C-1"), record("C-2"), record("C-3")]
    readings.insert(2, RejectedClaim(ORIGIN, "no claim"))
    judged = partitions.judge_apart(checker(Judge(["C-2"])), readings)
    assert [result is not None for _, result in judged] == [True, False, False, True]
    rejected = judged[1][0]
    assert isinstance(rejected, RejectedClaim)
    assert rejected.claim_id == "C-2"
    assert rejected.reason == "could not be checked (ValueError)"


def test_a_failure_on_every_claim_is_no_claims_fault() -> None:
    with pytest.raises(ValueError, match="claim contents"):
        partitions.judge_apart(checker(Judge(["C-1", "C-2"])), [record("C-1"), record("C-2")])


def test_rules_that_cannot_be_used_end_the_job() -> None:
    judge = Judge(["C-2"], RuleError("a query is no SPARQL"))
    with pytest.raises(RuleError):
        partitions.judge_apart(checker(judge), [record("C-1"), record("C-2")])


def test_contractor_is_known_to_workers() -> None:
    with pytest.raises(InputError, match="no contractor of the loaded articles has the contract 9"):
        checker_for(Settings(mac="9"))
