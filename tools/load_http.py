"""Measures docs/how-to/python/serve.py over loopback: requests a second and how long they take.

Usage: python tools/load_http.py [--requests 200] [--seconds 60] [--workers 1]

Starts the server itself on a free port of 127.0.0.1 and ends it. The claims are the examples, one
after another; each client sends its next request when it has the answer to the last.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

_ROOT = Path(__file__).parents[1]
_SERVER = _ROOT / "docs" / "how-to" / "python"
_HOST = "127.0.0.1"
_START_SECONDS = 60


def main() -> None:
    """Measures with one client and with four."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--requests", type=int, default=200, help="most requests of a run")
    parser.add_argument("--seconds", type=float, default=60, help="most seconds of a run")
    parser.add_argument("--workers", type=int, default=1, help="processes of the server")
    options = parser.parse_args()
    claims = [file.read_bytes() for file in sorted((_ROOT / "examples").glob("*.json"))]
    runs = {}
    with _server(options.workers) as url:
        # Each process prepares the rules of a payer when it first meets it.
        _run(url, claims, 4, 2 * options.workers * len(claims), options.seconds)
        for clients in (1, 4):
            runs[clients] = _run(url, claims, clients, options.requests, options.seconds)
    for clients, (rate, times) in runs.items():
        half, most = _quantiles(times)
        print(
            f"{clients} clients: {len(times)} requests, {rate:.1f} a second; "
            f"p50 {1000 * half:.0f} ms, p95 {1000 * most:.0f} ms"
        )
    rate_of = {clients: rate for clients, (rate, _) in runs.items()}
    half_of = {clients: _quantiles(times)[0] for clients, (_, times) in runs.items()}
    print(
        f"4 clients to 1: rate {rate_of[4] / rate_of[1]:.2f}, p50 {half_of[4] / half_of[1]:.2f}; "
        + "p95 to p50: "
        + ", ".join(
            f"{_quantiles(times)[1] / half_of[clients]:.2f} with {clients}"
            for clients, (_, times) in runs.items()
        )
    )


def _run(
    url: str, claims: list[bytes], clients: int, requests: int, seconds: float
) -> tuple[float, list[float]]:
    """Requests a second of all clients together, and the seconds of each request."""
    bodies = itertools.cycle(claims)
    work = iter([next(bodies) for _ in range(requests)])
    started = time.perf_counter()

    def one_client(_: int) -> list[float]:
        times = []
        with httpx2.Client(trust_env=False, timeout=seconds) as client:
            # next() on a list's iterator is one step, so that no request is sent twice.
            while time.perf_counter() - started < seconds and (body := next(work, None)):
                sent = time.perf_counter()
                client.post(url, content=body).raise_for_status()
                times.append(time.perf_counter() - sent)
        return times

    with ThreadPoolExecutor(clients) as pool:
        times = [each for client in pool.map(one_client, range(clients)) for each in client]
    return len(times) / (time.perf_counter() - started), times


def _quantiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


@contextlib.contextmanager
def _server(workers: int) -> Iterator[str]:
    with socket.socket() as free:
        free.bind((_HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "serve:app", "--app-dir", str(_SERVER)]
    command += ["--host", _HOST, "--port", str(port), "--workers", str(workers)]
    command += ["--log-level", "warning"]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                sys.exit("the server did not start")
            time.sleep(0.2)
        yield f"http://{_HOST}:{port}/check"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((_HOST, port)) == 0


if __name__ == "__main__":
    main()
