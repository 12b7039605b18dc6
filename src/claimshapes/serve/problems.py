"""Answers that are no report: what is wrong with the request, or with the server."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

FHIR_PATH = "/fhir/"

_KINDS = {408: "timeout", 413: "too-long", 415: "not-supported", 503: "throttled", 504: "timeout"}


class Problem(Exception):
    """A request that is not answered with a report.

    Args:
        status: the status of the answer.
        detail: what is wrong, without values of claims.
        retry_after: seconds until it may be worth another try.
        close: whether the connection is closed, since the rest of the request was not read.
    """

    def __init__(
        self, status: int, detail: str, *, retry_after: int | None = None, close: bool = False
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        if close:
            self.headers["Connection"] = "close"


def problem_answer(request: Request, problem: Problem) -> JSONResponse:
    """The answer: problem details (RFC 9457), or an OperationOutcome below ``/fhir/``."""
    if request.url.path.startswith(FHIR_PATH):
        issue = {
            "severity": "error",
            "code": _KINDS.get(problem.status, "processing"),
            "diagnostics": problem.detail,
        }
        return JSONResponse(
            {"resourceType": "OperationOutcome", "issue": [issue]},
            problem.status,
            problem.headers,
            "application/fhir+json",
        )
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    return JSONResponse(content, problem.status, problem.headers, "application/problem+json")
