"""Checks the claims of one request; runs in a checking process."""

from __future__ import annotations

import io
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from claimshapes.checking.checker import Checker
from claimshapes.checking.waivers import Waivers
from claimshapes.claims.claim import Origin, RejectedClaim
from claimshapes.claims.readers.source import read_claim_bytes
from claimshapes.errors import InputError
from claimshapes.files.unique_names import has_unique_names
from claimshapes.knowledge.denials import denial_texts
from claimshapes.report.formats import ReportContext, open_report
from claimshapes.report.summary import Summary

_PARAMETER_DEPTH = 3
"""Levels of Parameters above a resource: an object, its array, and the array's objects."""


class _Parameter(msgspec.Struct):
    name: str
    resource: msgspec.Raw = msgspec.Raw(b"")


class _Parameters(msgspec.Struct, tag_field="resourceType", tag="Parameters"):
    """What FHIR's operation ``$validate`` may be given."""

    parameter: list[_Parameter]


@dataclass(frozen=True, slots=True)
class Job:
    """What a checking process is asked.

    Attributes:
        body: the claims.
        name: a name for them whose ending tells the format.
        report: the format of the report.
    """

    body: bytes
    name: str
    report: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a checking process answers; nothing of it but the report has values of claims.

    Attributes:
        report: the report; none where the check failed.
        claims: claims that were checked.
        rejected: claims, or parts of the document, that could not be read.
        findings: findings by severity.
        failure: what failed, as the kind of the error and where it was raised.
    """

    report: bytes | None = None
    claims: int = 0
    rejected: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    failure: str = ""


def answer(checker: Checker, waivers: Waivers, job: Job) -> Answer:
    """Checks the claims of a request.

    Args:
        checker: the rules and the knowledge.
        waivers: findings that do not count.
        job: the request.

    Returns:
        The report. A document that cannot be read is rejected in it, as the command line does;
        what is unforeseen becomes a failure that says nothing of the claims.
    """
    try:
        return _checked(checker, waivers, job)
    except Exception as error:
        return Answer(failure=place_of_error(error))


def place_of_error(error: BaseException) -> str:
    """The kind of an error and where it was raised; its message may quote a claim."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


def _checked(checker: Checker, waivers: Waivers, job: Job) -> Answer:
    stream = io.StringIO()
    context = ReportContext(rules=checker.book.rules, denials=denial_texts())
    report = open_report(job.report, stream, context)
    summary = Summary(waivers=waivers.anew())
    try:
        body = _resource(job.body) if job.name.endswith(".json") else job.body
        for reading, judged in checker.check_readings(read_claim_bytes(body, job.name)):
            if isinstance(reading, RejectedClaim):
                summary.reject(reading)
                report.reject(reading)
            elif judged is not None:
                result = summary.waivers.apply(reading.claim, judged)
                summary.add(reading, result)
                report.add(reading, result)
    except InputError as error:
        origin = Origin(error.file or job.name, error.line, error.pointer)
        rejected = RejectedClaim(origin, error.message)
        summary.reject(rejected)
        report.reject(rejected)
    report.finish(summary)
    return Answer(
        stream.getvalue().encode("utf-8", "backslashreplace"),
        summary.claims,
        summary.rejected + summary.faults,
        {severity.value: count for severity, count in summary.by_severity.items()},
    )


def _resource(body: bytes) -> bytes:
    """The resource of FHIR Parameters, as it is written; other documents as they are."""
    if b'"Parameters"' not in body:
        return body
    try:
        parameters = msgspec.json.decode(body, type=_Parameters).parameter
        # Of two fields with one name the decoder keeps the last.
        if not has_unique_names(body, depth=_PARAMETER_DEPTH):
            return body
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return body
    given = [each.resource for each in parameters if each.name == "resource"]
    return bytes(given[0]) if len(given) == 1 else body
