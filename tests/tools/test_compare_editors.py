"""The agreement with CMS's editors, by their recorded verdicts."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    sys.path.insert(0, str(TOOLS))
    return importlib.import_module("compare_editors")


@pytest.fixture(scope="module")
def results(script: ModuleType) -> list[Any]:
    found = []
    for editor in script.EDITORS:
        verdicts = script.recorded(editor)
        verdicts.ours = script.judge(verdicts.claims, editor)
        found.append(verdicts)
    return found


def test_the_verdicts_agree_and_each_difference_has_a_reason(
    script: ModuleType, results: list[Any]
) -> None:
    for verdicts in results:
        assert len(verdicts.claims) > 400
        assert script.problems(verdicts) == []


def test_the_page_is_as_the_verdicts_are(script: ModuleType, results: list[Any]) -> None:
    assert script.PAGE.read_text("utf-8") == script.page(results)


def test_no_rule_objects_alone_to_what_hospitals_bill_every_day(results: list[Any]) -> None:
    # A date of chance may be before a diagnosis code was valid, which both find.
    objected = {
        claim["id"]: ours
        for verdicts in results
        for claim, theirs, ours in zip(verdicts.claims, verdicts.theirs, verdicts.ours, strict=True)
        if "-correct-" in claim["id"] and ours - theirs
    }
    assert objected == {}


def test_the_recorded_claims_are_those_of_the_generator(script: ModuleType) -> None:
    made = {
        "ioce": [claim for _, claim in script.outpatient_claims()],
        "mce": [claim for _, claim in script.inpatient_claims()],
    }
    for editor in script.EDITORS:
        assert script.recorded(editor).claims == made[editor.name]
