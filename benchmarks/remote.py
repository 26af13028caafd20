"""What publishing to an engine costs, version after version, and what servers answer that have their graph there.

    python -m benchmarks.remote DATA [--megabytes 2000]

Virtuoso is started with nothing in it. The version of the data folder is published, then two more, each with one more
note changed: the second fills the engine's other place, the third finds there what it differs from in a few statements.
Then two servers without a graph of their own stand in front of it and are asked in turns. The figures stand in
`docs/scale.md`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import DefaultGraph, Literal, Quad, Store

from benchmarks import paths, research, systems
from benchmarks.figures import put
from graph_api.build import basis
from graph_api.rdf.terms import pas
from graph_api.store.local import EmbeddedStore
from graph_api.store.publish import Engine, Published, publish
from graph_api.store.whole import led_to
from tests import virtuoso

PAGE: Final = Path(__file__).parent.parent / "docs" / "scale.md"
BEGIN: Final = "<!-- remote: written by python -m benchmarks.remote -->"
END: Final = "<!-- end of remote -->"
CHANGES: Final = 2
NOTE: Final = pas("note")
SERVERS: Final = 2
OF_EACH: Final = 40


@dataclass(frozen=True)
class Run:
    """What publishing a version took: of this process, of the engine, and by the clock."""

    done: Published
    here: float
    there: float
    wall: float


@dataclass(frozen=True)
class Asked:
    """Requests of one kind: wall and processor milliseconds of the server, and of the engine."""

    what: str
    wall: Sequence[float]
    server: Sequence[float]
    engine: Sequence[float]


def versions(data: Path, place: Path) -> Iterator[Path]:
    """The served version of a data folder, by links, and it with one note changed, and another, in whatever graph."""
    folder = place / "graphs"
    folder.mkdir()
    served = led_to(data / "current")
    version: str = json.loads((served / "report.json").read_text(encoding="utf-8"))["version"]
    before = folder / version
    shutil.copytree(served, before, copy_function=os.link)
    (place / "current").symlink_to(before)
    yield before
    for number in range(CHANGES):
        after = folder / f"{version}-{number + 1}"
        after.mkdir()
        shutil.copytree(before / "store", after / "store", copy_function=basis.linked)
        store = Store(str(after / "store"))
        notes = (quad for quad in store.quads_for_pattern(None, NOTE, None, None) if quad.graph_name != DefaultGraph())
        note = next(quad for quad in notes if isinstance(quad.object, Literal) and "changed" not in quad.object.value)
        changed = Literal(f"{note.object.value} (changed)", language=note.object.language)
        basis.change(store, [note], [Quad(note.subject, NOTE, changed, note.graph_name)])
        store.flush()
        del store
        report = json.loads((before / "report.json").read_text(encoding="utf-8")) | {"version": after.name}
        (after / "report.json").write_text(json.dumps(report), encoding="utf-8")
        before = after
        yield after


def publish_all(built: Sequence[Path], server: virtuoso.Virtuoso) -> list[Run]:
    """Publish one version after the other."""
    engine = Engine(
        server.query_address, server.update_address, server.graph_store_address, virtuoso.USER, virtuoso.PASSWORD
    )
    runs = []
    for directory in built:
        began, here, there = time.perf_counter(), time.process_time(), systems.processor(server.process.pid)
        done = publish(directory, engine)
        wall, worked = time.perf_counter() - began, time.process_time() - here
        runs.append(Run(done, worked, systems.processor(server.process.pid) - there, wall))
        print(runs[-1], flush=True)
    return runs


def ask_all(data: Path, directory: Path, server: virtuoso.Virtuoso) -> list[Asked]:
    """Ask two servers in turns."""
    settings = {"PASSERELLE_STORE": server.query_address, "PASSERELLE_QUERY_SECONDS": "60"}
    store = EmbeddedStore(directory)
    titles = sorted({str(question.qualification) for question in paths.questions(store, 400)})
    chosen = random.Random(5).sample(titles, OF_EACH)
    questions = [each.model_dump(mode="json", exclude_defaults=True) for each in paths.questions(store, OF_EACH)]
    alone = research.requests(directory, 4).alone
    form = "application/x-www-form-urlencoded"
    with ExitStack() as stack:
        doors = []
        for _ in range(SERVERS):
            address, number, _ = stack.enter_context(systems.passerelle(data, settings))
            doors.append((systems.Connection(address, number), number))

        def asked(what: str, requests: Sequence[tuple[str, str, str | None]]) -> Asked:
            times: list[tuple[float, float, float]] = []
            for turn, (method, path, body) in enumerate(requests):
                connection, _ = doors[turn % SERVERS]
                before = systems.processor(server.process.pid)
                headers = {"Accept": "application/json", "Content-Type": form}
                answer = connection.ask(method, path, headers, body)
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status} {answer.body[:300]!r}")
                times.append((answer.seconds, answer.processor, systems.processor(server.process.pid) - before))
            wall, worked, there = ([1000 * each for each in column] for column in zip(*times, strict=True))
            return Asked(what, wall, worked, there)

        # the first of each server reads the law
        first = [("GET", f"/api/v1/paths?{urlencode(each)}", None) for each in questions[:SERVERS]]
        return [
            asked("first path question of a server", first),
            asked("path question", [("GET", f"/api/v1/paths?{urlencode(each)}", None) for each in questions[SERVERS:]]),
            asked("REST lookup of a title", [("GET", f"/api/v1/qualifications/{title}", None) for title in chosen]),
            asked("research mix", [("POST", "/sparql", urlencode({"query": text})) for _, text in alone]),
        ]


def report(runs: Sequence[Run], answers: Sequence[Asked]) -> Iterator[str]:
    """The tables."""
    yield "| published | graphs sent or changed | statements travelled | CPU s here | CPU s of the engine | seconds |"
    yield "|---|---:|---:|---:|---:|---:|"
    names = ("into an empty engine", "one note changed, into the other place", "one more, where a version stood")
    for name, run in zip(names, runs, strict=True):
        done = run.done
        figures = f"{run.here:.1f} | {run.there:.1f} | {run.wall:.0f}"
        yield f"| {name} | {done.sent} of {done.graphs + 1} | {done.travelled:,} | {figures} |"
    yield ""
    yield "| two servers in front, asked in turns | requests | median ms | p95 ms | CPU ms of server | of engine |"
    yield "|---|---:|---:|---:|---:|---:|"
    for each in answers:
        late = sorted(each.wall)[math.ceil(0.95 * len(each.wall)) - 1]
        middle = [f"{statistics.median(times):.0f}" for times in (each.wall, each.server, each.engine)]
        yield f"| {each.what} | {len(each.wall)} | {middle[0]} | {late:.0f} | {middle[1]} | {middle[2]} |"


def main() -> None:
    """Publish, ask, and put the figures where the page has them."""
    given = argparse.ArgumentParser(description=main.__doc__)
    given.add_argument("data", type=Path, help="a data folder with a built graph")
    given.add_argument("--megabytes", type=int, default=2000, help="the memory of the engine")
    wanted = given.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.data.resolve().parent) as folder:
        place = Path(folder)
        built = list(versions(wanted.data.resolve(), place))
        (place / "virtuoso").mkdir()
        with virtuoso.running(place / "virtuoso", megabytes=wanted.megabytes) as server:
            runs = publish_all(built, server)
            answers = ask_all(place, built[0], server)
        size = json.loads((built[-1] / "report.json").read_text(encoding="utf-8"))["triples"]
    lines = [f"{size:,} statements, and their union besides.", "", *report(runs, answers)]
    put(PAGE, BEGIN, END, "\n".join(lines))


if __name__ == "__main__":
    main()
