"""Research queries over several systems, asked in turns: `python -m benchmarks.sparql DATA [--to RESULTS.md]`.

Each request goes to every system before the next one does, and which is first changes with each, so that other work
on the machine slows all alike. No two requests are alike, so that nobody answers from a cache; every server has
processes of its own. Figures of time and of processors stand side by side.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from pyoxigraph import QueryResultsFormat, Store

from benchmarks.research import RESEARCH, Request, Requests, requests
from benchmarks.systems import (
    OXIGRAPH,
    Asked,
    Client,
    command_of,
    held,
    oxigraph,
    passerelle,
    processor,
    rdflib_endpoint,
    tree,
    write_union,
)
from graph_api.store.publish import Engine, publish
from graph_api.store.remote import Edition
from tests import virtuoso

EACH = 40
"""Requests of each query, and as many again by four clients."""
OF_SLOW = 4
CLIENTS = 4
_BLOCK = 5 * CLIENTS
"""So many requests four clients send to one system before it is the next one's turn."""

BARE, OURS, PLAIN, VIRTUOSO = "bare call", "Passerelle", "Passerelle, `rewrite=off`", "Virtuoso 7"
HELD = "Passerelle, `--memory`"
NATIVE, RDFLIB = "Oxigraph server", "rdflib-endpoint"
_PATIENT = {"PASSERELLE_QUERY_SECONDS": "120", "PASSERELLE_QUERY_SECONDS_CAP": "120"}
OF_OURS = {
    OURS: _PATIENT,
    PLAIN: {**_PATIENT, "PASSERELLE_REWRITE": "off"},
    HELD: {**_PATIENT, "PASSERELLE_MEMORY": "on"},
}
"""The settings of our own servers; as the other systems, they stop no query of these."""
HEADING = "## SPARQL research mix"


@dataclass
class System:
    """One of those that are compared, as it stands ready, and what was measured of it."""

    name: str
    ask: Callable[[Request], Asked]
    clients: Sequence[Callable[[Request], Asked]] = ()
    """Of those that ask at the same time; none where that is not measured."""
    number: int = 0
    """Its process; none where it is asked without a server."""
    most: int = EACH
    """So many requests of each query it is asked."""
    loaded: float = 0.0
    alone: dict[int, Asked] = field(default_factory=dict)
    """By the number of the request."""
    seconds_together: float = 0.0
    processor_together: float = 0.0
    megabytes: float = 0.0
    """After the requests of one client (PSS)."""


@dataclass(frozen=True)
class Compared:
    """A whole run."""

    systems: list[System]
    together: int
    """Requests of four clients."""
    load: str
    statements: int
    kilobytes: int
    """How much the store takes on disk."""

    def of(self, name: str) -> System | None:
        """The system of that name."""
        return next((each for each in self.systems if each.name == name), None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sparql", description="Research queries over systems")
    parser.add_argument("data", type=Path, help="data folder with the built graph")
    parser.add_argument("--each", type=int, default=EACH, help="requests of each query")
    parser.add_argument("--without-rdflib", action="store_true", help="leave rdflib-endpoint out; it is slow to load")
    parser.add_argument("--to", type=Path, help="file whose section on SPARQL is written anew")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="passerelle-benchmarks-") as name:
        compared = run(given.data, Path(name), with_rdflib=not given.without_rdflib, each=given.each)
    text = "\n".join(report(compared))
    print(text)
    if given.to:
        given.to.write_text(replaced(given.to.read_text(encoding="utf-8"), text), encoding="utf-8")


def replaced(page: str, section: str) -> str:
    """The page with another section on SPARQL."""
    before, heading, after = page.partition(HEADING)
    if not heading:
        return f"{page.rstrip()}\n\n{section}\n"
    following = after.find("\n## ")
    return before + section + "\n" + (after[following:] if following >= 0 else "")


def run(data: Path, folder: Path, *, with_rdflib: bool = True, each: int = EACH) -> Compared:
    """All systems, in turns, on the current graph of the data folder."""
    directory = (data / "current").resolve()
    asked = requests(directory, each)
    load = _load()
    with ExitStack() as running:
        systems = [running.enter_context(bare(directory))]
        systems += [running.enter_context(ours(data, name)) for name in OF_OURS]
        systems.append(running.enter_context(virtuosos(directory, folder)))
        if command_of(OXIGRAPH):
            systems.append(running.enter_context(natives(directory)))
        if with_rdflib and importlib.util.find_spec("rdflib_endpoint") is not None:
            systems.append(running.enter_context(rdflibs(directory, folder)))
        print("… " + ", ".join(system.name for system in systems), flush=True)
        one_client(systems, asked)
        for system in systems:
            system.megabytes = held(system.number) if system.number else 0.0
        print("… four clients", flush=True)
        four_clients(systems, asked.together)
    counted: Any = Store.read_only(str(directory / "store")).query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    statements = int(next(iter(counted))["n"].value)
    kilobytes = sum(path.stat().st_size for path in (directory / "store").iterdir()) // 1024
    return Compared(systems, len(asked.together), f"{load} before, {_load()} after", statements, kilobytes)


def one_client(systems: Sequence[System], asked: Requests) -> None:
    """Each request to every system, which take turns in being first."""
    for request in asked.warm:
        for system in systems:
            system.ask(request)
    seen: dict[str, int] = {}
    for number, request in enumerate(asked.alone):
        before = seen[request[0]] = seen.get(request[0], -1) + 1
        for system in _turned(systems, number):
            if before < system.most:
                system.alone[number] = system.ask(request)


def four_clients(systems: Sequence[System], together: Sequence[Request]) -> None:
    """The requests in blocks, each block to every system in turn."""
    asked = [system for system in systems if system.clients]
    with ThreadPoolExecutor(CLIENTS) as threads:
        for turn, start in enumerate(range(0, len(together), _BLOCK)):
            shares = [together[start : start + _BLOCK][client::CLIENTS] for client in range(CLIENTS)]
            for system in _turned(asked, turn):
                worked, began = processor(system.number), time.perf_counter()
                list(threads.map(_asked_by, system.clients, shares))
                system.seconds_together += time.perf_counter() - began
                system.processor_together += processor(system.number) - worked


def _asked_by(ask: Callable[[Request], Asked], share: Sequence[Request]) -> None:
    for request in share:
        ask(request)


def _turned(systems: Sequence[System], turn: int) -> list[System]:
    first = turn % len(systems)
    return [*systems[first:], *systems[:first]]


@contextmanager
def bare(directory: Path) -> Iterator[System]:
    """The engine's own call with serialisation, in a process of its own, without HTTP."""
    with multiprocessing.get_context("spawn").Pool(1, _open, (str(directory / "store"),)) as pool:
        yield System(BARE, _bare_in(pool))


def _bare_in(pool: Pool) -> Callable[[Request], Asked]:
    return lambda request: pool.apply(_call, (request,))


_opened: list[Store] = []


def _open(path: str) -> None:
    _opened.append(Store.read_only(path))


def _call(request: Request) -> Asked:
    name, text = request
    worked, began = time.process_time(), time.perf_counter()
    results: Any = _opened[0].query(text)
    answer = results.serialize(format=QueryResultsFormat.JSON)
    return Asked(name, time.perf_counter() - began, time.process_time() - worked, answer)


@contextmanager
def ours(data: Path, name: str) -> Iterator[System]:
    """This service: as it comes, without rewriting, or with the graph in memory."""
    with passerelle(data, OF_OURS[name]) as (address, number, loaded):
        system = _over_http(name, f"{address}/sparql", number)
        if name == HELD:
            began = time.perf_counter()
            while not _is_held(number):
                time.sleep(0.5)
                system.ask(("held", "ASK {}"))
            system.loaded = loaded + time.perf_counter() - began
        yield system


def _is_held(number: int) -> bool:
    """Whether a process that holds the graph has forked one that answers."""
    holders = [each for each in tree(number) if b"sparql.holder" in Path(f"/proc/{each}/cmdline").read_bytes()]
    return any(list(tree(each))[1:] for each in holders)


@contextmanager
def virtuosos(directory: Path, folder: Path) -> Iterator[System]:
    """Virtuoso with the graph as `passerelle publish` puts it there, asked over the graph that holds the union."""
    place = folder / "virtuoso"
    place.mkdir()
    with virtuoso.running(place, megabytes=1500) as server:
        engine = Engine(
            server.query_address, server.update_address, server.graph_store_address, virtuoso.USER, virtuoso.PASSWORD
        )
        began = time.perf_counter()
        done = publish(directory, engine)
        union = Edition(done.version, (), done.place).union
        loaded = time.perf_counter() - began
        over = [("default-graph-uri", union)]
        system = _over_http(VIRTUOSO, server.query_address, server.process.pid, over)
        system.loaded = loaded
        yield system


@contextmanager
def natives(directory: Path) -> Iterator[System]:
    """The engine's own server, over the same files."""
    with oxigraph(directory) as (address, number, _):
        yield _over_http(NATIVE, address, number)


@contextmanager
def rdflibs(directory: Path, folder: Path) -> Iterator[System]:
    """rdflib-endpoint with the union in memory; it is asked little, and by one client."""
    write_union(directory, folder / "union.nt.gz")
    with rdflib_endpoint(folder / "union.nt.gz") as (address, number, seconds):
        yield System(RDFLIB, Client(address, number).ask, (), number, OF_SLOW, seconds)


def _over_http(name: str, endpoint: str, number: int, parameters: Sequence[tuple[str, str]] = ()) -> System:
    clients = [Client(endpoint, number, parameters).ask for _ in range(CLIENTS)]
    return System(name, clients[0], clients, number)


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


# The report


@dataclass(frozen=True)
class Ratio:
    """How many times longer another system took than ours, by the clock and by processors."""

    wall: float
    processor: float


def ratio(ours_: System, other: System, query: str | None = None) -> Ratio:
    """Of the medians of one query, or of the sums of all, over the requests that both were asked."""
    both = [
        (mine, other.alone[number])
        for number, mine in ours_.alone.items()
        if number in other.alone and query in (None, mine.query)
    ]
    middle: Callable[[list[float]], float] = statistics.median if query else sum
    wall = middle([each.seconds for _, each in both]) / middle([mine.seconds for mine, _ in both])
    worked = middle([each.processor for _, each in both]) / middle([mine.processor for mine, _ in both])
    return Ratio(wall, worked)


def geometric_mean(ours_: System, other: System) -> Ratio:
    """Of the ratios of all queries."""
    ratios = [ratio(ours_, other, query) for query in _queries(ours_)]
    wall = statistics.geometric_mean(each.wall for each in ratios)
    return Ratio(wall, statistics.geometric_mean(each.processor for each in ratios))


def overhead(ours_: System, bare_: System) -> Ratio:
    """Milliseconds that a request takes beyond the bare call of the same query: medians of the differences."""
    pairs = [(mine, bare_.alone[number]) for number, mine in ours_.alone.items()]
    wall = statistics.median(1000 * (mine.seconds - call.seconds) for mine, call in pairs)
    return Ratio(wall, statistics.median(1000 * (mine.processor - call.processor) for mine, call in pairs))


def other_rows(system: System, bare_: System) -> int:
    """How many answers have another number of rows than the bare call gives."""
    return sum(asked.rows != bare_.alone[number].rows for number, asked in system.alone.items())


def report(compared: Compared) -> Iterator[str]:
    """The section of the page of results; budgets that were missed are marked as such."""
    day = datetime.now(UTC).date().isoformat()
    yield HEADING
    yield ""
    yield f"`python -m benchmarks.sparql`, {day}: {os.cpu_count()} processors, load average {compared.load}. Where that"
    yield "is above the number of processors, other work was going on: times are longer than on a quiet machine, and"
    yield "the ratios of requests that were asked in turns are what counts."
    yield ""
    megabytes = compared.kilobytes // 1024
    yield f"Data: {compared.statements:,} statements in the union, {megabytes:,} MiB on disk with all named graphs."
    yield "Each request goes to every system before the next does; no two are alike."
    yield f"{CLIENTS} clients ask in blocks of {_BLOCK},"
    yield "system after system. Virtuoso is asked over the graph of the union, as `passerelle publish` has loaded it;"
    yield f"{NATIVE} has the files of our store; {RDFLIB} has the union in memory and is asked {OF_SLOW} times of"
    yield "each query. The bare call is pyoxigraph's `query` and `serialize`, in a process that has the store open."
    yield f"Versions: {versions()}."
    yield ""
    yield from _systems(compared)
    yield from _budgets(compared)
    yield from _medians(compared)


def versions() -> str:
    """Of everything that is compared."""
    named = [f"pyoxigraph {version('pyoxigraph')}", f"Virtuoso {_said([virtuoso.SERVER, '-?'], 'Version ')}"]
    if command_of(OXIGRAPH):
        named.append(f"Oxigraph server {_said([command_of(OXIGRAPH), '--version'], 'oxigraph ')}")
    if importlib.util.find_spec("rdflib_endpoint") is not None:
        named.append(f"rdflib-endpoint {version('rdflib-endpoint')} with rdflib {version('rdflib')}")
    return ", ".join([*named, f"Python {platform.python_version()}"])


def _said(command: Sequence[str], before: str) -> str:
    """The word that a command says after these."""
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    return (done.stdout + done.stderr).partition(before)[2].split()[0]


def _systems(compared: Compared) -> Iterator[str]:
    bare_ = compared.systems[0]
    columns = (
        "p50 ms",
        "p99 ms",
        "processors p50 ms",
        "requests/s, four clients",
        "PSS MiB",
        "loaded in s",
        "rows other",
    )
    yield "| system | requests | " + " | ".join(columns) + " |"
    yield "|---" + "|---:" * (len(columns) + 1) + "|"
    for each in compared.systems:
        times = [1000 * asked.seconds for asked in each.alone.values()]
        worked = statistics.median(1000 * asked.processor for asked in each.alone.values())
        together = f"{compared.together / each.seconds_together:.1f}" if each.clients else "–"
        figures = (
            f"{statistics.median(times):.2f}",
            f"{percentile(times, 0.99):.1f}",
            f"{worked:.2f}",
            together,
            _or_dash(each.megabytes),
            _or_dash(each.loaded),
            str(other_rows(each, bare_)),
        )
        yield f"| {each.name} | {len(times)} | " + " | ".join(figures) + " |"
    yield ""


def _or_dash(value: float) -> str:
    return f"{value:.0f}" if value else "–"


def _budgets(compared: Compared) -> Iterator[str]:
    """What was promised and what came of it: as the service comes, and with the graph in memory."""
    yield "| budget, by the clock (by processors) | as it comes | kept | with `--memory` | kept |"
    yield "|---|---:|---|---:|---|"
    sides = [each for each in (compared.of(OURS), compared.of(HELD)) if each]
    if other := compared.of(VIRTUOSO):
        yield _times("geometric mean of the queries, Virtuoso 7", 2, [geometric_mean(mine, other) for mine in sides])
        yield _times("the mix, one client, Virtuoso 7", 5, [ratio(mine, other) for mine in sides])
        yield _times("the mix, four clients, Virtuoso 7", 2, [together(mine, other) for mine in sides])
    if other := compared.of(RDFLIB):
        means = [geometric_mean(mine, other) for mine in sides]
        yield _times("geometric mean of the queries, rdflib-endpoint", 25, means)
    plain, bare_ = compared.of(PLAIN), compared.of(BARE)
    if plain and bare_:
        added = overhead(plain, bare_)
        figures = f"{added.wall:.2f} ms ({added.processor:.2f} ms)"
        what = "a request without rewriting, beyond the bare call: at most 0.8 ms"
        yield f"| {what} | {figures} | {_kept(added.wall <= 0.8)} | | |"
    held_ = [f"{mine.megabytes:.0f} MiB | {_kept(mine.megabytes <= 350)}" for mine in sides]
    yield "| server and query processes: at most 350 MiB (PSS) | " + " | ".join(held_) + " |"
    yield ""


def together(ours_: System, other: System) -> Ratio:
    """How many times longer four clients had to wait for all answers of another system."""
    worked = other.processor_together / ours_.processor_together
    return Ratio(other.seconds_together / ours_.seconds_together, worked)


def _times(what: str, budget: float, found: Sequence[Ratio]) -> str:
    figures = [f"{each.wall:.2f} × ({each.processor:.2f} ×) | {_kept(each.wall >= budget)}" for each in found]
    return f"| {what}: at least {budget} × | " + " | ".join(figures) + " |"


def _kept(kept: bool) -> str:
    return "yes" if kept else "**no**"


def _medians(compared: Compared) -> Iterator[str]:
    mine = next(each for each in compared.systems if each.name == OURS)
    others = [each for each in compared.systems if each.name not in (BARE, *OF_OURS)]
    yield "Medians of each query in ms by the clock, in brackets by processors; then how many times longer than ours"
    yield "others took by the clock:"
    yield ""
    columns = [each.name for each in compared.systems] + [f"{each.name} ×" for each in others]
    yield "| query | " + " | ".join(columns) + " |"
    yield "|---" + "|---:" * len(columns) + "|"
    for query in _queries(mine):
        figures = [_median(each, query) for each in compared.systems]
        ratios = [f"{ratio(mine, each, query).wall:.2f}" for each in others]
        yield f"| {query} | " + " | ".join((*figures, *ratios)) + " |"
    means = [f"{geometric_mean(mine, each).wall:.2f}" for each in others]
    yield "| geometric mean | " + " | ".join((*("" for _ in compared.systems), *means)) + " |"
    yield ""


def _queries(system: System) -> list[str]:
    asked = {each.query for each in system.alone.values()}
    return [research.name for research in RESEARCH if research.name in asked]


def _median(system: System, query: str) -> str:
    asked = [each for each in system.alone.values() if each.query == query]
    wall = statistics.median(1000 * each.seconds for each in asked)
    return f"{wall:.2f} ({statistics.median(1000 * each.processor for each in asked):.2f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main()
