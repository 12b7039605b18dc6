"""What a server takes up, so that no client keeps the others from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServeLimits:
    """Limits of a server; the fields are named as the options of ``claimshapes serve``.

    Attributes:
        max_body: bytes of the body of a request.
        max_bodies: bytes of all bodies that are received or checked at the same time.
        body_timeout: seconds until a body has to be there.
        deadline: seconds until a request has to be answered, its turn included.
        queue: requests that wait for their turn.
        connections: open connections, idle ones included.
        idle_timeout: seconds after which a connection without a request is closed.
    """

    max_body: int = 20_000_000
    max_bodies: int = 200_000_000
    body_timeout: float = 30.0
    deadline: float = 60.0
    queue: int = 256
    connections: int = 1000
    idle_timeout: float = 15.0
