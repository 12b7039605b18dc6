"""The resources of a server, in this process."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from fhir.resources.R4B.operationoutcome import OperationOutcome
from jsonschema import Draft202012Validator

from claimshapes import Checker
from claimshapes.cli import program
from claimshapes.report.formats import REPORT_FORMATS
from claimshapes.serve.app import Service, make_app
from claimshapes.serve.limits import ServeLimits
from claimshapes.serve.look_up import LookUp
from claimshapes.serve.media_types import REPORT_TYPES, document_name, report_format
from claimshapes.serve.one_request import Answer
from claimshapes.serve.processes import Busy, CheckingProcesses, DeadlinePassed, ProcessEnded
from tests.serve import CLEAN, THERAPY
from tests.writers import as_837, as_fhir

ROOT = Path(__file__).parents[2]
SECRET = "Q7Z-SECRET"
JSON = {"Content-Type": "application/json"}
LIMITS = ServeLimits(max_body=400_000, max_bodies=800_000, body_timeout=5, deadline=60, queue=8)


@pytest.fixture(scope="module")
def look_up() -> LookUp:
    checker = Checker()
    return LookUp(checker.book, checker.knowledge)


@pytest.fixture(scope="module")
def service(look_up: LookUp) -> Service:
    settings = {"engine": "reference"}
    processes = CheckingProcesses(1, settings, deadline=LIMITS.deadline, queue=LIMITS.queue)
    return Service(processes, look_up, LIMITS)


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(make_app(service)) as opened:
        end = time.monotonic() + 120
        while opened.get("/ready").status_code != 200 and time.monotonic() < end:
            time.sleep(0.1)
        yield opened


def json_report(file: Path) -> dict[str, Any]:
    result = CliRunner().invoke(program, ["check", "--format", "json", str(file)])
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_a_claim_is_answered_with_the_json_report(client: TestClient) -> None:
    schema = json.loads((ROOT / "ontology" / "findings.schema.json").read_text("utf-8"))
    for file in (THERAPY, CLEAN):
        answer = client.post("/check", content=file.read_bytes(), headers=JSON)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == json_report(file)
        Draft202012Validator(schema).validate(answer.json())


def test_several_claims_are_answered_together(client: TestClient) -> None:
    claims = [json.loads(file.read_text("utf-8")) for file in (THERAPY, CLEAN)]
    lines = "\n".join(map(json.dumps, claims))
    for content, kind in ((json.dumps(claims), "json"), (lines, "x-ndjson")):
        headers = {"Content-Type": f"application/{kind}"}
        answer = client.post("/check", content=content, headers=headers)
        assert answer.json()["summary"]["checked"] == 2
        assert answer.json()["summary"]["clean"] == 1


def test_claims_come_in_other_formats(client: TestClient) -> None:
    claim = json.loads(THERAPY.read_text("utf-8"))
    for content, kind in (
        (as_fhir(claim), "application/fhir+json"),
        (as_837(claim), "application/edi-x12"),
        (as_837(claim), "application/octet-stream"),
    ):
        answer = client.post("/check", content=content, headers={"Content-Type": kind})
        assert answer.status_code == 200, (kind, answer.text)
        assert "TH-GP" in answer.json()["summary"]["byRule"]


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_every_report_is_to_be_had(client: TestClient, name: str) -> None:
    by_accept = client.post(
        "/check",
        content=THERAPY.read_bytes(),
        headers=JSON | {"Accept": REPORT_TYPES[name].partition(";")[0]},
    )
    by_name = client.post(f"/check?format={name}", content=THERAPY.read_bytes(), headers=JSON)
    assert by_accept.status_code == by_name.status_code == 200
    assert by_accept.headers["content-type"] == REPORT_TYPES[name]
    assert "TH-GP" in by_accept.text


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "html"),
        ("text/plain;q=0.1, application/sarif+json", "sarif"),
        ("application/json;q=0, text/csv", "csv"),
        ("image/png", None),
        ("text/csv;q=x, text/turtle", "turtle"),
    ],
)
def test_accept_chooses_the_report(accept: str, expected: str | None) -> None:
    assert report_format(accept) == expected


def test_content_types_name_formats() -> None:
    assert document_name("Application/JSON; charset=utf-8") == "request.json"
    assert document_name("") == "request"
    assert document_name("image/png") is None


def test_claims_at_the_same_time_do_not_mix(client: TestClient) -> None:
    files = [THERAPY, CLEAN] * 4

    def answer(file: Path) -> Any:
        return client.post("/check", content=file.read_bytes(), headers=JSON).json()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, files))
    expected = {file: json_report(file) for file in set(files)}
    assert answers == [expected[file] for file in files]


def test_validate_answers_with_an_outcome(client: TestClient) -> None:
    resource = as_fhir(json.loads(THERAPY.read_text("utf-8")))
    parameters = json.dumps(
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "resource", "resource": json.loads(resource)}],
        }
    )
    headers = {"Content-Type": "application/fhir+json"}
    answers = [
        client.post("/fhir/Bundle/$validate", content=content, headers=headers)
        for content in (resource, parameters)
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/fhir+json"
        OperationOutcome.model_validate_json(answer.text)
    assert answers[0].json() == answers[1].json()
    assert any(issue["severity"] == "error" for issue in answers[0].json()["issue"])


def test_validate_tells_problems_as_outcomes(client: TestClient) -> None:
    answer = client.post(
        "/fhir/Claim/$validate", content="ISA", headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 415
    OperationOutcome.model_validate_json(answer.text)
    broken = client.post("/fhir/Claim/$validate", content="{", headers=JSON)
    assert broken.status_code == 422
    assert broken.json()["issue"][0]["severity"] == "fatal"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("", {"reason": "the file is empty"}),
        ("{", {"line": 1}),
        ("[[1]]", {"pointer": "/0"}),
        ("quantity", {"pointer": "/item/0/quantity"}),
        ("twice", {"pointer": ""}),
    ],
)
def test_what_is_no_claim_is_rejected_and_logged_nowhere(
    client: TestClient, caplog: pytest.LogCaptureFixture, body: str, place: dict[str, Any]
) -> None:
    claim = CLEAN.read_text("utf-8")
    number = json.loads(claim)["id"]
    bodies = {
        "quantity": re.sub(r'(?s)("item".*?"quantity": )\d+', rf'\1"{SECRET}"', claim, count=1),
        "twice": claim.replace('"payer":', f'"payer": "{SECRET}", "payer":', 1),
    }
    with caplog.at_level(logging.DEBUG):
        content = bodies.get(body, body).encode()
        answer = client.post("/check", content=content, headers=JSON)
    assert answer.status_code == 422
    (rejected,) = answer.json()["rejected"]
    assert place.items() <= rejected.items()
    assert SECRET not in answer.text + caplog.text
    assert number not in caplog.text


def test_one_bad_claim_does_not_keep_the_others_from_it(client: TestClient) -> None:
    content = f'[{{"id": "C-1"}}, {CLEAN.read_text("utf-8")}]'
    answer = client.post("/check", content=content, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["summary"]["checked"] == 1
    assert answer.json()["rejected"][0]["claim"] == "C-1"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/check", {"Content-Type": "image/png"}, 415),
        ("/check", JSON | {"Content-Encoding": "gzip"}, 415),
        ("/check", JSON | {"Accept": "image/png"}, 406),
        ("/check?format=excel", JSON, 400),
        ("/nothing", JSON, 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    client: TestClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.post(path, content=CLEAN.read_bytes(), headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_long_is_refused(client: TestClient) -> None:
    def parts() -> Any:
        for _ in range(5):
            yield b" " * (LIMITS.max_body // 4)

    for content in (b" " * (LIMITS.max_body + 1), parts()):
        answer = client.post("/check", content=content, headers=JSON)
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("error", "status"), [(Busy(), 503), (DeadlinePassed(), 504), (ProcessEnded(), 500)]
)
def test_what_keeps_a_check_from_its_end_is_told(
    client: TestClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
) -> None:
    async def fails(_: object) -> Answer:
        raise error

    monkeypatch.setattr(service.processes, "check", fails)
    answer = client.post("/check", content=CLEAN.read_bytes(), headers=JSON)
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status == 503)


def test_a_failure_says_nothing_of_the_claim(
    client: TestClient,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(_: object) -> Answer:
        raise ValueError(SECRET)

    monkeypatch.setattr(service.processes, "check", fails)
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/check", content=CLEAN.read_bytes(), headers=JSON)
    assert answer.status_code == 500
    assert "ValueError in test_app.py" in caplog.text
    assert SECRET not in answer.text + caplog.text


def test_rules_codes_payers_and_denials_are_resources(client: TestClient) -> None:
    rules = client.get("/rules?payer=medicare-b&severity=violation").json()
    assert "TH-GP" in {rule["id"] for rule in rules}
    assert {rule["severity"] for rule in rules} == {"violation"}
    assert client.get("/rules/th-gp").json()["remedy"].startswith("Add GP")
    code = client.get("/codes/m545?on=2021-10-01").json()
    assert (code["code"], code["billable"]) == ("M54.5", False)
    assert {child["code"] for child in code["children"]} >= {"M54.50", "M54.59"}
    assert client.get("/codes/m545?on=2021-09-30").json()["billable"]
    payers = {payer["id"]: payer for payer in client.get("/payers").json()}
    assert payers["medicare-b"]["broader"] == ["medicare"]
    assert "TH-GP" in client.get("/payers/medicare-b").json()["rules"]
    assert "TH-GP" not in client.get("/payers/commercial").json()["rules"]
    assert "TH-GP" in client.get("/denials/4").json()["rules"]
    for path in ("/rules/NONE", "/codes/Q99Z9", "/payers/none", "/denials/none"):
        assert client.get(path).status_code == 404


def test_parameters_that_cannot_be_used_are_named_and_not_repeated(client: TestClient) -> None:
    answer = client.get(f"/codes/M54.5?on={SECRET}")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "cannot be used: on"


def test_the_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/")
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    for path in document["paths"]:
        assert f"<code>{path}</code>" in answer.text
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", answer.text)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_metrics_count_without_values(client: TestClient) -> None:
    client.post("/check", content=THERAPY.read_bytes(), headers=JSON)
    client.get(f"/rules/{SECRET}")
    text = client.get("/metrics").text
    assert re.search(
        r'^claimshapes_requests_total\{method="POST",route="/check",status="200"\} \d+$', text, re.M
    )
    assert re.search(r'^claimshapes_findings_total\{severity="violation"\} \d+$', text, re.M)
    assert "claimshapes_processes_ready 1" in text
    assert SECRET not in text
    for line in text.splitlines():
        assert re.fullmatch(r"#.*|\w+(\{[^}]*(\{\w+\}[^}]*)*\})? [\d.e+-]+", line), line


def test_health_does_not_wait_for_the_rules(client: TestClient) -> None:
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/ready").json()["processes"] == 1
