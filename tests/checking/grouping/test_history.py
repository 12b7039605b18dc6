"""Whatever the order and the way, a claim gets the services of the claims before it."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.checking.grouping.across import AcrossClaims
from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.errors import RuleError
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.other_claims import OtherClaims, read_other_claims, united
from claimshapes.rules.rule_book import load_rules

PATIENT = ((f"{CS_NS}patient", f"{CS_NS}identifier"),)
START = date(2024, 1, 1)
LOOK_BACK = timedelta(days=10)


def made(number: int, patient: int, days: list[int], rejected: bool) -> ClaimReading:
    origin = Origin("claims.ndjson", number + 1, "")
    if rejected:
        return RejectedClaim(origin, "is no claim")
    return ClaimRecord(
        {
            "id": f"C-{number}",
            "patient": {"id": f"P-{patient}"} if patient else {},
            "billingProvider": {"npi": "1234567893"},
            "item": [
                {"procedure": "97110", "serviced": (START + timedelta(day)).isoformat()}
                for day in days
            ],
        },
        origin,
    )


READINGS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.lists(st.integers(0, 25), min_size=1, max_size=3),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=12,
).map(lambda entries: [made(number, *entry) for number, entry in enumerate(entries)])


def services(reading: ClaimReading) -> list[str]:
    """The days of a claim's own services."""
    assert isinstance(reading, ClaimRecord)
    return [item["serviced"] for item in reading.claim["item"]]


def expected(readings: list[ClaimReading], number: int) -> list[tuple[str, str]]:
    """By claim and day, what comes before a claim; said as plainly as can be."""
    own = readings[number]
    if not isinstance(own, ClaimRecord) or "id" not in own.claim["patient"]:
        return []
    first = min(services(own))
    before = [
        (min(services(other)), place, other)
        for place, other in enumerate(readings)
        if isinstance(other, ClaimRecord)
        and other.claim["patient"] == own.claim["patient"]
        and (min(services(other)), place) < (first, number)
    ]
    since = (date.fromisoformat(first) - LOOK_BACK).isoformat()
    return [
        (other.claim["id"], day)
        for _, _, other in sorted(before, key=lambda entry: entry[:2])
        for day in services(other)
        if day >= since
    ]


def across(grouped: bool) -> AcrossClaims:
    return AcrossClaims(
        OtherClaims(frozenset(PATIENT), LOOK_BACK), grouped=grouped, documentation=True
    )


def given_to(reading: ClaimReading) -> list[tuple[str, str]]:
    if not isinstance(reading, ClaimRecord):
        return []
    return [(entry["claim"], entry["serviced"]) for entry in reading.claim.get("history", [])]


@settings(max_examples=60)
@given(READINGS)
def test_wherever_the_others_stand(readings: list[ClaimReading]) -> None:
    got = list(across(grouped=False).with_history(readings))
    assert [reading.origin for reading in got] == [reading.origin for reading in readings]
    wanted = [expected(readings, number) for number in range(len(readings))]
    assert [given_to(reading) for reading in got] == wanted


@settings(max_examples=200)
@given(READINGS)
def test_where_they_follow_each_other(readings: list[ClaimReading]) -> None:
    def patient(reading: ClaimReading) -> str:
        return str(reading.claim["patient"]) if isinstance(reading, ClaimRecord) else ""

    readings.sort(key=patient)
    got = list(across(grouped=True).with_history(readings))
    assert [reading.origin for reading in got] == [reading.origin for reading in readings]
    wanted = [expected(readings, number) for number in range(len(readings))]
    assert [given_to(reading) for reading in got] == wanted


_PROGRAM = """
import resource, sys
from tests.checking.grouping.test_history import across, large
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
grouped = 0
for reading in across(grouped=False).with_history(large(20_000)):
    grouped += "history" in reading.claim
print(grouped, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def large(number: int) -> Any:
    """Claims of some 20 kB, those of a patient far from each other."""
    for place in range(number):
        reading = made(place, 1 + place % (number // 2), [place % 9], rejected=False)
        assert isinstance(reading, ClaimRecord)
        note = {"type": "note", "value": f"{place}" + "x" * 20_000}
        yield ClaimRecord({**reading.claim, "documentation": [note]}, reading.origin)


def test_claims_wait_on_the_disk() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": ":".join(sys.path), "PATH": ""},
        timeout=240,
    )
    grouped, megabytes = map(float, done.stdout.split())
    assert grouped > 5_000
    # The claims have 400 MB.
    assert megabytes < 300


def test_nothing_stays_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    readings = across(grouped=False).with_history([made(n, 1, [n], False) for n in range(5)])
    next(readings)
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    readings.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_a_long_history_keeps_its_latest_services() -> None:
    rnd = random.Random(3)
    days = [sorted(rnd.choices(range(5), k=900)) for _ in range(14)]
    readings = [made(number, 1, each, False) for number, each in enumerate(days)]
    last = max(given_to(r) for r in across(grouped=True).with_history(readings) if given_to(r))
    assert len(last) <= 10_000


DECLARED = """
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:rule> {} .
"""


def declared(text: str) -> OtherClaims | None:
    graph = rdflib.Graph().parse(data=DECLARED.format(text))
    return read_other_claims(graph, rdflib.URIRef("urn:rule"), Path("X.ttl"))


def test_what_a_rule_declares() -> None:
    keys = "cs:groupedBy cs:payer, ( cs:patient cs:identifier )"
    found = declared(f'{keys} ; cs:lookBack "P90D"^^xsd:dayTimeDuration')
    assert found is not None
    assert found.look_back == timedelta(days=90)
    assert found.keys == {(f"{CS_NS}payer",), PATIENT[0]}
    assert declared("cs:severity 1") is None


@pytest.mark.parametrize(
    "text",
    [
        "cs:groupedBy cs:payer",
        'cs:lookBack "P90D"^^xsd:dayTimeDuration',
        'cs:groupedBy cs:payer ; cs:lookBack "PT5H"^^xsd:dayTimeDuration',
    ],
)
def test_half_of_a_declaration(text: str) -> None:
    with pytest.raises(RuleError, match=r"X\.ttl: .*cs:groupedBy, and cs:lookBack in days"):
        declared(text)


@pytest.mark.parametrize("path", [("urn:other",), (f"{CS_NS}item",), (f"{CS_NS}patient", "urn:x")])
def test_a_key_that_a_claim_does_not_have(path: tuple[str, ...]) -> None:
    with pytest.raises(RuleError, match="is no single field of a claim"):
        AcrossClaims(OtherClaims(frozenset([path]), LOOK_BACK), grouped=True, documentation=True)


def test_rules_without_a_key_in_common() -> None:
    one = OtherClaims(frozenset([(f"{CS_NS}payer",)]), timedelta(1))
    both = united([one, OtherClaims(frozenset(PATIENT), timedelta(3))])
    assert both is not None
    assert both.look_back == timedelta(3)
    with pytest.raises(RuleError, match="no key"):
        AcrossClaims(both, grouped=True, documentation=True)


def test_shipped_rules_have_the_patient_in_common() -> None:
    others = united(rule.other_claims for rule in load_rules() if rule.other_claims is not None)
    assert others is not None
    assert PATIENT[0] in others.keys
