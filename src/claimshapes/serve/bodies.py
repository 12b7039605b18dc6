"""Receives bodies of requests within the limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from claimshapes.serve.limits import ServeLimits
from claimshapes.serve.problems import Problem


class Bodies:
    """The bodies that are in memory; slow ones take up nobody's turn.

    Args:
        limits: how long, how many and how slow they may be.
    """

    def __init__(self, limits: ServeLimits) -> None:
        self._limits = limits
        self._held = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The body of a request, which counts as long as the context lasts.

        Raises:
            Problem: it is too long, too slow or compressed, or there are too many of them.
            ClientDisconnect: the client left.
        """
        limits = self._limits
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "send the body without Content-Encoding", close=True)
        stated = request.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > limits.max_body:
            raise self._too_long()
        received = bytearray()
        try:
            try:
                async with asyncio.timeout(limits.body_timeout):
                    async for part in request.stream():
                        received += part
                        self._held += len(part)
                        if len(received) > limits.max_body:
                            raise self._too_long()
                        if self._held > limits.max_bodies:
                            raise Problem(503, "too many requests", retry_after=1, close=True)
            except TimeoutError:
                seconds = f"{limits.body_timeout:g}"
                raise Problem(
                    408, f"the body did not come within {seconds} seconds", close=True
                ) from None
            yield bytes(received)
        finally:
            self._held -= len(received)

    def _too_long(self) -> Problem:
        return Problem(
            413, f"a body must not be longer than {self._limits.max_body:,} bytes", close=True
        )
