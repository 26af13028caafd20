"""The servers that are compared, each started for real with the same data; how they are asked and weighed."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pyoxigraph import DefaultGraph, RdfFormat, Store

from benchmarks.research import Request

JSON_RESULTS = "application/sparql-results+json"
OXIGRAPH = "oxigraph"
_GIVEN_UP_AFTER_SECONDS = 300.0
_IDLE_SECONDS = 2.0
"""A connection over which nothing was asked for longer may be closed by now."""


@dataclass(frozen=True)
class Asked:
    """One request: which query it was of, how long it took, how long processors worked on it, and the answer."""

    query: str
    seconds: float
    processor: float
    answer: bytes

    @property
    def rows(self) -> int:
        """How many rows the answer has."""
        return len(json.loads(self.answer)["results"]["bindings"])


@dataclass(frozen=True)
class Answer:
    """What a server sent, and what that took."""

    status: int
    body: bytes
    seconds: float
    processor: float


class Connection:
    """One connection to a server that stays open, and is opened anew where the server may have closed it."""

    def __init__(self, address: str, number: int) -> None:
        """`number` is the server's process."""
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=_GIVEN_UP_AFTER_SECONDS)
        self._number, self._asked = number, 0.0

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> Answer:
        """The whole answer; opening the connection is not counted."""
        if time.monotonic() - self._asked > _IDLE_SECONDS:
            self._connection.close()
            self._connection.connect()
        worked, began = processor(self._number), time.perf_counter()
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        answer = response.read()
        seconds, worked = time.perf_counter() - began, processor(self._number) - worked
        self._asked = time.monotonic()
        return Answer(response.status, answer, seconds, worked)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Client:
    """Asks one SPARQL endpoint."""

    def __init__(self, endpoint: str, number: int, parameters: Sequence[tuple[str, str]] = ()) -> None:
        """`number` is the server's process, `parameters` go with each query."""
        self._path, self._parameters = urlsplit(endpoint).path, list(parameters)
        self._connection = Connection(endpoint, number)

    def ask(self, request: Request) -> Asked:
        """The answer, whole."""
        name, text = request
        body = urlencode([("query", text), *self._parameters])
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": JSON_RESULTS}
        answer = self._connection.ask("POST", self._path, headers, body)
        if answer.status != 200:
            raise RuntimeError(f"{name}: {answer.status} {answer.body[:500]!r} for {text}")
        return Asked(name, answer.seconds, answer.processor, answer.body)


@contextmanager
def process(
    command: Sequence[str],
    address: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[tuple[int, float]]:
    """A server process that answers at the address; its number, and the seconds until it did."""
    began = time.perf_counter()
    server = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        cwd=folder,
    )
    try:
        _wait(server, address)
        yield server.pid, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    parts = urlsplit(address)
    end = time.monotonic() + 1800
    while time.monotonic() < end and server.poll() is None:
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        try:
            connection.request("GET", parts.path + "?query=ASK%7B%7D")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"no server came up at {address}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def passerelle(
    data: Path, settings: Mapping[str, str] | None = None, root: Path | None = None
) -> Iterator[tuple[str, int, float]]:
    """Our server, of another checkout where that is given: address, process, seconds until it answered a query."""
    port = free_port()
    command = [sys.executable, "-m", "graph_api", "serve", "--data", str(data), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    environment = {**(settings or {}), **({"PYTHONPATH": str(root)} if root else {})}
    with process(command, f"{address}/sparql", environment, root) as (number, seconds):
        yield address, number, seconds


@contextmanager
def oxigraph(directory: Path) -> Iterator[tuple[str, int, float]]:
    """The engine's own server over the store of a built version, as the build has written it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/query"
    store = str(directory / "store")
    command = [command_of(OXIGRAPH), "serve-read-only", "--location", store, "--bind", f"127.0.0.1:{port}"]
    with process(command, address) as (number, seconds):
        yield address, number, seconds


def command_of(name: str) -> str:
    """Where a command is: beside the interpreter, or on the path; empty for nowhere."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name) or ""


@contextmanager
def rdflib_endpoint(triples: Path) -> Iterator[tuple[str, int, float]]:
    """rdflib-endpoint over a graph in memory."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "benchmarks.rdflib_server", str(triples), str(port)]
    with process(command, address) as (number, seconds):
        yield address, number, seconds


def write_union(directory: Path, path: Path) -> int:
    """The default graph of a built version as gzipped N-Triples; the number of statements."""
    store = Store.read_only(str(directory / "store"))
    with gzip.open(path, "wb", compresslevel=1) as stream:
        store.dump(stream, format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    return sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))


def processor(number: int) -> float:
    """Seconds for which processors have worked for a process and its children, in all."""
    return sum(_worked(each) for each in tree(number))


def _worked(number: int) -> float:
    """Of one process, with its threads that have ended (`clock_getcpuclockid`, which Python does not have)."""
    try:
        return time.clock_gettime(~number << 3 | 2)
    except OSError:  # it has ended
        return 0.0


def held(number: int) -> float:
    """The memory of a process and its children in MiB, of what they share to each its share (PSS)."""
    return sum(_field(f"/proc/{each}/smaps_rollup", "Pss") for each in tree(number)) / 1024


def own(number: int) -> float:
    """The memory of one process alone in MiB, all that it shares included (RSS)."""
    return _field(f"/proc/{number}/smaps_rollup", "Rss") / 1024


def megabytes(number: int, key: str = "VmHWM") -> float:
    """The memory of a process and its children: the most that it was (VmHWM), or what it is (VmRSS)."""
    return sum(_status(each, key) for each in tree(number)) / 1024


def largest(number: int) -> float:
    """What the largest process of a server takes now, in MiB."""
    return max(_status(each, "VmRSS") for each in tree(number)) / 1024


def _status(number: int, key: str) -> int:
    return _field(f"/proc/{number}/status", key)


def _field(path: str, key: str) -> int:
    for line in _read(Path(path)).splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    return 0


def tree(number: int) -> Iterator[int]:
    """A process and its children, those that have not ended meanwhile."""
    yield number
    for task in threads(number):
        for child in _read(task / "children").split():
            yield from tree(int(child))


def threads(number: int) -> list[Path]:
    """Where the system speaks of the threads of a process; none where it has ended."""
    try:
        return list(Path(f"/proc/{number}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def _read(path: Path) -> str:
    """What the system says of a process or a thread; nothing where it has ended."""
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""
