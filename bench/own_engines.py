"""This project's engines: all rules, from JSON to the JSON report's findings."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import BinaryIO

from bench.judged import Judge, Judged, memory_peak
from claimshapes.checking.checker import Checker
from claimshapes.claims.readers.json_claims import read_json_lines
from claimshapes.report.json_report import finding_object


def start_set_engine() -> Judge:
    """All rules by the set engine, from JSON to JSON."""
    return _judge_with(Checker(engine="set"))


def start_reference_engine() -> Judge:
    """All rules by the reference engine, from JSON to JSON."""
    return _judge_with(Checker(engine="reference"))


def _judge_with(checker: Checker) -> Judge:
    _warm(checker)

    def judge(file: Path) -> Judged:
        with file.open("rb") as stream:
            return _shown(_judge_stream(checker, stream))

    return judge


def _judge_stream(checker: Checker, stream: BinaryIO) -> Counter[str]:
    """Judges lines of JSON and writes the findings down as the JSON report has them."""
    said: Counter[str] = Counter()
    for _, result in checker.check_readings(read_json_lines(stream, "claims")):
        if result is None:
            said["rejected"] += 1
            continue
        for finding in result.findings:
            said[finding.severity.value] += bool(json.dumps(finding_object(finding)))
    return said


def _warm(checker: Checker) -> Checker:
    list(checker.check([json.loads(_FIRST)]))
    return checker


def _shown(said: Counter[str]) -> Judged:
    kinds = ("violation", "warning", "info", "rejected")
    return Judged(", ".join(f"{said[kind]:,} {kind}" for kind in kinds if said[kind]))


def start_set_engine_on_all_cores() -> Judge:
    """The set engine in a process for each core."""
    checker = Checker(engine="set", jobs=len(os.sched_getaffinity(0)))

    def judge(file: Path) -> Judged:
        with file.open("rb") as stream, _children() as peaks:
            judged = _shown(_judge_stream(checker, stream))
        return replace(judged, memory=sum(peaks.values()))

    return judge


@contextmanager
def _children() -> Iterator[dict[int, float]]:
    """Megabytes that each process that this one starts meanwhile has at most, by its number."""
    peaks: dict[int, float] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            for process in active_children():
                with suppress(OSError, StopIteration):
                    peaks[process.ident or 0] = memory_peak(process.ident)

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield peaks
    finally:
        over.set()
        watching.join()


_FIRST = """{"id": "W", "payer": "commercial", "patient": {"birthDate": "1980-02-01",
"sex": "female"}, "billingProvider": {"npi": "1234567893"}, "diagnosis": [{"sequence": 1,
"code": "M54.6"}], "item": [{"sequence": 1, "procedure": "99213", "quantity": 1,
"serviced": "2026-05-04", "diagnosisSequence": [1]}]}"""
