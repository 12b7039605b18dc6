"""Checking processes: each has its rules and knowledge loaded, and checks one request at a time.

A process that takes longer than a request may take is ended, and another started in its place.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from claimshapes.files.private_files import sweep
from claimshapes.serve.one_request import Answer, Job, answer, place_of_error

log = logging.getLogger("claimshapes.serve")

_PAUSE = 1.0
"""Seconds until another process is started in the place of one that could not load."""


class Busy(Exception):
    """As many requests wait as may."""


class DeadlinePassed(Exception):
    """A request was not answered in time."""


class ProcessEnded(Exception):
    """The process that checked a request ended, for want of memory for instance."""


@dataclass(slots=True)
class Counts:
    """What became of processes and requests, for the metrics.

    Attributes:
        ready: processes that have loaded.
        waiting: requests that wait for one.
        running: requests that are checked.
        ended: processes that were ended because of the deadline, or ended themselves.
    """

    ready: int = 0
    waiting: int = 0
    running: int = 0
    ended: int = 0


class CheckingProcesses:
    """Gives each request to a process that is free.

    Args:
        number: how many processes there are.
        settings: keyword arguments of the ``Checker`` of each.
        waivers: the waiver file, if there is one.
        deadline: seconds until a request has to be answered.
        queue: requests that may wait.
    """

    def __init__(
        self,
        number: int,
        settings: Mapping[str, Any],
        *,
        waivers: str | None = None,
        deadline: float,
        queue: int,
    ) -> None:
        self.number = number
        self.counts = Counts()
        self.problem = ""
        """Why no process could load its rules, where that is so."""
        self._settings = dict(settings)
        self._waivers = waivers
        self._deadline = deadline
        self._queue = queue
        self._threads = ThreadPoolExecutor(number, thread_name_prefix="claimshapes-process")
        self._all: set[_Process] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._ended = False

    async def start(self) -> None:
        """Starts the processes; requests wait until one has loaded."""
        self._free: asyncio.Queue[_Process] = asyncio.Queue()
        for _ in range(self.number):
            self._start_one()

    def end(self) -> None:
        """Ends the processes, whatever they are at."""
        self._ended = True
        for process in list(self._all):
            process.end()
        self._threads.shutdown(wait=False, cancel_futures=True)
        # They are ended as they are, and cannot tidy up.
        sweep()

    @property
    def ready(self) -> bool:
        """Whether a process has loaded its rules and knowledge."""
        return self.counts.ready > 0

    async def check(self, job: Job) -> Answer:
        """Has a request checked.

        Raises:
            Busy: too many wait.
            DeadlinePassed: it took too long; the process that was at it is ended.
            ProcessEnded: the process that was at it ended.
        """
        end = time.monotonic() + self._deadline
        process = await self._turn()
        self.counts.running += 1
        left = max(0.0, end - time.monotonic())
        asked = asyncio.get_running_loop().run_in_executor(self._threads, process.ask, job, left)
        # Also after the request was canceled, as its client left: then the process goes on.
        asked.add_done_callback(lambda done: self._back(process, done))
        return await asyncio.shield(asked)

    async def _turn(self) -> _Process:
        if self.counts.waiting >= self._queue and self._free.empty():
            raise Busy
        self.counts.waiting += 1
        try:
            async with asyncio.timeout(self._deadline):
                return await self._free.get()
        except TimeoutError:
            raise DeadlinePassed from None
        finally:
            self.counts.waiting -= 1

    def _back(self, process: _Process, done: asyncio.Future[Answer]) -> None:
        self.counts.running -= 1
        if not done.cancelled() and done.exception() is None:
            self._free.put_nowait(process)
            return
        self._all.discard(process)
        self.counts.ready -= 1
        if not self._ended:
            self.counts.ended += 1
            process.end()
            self._start_one()

    def _start_one(self) -> None:
        task = asyncio.get_running_loop().create_task(self._loaded())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _loaded(self) -> None:
        while not self._ended:
            process = await asyncio.to_thread(_Process, self._settings, self._waivers)
            self._all.add(process)
            if self._ended:
                process.end()
                return
            problem = await asyncio.to_thread(process.load)
            if not problem:
                self.problem = ""
                self.counts.ready += 1
                self._free.put_nowait(process)
                return
            self._all.discard(process)
            process.end()
            if not self._ended:
                self.problem = problem
                log.error("a checking process could not load: %s", problem)
                await asyncio.sleep(_PAUSE)


class _Process:
    """One process, seen from outside."""

    def __init__(self, settings: Mapping[str, Any], waivers: str | None) -> None:
        context = get_context("spawn")
        self._connection, inner = context.Pipe()
        self._process: SpawnProcess = context.Process(
            target=_serve, args=(inner, dict(settings), waivers), daemon=True
        )
        self._process.start()
        inner.close()

    def load(self) -> str:
        """Waits until it has loaded; returns what kept it from that."""
        try:
            return str(self._connection.recv())
        except (EOFError, OSError):
            return "it ended"

    def ask(self, job: Job, seconds: float) -> Answer:
        """Has a request checked.

        Raises:
            DeadlinePassed, ProcessEnded: see ``CheckingProcesses.check``.
        """
        try:
            self._connection.send(job)
            if not self._connection.poll(seconds):
                raise DeadlinePassed
            given = self._connection.recv()
        except (EOFError, OSError):
            raise ProcessEnded from None
        assert isinstance(given, Answer)
        return given

    def end(self) -> None:
        """Ends it, whatever it is at."""
        self._process.kill()


def _serve(connection: Connection, settings: dict[str, Any], waiver_file: str | None) -> None:
    """Answers what comes, until nothing can come any more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They go to every process of a terminal or a container; what they mean, the first knows.
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        try:
            checker, waivers = _load(settings, waiver_file)
        except Exception as error:
            from claimshapes.errors import ClaimshapesError

            known = isinstance(error, ClaimshapesError)
            connection.send(str(error) if known else place_of_error(error))
            return
        gc.freeze()
        connection.send("")
        while True:
            job: Job = connection.recv()
            connection.send(answer(checker, waivers, job))


def _load(settings: dict[str, Any], waiver_file: str | None) -> tuple[Any, Any]:
    from claimshapes.checking.checker import Checker
    from claimshapes.checking.waivers import Waivers, read_waivers

    checker = Checker(**settings)
    if waiver_file is None:
        return checker, Waivers()
    return checker, read_waivers(waiver_file, checker.book.rules)
