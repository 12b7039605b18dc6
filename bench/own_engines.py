"""This project's engines: all rules, from JSON to the JSON report's findings."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from io import BytesIO
from multiprocessing import Queue, get_context
from pathlib import Path
from typing import BinaryIO

from bench.judged import Judge, Judged, memory_peak
from claimshapes.checking.checker import Checker
from claimshapes.read.json_claims import read_json_lines
from claimshapes.report.json_report import finding_object

_PART = 8 << 20
"""Bytes of a file that a process takes at a time: some 9,000 claims."""


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


# --- every core: a process each, which take parts of the file


def start_set_engine_on_all_cores() -> Judge:
    """The set engine in a process for each core."""
    cores = sorted(os.sched_getaffinity(0))
    context = get_context("spawn")
    free: Queue[int] = context.Queue()
    for core in cores:
        free.put(core)
    pool = ProcessPoolExecutor(len(cores), context, _start_worker, (free,))
    # As many tasks as processes, each of which waits until all have started.
    barrier = [pool.submit(_started) for _ in cores]
    for task in barrier:
        task.result()

    def judge(file: Path) -> Judged:
        size = file.stat().st_size
        part = max(1, min(_PART, size // len(cores) + 1))
        parts = [(file, start, start + part) for start in range(0, size, part)]
        said: Counter[str] = Counter()
        peaks: dict[int, float] = {}
        for process, most, counts in pool.map(_judge_part, parts):
            peaks[process] = most
            said += counts
        pool.shutdown()
        return replace(_shown(said), memory=sum(peaks.values()))

    return judge


_checker: Checker


def _start_worker(free: Queue[int]) -> None:
    global _checker
    os.sched_setaffinity(0, {free.get()})
    _checker = _warm(Checker(engine="set"))


def _started() -> bool:
    return _checker is not None


def _judge_part(part: tuple[Path, int, int]) -> tuple[int, float, Counter[str]]:
    said = _judge_stream(_checker, BytesIO(b"".join(_lines_of(*part))))
    return os.getpid(), memory_peak(), said


def _lines_of(file: Path, start: int, end: int) -> Iterator[bytes]:
    """The lines that begin between two places of a file."""
    with file.open("rb") as stream:
        if start:
            stream.seek(start - 1)
            stream.readline()
        while stream.tell() < end and (line := stream.readline()):
            yield line


_FIRST = """{"id": "W", "payer": "commercial", "patient": {"birthDate": "1980-02-01",
"sex": "female"}, "billingProvider": {"npi": "1234567893"}, "diagnosis": [{"sequence": 1,
"code": "M54.6"}], "item": [{"sequence": 1, "procedure": "99213", "quantity": 1,
"serviced": "2026-05-04", "diagnosisSequence": [1]}]}"""
