"""Processes that run users' queries: each can be stopped at a limit, and nothing else notices.

The engine has no cancel, and one query can ask for all the time and memory there is. So a query runs in a
process of its own, with the built graph opened for reading; past a limit the process is killed and replaced.
The result is held until the query has ended: an answer that has begun never breaks off.
"""

from __future__ import annotations

import ctypes
import io
import json
import math
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any, Final

from pyoxigraph import DefaultGraph, QueryResultsFormat, QueryTriples, RdfFormat, Store

from graph_api import PACKAGE
from graph_api.errors import BadQuery, GraphError, LimitReached, StoreUnavailable
from graph_api.settings import Settings
from graph_api.store.local import GraphStore

_MEGABYTE: Final = 2**20
_HELD_IN_MEMORY: Final = 4 * _MEGABYTE
_START_SECONDS: Final = 20.0
_GRACE_SECONDS: Final = 2.0
_PAGE_BYTES: Final = resource.getpagesize()
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_NICENESS: Final = 19
"""Lookups come first where queries keep all processors busy."""

Held = bytes | IO[bytes]
"""A whole result: in memory, or in a file that vanishes when it is closed."""


@dataclass(frozen=True)
class Job:
    """One query for one built graph."""

    directory: str
    text: str
    media_type: str
    has_dataset: bool
    """Whether the query names its graphs; if not, its default graph is the union of all."""
    seconds: float
    base: str | None = None


class Line:
    """So many places, so many who may wait for one, and everybody else is turned away at once."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._places, self._waiting, self._seconds = places, waiting, seconds
        self._free = threading.Semaphore(places)
        self._lock = threading.Lock()
        self._inside = 0

    def enter(self) -> None:
        """Take a place. Raises LimitReached when too many wait or none gets free in time."""
        with self._lock:
            if self._inside >= self._places + self._waiting:
                raise self._full()
            self._inside += 1
        if not self._free.acquire(timeout=self._seconds):
            with self._lock:
                self._inside -= 1
            raise self._full()

    def leave(self) -> None:
        """Give the place back."""
        self._free.release()
        with self._lock:
            self._inside -= 1

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for as long as the block runs."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def _full(self) -> LimitReached:
        message = f"{self._places} queries run already and {self._waiting} wait; try again a little later"
        return LimitReached("concurrency", self._places, message, retry_after=math.ceil(self._seconds))


class Pool:
    """Worker processes, started when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._line = Line(settings.query_workers, settings.query_waiting, settings.query_seconds)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._closed = False

    def run(self, job: Job) -> Held:
        """The whole result. Raises BadQuery, LimitReached, StoreUnavailable."""
        with self._line.place():
            try:
                return self._ask(self._take(), job)
            except _AsleepError:
                return self._ask(_Worker(self._settings), job)

    def close(self) -> None:
        """Stop the workers; those that are busy stop when their query ends."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for worker in idle:
            worker.stop()

    def _ask(self, worker: _Worker, job: Job) -> Held:
        try:
            return worker.ask(job)
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
        self._line = Line(settings.query_workers, settings.query_waiting, settings.query_seconds)
        self._threads = ThreadPoolExecutor(settings.query_workers, thread_name_prefix="query")

    def run(self, store: GraphStore, text: str, media_type: str, seconds: float) -> Held:
        """The whole result. Raises BadQuery, LimitReached, StoreUnavailable."""
        self._line.enter()
        future: Future[bytes] = self._threads.submit(store.query, text, media_type)
        future.add_done_callback(lambda _: self._line.leave())
        try:
            result = future.result(seconds)
        except TimeoutError:
            raise _overdue(self._settings, seconds) from None
        if len(result) > self._settings.result_megabytes * _MEGABYTE:
            raise _too_large(self._settings)
        return result

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _AsleepError(StoreUnavailable):
    """The process had ended before it took the query."""

    def __init__(self) -> None:
        super().__init__("a query process ended before it took the query; ask again")


class _Worker:
    """One process, seen from the server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.link, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                _command(theirs.fileno(), settings),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env=_environment(),
            )
        self.stop = weakref.finalize(self, _kill, self.process, self.link)
        if not self.link.poll(_START_SECONDS) or not self._received():
            self.stop()
            raise StoreUnavailable("a query process did not start")

    @property
    def usable(self) -> bool:
        """Whether the process can take another query."""
        return self.stop.alive and self.process.poll() is None

    def ask(self, job: Job) -> Held:
        """The result of the query; past a limit the process is stopped."""
        try:
            self._hand_over(job)
            if not self.link.poll(job.seconds):
                raise _overdue(self._settings, job.seconds)
            head = self._received()
            if not head:
                raise _out_of_memory(self._settings)
        except (_AsleepError, LimitReached):
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
            self.link.send_bytes(json.dumps(vars(job)).encode())
        except OSError:
            raise _AsleepError() from None
        if not self.link.poll(_START_SECONDS) or not self._received():
            raise _AsleepError()

    def _received(self) -> dict[str, Any]:
        """The next message; nothing when the process has died."""
        try:
            message: dict[str, Any] = json.loads(self.link.recv_bytes())
        except (EOFError, ConnectionResetError):
            return {}
        return message

    def _held(self, head: dict[str, Any]) -> Held:
        match head["outcome"]:
            case "here":
                return self.link.recv_bytes()
            case "file":
                return _received_file(self.link)
        raise _error(str(head["outcome"]), str(head["message"]), self._settings)


def _command(link: int, settings: Settings) -> list[str]:
    limits = (settings.query_megabytes, settings.result_megabytes, int(bool(settings.service_allow)))
    return [sys.executable, "-P", "-m", __spec__.name, str(link), *map(str, limits)]


def _environment() -> dict[str, str]:
    """The server's, with this package on the path and few heaps, so that memory can be counted."""
    package = str(PACKAGE.parent)
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "MALLOC_ARENA_MAX": "2",
        "RUST_BACKTRACE": "0",
    }


def _kill(process: subprocess.Popen[bytes], link: Connection) -> None:
    process.kill()
    process.wait()
    link.close()


def _error(outcome: str, message: str, settings: Settings) -> GraphError:
    match outcome:
        case "syntax":
            return BadQuery(f"this is not SPARQL 1.1: {message}")
        case "too_large":
            return _too_large(settings)
        case "memory":
            return _out_of_memory(settings)
    return StoreUnavailable(f"the query could not be answered: {message}")


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


# From here on: inside the worker process.


class _TooLargeError(Exception):
    """The result has grown past its limit."""


class _Output:
    """Takes a result, up to a limit; what outgrows the memory goes to a file."""

    def __init__(self, most: int) -> None:
        self.memory = io.BytesIO()
        self.file: IO[bytes] | None = None
        self._size, self._most = 0, most

    def write(self, data: bytes) -> int:
        self._size += len(data)
        if self._size > self._most:
            raise _TooLargeError
        if self.file is None and self._size > _HELD_IN_MEMORY:
            self.file = _nameless_file()
            self.file.write(self.memory.getvalue())
            self.memory = io.BytesIO()
        return (self.file or self.memory).write(data)

    def flush(self) -> None:
        """Nothing waits here."""


def _nameless_file() -> IO[bytes]:
    number, path = tempfile.mkstemp(prefix="passerelle-result-")
    Path(path).unlink()
    return os.fdopen(number, "w+b")


class _Opened:
    """The built graph that the worker has open."""

    def __init__(self, directory: str) -> None:
        _limit_memory(None)
        self.directory = directory
        self.store = Store.read_only(str(Path(directory) / "store"))
        in_default_graph = self.store.quads_for_pattern(None, None, None, DefaultGraph())
        self.union_is_stored = next(in_default_graph, None) is not None

    def write(self, job: Job, output: _Output) -> None:
        """Evaluate and write the result."""
        union = not job.has_dataset and not self.union_is_stored
        results = self.store.query(job.text, base_iri=job.base, use_default_graph_as_union=union)
        target: Any = output
        if isinstance(results, QueryTriples):
            results.serialize(target, format=RdfFormat.from_media_type(job.media_type))
        else:
            results.serialize(target, format=QueryResultsFormat.from_media_type(job.media_type))


def _main(link_number: str, megabytes: str, result_megabytes: str, network: str) -> None:
    if network == "0":
        _leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    link = Connection(int(link_number))
    threading.Thread(target=_end_with_server, args=(link.fileno(),), daemon=True).start()
    link.send_bytes(b'{"ready": true}')
    _serve(link, int(megabytes) * _MEGABYTE, int(result_megabytes) * _MEGABYTE)


def _leave_network() -> None:
    """A second fence behind the first: an empty network of our own, where the kernel allows it."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) != 0:
        library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _end_with_server(link: int) -> None:
    """End this process, whatever it is doing, when the server has gone."""
    poll = select.poll()
    poll.register(link, select.POLLHUP)
    poll.poll()
    os._exit(0)


def _serve(link: Connection, memory: int, most: int) -> None:
    opened: _Opened | None = None
    limit = 0
    while True:
        try:
            job = Job(**json.loads(link.recv_bytes()))
        except EOFError:
            return
        link.send_bytes(b'{"began": true}')
        # The server stops us at the deadline; the kernel does, should the server be gone.
        signal.setitimer(signal.ITIMER_REAL, job.seconds + _GRACE_SECONDS)
        output = _Output(most)
        outcome, message = "failed", ""
        try:
            if opened is None or opened.directory != job.directory:
                opened = _Opened(job.directory)
                limit = _address_space() + memory
                _limit_memory(limit)
            opened.write(job, output)
            outcome = "done"
        except SyntaxError as error:
            outcome, message = "syntax", str(error)
        except _TooLargeError:
            outcome = "too_large"
        except MemoryError:
            outcome = "memory"
        except (OSError, RuntimeError, ValueError) as error:
            message = str(error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(link, outcome, message, output, tired=_address_space() > limit - memory // 2)


def _limit_memory(most: int | None) -> None:
    """Let this process map so many bytes, or as many as it was allowed when it started."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if most is None or (hard != resource.RLIM_INFINITY and most > hard):
        most = hard
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _address_space() -> int:
    return int(os.pread(_own_sizes(), 64, 0).split()[0]) * _PAGE_BYTES


@cache
def _own_sizes() -> int:
    """The kernel's figures about this process, kept open because every query reads them."""
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


def _send(link: Connection, outcome: str, message: str, output: _Output, tired: bool) -> None:
    """Hand over what became of the query, and its result."""
    file = output.file if outcome == "done" else None
    if outcome == "done":
        outcome = "file" if file else "here"
    link.send_bytes(json.dumps({"outcome": outcome, "message": message, "tired": tired}).encode())
    if outcome == "here":
        link.send_bytes(output.memory.getbuffer())
    elif file:
        file.seek(0)
        with socket.socket(fileno=os.dup(link.fileno())) as way:
            socket.send_fds(way, [b"f"], [file.fileno()])


def _received_file(link: Connection) -> IO[bytes]:
    """The file that the worker handed over; it has no name and vanishes when it is closed."""
    with socket.socket(fileno=os.dup(link.fileno())) as way:
        _, files, _, _ = socket.recv_fds(way, 1, 1)
    if not files:
        raise EOFError
    return os.fdopen(files[0], "rb")


if __name__ == "__main__":
    _main(*sys.argv[1:])
