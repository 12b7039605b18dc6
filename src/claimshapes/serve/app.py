"""The application: its resources and the answers to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from claimshapes.report.formats import REPORT_FORMATS
from claimshapes.serve.api_page import api_page
from claimshapes.serve.bodies import Bodies
from claimshapes.serve.limits import ServeLimits
from claimshapes.serve.look_up import LookUp
from claimshapes.serve.media_types import (
    REPORT_TYPES,
    claim_content_types,
    document_name,
    report_format,
)
from claimshapes.serve.metrics import CONTENT_TYPE, Metrics
from claimshapes.serve.one_request import Answer, Job
from claimshapes.serve.problems import Problem, problem_answer
from claimshapes.serve.processes import Busy, CheckingProcesses, DeadlinePassed, ProcessEnded
from claimshapes.serve.watch import CLIENT_LEFT, Watched, log
from claimshapes.version import __version__

_FORMAT = f"One of {', '.join(REPORT_FORMATS)}, instead of the header Accept."
_FHIR_REPORT = "outcome"


@dataclass
class Service:
    """A server's parts.

    Attributes:
        processes: check the claims.
        look_up: answers about rules, codes, payers and denials.
        limits: what is taken up.
        metrics: what was answered.
    """

    processes: CheckingProcesses
    look_up: LookUp
    limits: ServeLimits = field(default_factory=ServeLimits)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self._bodies = Bodies(self.limits)

    async def report(self, request: Request, name: str, report: str) -> Response:
        """Answers a request's body with the report on it.

        Args:
            request: the request.
            name: a name for the body, whose ending tells its format.
            report: the format of the report.
        """
        async with self._bodies.body(request) as body:
            work = asyncio.ensure_future(self._checked(Job(body, name, report)))
            gone = asyncio.ensure_future(_gone(request))
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    # Nobody waits for the answer any more; its turn goes to another.
                    return Response(status_code=CLIENT_LEFT)
                answer = work.result()
            finally:
                gone.cancel()
                work.cancel()
        assert answer.report is not None
        self.metrics.checked(answer.claims, answer.rejected, answer.findings.items())
        unread = bool(answer.rejected) and not answer.claims
        return Response(answer.report, 422 if unread else 200, media_type=REPORT_TYPES[report])

    async def _checked(self, job: Job) -> Answer:
        limits = self.limits
        try:
            answer = await self.processes.check(job)
        except Busy:
            raise Problem(503, "too many requests wait", retry_after=1) from None
        except DeadlinePassed:
            detail = f"the claims could not be checked within {limits.deadline:g} seconds"
            raise Problem(504, detail) from None
        except ProcessEnded:
            raise Problem(500, "the process that checked the claims ended") from None
        if answer.report is None:
            log.error("claims could not be checked: %s", answer.failure)
            raise Problem(500, "the claims could not be checked")
        return answer


async def _gone(request: Request) -> None:
    """Waits until the client leaves."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def make_app(service: Service) -> Watched:
    """The application.

    Args:
        service: its parts.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.processes.start()
        try:
            yield
        finally:
            service.processes.end()

    app = FastAPI(
        title="Claimshapes",
        version=__version__,
        summary="Checks US healthcare claims against coding and payer rules.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    _add_problems(app)
    _add_checks(app, service)
    _add_look_up(app, service.look_up)
    _add_states(app, service)
    return Watched(app, service.metrics)


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return problem_answer(request, problem)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = problem_answer(request, Problem(error.status_code, str(error.detail)))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # Names only: what was given could be of a claim.
        names = sorted({".".join(map(str, each["loc"][1:])) for each in error.errors()})
        return problem_answer(request, Problem(400, f"cannot be used: {', '.join(names)}"))


def _add_checks(app: FastAPI, service: Service) -> None:
    bodies: dict[str, Any] = {
        "content": {name: {} for name in claim_content_types()},
        "required": True,
    }
    reports: dict[str, Any] = {"content": {name: {} for name in REPORT_TYPES.values()}}
    problems = {
        406: "The report has no format that the client accepts.",
        408: "The body did not come in time.",
        413: "The body is too long.",
        415: "The content type is no format of claims.",
        422: "No claim could be read; the report says why.",
        503: "Too many requests wait.",
        504: "The check took too long.",
    }
    responses: dict[int | str, dict[str, Any]] = {
        200: {"description": "The report.", **reports},
        **{status: {"description": text} for status, text in problems.items()},
    }

    @app.post("/check", tags=["claims"], responses=responses, openapi_extra={"requestBody": bodies})
    async def check(
        request: Request,
        report: Annotated[str | None, Query(alias="format", description=_FORMAT)] = None,
    ) -> Response:
        """Check one claim or many, in any input format, and answer with the report."""
        name = document_name(request.headers.get("content-type", ""))
        if name is None:
            kinds = ", ".join(claim_content_types())
            raise Problem(415, f"expected one of {kinds}", close=True)
        wanted = report or report_format(request.headers.get("accept", ""))
        if wanted not in REPORT_TYPES:
            kinds = ", ".join(REPORT_FORMATS if report else REPORT_TYPES.values())
            raise Problem(400 if report else 406, f"expected one of {kinds}", close=True)
        return await service.report(request, name, wanted)

    fhir: dict[str, Any] = {"content": {"application/fhir+json": {}}, "required": True}

    @app.post(
        "/fhir/{resource}/$validate",
        tags=["claims"],
        responses={**responses, 200: {"description": "An OperationOutcome."}},
        openapi_extra={"requestBody": fhir},
    )
    async def validate(
        request: Request, resource: Literal["Claim", "ExplanationOfBenefit", "Bundle"]
    ) -> Response:
        """Check a FHIR R4 resource, or Parameters with one, and answer with an OperationOutcome."""
        name = document_name(request.headers.get("content-type", ""))
        if name != "request.json":
            raise Problem(415, "expected application/fhir+json", close=True)
        return await service.report(request, name, _FHIR_REPORT)


def _add_look_up(app: FastAPI, look_up: LookUp) -> None:
    @app.get("/rules", tags=["look up"])
    def rules(
        payer: str | None = None,
        severity: Literal["violation", "warning", "info"] | None = None,
    ) -> list[dict[str, Any]]:
        """List the active rules."""
        return look_up.rules(payer, severity)

    @app.get("/rules/{id}", tags=["look up"])
    def rule(id: str) -> Mapping[str, Any]:  # noqa: A002
        """Show what a rule checks, why, and what to do."""
        return _found(look_up.rule(id), "rule")

    @app.get("/codes/{code}", tags=["look up"])
    def code(
        code: str,
        on: Annotated[date | None, Query(description="Date of service; today by default.")] = None,
    ) -> Mapping[str, Any]:
        """Show an ICD-10-CM code: title, validity, notes and children."""
        return _found(look_up.code(code, on or date.today()), "code")

    @app.get("/payers", tags=["look up"])
    def payers() -> list[dict[str, Any]]:
        """List the payers."""
        return list(look_up.payers.values())

    @app.get("/payers/{id}", tags=["look up"])
    def payer(id: str) -> Mapping[str, Any]:  # noqa: A002
        """Show a payer and the rules for it."""
        return _found(look_up.payer(id), "payer")

    @app.get("/denials", tags=["look up"])
    def denials() -> list[dict[str, str]]:
        """List the claim adjustment reason codes (CARC)."""
        return look_up.denials()

    @app.get("/denials/{carc}", tags=["look up"])
    def denial(carc: str) -> Mapping[str, Any]:
        """Show a claim adjustment reason code and the rules that prevent it."""
        return _found(look_up.denial(carc), "claim adjustment reason code")


def _found(resource: Mapping[str, Any] | None, kind: str) -> Mapping[str, Any]:
    if resource is None:
        raise Problem(404, f"there is no such {kind}")
    return resource


def _add_states(app: FastAPI, service: Service) -> None:
    processes = service.processes

    @app.get("/health", tags=["state"])
    async def health() -> dict[str, str]:
        """Say that the server answers."""
        return {"status": "ok", "version": __version__}

    @app.get("/ready", tags=["state"], responses={503: {"description": "Not ready."}})
    async def ready() -> dict[str, str | int]:
        """Say whether claims can be checked."""
        if not processes.ready:
            problem = processes.problem and "the rules or the knowledge cannot be used; see the log"
            raise Problem(503, problem or "the rules are being loaded", retry_after=1)
        return {"status": "ready", "processes": processes.counts.ready}

    @app.get("/metrics", tags=["state"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Show counts for Prometheus."""
        return Response(service.metrics.text(processes.counts), media_type=CONTENT_TYPE)

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        page, policy = api_page(app.openapi())
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})
