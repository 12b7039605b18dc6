"""Changed inputs of every format: no reader fails on them, and none gives what is no claim."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SUMMARY
from tests.fuzz.targets import CORPUS, READERS, compile_any, read_any
from tests.longer import TIMES

EXAMPLES = 150 * TIMES
"""Changed inputs of each format."""

PARQUET_EXAMPLES = 40 * TIMES
"""Likewise of Parquet, which takes a database to read."""

_PIECES = [b'"', b"'", b"\n", b"\r", b",", b"|", b"~", b"*", b":", b"{", b"}", b"[", b"]", b"\0"]
_PIECES += [b"\xff", b"\xc3", b"\\u0000", b"\\ud800", b"1e999", b"-1", b"9" * 5_000, b"[" * 900]


def _seeds(input_format: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((CORPUS / input_format).iterdir())]


def _changed(data: bytes, random: Random) -> bytes:
    """Cuts, doubles, moves, replaces and inserts pieces, one to six times."""
    for _ in range(random.randint(1, 6)):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice([1, 1, 2, 8, 64, 512]))
        change = random.randrange(5)
        if change == 0:
            data = data[:start] + data[end:]
        elif change == 1:
            data = data[:end] + data[start:]
        elif change == 2:
            place = random.randrange(len(data) + 1)
            data = data[:place] + data[start:end] + data[place:]
        elif change == 3:
            data = data[:start] + random.choice(_PIECES) + data[end:]
        else:
            data = data[:start] + bytes([random.randrange(256)]) + data[start + 1 :]
    return data


@pytest.mark.parametrize("input_format", READERS)
def test_seeds_are_read(input_format: str) -> None:
    for data in _seeds(input_format):
        counts = read_any(input_format, data)
        assert counts is not None
        assert counts[0] > 0


@pytest.mark.parametrize("input_format", READERS)
def test_changed_inputs_are_read_or_named(
    input_format: str, record_property: Callable[[str, object], None]
) -> None:
    seeds = _seeds(input_format)
    tried = 0

    @settings(
        max_examples=PARQUET_EXAMPLES if input_format == "parquet" else EXAMPLES,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**32 - 1))
    def changed_input_is_read_or_named(seed: int) -> None:
        nonlocal tried
        tried += 1
        random = Random(seed)
        read_any(input_format, _changed(random.choice(seeds), random))

    changed_input_is_read_or_named()
    record_property(SUMMARY, f"changed inputs: {input_format}: {tried}, 0 failures")


def test_engines_agree_on_the_shapes_that_reached_new_code() -> None:
    seeds = _seeds("compiler")
    assert len(seeds) == 40
    for data in seeds:
        compile_any(data)


@settings(max_examples=40, derandomize=True, database=None)
@given(data=st.binary(min_size=8, max_size=8))
def test_engines_agree_on_any_shape(data: bytes) -> None:
    compile_any(data)
