"""The process that runs queries, seen from inside: one built graph open for reading, memory limited, no network."""

from __future__ import annotations

import ctypes
import io
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, Final

from pyoxigraph import DefaultGraph, QueryResultsFormat, QueryTriples, RdfFormat, Store, serialize

from graph_api.errors import BadQuery
from graph_api.rdf.xml_text import cleaned_bytes, writable
from graph_api.store.local import graphs_of
from graph_api.web.processes import begun
from graph_api.web.sparql import link as saying
from graph_api.web.sparql.job import MEGABYTE, Job
from graph_api.web.sparql.rewritten import Rewriter

_HELD_IN_MEMORY: Final = 4 * MEGABYTE
_GRACE_SECONDS: Final = 2.0
_PAGE_BYTES: Final = resource.getpagesize()
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


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


class _Carried:
    """Hands a result in XML on, without what XML cannot carry."""

    def __init__(self, output: _Output) -> None:
        self._output, self._held = output, b""

    def write(self, data: bytes) -> int:
        whole = self._held + data
        cut = len(whole) - 1
        while cut > 0 and whole[cut] & 0xC0 == 0x80:  # a character may go on in what comes next
            cut -= 1
        self._held = whole[max(cut, 0) :]
        self._output.write(cleaned_bytes(whole[: max(cut, 0)]))
        return len(data)

    def flush(self) -> None:
        """All is written."""
        self._output.write(cleaned_bytes(self._held))
        self._held = b""


def _nameless_file() -> IO[bytes]:
    number, path = tempfile.mkstemp(prefix="passerelle-result-")
    Path(path).unlink()
    return os.fdopen(number, "w+b")


class Opened:
    """The built graph that the worker has open."""

    def __init__(self, directory: str, store: Store | None = None) -> None:
        """`store` is the graph where it is in memory."""
        _limit_memory(None)
        self.directory = directory
        self.store = store or Store.read_only(str(Path(directory) / "store"))
        in_default_graph = self.store.quads_for_pattern(None, None, None, DefaultGraph())
        self.union_is_stored = next(in_default_graph, None) is not None
        self._rewriter = Rewriter(Path(directory))

    def write(self, job: Job, output: _Output) -> str:
        """Evaluate and write the result; the name of what was done to the query, empty for nothing."""
        results, rewritten = self._results(job)
        _write(results, job.media_type, output)
        return rewritten

    def _results(self, job: Job) -> tuple[Any, str]:
        whole = not job.has_dataset and job.dataset is None
        graphs = graphs_of(job.dataset)

        def ask(text: str) -> Any:
            union = whole and not self.union_is_stored
            return self.store.query(text, base_iri=job.base, use_default_graph_as_union=union, **graphs)

        if not job.rewrite:
            return ask(job.text), ""
        return self._rewriter.results(job.text, ask, union=whole and self.union_is_stored)

    def close(self) -> None:
        """Close what is open besides the store."""
        self._rewriter.close()


def _write(results: Any, media_type: str, output: _Output) -> None:
    """Write the result as it was asked for."""
    target: Any = output
    if isinstance(results, QueryTriples):
        rdf = RdfFormat.from_media_type(media_type)
        serialize(writable(results) if rdf == RdfFormat.RDF_XML else results, target, format=rdf)
        return
    table = QueryResultsFormat.from_media_type(media_type)
    if table == QueryResultsFormat.XML:
        target = _Carried(output)
    results.serialize(target, format=table)
    target.flush()


def main(link_number: str, clock: str, limits: Sequence[str], held: Opened | None = None) -> None:
    """Run queries until the server has gone; `held` is the graph that they ask, where it is in memory.

    The limits are the megabytes of a query and of a result, and whether the network may be used.
    """
    megabytes, result_megabytes, network = limits
    if network == "0":
        _leave_network()
    shared = saying.Clock(int(clock))
    shared.share()
    _serve(begun(link_number), shared, int(megabytes) * MEGABYTE, int(result_megabytes) * MEGABYTE, held)


def _leave_network() -> None:
    """A second fence behind the first: an empty network of our own, where the kernel allows it."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) != 0:
        library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _serve(link: Connection, clock: saying.Clock, memory: int, most: int, opened: Opened | None) -> None:
    limit = 0
    if opened is not None:
        limit = _address_space() + memory
        _limit_memory(limit)
    while True:
        try:
            job = Job.read(link.recv_bytes())
        except EOFError:
            return
        clock.begin()
        # The server stops us at the deadline; the kernel does, should the server be gone.
        signal.setitimer(signal.ITIMER_REAL, job.seconds + _GRACE_SECONDS)
        output = _Output(most)
        outcome, message, rewritten = "failed", "", ""
        try:
            if opened is None or opened.directory != job.directory:
                if opened is not None:
                    opened.close()
                opened = Opened(job.directory)
                limit = _address_space() + memory
                _limit_memory(limit)
            rewritten = opened.write(job, output)
            outcome = "done"
        except BadQuery as error:
            outcome, message = "unwritable", str(error)
        except SyntaxError as error:
            outcome, message = "syntax", str(error)
        except _TooLargeError:
            outcome = "too_large"
        except MemoryError:
            outcome = "memory"
        except (OSError, RuntimeError, ValueError) as error:
            message = str(error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        told = {"outcome": outcome, "message": message, "rewritten": rewritten}
        _send(link, {**told, "tired": _address_space() > limit - memory // 2}, output)


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


def _send(link: Connection, told: dict[str, object], output: _Output) -> None:
    """Hand over what became of the query, and its result: in one message, or in a file that follows it."""
    if told["outcome"] != "done":
        saying.send(link.fileno(), told, b"")
    elif output.file is None:
        saying.send(link.fileno(), told, output.memory.getbuffer())
    else:
        saying.send(link.fileno(), {**told, "outcome": "file"}, b"")
        output.file.seek(0)
        with socket.socket(fileno=os.dup(link.fileno())) as way:
            socket.send_fds(way, [b"f"], [output.file.fileno()])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
