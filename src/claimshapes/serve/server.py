"""Listens: connections within the limits, and an end within a second."""

from __future__ import annotations

import asyncio
import logging
import sys
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from claimshapes.errors import InputError
from claimshapes.serve.app import Service, make_app
from claimshapes.serve.limits import ServeLimits
from claimshapes.serve.watch import Watched

_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_LAST_SECONDS = 1


def serve(service: Service, host: str, port: int) -> None:
    """Serves until SIGTERM or Ctrl-C.

    Args:
        service: what is served.
        host: the address to listen at.
        port: its port; 0 takes a free one.

    Raises:
        InputError: nobody can listen there.
    """
    app = make_app(service)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_protocol(service.limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        socket = config.bind_socket()
    except SystemExit:
        raise InputError(f"cannot listen at {host}, port {port}") from None
    _Server(config, app).run(sockets=[socket])


class _Server(uvicorn.Server):
    """A server that answers what it has begun with 503 when it is told to end."""

    def __init__(self, config: uvicorn.Config, app: Watched) -> None:
        super().__init__(config)
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: Any = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        port = sockets[0].getsockname()[1]
        print(f"listening at http://{host}:{port}/", file=sys.stderr, flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not handed on to the handlers before: being told to end is no failure.
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._app.ending.set)


def _protocol(limits: ServeLimits) -> type[H11Protocol]:
    """HTTP/1.1 that lets no connection take a place for nothing."""

    class Protocol(H11Protocol):
        _idle: asyncio.TimerHandle | None = None
        _seen: object = None

        def connection_made(self, transport: Any) -> None:
            if len(self.connections) >= limits.connections:
                transport.write(_TOO_MANY)
                transport.close()
                return
            super().connection_made(transport)
            self._look_later()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._idle is None:
                return
            self._idle.cancel()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._idle is not None:
                super().data_received(data)

        def _look_later(self) -> None:
            self._idle = self.loop.call_later(limits.idle_timeout, self._look)

        def _look(self) -> None:
            """Closes the connection where no request has come since the last look."""
            between = self.cycle is None or self.cycle.response_complete
            if between and self._seen is self.cycle:
                self.timeout_keep_alive_handler()
                return
            self._seen = self.cycle
            self._look_later()

    return Protocol
