"""What has to hold of any input, for tests and for the coverage-guided job."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from random import Random

import jsonschema

from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import resource_directory
from tests.engines.batch.test_random_shapes import compared

CORPUS = Path(__file__).parent / "corpus"

SUFFIXES = {
    "json": ".json",
    "ndjson": ".ndjson",
    "turtle": ".ttl",
    "jsonld": ".jsonld",
    "nquads": ".nq",
    "x12": ".837",
    "fhir": ".json",
    "csv": ".csv",
    "parquet": ".parquet",
}

READERS = tuple(SUFFIXES)


@cache
def _schema() -> jsonschema.Draft202012Validator:
    text = (resource_directory("ontology") / "claim.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text, parse_float=Decimal))


def read_any(input_format: str, data: bytes) -> tuple[int, int] | None:
    """Reads bytes as a format.

    Returns:
        How many claims were read and rejected, or none where the file cannot be used.
    """
    with tempfile.NamedTemporaryFile(suffix=SUFFIXES[input_format]) as file:
        file.write(data)
        file.flush()
        read = rejected = 0
        try:
            for reading in read_claims(file.name, input_format=input_format):
                if isinstance(reading, ClaimRecord):
                    # What other formats may leave out, such as a birth date, is not asked for.
                    faults = _schema().iter_errors(reading.claim)
                    assert not [each.message for each in faults if each.validator != "required"]
                    read += 1
                else:
                    assert isinstance(reading, RejectedClaim)
                    assert reading.reason
                    rejected += 1
        except InputError as error:
            assert str(error)
            return None
        return read, rejected


def compile_any(data: bytes) -> None:
    """Takes bytes for the seed of a shape and a graph; both engines must find the same."""
    results = compared(Random(data).randrange(2**63))
    compared.cache_clear()
    assert results is None or results[0] == results[1]


TARGETS: dict[str, Callable[[bytes], object]] = {
    **{name: partial(read_any, name) for name in READERS},
    "compiler": compile_any,
}
