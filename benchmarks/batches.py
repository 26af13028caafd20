"""Ten thousand questions in one request: how many a second, in how much memory, and what others notice meanwhile.

    python -m benchmarks.batches DATA [QUESTIONS]

Others ask lookups, pages and SPARQL over a connection of their own, alone and then while the batch is answered.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.paths import questions
from benchmarks.systems import megabytes, passerelle
from graph_api.store.local import EmbeddedStore

QUESTIONS = 10_000
TIMES = 3
ROUNDS = 100
OTHERS = {
    "a path question": "/api/v1/paths?qualification=fr-dei&profession=nurse-general-care&country=NL",
    "a qualification": "/api/v1/qualifications/de-pflegefachmann",
    "search": "/api/v1/search?q=nurse",
    "an answer as a page": "/path?qualification=fr-dei&profession=nurse-general-care&country=NL",
    "suggest": "/reconcile/0.2/suggest/entity?prefix=infirm",
    "SPARQL": "/sparql?query=SELECT%20%2A%20%7B%3Fs%20a%20%3Fc%7D%20LIMIT%2010",
}


@dataclass
class Batch:
    """What was measured."""

    asked: int = 0
    answered: int = 0
    seconds: float = 0.0
    size: int = 0
    idle: dict[str, list[float]] = field(default_factory=dict)
    meanwhile: dict[str, list[float]] = field(default_factory=dict)
    memory_before: float = 0.0
    memory_most: float = 0.0
    load: str = ""

    @property
    def times(self) -> dict[str, float]:
        """For each kind of request how many times its idle median the median is meanwhile."""
        middle = {name: statistics.median(times) for name, times in self.idle.items()}
        return {name: statistics.median(times) / middle[name] for name, times in self.meanwhile.items()}


def run(data: Path, count: int = QUESTIONS) -> Batch:
    """Others alone, then beside the batch until it has ended, at least once each."""
    found = Batch(load=_load())
    asked = questions(EmbeddedStore((data / "current").resolve()), count)
    body = b"\n".join(question.model_dump_json(exclude_defaults=True).encode() for question in asked)
    found.asked = len(asked)
    with passerelle(data) as (address, number, _):
        _warm(address)
        found.idle = _rounds(address, ROUNDS)
        found.memory_before = megabytes(number)
        told, tell = Pipe(duplex=False)
        batch = multiprocessing.Process(target=_send, args=(address, body, tell))
        batch.start()
        told.recv()  # the first answer has come
        found.meanwhile = _rounds(address, ROUNDS)
        while not told.poll(0):
            for name, times in _rounds(address, 1).items():
                found.meanwhile[name] += times
            time.sleep(0.2)
        found.answered, found.size, found.seconds = told.recv()
        batch.join()
        found.memory_most = megabytes(number)
    found.load += f" before, {_load()} after"
    return found


def _warm(address: str) -> None:
    _rounds(address, 5)


def _rounds(address: str, count: int) -> dict[str, list[float]]:
    """The milliseconds of each kind of request, asked in turn."""
    found: dict[str, list[float]] = {name: [] for name in OTHERS}
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)) as connection:
        for _ in range(count):
            for name, path in OTHERS.items():
                began = time.perf_counter()
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise RuntimeError(f"{path}: {response.status}")
                found[name].append((time.perf_counter() - began) * 1000)
    return found


def _send(address: str, body: bytes, tell: Connection) -> None:
    """The batch, in a process of its own so that it does not slow the one that measures."""
    os.nice(10)  # the client of the batch is no part of what is measured
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=3600)) as connection:
        began = time.perf_counter()
        connection.request("POST", "/api/v1/paths", body, {"Content-Type": "application/x-ndjson"})
        response = connection.getresponse()
        answered = size = 0
        for line in response:
            if not answered:
                tell.send("begun")
            size += len(line)
            answered += "verdicts" in json.loads(line)
        tell.send((answered, size, time.perf_counter() - began))


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def report(found: Batch) -> Iterator[str]:
    """The section of the page of results."""
    worst = max(found.times.values())
    yield "## Ten thousand questions in one request"
    yield ""
    yield f"{found.asked:,} questions as NDJSON, whole answers; the others ask in turn over one connection meanwhile."
    yield f"Load average {found.load}. Budget: all answered, no other request slower than {TIMES} × idle (medians)."
    yield ""
    yield "| batch | measured |"
    yield "|---|---:|"
    yield f"| answered | {found.answered:,} of {found.asked:,} |"
    yield f"| questions a second | {found.asked / found.seconds:.1f} |"
    yield f"| answers | {found.size / 2**20:.0f} MiB in {found.seconds:.0f} s |"
    yield f"| peak memory of the server and its processes before | {found.memory_before:.0f} MiB |"
    yield f"| afterwards | {found.memory_most:.0f} MiB |"
    yield ""
    yield "| others | p50 ms idle | meanwhile | p95 ms idle | meanwhile | times |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, times in found.idle.items():
        mean = found.meanwhile[name]
        p95 = [statistics.quantiles(each, n=20)[-1] for each in (times, mean)]
        yield (
            f"| {name} | {statistics.median(times):.1f} | {statistics.median(mean):.1f} | {p95[0]:.1f} | "
            f"{p95[1]:.1f} | {found.times[name]:.2f} |"
        )
    yield ""
    kept = "yes" if found.answered == found.asked and worst <= TIMES else "**no**"
    yield f"The slowest is {worst:.2f} × its idle value; kept: {kept}."
    yield ""


if __name__ == "__main__":
    print("\n".join(report(run(Path(sys.argv[1]), int((sys.argv[2:] or [str(QUESTIONS)])[0])))))
