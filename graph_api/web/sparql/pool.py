"""Processes that run users' queries: each can be stopped at a limit, and nothing else notices.

The engine has no cancel, and one query can ask for all the time and memory there is. So a query runs in a
process of its own, with the built graph opened for reading; past a limit the process is killed and replaced.
The result is held until the query has ended: an answer that has begun never breaks off.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import IO, Final

from graph_api.errors import BadQuery, GraphError, LimitReached, StoreUnavailable
from graph_api.settings import Settings
from graph_api.store.graph_store import Dataset, GraphStore
from graph_api.web.admission import Admission
from graph_api.web.callers import Caller, ClientGone
from graph_api.web.counts import killed
from graph_api.web.memory import LARGE_PAGES
from graph_api.web.processes import START_SECONDS, Process, Started
from graph_api.web.sparql.held import Holder, InMemory
from graph_api.web.sparql.job import MEGABYTE, Done, Held, Job
from graph_api.web.sparql.link import Clock, Incoming, Said

_WORKER: Final = f"{__package__}.worker"
_WAKE_SECONDS: Final = 3.0
"""Within this time a process that has worked before takes its next query, or another takes its place."""
_AT_ONCE: Final = 4000
"""A query of so few characters is handed over without waiting until it is taken."""
_FILE: Final = "file"
"""What is said of a query whose result comes in a file, after the message."""

_log = logging.getLogger("passerelle.sparql")


class Pool:
    """Worker processes, started when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admission = Admission(settings.query_workers, settings.query_waiting, settings.query_seconds)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._closed = False
        self.in_memory = InMemory()

    def hold(self, directory: str) -> None:
        """Keep that graph in memory from now on, where the settings say so."""
        if self._settings.memory == "on":
            self.in_memory.hold(directory)

    def run(self, job: Job, caller: Caller | None = None) -> Held:
        """The whole result, if the caller waits for it. Raises BadQuery, LimitReached, StoreUnavailable, ClientGone."""
        return self.answer(job, caller).held

    def answer(self, job: Job, caller: Caller | None = None) -> Done:
        """The whole result, and what was done to the query. Raises as `run` does."""
        caller = caller or Caller()
        with self._admission.place(caller, self._is_long(job)):
            return self._asked(self._take(job), job, caller)

    def begin(self, job: Job, caller: Caller) -> Begun | None:
        """The query, handed to a process that had nothing to do; None where that would have to be waited for."""
        if len(job.text) > _AT_ONCE or job.dataset or not self._admission.enter_at_once(caller, self._is_long(job)):
            return None
        worker = self._idle_worker(job)
        if worker is not None:
            try:
                worker.give(job)
            except _WorkerGone:
                worker.stop()
            else:
                return Begun(self, worker, job, caller)
        self._admission.leave(caller, self._is_long(job))
        return None

    def finish(self, begun: Begun, caller: Caller) -> Done:
        """The rest of a query that was begun. Raises as `run` does."""
        try:
            return self._asked(begun.worker, begun.job, caller, begun.worker.finish)
        finally:
            self._admission.leave(begun.caller, self._is_long(begun.job))

    def end(self, begun: Begun, *, whole: bool) -> None:
        """Take back the place and the process of a query that was begun; one of which not all was read is stopped."""
        if not whole:
            begun.worker.stop()
        self._give_back(begun.worker)
        self._admission.leave(begun.caller, self._is_long(begun.job))

    def _is_long(self, job: Job) -> bool:
        return job.seconds > self._settings.query_seconds

    def _asked(self, worker: _Worker, job: Job, caller: Caller, way: Callable[[Job], Done] | None = None) -> Done:
        """What the process answers, or another where it had ended before."""
        try:
            return self._ask(worker, job, caller, way or worker.ask)
        except _WorkerGone:
            again = self._new_worker(job)
            return self._ask(again, job, caller, again.ask)

    def close(self) -> None:
        """Stop the workers; those that are busy stop when their query ends."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for worker in idle:
            worker.stop()
        self.in_memory.close()

    def _ask(self, worker: _Worker, job: Job, caller: Caller, way: Callable[[Job], Done]) -> Done:
        try:
            with caller.stopping(worker.process.kill):
                return way(job)
        except LimitReached as error:
            if not worker.usable:
                killed(error.limit)
            raise
        except _WorkerGone:
            if caller.gone:
                raise ClientGone("the client has hung up") from None
            raise
        except StoreUnavailable:
            killed("the client hung up" if caller.gone else "from outside")
            if caller.gone:
                raise ClientGone("the client has hung up") from None
            raise
        finally:
            self._give_back(worker)

    def _take(self, job: Job) -> _Worker:
        return self._idle_worker(job) or self._new_worker(job)

    def _new_worker(self, job: Job) -> _Worker:
        """One that shares the graph in memory where that is held, or reads its files."""
        holder = self.in_memory.of(job.directory)
        try:
            return _Worker(self._settings, holder)
        except StoreUnavailable:
            if holder is None:
                raise
            return _Worker(self._settings)

    def _idle_worker(self, job: Job) -> _Worker | None:
        """One that has nothing to do and shares what is held now, or reads files where the graph is not held."""
        holder = self.in_memory.of(job.directory)
        with self._lock:
            gone = [each for each in self._idle if not each.is_held]
            self._idle = [each for each in self._idle if each not in gone] if gone else self._idle
            worker = next((each for each in reversed(self._idle) if each.holder is holder), None)
            if worker is not None:
                self._idle.remove(worker)
        for each in gone:
            each.stop()
        if worker is None or worker.usable:
            return worker
        worker.stop()
        return self._idle_worker(job)

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if worker.kept and worker.is_held and not self._closed:  # one that has ended is noticed when it is taken
                self._idle.append(worker)
                return
        worker.stop()


class Begun:
    """A query that a process works on while nobody waits for it in a thread."""

    def __init__(self, pool: Pool, worker: _Worker, job: Job, caller: Caller) -> None:
        self._pool, self.worker, self.job, self.caller = pool, worker, job, caller

    async def soon(self, seconds: float) -> Done | None:
        """The result where it is there in so short a time, and in no file; None where `finish` is to wait for it.

        Raises as `Pool.run` does.
        """
        whole = known = False
        try:
            await self._said_within(min(seconds, self.job.seconds))
            said = self.worker.said
            if said is None or said.outcome == _FILE:
                known = True
                return None
            whole = True
            return self.worker.read(said)
        finally:
            if not known:
                self._pool.end(self, whole=whole)

    def finish(self, caller: Caller) -> Done:
        """The result, if the caller waits for it. Raises as `Pool.run` does."""
        return self._pool.finish(self, caller)

    async def _said_within(self, seconds: float) -> None:
        """Until the process has said what became of the query, or has ended, but not longer than that."""
        loop, link = asyncio.get_running_loop(), self.worker.link.fileno()
        over: asyncio.Future[None] = loop.create_future()

        def end() -> None:
            loop.remove_reader(link)  # what comes next is for whoever takes the result
            if not over.done():
                over.set_result(None)

        def look() -> None:
            try:
                self.worker.take()
            except BlockingIOError:
                return  # the rest is on its way
            except (EOFError, OSError):
                pass  # whoever takes the result learns of it
            end()

        os.set_blocking(link, False)
        timer = loop.call_later(seconds, end)
        loop.add_reader(link, look)
        try:
            await over
        finally:
            timer.cancel()
            loop.remove_reader(link)
            os.set_blocking(link, True)


class Threads:
    """Runs queries of a store that is elsewhere, under the same limits as far as it lets us.

    A query past its time is answered with an error, but keeps its place until the store gives up on it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admission = Admission(settings.query_workers, settings.query_waiting, settings.query_seconds)
        self._threads = ThreadPoolExecutor(settings.query_workers, thread_name_prefix="query")

    def run(
        self,
        store: GraphStore,
        text: str,
        media_type: str,
        seconds: float,
        dataset: Dataset | None,
        caller: Caller | None = None,
    ) -> Held:
        """The whole result. Raises BadQuery, LimitReached, StoreUnavailable, ClientGone."""
        long = seconds > self._settings.query_seconds
        self._admission.enter(caller, long)
        future: Future[bytes] = self._threads.submit(store.query, text, media_type, dataset)
        future.add_done_callback(lambda _: self._admission.leave(caller, long))
        try:
            result = future.result(seconds)
        except TimeoutError:
            raise _overdue(self._settings, seconds) from None
        if len(result) > self._settings.result_megabytes * MEGABYTE:
            raise _too_large(self._settings)
        return result

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _WorkerGone(StoreUnavailable):
    """The process had ended before it took the query."""

    def __init__(self) -> None:
        super().__init__("a query process ended before it took the query; ask again")


class _Worker(Process):
    """One process that runs queries, seen from the server."""

    niceness = 5
    """Somebody waits for a query, and its time is counted by the clock."""
    settings_of_libc = LARGE_PAGES

    def __init__(self, settings: Settings, holder: Holder | None = None) -> None:
        """`holder` is the process whose graph in memory it shares, where there is one. Raises StoreUnavailable."""
        self._settings, self.holder = settings, holder
        self._patience = START_SECONDS
        self._clock = Clock()
        self._incoming = Incoming()
        self.said: Said | None = None
        """What it has said of the query, where that was read and the result was not."""
        limits = (settings.query_megabytes, settings.result_megabytes, int(bool(settings.service_allow)))
        try:
            super().__init__(_WORKER, list(map(str, (self._clock.file, *limits))), [self._clock.file])
        finally:
            self._clock.share()

    @property
    def is_held(self) -> bool:
        """Whether the graph that it shares is still held; of one that reads files, always."""
        return self.holder is None or self.holder.usable

    def _started(self, module: str, link: int, arguments: Sequence[str], files: Sequence[int]) -> Started:
        if self.holder is None:
            return super()._started(module, link, arguments, files)
        _, *limits = arguments  # files have numbers of their own where they arrive
        return self.holder.forked(limits, [link, *files])

    def ask(self, job: Job) -> Done:
        """The result of the query; past a limit the process is stopped."""
        try:
            self.give(job)
        except _WorkerGone:
            self.stop()
            raise
        return self.finish(job)

    def give(self, job: Job) -> None:
        """Hand the query over. Raises _WorkerGone."""
        self.said, self._incoming = None, Incoming()
        self._clock.clear()
        try:
            self.link.send_bytes(job.written())
        except OSError:
            raise _WorkerGone() from None

    def take(self) -> None:
        """Read what the process says, as far as it is there. Raises BlockingIOError, EOFError, OSError."""
        self.said = self._incoming.take(self.link.fileno())

    def finish(self, job: Job) -> Done:
        """The result of the query that was handed over; past a limit the process is stopped."""
        try:
            return self.read(self.said or self._said_of(job))
        except (_WorkerGone, LimitReached, StoreUnavailable):
            if self.said is None:
                self.stop()
            raise

    def _said_of(self, job: Job) -> Said:
        """What the process says in the end. Raises _WorkerGone, LimitReached, StoreUnavailable."""
        patience, self._patience = self._patience, _WAKE_SECONDS
        if not self._incoming.begun:
            self._await(job, patience)
        try:
            self.take()
        except (EOFError, OSError):
            raise (_WorkerGone() if self._clock.began is None else self._death(job)) from None
        assert self.said is not None
        return self.said

    def _await(self, job: Job, patience: float) -> None:
        """Until the process says something. Raises _WorkerGone where it does not begin in time, LimitReached."""
        end = time.monotonic() + patience
        left = min(patience, job.seconds)
        while not self.link.poll(left):
            began, now = self._clock.began, time.monotonic()
            if began is None and now >= end:
                raise _WorkerGone()
            if began is not None and now >= began + job.seconds:
                raise _overdue(self._settings, job.seconds)
            left = max(0.0, (min(end, now + job.seconds) if began is None else began + job.seconds) - now)

    def read(self, said: Said) -> Done:
        """The result of which that is said."""
        try:
            return Done(self._held(said), said.rewritten)
        except (EOFError, OSError):
            self.stop()
            raise StoreUnavailable("a query process ended while it handed over its result; ask again") from None
        finally:
            if said.tired:
                self.stop()

    def _death(self, job: Job) -> GraphError:
        """Why the process has ended in the middle of a query."""
        try:
            code = self.process.wait(_WAKE_SECONDS)
        except subprocess.TimeoutExpired:
            return StoreUnavailable("the query process closed its link; ask again")
        if code in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS):
            return _out_of_memory(self._settings)
        if code == -signal.SIGALRM:
            return _overdue(self._settings, job.seconds)
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        message = (
            f"the query process was ended from outside ({how}): by an operator, or where memory was short; ask again"
        )
        return StoreUnavailable(message)

    def _held(self, said: Said) -> Held:
        match said.outcome:
            case "done":
                return said.body
            case "file":
                return _received_file(self.link)
        raise _error(said.outcome, said.message, self._settings)


def _error(outcome: str, message: str, settings: Settings) -> GraphError:
    match outcome:
        case "syntax":
            return BadQuery(f"this is not SPARQL 1.1: {message}")
        case "unwritable":
            return BadQuery(message)
        case "too_large":
            return _too_large(settings)
        case "memory":
            return _out_of_memory(settings)
    _log.error("a query could not be answered: %s", message)
    return StoreUnavailable("the query could not be answered: the stored graph cannot be read; see /ready")


def _overdue(settings: Settings, seconds: float) -> LimitReached:
    message = (
        f"the query was stopped after {seconds:g} s; narrow it, or ask for more with timeout=, "
        f"up to {settings.query_seconds_cap:g}"
    )
    return LimitReached("seconds", seconds, message)


def _too_large(settings: Settings) -> LimitReached:
    message = (
        f"the result is larger than {settings.result_megabytes} MB; fetch it in parts with ORDER BY, LIMIT "
        "and OFFSET, or take a dump"
    )
    return LimitReached("result_megabytes", settings.result_megabytes, message)


def _out_of_memory(settings: Settings) -> LimitReached:
    message = (
        f"the query needs more than {settings.query_megabytes} MB, or is nested too deeply; narrow it, avoid "
        "sorting or grouping large results, or run it on a dump"
    )
    return LimitReached("memory", settings.query_megabytes, message)


def _received_file(link: Connection) -> IO[bytes]:
    """The file that the worker handed over; it has no name and vanishes when it is closed."""
    with socket.socket(fileno=os.dup(link.fileno())) as way:
        _, files, _, _ = socket.recv_fds(way, 1, 1)
    if not files:
        raise EOFError
    return os.fdopen(files[0], "rb")
