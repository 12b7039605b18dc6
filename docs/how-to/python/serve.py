"""Checks one claim a request, for a practice system that asks before it sends.

Run: uvicorn serve:app --no-access-log
"""

from __future__ import annotations

import asyncio
import io
import logging
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from fastapi import FastAPI, HTTPException, Request, Response

from claimshapes import Checker, ClaimRecord, InputError, LimitError, RejectedClaim
from claimshapes.claims.readers.json_claims import CLAIM_BYTES, read_json_document
from claimshapes.report.formats import ReportContext, open_report
from claimshapes.report.summary import Summary

app = FastAPI(title="Claimshapes")
checker = Checker(engine="reference")
# A Checker is for one thread at a time; the others of the server stay free to receive.
judge = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judge")
log = logging.getLogger("claimshapes.serve")


@app.post("/check")
async def check(request: Request) -> Response:
    """Answers a claim in the JSON claim format with the JSON report on it."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > CLAIM_BYTES:
            raise HTTPException(413, f"a claim must not be longer than {CLAIM_BYTES:,} bytes")
    report = await asyncio.get_running_loop().run_in_executor(judge, answer, bytes(body))
    return Response(report, media_type="application/json")


def answer(body: bytes) -> str:
    """Reads and judges the claim of a request."""
    return report_on(one_claim(body))


def one_claim(body: bytes) -> ClaimRecord:
    """The claim of a request, or 422 with what is wrong and where."""
    try:
        readings = list(islice(read_json_document(io.BytesIO(body), "claim"), 2))
    except InputError as error:
        raise HTTPException(422, {"reason": error.message, "line": error.line}) from None
    match readings:
        case [ClaimRecord() as record]:
            return record
        case [RejectedClaim(reason=reason, origin=origin)]:
            place = {"pointer": origin.pointer, "line": origin.line}
            raise HTTPException(422, {"reason": reason, **place})
    raise HTTPException(422, {"reason": "expected one claim"})


def report_on(record: ClaimRecord) -> str:
    """What `claimshapes check --format json` says of the claim."""
    try:
        result = checker.check_one(record)
    except LimitError as error:
        # What it says has no part of the claim.
        raise HTTPException(422, str(error)) from None
    except Exception as error:
        # Its message and its traceback could hold what the claim holds.
        log.error("a claim could not be checked: %s", type(error).__name__)
        raise HTTPException(500, "the claim could not be checked") from None
    stream = io.StringIO()
    report = open_report("json", stream, ReportContext(rules=checker.book.rules, denials={}))
    summary = Summary()
    summary.add(record, result)
    report.add(record, result)
    report.finish(summary)
    return stream.getvalue()
