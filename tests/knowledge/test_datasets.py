from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from claimshapes.knowledge.datasets import Dataset, Release, read_datasets


def dataset(*spans: tuple[str, str]) -> Dataset:
    releases = [
        Release(f"r{number}", "", date.fromisoformat(first), date.fromisoformat(last), False, ())
        for number, (first, last) in enumerate(spans)
    ]
    return Dataset("d", False, "", "", "", tuple(releases), ())


def test_spans_that_touch_are_joined() -> None:
    quarters = dataset(("2024-01-01", "2024-03-31"), ("2024-04-01", "2024-06-30"))
    assert quarters.covered() == [(date(2024, 1, 1), date(2024, 6, 30))]
    assert quarters.not_covered() == [(None, date(2023, 12, 31)), (date(2024, 7, 1), None)]


def test_gaps_are_not_covered() -> None:
    years = dataset(("2021-01-01", "2021-09-30"), ("2025-04-01", "2025-09-30"))
    assert years.not_covered()[1] == (date(2021, 10, 1), date(2025, 3, 31))


def test_nothing_covers_nothing() -> None:
    assert dataset().not_covered() == [(None, None)]


def test_shipped_datasets_have_provenance() -> None:
    datasets = read_datasets()
    assert [item.id for item in datasets if item.of_codes] == [
        "icd-10-cm-dates",
        "icd-10-cm-tabular",
    ]
    for item in datasets:
        assert item.label and item.publisher and item.description
        assert item.releases and item.sources
        for source in item.sources:
            assert len(source.sha256) == 64
            assert source.title and source.licence
        for earlier, later in pairwise(item.releases):
            assert earlier.covered_through + timedelta(days=1) <= later.valid_from
