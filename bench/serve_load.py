"""Measures ``claimshapes serve`` over loopback: requests a second and how long they take.

    python bench/serve_load.py [--clients 1,4,16,64] [--requests 400] [--workers 1] [--seconds 60]

Starts the server on a free port of 127.0.0.1 and ends it. The claims are the examples, one after
another; a client keeps its connection and sends its next request when it has the last answer.
Times are seconds by the clock, so other work on the machine counts; where the system tells it
(Linux), so does the processor time that the server's processes took for a request, in which other
work counts little.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[1]
_START_SECONDS = 120
_HEADERS = {"Content-Type": "application/json"}


def main() -> None:
    """Measures with each number of clients and prints a line for each."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--clients", default="1,4,16,64", help="numbers of clients")
    parser.add_argument("--requests", type=int, default=400, help="most requests of a run")
    parser.add_argument("--seconds", type=float, default=60, help="most seconds of a run")
    parser.add_argument("--workers", type=int, default=1, help="processes that check")
    options = parser.parse_args()
    claims = [file.read_bytes() for file in sorted((ROOT / "examples").glob("*.json"))]
    with server(options.workers) as (url, process):
        # Each process prepares the rules of a payer when it first meets it.
        asyncio.run(load(url, claims, 4, 2 * options.workers * len(claims), options.seconds))
        for clients in map(int, options.clients.split(",")):
            before = processor_seconds(process)
            rate, times = asyncio.run(load(url, claims, clients, options.requests, options.seconds))
            half, most = quantiles(times)
            taken = (processor_seconds(process) - before) / len(times)
            print(
                f"{clients} clients: {len(times)} requests, {rate:.1f} a second; "
                f"p50 {1000 * half:.0f} ms, p99 {1000 * most:.0f} ms"
                + (f"; {1000 * taken:.0f} ms of processor time each" if taken else ""),
                flush=True,
            )


async def load(
    url: str, claims: list[bytes], clients: int, requests: int, seconds: float
) -> tuple[float, list[float]]:
    """Requests a second of all clients together, and the seconds of each request."""
    work = islice(cycle(claims), requests)
    times: list[float] = []
    started = time.perf_counter()

    async def client() -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=seconds) as connection:
            while time.perf_counter() - started < seconds:
                body = next(work, None)
                if body is None:
                    return
                sent = time.perf_counter()
                answer = await connection.post(url, content=body, headers=_HEADERS)
                answer.raise_for_status()
                times.append(time.perf_counter() - sent)

    await asyncio.gather(*(client() for _ in range(clients)))
    return len(times) / (time.perf_counter() - started), times


def quantiles(times: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def processor_seconds(process: int) -> float:
    """Processor time of a process and of those that it started; 0 where the system does not say."""
    stats = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stats[int(file.parent.name)] = file.read_text("utf-8").rpartition(")")[2].split()
    tree = {process}
    while found := {n for n, fields in stats.items() if int(fields[1]) in tree} - tree:
        tree |= found
    ticks = sum(int(stats[n][11]) + int(stats[n][12]) for n in tree & stats.keys())
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0


@contextmanager
def server(workers: int) -> Iterator[tuple[str, int]]:
    """A server that is ready, for as long as the context lasts.

    Yields:
        The address to send claims to, and the number of its process.
    """
    command = [sys.executable, "-m", "claimshapes", "serve", "--quiet", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--workers", str(workers)], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+/", process.stderr.readline())
        if found is None:
            sys.exit("the server did not start")
        until = time.monotonic() + _START_SECONDS
        while httpx2.get(f"{found[0]}ready").status_code != 200:
            if process.poll() is not None or time.monotonic() > until:
                sys.exit("the server did not start")
            time.sleep(0.2)
        yield f"{found[0]}check", process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    main()
