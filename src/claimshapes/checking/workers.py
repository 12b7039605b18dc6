"""Batches of claims judged beside each other, each in a process with an engine of its own."""

from __future__ import annotations

import gc
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Protocol, TypeVar

from claimshapes.errors import InputError
from claimshapes.files.private_files import sweep

Batch = TypeVar("Batch")


class Judge(Protocol):
    """What each process judges with."""

    def judge_batch(self, given: Any) -> Any:
        """What is said of a batch."""

    def uncompiled(self) -> dict[str, str]:
        """Rules that the set engine leaves to the reference engine, with why."""


@dataclass(frozen=True, slots=True)
class _Answer:
    said: Any
    uncompiled: dict[str, str]


@dataclass(slots=True)
class Workers:
    """Processes that judge batches; each is started when there is a batch for it.

    A context manager: at its end the processes are ended, whatever they are at.

    Args:
        number: how many processes there are at most.
        make: makes what a process judges with; found by its name in each process.
        settings: its keyword arguments.

    Attributes:
        uncompiled: ids of the rules that the set engine leaves to the reference engine, with why.
    """

    number: int
    make: Callable[..., Judge]
    settings: Mapping[str, Any]
    uncompiled: dict[str, str] = field(default_factory=dict)
    _workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.end()
        # They are ended as they are, and cannot tidy up.
        sweep()

    def judge(
        self, batches: Iterable[tuple[Batch, Any]], answer: Callable[[Any], Any] | None = None
    ) -> Iterator[tuple[Batch, Any]]:
        """Judges batches; while the processes do, the next one is read.

        Args:
            batches: each batch, and what a process is given of it.
            answer: what a process is given once more, after what it said of a batch.

        Yields:
            Each batch, in the same order, with what was said of it last.

        Raises:
            RuleError: a rule cannot be used.
            KnowledgeError: the compiled knowledge is missing or stale.
            InputError: a process was ended from outside.
        """
        waiting: deque[tuple[_Worker, Batch]] = deque()
        for batch, task in batches:
            given: tuple[Batch, Any] | None = None
            if len(self._workers) < self.number:
                worker = _Worker(self.make, self.settings)
                self._workers.append(worker)
            else:
                worker, judged = waiting.popleft()
                given = judged, self._said(worker, answer)
            # A worker has work again before anyone looks at what it gave.
            worker.send(task)
            waiting.append((worker, batch))
            if given is not None:
                yield given
        for worker, batch in waiting:
            yield batch, self._said(worker, answer)

    def _said(self, worker: _Worker, answer: Callable[[Any], Any] | None) -> Any:
        said = worker.receive()
        if answer is not None:
            worker.send(answer(said.said))
            said = worker.receive()
        self.uncompiled |= said.uncompiled
        return said.said


class _Worker:
    """One process, seen from outside."""

    def __init__(self, make: Callable[..., Judge], settings: Mapping[str, Any]) -> None:
        context = get_context("spawn")
        self._connection, inner = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_work, args=(inner, make, dict(settings)), daemon=True
        )
        self._process.start()
        inner.close()

    def send(self, task: Any) -> None:
        try:
            self._connection.send(task)
        except ConnectionError as error:
            raise self._ended() from error

    def receive(self) -> _Answer:
        try:
            answer = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            raise self._ended() from error
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, _Answer)
        return answer

    def end(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.join()

    def _ended(self) -> InputError:
        self._process.join()
        return InputError(
            f"a process that checked claims ended with status {self._process.exitcode};"
            " with fewer jobs there is more memory for each"
        )


def _work(connection: Connection, make: Callable[..., Judge], settings: dict[str, Any]) -> None:
    """Judges what comes, until nothing can come any more."""
    # Ctrl-C goes to every process of a terminal; what it means, the first one knows.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Reading a batch makes many objects and no cycles, for which each is searched many times.
    gc.disable()
    judge: Judge | None = None
    with suppress(EOFError, ConnectionError):
        while True:
            task = connection.recv()
            try:
                if judge is None:
                    judge = make(**settings)
                    gc.freeze()
                answer: _Answer | Exception = _Answer(judge.judge_batch(task), judge.uncompiled())
            except Exception as error:
                error.add_note(traceback.format_exc())
                answer = error
            connection.send(answer)
            del task, answer
            gc.collect()
