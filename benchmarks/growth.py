"""What everything costs as the graph grows: built, started and asked at about 1, 10 and 100 million statements.

    python -m benchmarks.growth DATA --sizes 1,10,100 --keep FOLDER

The first size is the graph of the data folder as it is, with the releases beside it; the others are larger Europes
(`benchmarks.europes`). Every step runs in a process of its own; what it took is written at once into
`FOLDER/<size>/figures.json`, so a run that was broken off goes on where it stopped. Costs are processor seconds, which
other work on the machine does not stretch. At the end the figures stand in `docs/scale.md`, the drawings in
`docs/growth/`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Final, cast

from pyoxigraph import DefaultGraph, QueryResultsFormat, RdfFormat, Store, parse
from starlette.testclient import TestClient

from benchmarks import charts, europes, research, sparql
from benchmarks.figures import put
from benchmarks.systems import largest, passerelle
from graph_api.build import lookups, pipeline
from graph_api.inputs import releases
from graph_api.rdf import nquads
from graph_api.rdf.terms import ID, PREF_LABEL, pas
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.search import writer
from graph_api.search.index import Index
from graph_api.search.literals import FILE as LITERALS
from graph_api.search.literals import write_literals
from graph_api.settings import Settings
from graph_api.store import whole
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import LOOKUPS, CurrentStore, EmbeddedStore
from graph_api.store.lookups import Lookups
from graph_api.web.app import create_app

SIZES: Final = (1, 10, 100)
MILLION: Final = 1_000_000
QUESTIONS: Final = 300
OF_EACH: Final = 20
"""Searches, lookups and pages of so many titles, and requests of so many bindings of each research query."""
AS_OF: Final = date(2026, 11, 23)
ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "scale.md"
DRAWINGS: Final = ROOT / "docs" / "growth"
BEGIN: Final = "<!-- growth: written by python -m benchmarks.growth -->"
END: Final = "<!-- end of growth -->"
_STATEMENTS: Final = "europe.nq.gz"

Found = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where one size is built: `data` is a data folder like any other."""

    folder: Path
    source: Path
    size: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def version(self) -> Path:
        return self.data / "graphs" / f"grown-{self.size}"

    @property
    def statements(self) -> Path:
        return self.folder / _STATEMENTS


def generate(place: Place) -> Found:
    """Write the statements: those of the source, and of as many copies as the size needs."""
    wanted = 0 if place.size == SIZES[0] else place.size * MILLION
    sources, beside = europes.sources_of(place.source / "current"), releases.files(place.source)
    made = europes.write(sources, place.statements, wanted, unchanged=beside)
    return {"statements": made.statements, "copies": len(made.copies)}


def load(place: Place) -> Found:
    """The store: every statement in its graph, and their union; what a build adds to them."""
    shutil.rmtree(place.version, ignore_errors=True)  # what a run that was broken off has left
    place.version.mkdir(parents=True)
    report = pipeline.Report(version=place.version.name, built="2026-11-23T00:00:00Z")
    store = Store(str(place.version / "store"))
    for form, graph in ((RdfFormat.N_QUADS, None), (RdfFormat.N_TRIPLES, DefaultGraph())):
        text = _Blocks(place.statements, triples=graph is not None)
        store.bulk_load(cast(IO[bytes], text), form, to_graph=graph, lenient=True)
        nameless = parse(b"".join(text.nameless), format=form)
        store.extend(europes.in_graph(quad, graph) for quad in nameless)
    pipeline.finish_store(store, report)
    write_literals(store, place.version / LITERALS)
    report.write(place.version)
    return {}


class _Blocks:
    """The statements as a file for the engine: plain, with their graphs or without, those with blank nodes apart."""

    def __init__(self, path: Path, *, triples: bool) -> None:
        self.nameless: list[bytes] = []
        self._pieces, self._rest = self._read(path, triples), memoryview(b"")

    def _read(self, path: Path, triples: bool) -> Iterator[bytes]:
        with nquads.opened(path) as file:
            for block in europes.whole_lines(file):
                lines = block.splitlines(keepends=True) if triples or b"_:" in block else [block]
                if b"_:" in block:
                    apart = {line for line in lines if line.startswith(b"_:") or b" _:" in line}
                    lines = [line for line in lines if line not in apart]
                    self.nameless += nquads.triples(sorted(apart)) if triples else sorted(apart)
                yield b"".join(nquads.triples(lines)) if triples else b"".join(lines)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most so many; none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


def write_lookups(place: Place) -> Found:
    """The stage `lookups` of a build."""
    lookups.write(place.version, [place.statements])
    return {"bytes": (place.version / LOOKUPS).stat().st_size}


def write_search(place: Place) -> Found:
    """The stage `search` of a build."""
    writer.write_index(pipeline.indexed([place.statements]), place.version / "search.db")
    return {"bytes": (place.version / "search.db").stat().st_size}


def seal(place: Place) -> Found:
    """The checksums, and the link that makes the version current; how large it is."""
    whole.seal(place.version)
    link = place.data / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("graphs") / place.version.name)
    files = [path for path in (place.version / "store").rglob("*") if path.is_file()]
    return {"bytes": sum(path.stat().st_size for path in files)}


def start(place: Place) -> Found:
    """A server from its start until it answers a query: what the processes took, and the largest one's memory."""
    with passerelle(place.data) as (_, number, seconds):
        return {"seconds": seconds, "server_cpu": _processor(number), "server_megabytes": largest(number)}


def _processor(number: int) -> float:
    """The processor seconds of a process until now."""
    fields = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask_paths(place: Place) -> Found:
    """The first path question of a process, which reads what all need; then others, each of another title."""
    began = time.process_time()
    store = EmbeddedStore(place.version)
    finder = PathFinder(store)
    asked = questions(store, QUESTIONS + 1)
    first, *rest = asked
    prepared = time.process_time()
    finder.find(first)
    opened = time.process_time() - prepared
    times = [_milliseconds(lambda each=each: finder.find(each)) for each in rest]
    return {"first": 1000 * opened, "drawn": prepared - began, **_summed(times)}


def questions(store: EmbeddedStore, count: int) -> list[Question]:
    """So many questions: titles at random among all, each to a profession that it opens, in its own world."""
    opens = f"SELECT ?title ?profession {{ ?title <{pas('grantsAccessTo').value}> ?profession }}"
    decide = f"SELECT ?place ?code {{ ?place <{pas('decides').value}> true ; <{pas('code').value}> ?code }}"
    hosts: dict[str, list[str]] = {}
    for place, code in _rows(store, decide, "place", "code"):
        hosts.setdefault(_world(place), []).append(code)
    chance = random.Random(7)
    pairs = sorted(_rows(store, opens, "title", "profession"))
    return [
        Question(
            qualification=title,
            profession=profession,
            country=chance.choice(sorted(hosts[_world(title)])),
            issued=date(2019, 7, 1),
            nationality="EU",
            as_of=AS_OF,
        )
        for title, profession in chance.sample(pairs, min(count, len(pairs)))
    ]


def _world(slug: str) -> str:
    """The world of a thing by its short name; nothing for the real one."""
    return slug[:5] if slug.startswith("zw") else ""


def _rows(store: EmbeddedStore, text: str, *names: str) -> Iterator[tuple[str, ...]]:
    for row in json.loads(store.query(text, JSON_RESULTS))["results"]["bindings"]:
        yield tuple(row[name]["value"].rpartition("/")[2] for name in names)


def _milliseconds(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def _summed(times: Sequence[float]) -> Found:
    return {"median": statistics.median(times), "p99": sparql.percentile(times, 0.99), "number": len(times)}


def _titles(store: EmbeddedStore, count: int) -> list[str]:
    found = sorted(slug for (slug,) in _rows(store, f"SELECT ?t {{ ?t a <{pas('Qualification').value}> }}", "t"))
    return random.Random(5).sample(found, min(count, len(found)))


def ask_lookups(place: Place) -> Found:
    """The routes of a title, from the file of lookups."""
    titles = _titles(EmbeddedStore(place.version), QUESTIONS)
    kept = Lookups(place.version / LOOKUPS)
    return _summed([_milliseconds(lambda t=t: kept.get("path_routes", f"{ID}qualification/{t}")) for t in titles])


def ask_search(place: Place) -> Found:
    """Words of labels of titles, drawn at random from all titles."""
    store = EmbeddedStore(place.version)
    titles = " ".join(f"<{ID}qualification/{each}>" for each in _titles(store, 100))
    text = f"SELECT ?label {{ VALUES ?t {{ {titles} }} ?t {PREF_LABEL} ?label }}"
    index = Index(place.version / "search.db")
    labels = [label for (label,) in _rows(store, text, "label")]
    return _summed([_milliseconds(lambda each=each: index.search(each)) for each in labels])


def ask_pages(place: Place) -> Found:
    """Pages of titles, and the same titles as the REST interface gives them, in process with all middleware."""
    store = CurrentStore(place.data)
    slugs = _titles(store.opened(), OF_EACH + 1)
    with TestClient(create_app(Settings(data=place.data), store)) as client:
        html = {"accept": "text/html"}
        pages, rest = [], []
        for slug in slugs:
            pages.append(_milliseconds(lambda s=slug: client.get(f"/page/qualification/{s}", headers=html)))
            rest.append(_milliseconds(lambda s=slug: client.get(f"/api/v1/qualifications/{s}")))
            assert client.get(f"/page/qualification/{slug}", headers=html).status_code == 200
    return {"page": statistics.median(pages[1:]), "rest": statistics.median(rest[1:])}


def ask_sparql(place: Place) -> Found:
    """The research mix by the engine alone: medians of each query, and their geometric mean."""
    alone = research.requests(place.version, OF_EACH).alone
    store = Store.read_only(str(place.version / "store"))
    times: dict[str, list[float]] = {}
    for name, text in alone:
        times.setdefault(name, []).append(_milliseconds(lambda text=text: _answered(store, text)))
    medians = {name: statistics.median(each) for name, each in times.items()}
    return {"mean": statistics.geometric_mean(max(each, 0.01) for each in medians.values()), "medians": medians}


def _answered(store: Store, text: str) -> bytes | None:
    results: Any = store.query(text)
    answer: bytes | None = results.serialize(format=QueryResultsFormat.JSON)
    return answer


STEPS: Final[dict[str, Callable[[Place], Found]]] = {
    "generate": generate,
    "load": load,
    "lookups": write_lookups,
    "search": write_search,
    "seal": seal,
    "start": start,
    "paths": ask_paths,
    "lookup": ask_lookups,
    "searches": ask_search,
    "pages": ask_pages,
    "sparql": ask_sparql,
}


def run(place: Place) -> dict[str, Found]:
    """Every step that was not done yet; what all of them took."""
    place.folder.mkdir(parents=True, exist_ok=True)
    path = place.folder / "figures.json"
    done: dict[str, Found] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name in itertools.filterfalse(done.__contains__, STEPS):
        print(f"{place.size} million: {name}", flush=True)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            done[name] = pool.apply(_weighed, (name, place))
        path.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
    return done


def _weighed(name: str, place: Place) -> Found:
    """What the step found, with processor and wall seconds and the most memory that its process had."""
    began, processor = time.perf_counter(), time.process_time()
    found = STEPS[name](place)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = {"cpu": time.process_time() - processor, "wall": time.perf_counter() - began, "megabytes": peak}
    return {**took, **found}


Figure = tuple[str, str, Callable[[dict[str, Found]], float]]
"""What is measured, its unit, and where it stands in the figures of a size."""
BUILT: Final[tuple[Figure, ...]] = (
    ("write the statements", "CPU s", lambda all_: all_["generate"]["cpu"]),
    ("load the store (graphs, union, literals)", "CPU s", lambda all_: all_["load"]["cpu"]),
    ("write the lookups", "CPU s", lambda all_: all_["lookups"]["cpu"]),
    ("write the search index", "CPU s", lambda all_: all_["search"]["cpu"]),
    ("write the checksums", "CPU s", lambda all_: all_["seal"]["cpu"]),
    ("peak memory, load", "MiB", lambda all_: all_["load"]["megabytes"]),
    ("peak memory, lookups", "MiB", lambda all_: all_["lookups"]["megabytes"]),
    ("peak memory, search index", "MiB", lambda all_: all_["search"]["megabytes"]),
    ("disk: store", "MiB", lambda all_: all_["seal"]["bytes"] / 2**20),
    ("disk: lookups", "MiB", lambda all_: all_["lookups"]["bytes"] / 2**20),
    ("disk: search index", "MiB", lambda all_: all_["search"]["bytes"] / 2**20),
)
ASKED: Final[tuple[Figure, ...]] = (
    ("server start, until it answers", "CPU ms", lambda all_: 1000 * all_["start"]["server_cpu"]),
    ("memory of the server then", "MiB", lambda all_: all_["start"]["server_megabytes"]),
    ("first path question", "CPU ms", lambda all_: all_["paths"]["first"]),
    ("path question, median", "CPU ms", lambda all_: all_["paths"]["median"]),
    ("path question, p99", "CPU ms", lambda all_: all_["paths"]["p99"]),
    ("memory after 300 path questions", "MiB", lambda all_: all_["paths"]["megabytes"]),
    ("lookup by key, median", "CPU ms", lambda all_: all_["lookup"]["median"]),
    ("REST lookup of a title, median", "CPU ms", lambda all_: all_["pages"]["rest"]),
    ("page of a title, median", "CPU ms", lambda all_: all_["pages"]["page"]),
    ("search, median", "CPU ms", lambda all_: all_["searches"]["median"]),
    ("search, p99", "CPU ms", lambda all_: all_["searches"]["p99"]),
    ("SPARQL research mix, geometric mean", "CPU ms", lambda all_: all_["sparql"]["mean"]),
)


def report(sizes: dict[int, dict[str, Found]]) -> Iterator[str]:
    """The tables, with a drawing beside each; `slope` is the exponent of growth between the first and the last size."""
    statements = [each["generate"]["statements"] for each in sizes.values()]
    for title, name, figures in (("Build", "build", BUILT), ("Questions", "questions", ASKED)):
        yield f"![{title}: cost against the number of statements, both axes logarithmic](growth/{name}.svg)"
        yield ""
        yield f"| {title.lower()} | unit | " + " | ".join(f"{each:,}" for each in statements) + " | slope |"
        yield "|---|---|" + "---:|" * (len(statements) + 1)
        for what, unit, value in figures:
            values = [value(each) for each in sizes.values()]
            cells = " | ".join(_written(each) for each in values)
            yield f"| {what} | {unit} | {cells} | {charts.slope(statements, values):.2f} |"
        yield ""
    yield "SPARQL, median of each query in CPU ms:"
    yield ""
    yield "| query | " + " | ".join(f"{each:,}" for each in statements) + " |"
    yield "|---|" + "---:|" * len(statements)
    for query in next(iter(sizes.values()))["sparql"]["medians"]:
        cells = " | ".join(_written(each["sparql"]["medians"].get(query, 0)) for each in sizes.values())
        yield f"| {query} | {cells} |"


def _written(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def draw(sizes: dict[int, dict[str, Found]]) -> None:
    """A drawing for each table: lines of what has one unit."""
    statements = [each["generate"]["statements"] for each in sizes.values()]
    DRAWINGS.mkdir(exist_ok=True)
    for name, figures in (("build", BUILT), ("questions", ASKED)):
        panels: dict[str, dict[str, list[float]]] = {}
        for what, unit, value in figures:
            panels.setdefault(unit, {})[what] = [value(each) for each in sizes.values()]
        (DRAWINGS / f"{name}.svg").write_text(charts.drawing(statements, panels), encoding="utf-8")


def write(sizes: dict[int, dict[str, Found]]) -> None:
    """Put the figures where the page has them."""
    draw(sizes)
    put(PAGE, BEGIN, END, "\n".join(report(sizes)))


def main() -> None:
    """Measure the sizes that are asked for; write what is known of all that were measured."""
    asked = argparse.ArgumentParser(description=main.__doc__)
    asked.add_argument("data", type=Path, help="a data folder with a built graph, and the releases to keep beside it")
    asked.add_argument("--sizes", default=",".join(map(str, SIZES)), help="million statements, parted by commas")
    asked.add_argument("--keep", type=Path, required=True, help="the folder in which each size is kept")
    given = asked.parse_args()
    found = {
        size: run(Place(given.keep.resolve() / str(size), given.data.resolve(), size))
        for size in sorted(map(int, given.sizes.split(",")))
    }
    write(found)


if __name__ == "__main__":
    main()
