"""The quick yes and the exact validator say the same of every claim."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from claimshapes.claims.claim import Origin
from claimshapes.claims.format_faults import claim_faults
from claimshapes.claims.quick_check import is_surely_claim, read_claim
from claimshapes.claims.readers.json_lines import LineDecoder
from tests.generator.claims import claims

ODD: list[Any] = [
    *("", " ", "a", "a\n", "a\\b", "a\tb", "\x7f", "\x85", "é", "\u2028", "😀" * 40, "😀" * 41),
    *("x" * 41, "x" * 81, "1234567890", "123456789", "12345678901", "\uff11" * 10),
    *("2026-05-04", "2026-02-30", "0000-01-01", "0001-01-01", "20260504", "2026-W01-1"),
    *("2026-5-4", "2026-05-04T00:00:00", "10000-01-01", "2024-02-29", "2023-02-29"),
    *("80.00", "80.0", "80.", ".80", "80.000", "-1", "1" * 12, "1" * 13),
    *("male", "institutional", "true", "https://w3id.org/claimshapes/claim.context.jsonld"),
    *(0, 1, -1, 2, 9999, 10000, 9999999, 10000000, 10**30, True, False, None),
    *(Decimal("0.5"), Decimal("0.001"), Decimal("0.0001"), Decimal("9999998.999")),
    *(Decimal("9999999.001"), Decimal("0.1000000000000000000001"), Decimal("-0.5")),
    *([], {}, [1], [""], ["GP"], [None], {"sequence": 1}, [{"sequence": 1}], [[]], [[[[[[]]]]]]),
]
NAMES = ["id", "type", "sequence", "code", "serviced", "revenue", "history", "@context", "x", ""]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder in a claim with every name or index in it."""
    steps: Any = value.keys() if isinstance(value, dict) else range(len(value))
    for step in list(steps):
        yield value, step
        if isinstance(value[step], (dict, list)):
            yield from places(value[step])


def broken(claim: Any, rnd: random.Random) -> Any:
    """The claim with one to three things changed, taken out or put in."""
    made = copy.deepcopy(claim)
    for _ in range(rnd.randint(1, 3)):
        holder, step = rnd.choice(list(places(made)) or [(made, "id")])
        change = rnd.randrange(5)
        if change == 0:
            holder.pop(step, None) if isinstance(holder, dict) else holder.pop(step)
        elif change == 1 and isinstance(holder, dict):
            holder[rnd.choice(NAMES)] = copy.deepcopy(rnd.choice(ODD))
        elif change == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[step]))
        else:
            holder[step] = copy.deepcopy(rnd.choice(ODD))
    return made


def as_json(claim: Any) -> bytes:
    """The claim as a line, its decimals as numbers."""
    marked = json.dumps(claim, default=lambda number: f"<{number:f}>", ensure_ascii=False)
    return marked.replace('"<', "").replace('>"', "").encode()


def test_generated_claims_are_surely_claims() -> None:
    for claim in claims(11, 1000):
        assert is_surely_claim(claim)
        assert read_claim(as_json(claim)) == claim


def test_both_say_the_same_of_broken_claims() -> None:
    rnd = random.Random(5)
    refused = accepted = 0
    for claim in claims(12, 400):
        for _ in range(10):
            made = broken(claim, rnd)
            exact = not claim_faults(made)
            assert is_surely_claim(made) == exact, made
            assert (read_claim(as_json(made)) is not None) == exact, made
            refused += not exact
            accepted += exact
    assert refused > 2000
    assert accepted > 200


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        1.5,
        Decimal("1.0"),
        Decimal("NaN"),
        Decimal("Infinity"),
        ("GP",),
        b"GP",
        "\ud800",
        {1: "GP"},
        float("nan"),
    ],
)
@pytest.mark.parametrize("field", ["sequence", "quantity", "procedure", "modifier", "minutes"])
def test_what_json_has_not_is_left_to_the_exact_validator(field: str, value: Any) -> None:
    (claim,) = claims(13, 1)
    claim["item"][0][field] = value
    assert not is_surely_claim(claim)


def test_an_object_that_holds_itself_is_no_claim() -> None:
    (claim,) = claims(13, 1)
    claim["diagnosis"].append(claim)
    assert not is_surely_claim(claim)


LINE = (
    '{"id":"C-1","payer":"x","patient":{"birthDate":"1980-02-01","sex":"male"},'
    '"billingProvider":{"npi":"1234567893"},"diagnosis":[{"sequence":1,"code":"M54.6"}],'
    '"item":[{"sequence":1,"procedure":"97110","quantity":%s,"serviced":"2026-05-04"}]}'
)


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("2.0", 2), ("1.50", Decimal("1.5")), ("0.001", Decimal("0.001")), ("-0", 0)],
)
def test_numbers_are_those_of_the_exact_decoder(text: str, number: int | Decimal) -> None:
    line = (LINE % text).encode()
    claim = read_claim(line)
    assert claim is not None
    quantity = claim["item"][0]["quantity"]
    assert (quantity, type(quantity)) == (number, type(number))
    assert claim == LineDecoder().value(line, Origin("f", 1, "")).content


@pytest.mark.parametrize(
    "line",
    [
        LINE % "1e1",
        LINE % "1.0000000000000000000000000000000",
        LINE % "NaN",
        LINE % "01",
        (LINE % "1").replace('"id":"C-1"', '"id":"C-1","id":"C-1"'),
        (LINE % "1").replace('"sequence":1,"code"', '"sequence":1,"sequence":1,"code"'),
        # As many colons behind names as names are left.
        (LINE % "1").replace('"id":"C-1"', '"id" :"C-1","id":"C-1"'),
        (LINE % "1").replace('"id":"C-1"', '"id":"C-1","id":"C-\\":1"'),
        (LINE % "1") + "}",
        (LINE % "1") + " x",
        (LINE % "1").replace("C-1", "\\ud800"),
        "\ufeff" + LINE % "1",
        "[]",
        "1",
        "",
    ],
)
def test_what_is_in_doubt_is_no_claim(line: str) -> None:
    assert read_claim(line.encode()) is None


@pytest.mark.parametrize("text", ['"id" : "C-1"', '"id"\t:"C-1"', '"id": "C:\\":"'])
def test_a_doubt_costs_no_claim(text: str) -> None:
    line = (LINE % "1").replace('"id":"C-1"', text).encode()
    assert read_claim(line) is None
    value = LineDecoder().value(line, Origin("f", 1, ""))
    assert value.fault is None
    assert value.content["id"].startswith("C")


def test_a_number_of_any_length_is_judged() -> None:
    (claim,) = claims(13, 1)
    claim["item"][0]["quantity"] = 10**40
    assert [fault.pointer for fault in claim_faults(claim)] == ["/item/0/quantity"]
