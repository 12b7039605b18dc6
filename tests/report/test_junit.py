from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema

from claimshapes.checking.findings import ClaimResult
from claimshapes.rules.severity import Severity
from tests.report.conftest import (
    CLEAN,
    FOUND,
    HOSTILE,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    a_finding,
    a_record,
    hostile_results,
    reported,
)

SCHEMA = Path(__file__).parent.parent / "data" / "junit" / "junit-10.xsd"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMA)


def suites(results: list[Any], **changed: Any) -> Any:
    return ElementTree.fromstring(reported("junit", results, **changed).encode("ascii"))


def test_valid(schema: xmlschema.XMLSchema) -> None:
    for results in ([], [CLEAN], [FOUND, CLEAN, REJECTED, UNJUDGED, WAIVED], hostile_results()):
        for complete in (False, True):
            schema.validate(suites(results, complete=complete))


def test_the_schema_is_asked(schema: xmlschema.XMLSchema) -> None:
    document = suites([FOUND])
    del document[0].attrib["failures"]
    assert not schema.is_valid(document)


def test_a_suite_a_file_and_a_case_a_claim() -> None:
    results = [(a_record("C-1", "a.json"), FOUND), (a_record("C-2", "a.json"), CLEAN)]
    results += [(a_record("C-3", "b.json"), UNJUDGED), (a_record("C-5", "b.json"), WAIVED)]
    first, second, summary = suites(results)
    assert first.attrib == {
        "name": "a.json",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    assert [case.get("name") for case in first] == ["C-1", "C-2"]
    assert len(first[1]) == 0
    assert second.get("skipped") == "1"
    assert [child.tag for child in second[0]] == ["skipped", "system-out"]
    assert [child.tag for child in second[1]] == ["system-out"]
    assert "waived by A. Reviewer until 2027-03-31: on paper" in second[1][0].text
    assert "claims: 4 read = 4 checked + 0 rejected" in summary[0].text


def test_where_a_finding_stands_in_the_file() -> None:
    failure = suites([SOURCED])[0][0][0]
    assert failure.tag == "failure"
    assert "\n  in file: 2300 HI01, segment 26, line 27\n" in failure.text


def test_a_claim_that_could_not_be_read_is_an_error() -> None:
    suite = suites([REJECTED])[0]
    assert suite.get("errors") == "1"
    assert suite[0].get("name") == "C-4"
    assert suite[0][0].get("message") == "expected a number"
    assert "claims.json, line 9, at /item/0/quantity" in suite[0][0].text


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (Severity.VIOLATION, ["violation"]),
        (Severity.WARNING, ["violation", "warning"]),
        (Severity.INFO, ["violation", "warning", "info"]),
        (None, []),
    ],
)
def test_what_fails_is_what_fail_on_says(fail_on: Severity | None, failing: list[str]) -> None:
    results = [
        ClaimResult(severity.value, (a_finding(claim=severity.value, severity=severity),))
        for severity in Severity
    ]
    suite = suites(results, fail_on=fail_on)[0]
    assert [case.get("name") for case in suite if case.find("failure") is not None] == failing
    assert suite.get("failures") == str(len(failing))
    said = "".join(suite.itertext())
    assert said.count("Report the code that was valid.") == 3


def test_hostile_texts_stay_text() -> None:
    document = suites(hostile_results())
    assert {element.tag for element in document.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "error",
        "system-out",
    }
    names = {case.get("name") for case in document.iter("testcase")}
    assert HOSTILE[0] in names
    assert len(names) == len(HOSTILE)
