"""Large files checked in several processes, each from the lines of a part to its report.

The first process reads lines, sees which claim numbers repeat, adds up and writes. So the report
must be one in which every line stands for itself, and no claim may need another one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from claimshapes.checking.baseline import Baseline
from claimshapes.checking.check import CheckerSettings
from claimshapes.checking.checker import BATCH, Checker
from claimshapes.checking.claim_judge import JudgedReading
from claimshapes.checking.waivers import Waivers
from claimshapes.checking.workers import Workers
from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.claim_numbers import ClaimNumbers, Place
from claimshapes.claims.format_check import reject_repeated
from claimshapes.claims.readers.json_claims import LineBlock
from claimshapes.claims.readers.source import read_blocks
from claimshapes.cli.settings import CheckSettings
from claimshapes.cli.written_results import Written, rejected_file, write_results
from claimshapes.errors import InputError
from claimshapes.report.formats import CONTINUABLE_FORMATS, ReportContext, open_report
from claimshapes.report.redaction import Redaction
from claimshapes.report.summary import Summary

_LEAST_BYTES = 16_000_000
"""Bytes of files for which processes are worth their start: some 18,000 claims."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What results go through, from the check to the report.

    Attributes:
        format: the report's format, one of ``CONTINUABLE_FORMATS``.
        waivers: findings that do not count.
        redaction: takes identifiers out.
        baseline: has the findings that are known.
    """

    format: str
    waivers: Waivers
    redaction: Redaction | None = None
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of a file, or one claim of it, with the place of the file among those to check."""

    file: int
    content: LineBlock | ClaimReading


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a process asks before it writes about a part.

    Attributes:
        numbers: the numbers of the claims that were lines, each with its file and line.
        ended: the files that turned out to be no claims.
    """

    numbers: list[tuple[int, str, int]]
    ended: set[int]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What it is told.

    Attributes:
        repeated: where each of the numbers stood first that are not new, by their place.
        ended: the files whose claims do not count, since an earlier part of them is none.
    """

    repeated: Mapping[int, Place]
    ended: set[int]


class PartJudge:
    """Checks parts in one of the processes: judges them, asks, and writes.

    Args:
        checker: keyword arguments of ``Checker``.
        report: what results go through.
    """

    def __init__(self, checker: CheckerSettings, report: ReportSettings) -> None:
        self._checker = Checker(**checker)
        self._report = report
        self._files: list[int] = []
        self._judged: list[JudgedReading] = []
        self._numbered: list[int] = []

    def uncompiled(self) -> dict[str, str]:
        """Rules that the set engine leaves to the reference engine, with why."""
        return self._checker.uncompiled()

    def judge_batch(self, given: list[_Piece] | _Answer) -> _Judged | Written:
        """Judges a part, or writes about the one before it."""
        return self._written(given) if isinstance(given, _Answer) else self._judge(given)

    def _judge(self, pieces: Iterable[_Piece]) -> _Judged:
        readings: list[ClaimReading] = []
        self._files, self._numbered = [], []
        numbers: list[tuple[int, str, int]] = []
        ended: set[int] = set()
        for piece in pieces:
            content = piece.content
            if not isinstance(content, LineBlock):
                readings.append(content)
            elif piece.file not in ended:
                try:
                    for reading in content.readings():
                        if isinstance(reading, ClaimRecord):
                            line = reading.origin.line or 0
                            numbers.append((piece.file, str(reading.claim["id"]), line))
                            self._numbered.append(len(readings))
                        readings.append(reading)
                except InputError as error:
                    ended.add(piece.file)
                    readings.append(rejected_file(error, content.file))
            self._files += [piece.file] * (len(readings) - len(self._files))
        self._judged = self._checker.judge_readings(readings)
        return _Judged(numbers, ended)

    def _written(self, answer: _Answer) -> Written:
        judged = self._judged
        for place, first in answer.repeated.items():
            index = self._numbered[place]
            reading = judged[index][0]
            number = reading.claim_id if isinstance(reading, RejectedClaim) else reading.claim["id"]
            judged[index] = reject_repeated({"id": number}, _begin(reading.origin), first), None
        if answer.ended:
            kept = zip(self._files, judged, strict=True)
            judged = [each for file, each in kept if file not in answer.ended]
        stream = io.StringIO()
        # Whatever begins a report, the first process has written.
        context = ReportContext(rules={}, denials={}, continued=True)
        summary = Summary(waivers=self._report.waivers.for_part(), is_part=True)
        rejected: list[str] = []
        write_results(
            judged,
            summary,
            open_report(self._report.format, stream, context),
            self._report.redaction,
            self._report.baseline,
            rejected.append,
        )
        self._judged = []
        return Written(len(judged), stream.getvalue(), summary, tuple(rejected))


def parts_of(
    size: int | None,
    settings: CheckSettings,
    checker: Checker,
    jobs: int,
    keywords: CheckerSettings,
    report: ReportSettings,
) -> Parts | None:
    """What checks files in parts, or none where they are small or have to be seen as a whole.

    Args:
        size: how many bytes the files have, if that is known.
        settings: by what claims are judged.
        checker: the checker of this process.
        jobs: how many processes check.
        keywords: keyword arguments of a ``Checker`` with the same settings.
        report: what results go through.
    """
    together = keywords["across_claims"] or report.format not in CONTINUABLE_FORMATS
    if together or size is None or size < _LEAST_BYTES or settings.engine == "reference":
        return None
    if settings.engine == "auto" and not checker.sets_usable():
        return None
    return Parts(jobs, keywords | {"engine": "set", "threads": 1}, report)


@dataclass(slots=True)
class Parts:
    """Checks files in parts.

    Args:
        jobs: how many processes check.
        checker: keyword arguments of ``Checker`` for each of them.
        report: what results go through.

    Attributes:
        uncompiled: rules that the set engine left to the reference engine, with why.
    """

    jobs: int
    checker: CheckerSettings
    report: ReportSettings
    uncompiled: dict[str, str] = field(default_factory=dict)
    _file: int = 0
    _ended: set[int] = field(default_factory=set)
    _numbers: dict[int, ClaimNumbers] = field(default_factory=dict)

    def read(self, file: str, **options: Any) -> Iterator[_Piece]:
        """The pieces of a file.

        Args:
            file: its name.
            options: keyword arguments of ``read_claims``.

        Raises:
            InputError: the file cannot be used.
        """
        self._file += 1
        own = self._file
        for content in read_blocks(file, size=BATCH, **options):
            if own in self._ended:
                return
            yield _Piece(own, content)

    def written(self, contents: Iterable[_Piece | ClaimReading]) -> Iterator[Written]:
        """What was written of each part, in their order.

        Args:
            contents: what ``read`` gives of every file, and what is wrong with files.

        Raises:
            RuleError: a rule cannot be used.
            KnowledgeError: the compiled knowledge is missing or stale.
            InputError: a process was ended from outside.
        """
        settings = {"checker": self.checker, "report": self.report}
        with Workers(self.jobs, PartJudge, settings) as workers:
            for _, written in workers.judge(self._parts(contents), self._answer):
                yield written
            self.uncompiled |= workers.uncompiled

    def _parts(
        self, contents: Iterable[_Piece | ClaimReading]
    ) -> Iterator[tuple[None, list[_Piece]]]:
        part: list[_Piece] = []
        claims = 0
        for content in contents:
            piece = content if isinstance(content, _Piece) else _Piece(0, content)
            part.append(piece)
            lines = piece.content
            claims += len(lines.lines) if isinstance(lines, LineBlock) else 1
            if claims >= BATCH:
                yield None, part
                part, claims = [], 0
        if part:
            yield None, part

    def _answer(self, judged: _Judged) -> _Answer:
        ended = self._ended.copy()
        repeated: dict[int, Place] = {}
        for place, (file, number, line) in enumerate(judged.numbers):
            if file not in ended:
                numbers = self._numbers.get(file)
                if numbers is None:
                    # Files come one after another.
                    numbers = ClaimNumbers()
                    self._numbers = {file: numbers}
                first = numbers.add(number, line)
                if first is not None:
                    repeated[place] = first
        self._ended |= judged.ended
        return _Answer(repeated, ended)


def _begin(origin: Origin) -> Origin:
    """Where a line's claim begins, whatever part of it a rejection named."""
    return Origin(origin.file, origin.line, "")
