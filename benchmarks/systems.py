"""The servers that are compared, each started for real with the same data; how they are asked and weighed."""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pyoxigraph import DefaultGraph, RdfFormat, Store

JSON_RESULTS = "application/sparql-results+json"
_GIVEN_UP_AFTER_SECONDS = 120.0


@dataclass
class Asked:
    """One request: which query it was of, how long it took, how many bytes came."""

    query: str
    seconds: float
    size: int


@dataclass
class Figures:
    """What was measured of one system."""

    name: str
    alone: list[Asked] = field(default_factory=list)
    """One client, one request after the other."""
    together: list[Asked] = field(default_factory=list)
    """Four clients at once."""
    seconds_together: float = 0.0
    megabytes: float = 0.0
    loaded_in: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.alone) / sum(asked.seconds for asked in self.alone)

    @property
    def per_second_together(self) -> float:
        return len(self.together) / self.seconds_together if self.seconds_together else 0.0


Request = tuple[str, str]
"""The name of a query, and its text."""


class Client:
    """Asks over one connection that stays open."""

    def __init__(self, endpoint: str, parameters: Sequence[tuple[str, str]] = ()) -> None:
        parts = urlsplit(endpoint)
        self._path, self._parameters = parts.path, list(parameters)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=_GIVEN_UP_AFTER_SECONDS)

    def ask(self, request: Request) -> Asked:
        name, text = request
        body = urlencode([("query", text), *self._parameters])
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": JSON_RESULTS}
        began = time.perf_counter()
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{name}: {response.status} {answer[:500]!r} for {text}")
        return Asked(name, time.perf_counter() - began, len(answer))


def measure(
    figures: Figures,
    endpoint: str,
    alone: Sequence[Request],
    together: Sequence[Request],
    parameters: Sequence[tuple[str, str]] = (),
    most_seconds: float = 120.0,
) -> None:
    """Ask everything, first one after the other, then by four clients; stop when it takes too long."""
    client, end = Client(endpoint, parameters), time.monotonic() + most_seconds
    for request in alone:
        figures.alone.append(client.ask(request))
        if time.monotonic() > end:
            break
    shares = [together[start::4] for start in range(4)] if together else []
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        for answers in threads.map(lambda share: _all(Client(endpoint, parameters), share), shares):
            figures.together += answers
    figures.seconds_together = time.perf_counter() - began


def _all(client: Client, requests: Sequence[Request]) -> list[Asked]:
    return [client.ask(request) for request in requests]


@contextmanager
def process(
    command: Sequence[str], address: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[int, float]]:
    """A server process that answers at the address; its number, and the seconds until it did."""
    began = time.perf_counter()
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    )
    try:
        _wait(server, address)
        yield server.pid, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    parts = urlsplit(address)
    end = time.monotonic() + 600
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
def passerelle(data: Path) -> Iterator[tuple[str, int, float]]:
    """Our server: address, process number, seconds until it answered a query."""
    port = free_port()
    command = [sys.executable, "-m", "graph_api", "serve", "--data", str(data), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with process(command, f"{address}/sparql") as (number, seconds):
        yield address, number, seconds


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


def megabytes(number: int, key: str = "VmHWM") -> float:
    """The memory of a process and its children: the most that it was (VmHWM), or what it is (VmRSS)."""
    return sum(_status(each, key) for each in _tree(number)) / 1024


def largest(number: int) -> float:
    """What the largest process of a server takes now, in MiB."""
    return max(_status(each, "VmRSS") for each in _tree(number)) / 1024


def _status(number: int, key: str) -> int:
    for line in Path(f"/proc/{number}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1])
    return 0


def _tree(number: int) -> Iterator[int]:
    yield number
    for task in Path(f"/proc/{number}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from _tree(int(child))
