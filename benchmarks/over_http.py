"""Lookups, pages and search through HTTP, each asked for once: `python -m benchmarks.over_http DATA [--write]`.

One server process has a processor for itself, the client the other; four connections ask at once. Beside each door
stands `/health`, which computes nothing. Throughput is given twice: by the clock, which other work on the machine
stretches, and by what the server's processor worked, which it does not. Then two server processes on both
processors, where the client takes its part too; and the first pages after a start.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import httpx

from benchmarks.figures import put
from benchmarks.systems import free_port, process, processor

CONNECTIONS: Final = 4
OF_EACH: Final = 400
"""At most so many addresses of a door; no two are alike."""
STARTS: Final = 3
ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "benchmarks" / "RESULTS.md"
BEGIN: Final = "<!-- over http: written by python -m benchmarks.over_http -->"
END: Final = "<!-- end of over http -->"
_SERVERS, _CLIENTS = 0, 1
_MOST_OF_A_LIST: Final = 500


@dataclass(frozen=True)
class Door:
    """Addresses of one kind, the header that they are asked with, and what the contract wants of them."""

    name: str
    paths: Sequence[str]
    accept: str = "application/json"
    least: float = 0.0
    """Requests a second of one process."""
    p95: float = float("inf")
    """Milliseconds."""


@dataclass(frozen=True)
class Measured:
    """What came of asking a door."""

    door: Door
    milliseconds: Sequence[float]
    seconds: float
    worked: float
    """Seconds of the server's processor."""

    @property
    def by_clock(self) -> float:
        """Requests a second."""
        return len(self.milliseconds) / self.seconds

    @property
    def by_processor(self) -> float:
        """Requests for each second that the server's processor worked."""
        return len(self.milliseconds) / self.worked

    @property
    def p95(self) -> float:
        """Milliseconds within which 95 of 100 answers came."""
        return statistics.quantiles(self.milliseconds, n=20)[-1]

    @property
    def kept(self) -> str:
        """Whether both budgets are kept, by the clock; where there is none, nothing."""
        if not self.door.least and self.door.p95 == float("inf"):
            return ""
        missed = []
        if self.by_clock < self.door.least:
            missed.append(f"{self.by_clock:.0f} of {self.door.least:.0f} a second")
        if self.p95 > self.door.p95:
            missed.append(f"p95 {self.p95:.0f} of {self.door.p95:.0f} ms")
        return f"**no**: {', '.join(missed)}" if missed else "yes"


def doors(address: str) -> list[Door]:
    """The doors of a running server, with addresses of what it lists."""
    with httpx.Client(base_url=address, timeout=60) as client:
        lists = {
            name: client.get(f"/api/v1/{name}", params={"limit": _MOST_OF_A_LIST, "lang": "nl"}).json()["results"]
            for name in ("professions", "qualifications")
        }
    slugs = {name: [each["slug"] for each in found] for name, found in lists.items()}
    labels = dict.fromkeys(each["label"] for found in lists.values() for each in found)
    words = dict.fromkeys(word for label in labels for word in label.split() if len(word) > 3)
    texts = [text for pair in zip(labels, words, strict=False) for text in pair]
    html = "text/html"
    return [
        Door("`/health`", ["/health"] * OF_EACH),
        Door("a lookup of a profession", [f"/api/v1/professions/{each}" for each in slugs["professions"]]),
        Door("a lookup of a title", [f"/api/v1/qualifications/{each}" for each in slugs["qualifications"]]),
        Door("a page of a profession", [f"/page/profession/{each}" for each in slugs["professions"]], html, 150),
        Door("a page of a title", [f"/page/qualification/{each}" for each in slugs["qualifications"]], html),
        Door(
            "a search for a label or a word of one",
            [f"/api/v1/search?{urlencode({'q': each}, quote_via=quote)}" for each in dict.fromkeys(texts)],
            least=200,
            p95=20,
        ),
    ]


@contextmanager
def serving(data: Path, processors: str, workers: int = 1) -> Iterator[tuple[str, int]]:
    """The service on some processors; its address and its process."""
    port = free_port()
    command = ["taskset", "-c", processors, sys.executable, "-m", "graph_api", "serve", "--data", str(data)]
    command += ["--port", str(port), "--workers", str(workers)]
    address = f"http://127.0.0.1:{port}"
    with process(command, f"{address}/health") as (number, _):
        yield address, number


def measure(address: str, number: int, door: Door, most: int = OF_EACH) -> Measured:
    """Ask for each address of the door once."""
    before = processor(number)
    milliseconds, seconds = asyncio.run(_asked(address, door, door.paths[:most]))
    return Measured(door, milliseconds, seconds, processor(number) - before)


async def _asked(address: str, door: Door, paths: Sequence[str]) -> tuple[list[float], float]:
    host, port = address.removeprefix("http://").split(":")
    waiting = list(reversed(paths))
    milliseconds: list[float] = []

    async def ask_on() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while waiting:
            path = waiting.pop()
            began = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: {door.accept}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            if not head.startswith("http/1.1 200"):
                raise SystemExit(f"{path} was answered with {head.splitlines()[0]}")
            await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
            milliseconds.append(1000 * (time.perf_counter() - began))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(ask_on() for _ in range(CONNECTIONS)))
    return milliseconds, time.perf_counter() - began


def first_pages(data: Path) -> Iterator[tuple[str, float, float]]:
    """The first page that a server gives: what it is, milliseconds by the clock and of the processor."""
    for name, path in (("the start page", "/"), ("a page of a profession", "/page/profession/midwife")):
        found = []
        for _ in range(STARTS):
            with serving(data, str(_SERVERS)) as (address, number):
                _settled(number)
                measured = measure(address, number, Door(name, [path], "text/html"))
                found.append((measured.milliseconds[0], 1000 * measured.worked))
        yield name, statistics.median(each for each, _ in found), statistics.median(each for _, each in found)


def _settled(number: int) -> None:
    """Wait until the server has read ahead what it reads at its start."""
    worked = -1.0
    while (now := processor(number)) - worked > 0.005:
        worked = now
        time.sleep(0.5)


def report(data: Path) -> Iterator[str]:
    """Everything that is measured, as the section of the results."""
    os.sched_setaffinity(0, {_CLIENTS})
    version = json.loads((data / "current" / "report.json").read_text(encoding="utf-8"))["version"]
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    yield f"`python -m benchmarks.over_http`, {datetime.now(UTC):%Y-%m-%d}, version {version}, load {load}."
    yield f"One server process on a processor, the client on the other, {CONNECTIONS} connections, every address once."
    yield "By the processor: requests for each second that the server's processor worked, whatever others did."
    yield ""
    yield "| door | requests | a second, by the clock | by the processor | p50 ms | p95 ms | kept, by the clock |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    with serving(data, str(_SERVERS)) as (address, number):
        _settled(number)
        asked = doors(address)
        alone = {door.name: measure(address, number, door) for door in asked}
    for each in alone.values():
        yield (
            f"| {each.door.name} | {len(each.milliseconds)} | {each.by_clock:.0f} | {each.by_processor:.0f} | "
            f"{statistics.median(each.milliseconds):.1f} | {each.p95:.1f} | {each.kept} |"
        )
    yield ""
    yield "Two server processes on both processors, where the client takes its part as well (budget: 1.7 times):"
    yield ""
    yield "| door | one, a second | two, a second | times | two to one by the processor |"
    yield "|---|---:|---:|---:|---:|"
    with serving(data, f"{_SERVERS},{_CLIENTS}", workers=2) as (address, number):
        _settled(number)
        for door in asked[3:]:
            both, one = measure(address, number, door), alone[door.name]
            yield (
                f"| {door.name} | {one.by_clock:.0f} | {both.by_clock:.0f} | {both.by_clock / one.by_clock:.2f} | "
                f"{2 * both.by_processor / one.by_processor:.2f} |"
            )
    yield ""
    yield f"The first page after a start, median of {STARTS} starts (budget: 150 ms):"
    yield ""
    yield "| page | ms by the clock | ms of the processor |"
    yield "|---|---:|---:|"
    for name, clock, worked in first_pages(data):
        yield f"| {name} | {clock:.0f} | {worked:.0f} |"


def write(lines: Sequence[str]) -> None:
    """Put the section where the results have it."""
    put(PAGE, BEGIN, END, "\n".join(lines))


def main() -> None:
    """Measure, print, and write where that is asked for."""
    asked = argparse.ArgumentParser(description=main.__doc__)
    asked.add_argument("data", type=Path, help="a data folder with a built graph")
    asked.add_argument("--write", action="store_true", help="write the section of benchmarks/RESULTS.md")
    given = asked.parse_args()
    lines = []
    for line in report(given.data):
        print(line, flush=True)
        lines.append(line)
    if given.write:
        write(lines)


if __name__ == "__main__":
    main()
