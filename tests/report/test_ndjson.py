from __future__ import annotations

import json
from typing import Any

from tests.report.conftest import (
    CLEAN,
    FOUND,
    REJECTED,
    UNJUDGED,
    WAIVED,
    hostile_results,
    reported,
)


def lines(results: list[Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in reported("ndjson", results).splitlines()]


def test_a_line_for_each_claim_and_the_summary_last() -> None:
    found = lines([FOUND, CLEAN, WAIVED, UNJUDGED, REJECTED])
    assert [line["kind"] for line in found] == [*["claim"] * 4, "rejected", "summary"]
    assert [line["claim"] for line in found[:5]] == ["C-1", "C-2", "C-5", "C-3", "C-4"]
    assert found[-1]["claims"] == 4
    assert found[-1]["complete"] is True


def test_what_a_line_holds() -> None:
    found, clean, waived, *_ = lines([FOUND, CLEAN, WAIVED])
    assert (found["file"], found["line"], found["rulesInForce"]) == ("claims.json", 3, 40)
    assert [finding["rule"] for finding in found["findings"]] == ["DX-DATE", "CLM-DOC-TYPE"]
    assert [item["focus"] for item in found["notChecked"]] == ["/item/0", "/item/1"]
    assert clean == {
        "kind": "claim",
        "claim": "C-2",
        "file": "claims.json",
        "line": 3,
        "verdict": "clean",
        "rulesInForce": 41,
        "findings": [],
    }
    assert (found["verdict"], waived["verdict"]) == ("findings", "waived")
    assert waived["findings"] == []
    assert waived["waived"][0]["waiver"]["reviewer"] == "A. Reviewer"


def test_findings_are_those_of_the_json_report() -> None:
    (claim, _) = lines([FOUND])
    document = json.loads(reported("json", [FOUND]))
    assert [finding | {"claim": "C-1"} for finding in claim["findings"]] == document["findings"]


def test_hostile_texts_stay_in_their_line() -> None:
    results = hostile_results()
    found = lines(results)
    assert len(found) == len(results) + 1
