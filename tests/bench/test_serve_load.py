"""The load of the server bench, without a server."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from bench import serve_load


def test_every_claim_is_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request.content)
        return httpx2.Response(200, request=request)

    real = httpx2.AsyncClient
    monkeypatch.setattr(
        httpx2,
        "AsyncClient",
        lambda **_: real(transport=httpx2.MockTransport(answer)),
    )
    claims = [b"1", b"2", b"3"]
    rate, times = asyncio.run(serve_load.load("http://x/check", claims, 4, 6, 60))
    assert sorted(sent) == sorted(claims * 2)
    assert len(times) == 6
    assert rate > 0


def test_quantiles_are_the_median_and_the_99th_percentile() -> None:
    assert serve_load.quantiles([float(n) for n in range(101)]) == (50.0, 99.0)
