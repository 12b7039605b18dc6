"""The driver's side: which column holds the claims, and what comes back for them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimshapes.checking.checker import Checker
from claimshapes.checking.grouping.across import across
from claimshapes.claims.schema import claim_schema, resolve
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import knowledge_folder

try:
    from pyspark.sql import functions
    from pyspark.sql import types as spark_types
except ImportError as error:  # pragma: no cover - without the extra
    raise ImportError("Spark is missing; install claimshapes[spark]") from error

from claimshapes.spark.partitions import (
    COLUMNS,
    FINDING,
    LISTS,
    NOT_CHECKED,
    NOT_COVERED,
    REJECTED,
)
from claimshapes.spark.settings import Settings, checker_for, read_rules

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

KINDS = (FINDING, NOT_CHECKED, NOT_COVERED, REJECTED)
"""What a row of the answer can be."""

TOLD = (FINDING, NOT_CHECKED, REJECTED)
"""The kinds of rows that are given unless others are asked for."""

_UNLIKE_TEXT: tuple[tuple[tuple[type[spark_types.DataType], ...], str], ...] = (
    (
        (spark_types.DoubleType, spark_types.FloatType),
        "cast it to decimal(12,2), which is exact, or to string",
    ),
    (
        (spark_types.TimestampType, spark_types.TimestampNTZType),
        "cast it to date, in the time zone in which the day is meant",
    ),
)
"""What would be written as other text than the claim format has, and what to do."""


def check(
    dataframe: DataFrame,
    *,
    column: str | None = None,
    keep: Sequence[str] = (),
    kinds: Collection[str] = TOLD,
    rules: Sequence[str | os.PathLike[str]] = (),
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    payer: str | None = None,
    payers: str | os.PathLike[str] | None = None,
    as_of: date | None = None,
    sent_on: date | None = None,
    documentation: bool = True,
    strict: bool = False,
    across_claims: bool = False,
    knowledge: str | os.PathLike[str] | None = None,
    mac: str | None = None,
) -> DataFrame:
    """Checks the claims of a DataFrame, a row each.

    Nothing is judged before an action asks for the answer. A row that is no claim becomes a row
    of the kind ``rejected``; it never fails the job.

    Args:
        dataframe: the claims.
        column: the column that holds them: JSON in the claim format as text or bytes, or a
            struct with the fields of the claim format. Without it, the columns themselves,
            without those of ``keep``, are the fields.
        keep: columns to repeat before the answer's own, such as a file's name or a row's key.
        kinds: which rows to give. Rows of the kind ``not-covered``, which are not given unless
            they are asked for, are many: a row for each rule that needs what no loaded table
            holds or no claim of the format carries, and for each rule that reads the record
            where none came. Group them by rule and message to have the coverage of a run.
        rules: folders of rule files beside the shipped ones, on the driver's disk.
        select: ids of the only rules to judge; all of them when absent.
        ignore: ids of rules to leave out.
        payer: payer id to take instead of each claim's own.
        payers: a CSV file (``id,name,payer``), on the driver's disk, that says which payers the ids
            and names of the claims' payers mean.
        as_of: date to judge by instead of the dates of service.
        sent_on: date on which every claim is taken as sent; by default the date that it states,
            or else the day of the check.
        documentation: whether the record that came with a claim is read.
        strict: whether what is not covered counts as not checked on each claim.
        across_claims: whether a claim's history also holds the services of the claims before it
            that rules say belong to it; the claims are then brought together by their key.
        knowledge: folder of releases that the user imported; every worker has to see it at this
            path. That of the driver's environment when absent.
        mac: contract number of the Medicare contractor whose coverage articles hold for the
            Medicare claims.

    Returns:
        The columns of ``keep``, then ``kind``, ``claim``, ``rule``, ``severity``, ``focus``,
        ``path``, ``value``, ``message``, ``remedy``, ``denialCodes`` (an array) and ``url``: a
        row a finding, a rule that could not be judged, or a claim that could not be read.

    Raises:
        InputError: a column, kind, folder or rule is not there, a column cannot hold claims, or
            claims of a stream are to be seen together.
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    _refuse_unknown("kind", kinds, KINDS)
    _refuse_unknown("column", keep, dataframe.columns)
    if taken := sorted({*keep} & {*COLUMNS}):
        raise InputError(f"the answer has a column '{taken[0]}' of its own; rename that of `keep`")
    folder = knowledge_folder() if knowledge is None else Path(knowledge)
    settings = Settings(
        rules=read_rules(rules),
        select=None if select is None else frozenset(select),
        ignore=frozenset(ignore),
        payer=payer,
        payers=None if payers is None else Path(payers).read_text("utf-8-sig"),
        as_of=as_of,
        sent_on=sent_on,
        documentation=documentation,
        strict=strict,
        knowledge=None if folder is None else str(folder.absolute()),
        mac=mac,
    )
    # What is wrong with the rules is better said here, once, than by every worker.
    checker = Checker(
        rules=rules,
        select=settings.select,
        ignore=settings.ignore,
        payers=payers,
        engine="set",
        knowledge=folder,
        mac=mac,
    )
    if across_claims and dataframe.isStreaming:
        raise InputError(
            "across_claims needs a patient's claims together, and a stream has them bit by bit;"
            " check each batch of it (foreachBatch), or without across_claims"
        )
    claims = dataframe.select(_claims(dataframe, column, keep).alias("claim"), *keep)
    together = None
    if across_claims:
        together = across(checker.book, grouped=True, documentation=documentation)
    if together is not None:
        # Whoever names the payer of all claims groups by that one, not by their own.
        own = [path for path in together.paths if payer is None or path != ("payer",)]
        claims = _brought_together(claims, own)
    schema = spark_types.StructType(
        [
            *(dataframe.schema[name] for name in keep),
            *(spark_types.StructField(name, _type(name)) for name in COLUMNS),
        ]
    )
    wanted = frozenset(kinds)

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from claimshapes.spark.partitions import judge_batches

        checker = checker_for(settings)
        others = (
            across(checker.book, grouped=True, documentation=documentation)
            if across_claims
            else None
        )
        yield from judge_batches(batches, checker, wanted, others)

    return claims.mapInArrow(judge, schema)


def _brought_together(claims: DataFrame, paths: Sequence[Sequence[str]]) -> DataFrame:
    """The claims of a group in one partition, after each other; the others anywhere."""
    text = functions.col("claim").cast("string")
    keys = [functions.get_json_object(text, "$." + ".".join(path)) for path in paths]
    # What lacks a key belongs to no group, and would otherwise crowd in one partition.
    keys = [functions.coalesce(key, functions.xxhash64(text).cast("string")) for key in keys]
    return claims.repartition(*keys).sortWithinPartitions(*keys, text)


def _type(name: str) -> spark_types.DataType:
    text = spark_types.StringType()
    return spark_types.ArrayType(text) if name in LISTS else text


def _claims(dataframe: DataFrame, column: str | None, keep: Sequence[str]) -> Column:
    """The claims as text or bytes."""
    if column is None:
        fields = [name for name in dataframe.columns if name not in keep]
        if not fields:
            raise InputError("there is no column besides those of `keep`")
        kind: Any = dataframe.select(*fields).schema
        found = functions.struct(*fields)
    else:
        _refuse_unknown("column", [column], dataframe.columns)
        kind = dataframe.schema[column].dataType
        found = functions.col(column)
    if isinstance(kind, (spark_types.StringType, spark_types.BinaryType)):
        return found
    if isinstance(kind, spark_types.StructType):
        found = found.cast(_as_in_json(kind, claim_schema()))
        return functions.to_json(found, {"ignoreNullFields": "true"})
    raise InputError(
        f"the column '{column}' holds {kind.simpleString()}; expected JSON text or a struct"
    )


def _as_in_json(kind: Any, schema: Any, place: str = "") -> Any:
    """The type with decimals as text where the claim format has amounts, which are no numbers.

    Raises:
        InputError: an amount is a number of floating point, or a date a point of time.
    """
    schema = resolve(schema)
    if isinstance(kind, spark_types.ArrayType):
        element = _as_in_json(kind.elementType, schema.get("items", {}), place)
        return spark_types.ArrayType(element, kind.containsNull)
    if isinstance(kind, spark_types.StructType):
        known = schema.get("properties", {})
        return spark_types.StructType(
            [
                spark_types.StructField(
                    entry.name,
                    _as_in_json(entry.dataType, known.get(entry.name, {}), f"{place}/{entry.name}"),
                    entry.nullable,
                )
                for entry in kind
            ]
        )
    if schema.get("type") != "string":
        return kind
    if isinstance(kind, spark_types.DecimalType):
        return spark_types.StringType()
    for types, expected in _UNLIKE_TEXT:
        if isinstance(kind, types):
            raise InputError(f"{place} is a {kind.simpleString()}; {expected}")
    return kind


def _refuse_unknown(what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"there is no {what} '{name}'; there are {', '.join(known)}")
