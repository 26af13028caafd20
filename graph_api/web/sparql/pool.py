"""Processes that run users' queries: each can be stopped at a limit, and nothing else notices.

The engine has no cancel, and one query can ask for all the time and memory there is. So a query runs in a
process of its own, with the built graph opened for reading; past a limit the process is killed and replaced.
The result is held until the query has ended: an answer that has begun never breaks off.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import IO, Any, Final

from graph_api.errors import BadQuery, GraphError, LimitReached, StoreUnavailable
from graph_api.settings import Settings
from graph_api.store.graph_store import Dataset, GraphStore
from graph_api.web.admission import Admission
from graph_api.web.callers import Caller, ClientGone
from graph_api.web.counts import killed
from graph_api.web.processes import START_SECONDS, Process
from graph_api.web.sparql.job import MEGABYTE, Held, Job

_WORKER: Final = f"{__package__}.worker"
_WAKE_SECONDS: Final = 3.0
"""Within this time a process that has worked before takes its next query, or another takes its place."""

_log = logging.getLogger("passerelle.sparql")


class Pool:
    """Worker processes, started when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admission = Admission(settings.query_workers, settings.query_waiting, settings.query_seconds)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._closed = False

    def run(self, job: Job, caller: Caller | None = None) -> Held:
        """The whole result, if the caller waits for it. Raises BadQuery, LimitReached, StoreUnavailable, ClientGone."""
        caller = caller or Caller()
        with self._admission.place(caller, long=job.seconds > self._settings.query_seconds):
            try:
                return self._ask(self._take(), job, caller)
            except _WorkerGone:
                return self._ask(_Worker(self._settings), job, caller)

    def close(self) -> None:
        """Stop the workers; those that are busy stop when their query ends."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for worker in idle:
            worker.stop()

    def _ask(self, worker: _Worker, job: Job, caller: Caller) -> Held:
        try:
            with caller.stopping(worker.process.kill):
                return worker.ask(job)
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

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.usable:
                    return worker
        return _Worker(self._settings)

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if worker.usable and not self._closed:
                self._idle.append(worker)
                return
        worker.stop()


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

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._patience = START_SECONDS
        limits = (settings.query_megabytes, settings.result_megabytes, int(bool(settings.service_allow)))
        super().__init__(_WORKER, list(map(str, limits)))

    def ask(self, job: Job) -> Held:
        """The result of the query; past a limit the process is stopped."""
        try:
            self._hand_over(job)
            if not self.link.poll(job.seconds):
                raise _overdue(self._settings, job.seconds)
            head = self.received()
            if not head:
                raise self._death(job)
        except (_WorkerGone, LimitReached, StoreUnavailable):
            self.stop()
            raise
        try:
            return self._held(head)
        except (EOFError, OSError):
            self.stop()
            raise StoreUnavailable("a query process ended while it handed over its result; ask again") from None
        finally:
            if head["tired"]:
                self.stop()

    def _hand_over(self, job: Job) -> None:
        try:
            self.link.send_bytes(job.written())
        except OSError:
            raise _WorkerGone() from None
        patience, self._patience = self._patience, _WAKE_SECONDS
        if not self.link.poll(patience) or not self.received():
            raise _WorkerGone()

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

    def _held(self, head: dict[str, Any]) -> Held:
        match head["outcome"]:
            case "here":
                return self.link.recv_bytes()
            case "file":
                return _received_file(self.link)
        raise _error(str(head["outcome"]), str(head["message"]), self._settings)


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
