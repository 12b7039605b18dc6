"""Shapes at random have the results that pySHACL finds, on the same graph at random."""

from __future__ import annotations

from functools import cache
from random import Random

import pyshacl
import pytest
import rdflib
from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ValidationFailure
from rdflib.namespace import SH

from claimshapes.engines.batch.tables.terms import Uncompilable
from tests.engines.batch.random_shapes import random_data, random_shape
from tests.engines.batch.shacl_suite import Row, expected_row, read_graph, validation_results

SEEDS = range(80)


@cache
def compared(seed: int) -> tuple[set[Row], set[Row]] | None:
    """What both find; none where one of them refuses the shape."""
    random = Random(seed)
    data, shapes = read_graph(random_data(random)), read_graph(random_shape(random))
    try:
        found = validation_results(data, shapes)
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    except (Uncompilable, ConstraintLoadError, ReportableRuntimeError, ValidationFailure):
        return None
    if not isinstance(report, rdflib.Graph):
        return None
    rows = {expected_row(shapes + report, node) for node in report.objects(None, SH.result)}
    return set(found), rows


@pytest.mark.parametrize("seed", SEEDS)
def test_results_are_those_of_pyshacl(seed: int) -> None:
    results = compared(seed)
    if results is not None:
        assert results[0] == results[1]


def test_most_shapes_are_compared_and_have_results() -> None:
    results = [compared(seed) for seed in SEEDS]
    assert sum(1 for each in results if each is not None and each[1]) > len(SEEDS) / 2
