"""Spark's workers say of claims what the checker says of them in this process."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import VOID, WITHOUT_RECORD
from claimshapes.errors import InputError
from tests.conftest import QUERY_RULE
from tests.generator.claims import claims as generated
from tests.generator.faults import FAULTS, faulty
from tests.hostile import CANARY, GOOD, broken_json, sound

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame, SparkSession

ROOT = Path(__file__).parents[2]
CLAIMS = 200

Row = tuple[Any, ...]


@cache
def good() -> tuple[dict[str, Any], ...]:
    """Correct claims and faulty ones, each under a number of its own."""
    made = [*generated(20261124, CLAIMS), *(faulty(fault, 1)[1] for fault in FAULTS)]
    # Every third as from an 837, without a record; the last without the patient's sex.
    for claim in made[::3]:
        del claim["documentation"]
    unknown = {**made[0], "diagnosis": [{"sequence": 1, "code": "N40.1"}], "payer": "medicare-b"}
    unknown["patient"] = unknown["patient"] | {"sex": "unknown"}
    unknown["item"] = [{**line, "serviced": "2024-09-30"} for line in unknown["item"]]
    made.append(unknown)
    return tuple({**claim, "id": f"S-{number}"} for number, claim in enumerate(made))


BAD: dict[str, bytes | None] = {
    "cut": b'{"id": "B-1", "payer"',
    "none": None,
    "blank": b"  \n ",
    "array": b"[]",
    "two": b"{} {}",
    "misspelt": b'{"id": "B-2", "payor": "medicare-b"}',
    "not UTF-8": b"\xff\xfe{}",
    "line break in text": b'{"id": "B\n3"}',
}


def expected(**settings: Any) -> Counter[Row]:
    rows: Counter[Row] = Counter()
    for result in Checker(engine="set", **settings).check(good()):
        for finding in result.findings:
            rows[
                *("finding", finding.claim, finding.rule, finding.severity.value, finding.focus),
                *(finding.path, finding.value, finding.message, finding.remedy),
                *(finding.denial_codes, finding.url),
            ] += 1
        for item in result.not_checked:
            rows[
                *("not-checked", item.claim, item.rule, None, item.focus, None, None),
                *(item.reason, None, None, None),
            ] += 1
        for gap in result.not_covered:
            rows[
                *("not-covered", gap.claim, gap.rule, None, gap.focus, None, None),
                *(gap.reason, None, None, None),
            ] += 1
        for rule in result.without_record:
            rows[
                *("not-covered", result.claim, rule, None, "", None, None),
                *(WITHOUT_RECORD, None, None, None),
            ] += 1
        for rule in result.left_to_original:
            cells = (VOID, None, None, None)
            rows["not-covered", result.claim, rule, None, "", None, None, *cells] += 1
    return rows


def told(rows: Counter[Row]) -> Counter[Row]:
    """The rows that are given unless others are asked for."""
    return Counter({row: count for row, count in rows.items() if row[0] != "not-covered"})


def rows_of(answer: DataFrame) -> Counter[Row]:
    return Counter(
        tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row)
        for row in answer.collect()
    )


def as_text(session: SparkSession) -> DataFrame:
    rows: list[tuple[str, bytes | None]] = [
        (f"row {number}", json.dumps(claim).encode()) for number, claim in enumerate(good())
    ]
    rows += BAD.items()
    return session.createDataFrame(rows, "source string, claim binary").repartition(3)


def test_workers_say_what_the_checker_says(session: SparkSession) -> None:
    from claimshapes import spark

    answer = spark.check(as_text(session), column="claim", keep=["source"]).cache()
    said = rows_of(answer.where("kind <> 'rejected'").drop("source"))
    assert said == told(expected())
    assert {row[0] for row in said} == {"finding", "not-checked"}
    assert answer.where("kind = 'finding' and source <> concat('row ', substr(claim, 3))").isEmpty()

    rejected = {row["source"]: row for row in answer.where("kind = 'rejected'").collect()}
    assert set(rejected) == set(BAD)
    assert all(row["message"] and row["rule"] is None for row in rejected.values())
    assert rejected["misspelt"]["claim"] == "B-2"
    assert rejected["misspelt"]["focus"] == "/payor"
    assert rejected["cut"]["message"] == "is cut off: it ends in the middle of a claim"
    answer.unpersist()


def test_hostile_claims_fail_alone(session: SparkSession) -> None:
    from claimshapes import spark

    bad = dict(broken_json())
    rows = [*bad.items(), *((number, sound(number)) for number in GOOD)]
    frame = session.createDataFrame(
        [(name, text.encode("utf-8", "surrogatepass")) for name, text in rows],
        "source string, claim binary",
    )
    answer = spark.check(frame.repartition(3), column="claim", keep=["source"]).collect()
    rejected = [row for row in answer if row["kind"] == "rejected"]
    assert {row["source"] for row in rejected} == set(bad)
    assert len(rejected) == len(bad)
    assert not any(CANARY in row["message"] for row in rejected)
    assert {row["source"] for row in answer if row["kind"] != "rejected"} <= set(GOOD)


def test_a_worker_that_is_lost_loses_nothing(session: SparkSession, tmp_path: Path) -> None:
    from claimshapes import spark

    lost = tmp_path / "lost"

    def ended_once(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Ends its process while claims are read, the first time."""
        for batch in batches:
            yield batch
            if not lost.exists():
                lost.touch()
                os.kill(os.getpid(), signal.SIGKILL)

    claims = as_text(session).where("source like 'row %'")
    answer = spark.check(claims.mapInArrow(ended_once, claims.schema), column="claim")
    assert rows_of(answer) == told(expected())
    assert lost.exists()


def test_what_is_not_covered_is_told_where_it_is_asked_for(session: SparkSession) -> None:
    from claimshapes import spark

    claims = as_text(session).where("source like 'row %'").drop("source")
    covered = rows_of(spark.check(claims, column="claim", kinds=["not-covered"]))
    assert covered == expected() - told(expected())
    assert WITHOUT_RECORD in {row[7] for row in covered}
    strict = rows_of(spark.check(claims, column="claim", strict=True))
    assert strict == expected(strict=True)


def test_settings_reach_the_workers(session: SparkSession, tmp_path: Path) -> None:
    from claimshapes import spark

    text = QUERY_RULE.read_text("utf-8")
    own = text.replace("DX-MANIF-FIRST", "OWN-1").replace(
        "$this cs:firstListed true ; cs:manifestation true ; cs:notation ?code",
        "$this cs:firstListed true ; cs:notation ?code",
    )
    assert own != text
    (tmp_path / "OWN-1.ttl").write_text(own, "utf-8")
    settings: dict[str, Any] = {
        "rules": [tmp_path],
        "select": ["OWN-1", "DX-DATE", "CLM-FILING"],
        "payer": "example-strict",
        "sent_on": date(2030, 1, 1),
        "as_of": date(2019, 5, 1),
    }
    answer = spark.check(as_text(session), column="claim", kinds=["finding"], **settings)
    said = rows_of(answer)
    assert said == Counter(
        {row: count for row, count in expected(**settings).items() if row[0] == "finding"}
    )
    assert {row[2] for row in said} == {"OWN-1", "DX-DATE", "CLM-FILING"}


def test_claims_are_judged_beside_the_earlier_ones_of_their_patient(session: SparkSession) -> None:
    from claimshapes import spark

    claims = [
        {**claim, "id": f"S-{place:03}", "patient": {**claim["patient"], "id": f"P-{place % 4}"}}
        for place, claim in enumerate([*good()[:20], *good()[:20]])
    ]
    alone = Checker(engine="set").check(claims)
    beside = list(Checker(engine="set", across_claims=True).check(claims))
    found = Counter(
        (finding.claim, finding.rule, finding.focus, finding.message)
        for result in beside
        for finding in result.findings
    )
    assert found.total() > sum(len(result.findings) for result in alone)
    frame = session.createDataFrame([(json.dumps(claim),) for claim in claims], "claim string")
    answer = spark.check(
        frame.repartition(3), column="claim", kinds=["finding"], across_claims=True
    ).select("claim", "rule", "focus", "message")
    assert rows_of(answer) == found


def test_columns_are_the_fields_of_a_claim(session: SparkSession) -> None:
    from claimshapes import spark

    schema = (
        "id string, payer string, patient struct<birthDate: date, sex: string>,"
        " billingProvider struct<npi: string>,"
        " diagnosis array<struct<sequence: int, code: string>>,"
        " item array<struct<sequence: int, procedure: string, modifier: array<string>,"
        " quantity: decimal(9,3), charge: decimal(12,2), serviced: date>>, file string"
    )
    line = (1, "99213", None, Decimal(1), Decimal("80.00"), date(2026, 5, 4))
    claim = (
        *("T-1", "medicare-b", (date(1950, 2, 1), "female"), ("1234567893",)),
        *([(1, "M54.5")], [line], "may.parquet"),
    )
    frame = session.createDataFrame([claim], schema)
    flat = spark.check(frame, keep=["file"], kinds=["finding", "rejected"])
    assert {(row["kind"], row["file"]) for row in flat.collect()} == {("finding", "may.parquet")}
    nested = frame.selectExpr(
        "file",
        "named_struct('id', id, 'payer', payer, 'patient', patient,"
        " 'billingProvider', billingProvider, 'diagnosis', diagnosis, 'item', item) as held",
    )
    answer = spark.check(nested, column="held", keep=["file"], kinds=["finding", "rejected"])
    assert rows_of(answer) == rows_of(flat)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"column": "claims"}, "there is no column 'claims'; there are source, claim"),
        ({"column": "claim", "keep": ["line"]}, "there is no column 'line'"),
        ({"column": "claim", "kinds": ["findings"]}, "there is no kind 'findings'"),
        ({"column": "claim", "select": ["DX-NONE"]}, "there is no rule DX-NONE"),
        ({"column": "claim", "rules": ["nowhere"]}, "nowhere: there is no such folder"),
        ({"column": "number"}, "the column 'number' holds int; expected JSON text or a struct"),
        ({"column": "number", "keep": ["claim"]}, "the answer has a column 'claim' of its own"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused_before_any_job(
    session: SparkSession, arguments: dict[str, Any], words: str
) -> None:
    from claimshapes import spark

    frame = session.createDataFrame([("a", "{}", 1)], "source string, claim string, number int")
    with pytest.raises(InputError) as error:
        spark.check(frame, **arguments)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "item array<struct<charge: double>>",
            "/item/charge is a double; cast it to decimal(12,2)",
        ),
        (
            "item array<struct<serviced: timestamp>>",
            "/item/serviced is a timestamp; cast it to date",
        ),
        ("created timestamp_ntz", "/created is a timestamp_ntz; cast it to date"),
        (
            "otherPayer array<struct<adjustment: array<struct<amount: float>>>>",
            "/otherPayer/adjustment/amount is a float; cast it to decimal(12,2)",
        ),
    ],
)
def test_columns_that_lose_what_is_meant_are_refused_before_any_job(
    session: SparkSession, kind: str, words: str
) -> None:
    from claimshapes import spark

    frame = session.createDataFrame([], f"id string, {kind}")
    with pytest.raises(InputError) as error:
        spark.check(frame)
    assert words in str(error.value)


def test_a_stream_is_checked_claim_by_claim(session: SparkSession, tmp_path: Path) -> None:
    from claimshapes import spark

    claims = good()[CLAIMS : CLAIMS + 20]
    arriving = tmp_path / "arriving"
    arriving.mkdir()
    (arriving / "claims.ndjson").write_text("".join(json.dumps(each) + "\n" for each in claims))
    stream = session.readStream.text(str(arriving))
    with pytest.raises(InputError) as error:
        spark.check(stream, across_claims=True)
    assert "across_claims needs a patient's claims together" in str(error.value)
    answer = spark.check(stream, column="value", kinds=["finding"])
    writer = answer.writeStream.format("memory").queryName("found").trigger(availableNow=True)
    writer.start().awaitTermination()
    found = Counter((row.claim, row.rule, row.focus) for row in session.table("found").collect())
    assert found == Counter(
        (each.claim, each.rule, each.focus)
        for result in Checker(engine="set").check(claims)
        for each in result.findings
    )
    assert found
