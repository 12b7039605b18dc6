"""Counts of a server in the text format of Prometheus; no label has a value of a claim."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from claimshapes.serve.processes import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """What has been answered so far."""

    def __init__(self) -> None:
        self.open = 0
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._buckets: defaultdict[str, Counter[float]] = defaultdict(Counter)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._claims: Counter[str] = Counter()
        self._findings: Counter[str] = Counter()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request.

        Args:
            method: its method.
            route: the path as the OpenAPI document has it, without values.
            status: the status of the answer; 499 where the client had left.
            seconds: how long it took.
        """
        self._requests[method, route, str(status)] += 1
        self._seconds[route] += seconds
        for bucket in _BUCKETS:
            if seconds <= bucket:
                self._buckets[route][bucket] += 1

    def checked(self, claims: int, rejected: int, findings: Iterable[tuple[str, int]]) -> None:
        """Counts what was checked, the findings by severity."""
        self._claims["checked"] += claims
        self._claims["rejected"] += rejected
        self._findings.update(dict(findings))

    def text(self, counts: Counts) -> str:
        """The document.

        Args:
            counts: what the checking processes are at.
        """
        return "".join(f"{line}\n" for line in self._lines(counts))

    def _lines(self, counts: Counts) -> Iterator[str]:
        yield from _head("requests_total", "counter", "Requests that were answered.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            yield f"claimshapes_requests_total{{{labels}}} {count}"
        yield from _head("request_seconds", "histogram", "Seconds until requests were answered.")
        by_route: Counter[str] = Counter()
        for (_, route, _), count in self._requests.items():
            by_route[route] += count
        for route, count in sorted(by_route.items()):
            name = f'claimshapes_request_seconds_bucket{{route="{route}",le='
            for bucket in _BUCKETS:
                yield f'{name}"{bucket:g}"}} {self._buckets[route][bucket]}'
            yield f'{name}"+Inf"}} {count}'
            yield f'claimshapes_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}'
            yield f'claimshapes_request_seconds_count{{route="{route}"}} {count}'
        yield from _head("claims_total", "counter", "Claims by what became of them.")
        for outcome, count in sorted(self._claims.items()):
            yield f'claimshapes_claims_total{{outcome="{outcome}"}} {count}'
        yield from _head("findings_total", "counter", "Findings by severity.")
        for severity, count in sorted(self._findings.items()):
            yield f'claimshapes_findings_total{{severity="{severity}"}} {count}'
        for name, kind, meaning, value in (
            ("requests_open", "gauge", "Requests that are not answered yet.", self.open),
            ("requests_waiting", "gauge", "Requests that wait for a process.", counts.waiting),
            ("requests_checking", "gauge", "Requests that are checked.", counts.running),
            ("processes_ready", "gauge", "Processes that have loaded.", counts.ready),
            ("processes_ended_total", "counter", "Processes that were replaced.", counts.ended),
        ):
            yield from _head(name, kind, meaning)
            yield f"claimshapes_{name} {value}"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP claimshapes_{name} {meaning}"
    yield f"# TYPE claimshapes_{name} {kind}"
