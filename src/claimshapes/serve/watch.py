"""Around every request: the end of the server, clients that left, the log and the metrics."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claimshapes.serve.metrics import Metrics
from claimshapes.serve.one_request import place_of_error

log = logging.getLogger("claimshapes.serve")

CLIENT_LEFT = 499
_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Watched:
    """An application whose requests are counted, logged, and ended with the server.

    The log has method, route, status and time, never what a request or an error says.

    Args:
        app: the application.
        metrics: counts the requests.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self.ending = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        started = time.perf_counter()
        self._metrics.open += 1
        try:
            await self._answered(scope, receive, answer)
        finally:
            self._metrics.open -= 1
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if route != "other" else "other"
            status = answer.status or CLIENT_LEFT
            self._metrics.answered(method, route, status, seconds)
            log.info("%s %s %d %.3f s", method, route, status, seconds)

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        work = asyncio.ensure_future(self._app(scope, receive, answer.send))
        ending = asyncio.ensure_future(self.ending.wait())
        try:
            await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
            await work
        except (ClientDisconnect, asyncio.CancelledError, OSError):
            if self.ending.is_set():
                await answer.fail(503, "the server is shutting down")
        except Exception as error:
            # Its message and its traceback could hold what a claim holds.
            log.error("a request failed: %s", place_of_error(error))
            await answer.fail(500, "the request could not be answered")
        finally:
            ending.cancel()
            work.cancel()


class _Answer:
    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *_HEADERS]
        await self._send(message)

    async def fail(self, status: int, detail: str) -> None:
        """Answers with a problem, where nothing has been answered yet."""
        if self.status:
            return
        content: dict[str, Any] = {"type": "about:blank", "status": status, "detail": detail}
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        with suppress(OSError):
            await self.send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": json.dumps(content).encode()})
