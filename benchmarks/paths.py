"""How long a path question takes, server side: on the graph as it is, and with 20,000 qualifications.

    python -m benchmarks.paths DATA

The larger graph is made by program: each qualification is cloned with everything that a build gives it (its own
statements, those that point at it, and the routes that start from it), under names of their own. So it is what a
build of tables with cloned rows would give, without the time that checking them takes.
"""

from __future__ import annotations

import cProfile
import io
import itertools
import json
import pstats
import random
import re
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, serialize

from benchmarks.sparql import percentile
from graph_api.build import lookups
from graph_api.rdf.terms import RDF_TYPE, pas
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import LOOKUPS, EmbeddedStore
from graph_api.store.lookups import write_lookups
from graph_api.store.whole import CHECKSUMS, seal
from graph_api.web.memory import keep_what_is_read

QUALIFICATIONS = 20_000
QUESTIONS = 600
FIRST = 20
"""So many questions are asked before any is counted but the first."""
FIRST_BUDGET = 100.0
BUDGETS = ((2.5, 10.0), (3.0, 15.0))
"""Milliseconds of a processor, the median and the 99th of a hundred: on the graph as built, and with 20,000 titles."""
HOSTS = ("NL", "BE-nl", "BE-fr", "BE-de", "LU", "FR", "DE")


@dataclass
class Measured:
    """The processor seconds of every question, on one graph."""

    name: str
    qualifications: int
    statements: int
    first: float
    """Of the first question after a start."""
    seconds: list[float]
    """Of each question when it is asked for the first time in a process."""
    again: list[float]
    """And for the second time."""


def run(directory: Path, folder: Path) -> list[Measured]:
    """The graph as it is, and the graph that was made larger from it."""
    large = enlarge(directory, folder / "large")
    return [measure("the graph as built", directory), measure("with cloned qualifications", large)]


def measure(name: str, directory: Path) -> Measured:
    """What a server spends: it reads ahead at its start, then asks each question another, then the same once more."""
    store = EmbeddedStore(directory)
    finder = PathFinder(store)
    asked = questions(store, QUESTIONS + FIRST)
    finder.read_ahead()
    keep_what_is_read()
    first, *_ = [_seconds(finder, question) for question in asked[:FIRST]]
    cold, again = ([_seconds(finder, question) for question in asked[FIRST:]] for _ in range(2))
    counted = [_number(store, f"?s a <{pas('Qualification').value}>"), _number(store, "?s ?p ?o")]
    return Measured(name, *counted, first, cold, again)


def _seconds(finder: PathFinder, question: Question) -> float:
    began = time.process_time()
    finder.find(question)
    return time.process_time() - began


def table(measured: Sequence[Measured]) -> Iterator[str]:
    """The results as a table."""
    columns = "qualifications | statements | questions | first ms | median ms | p99 ms | again: median ms | p99 ms"
    yield f"| graph | {columns} | kept |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|"
    for each, (median, slowest) in zip(measured, BUDGETS, strict=False):
        figures = [each.first, *_summed(each.seconds), *_summed(each.again)]
        first, usual, rare, *_ = milliseconds = [1000 * seconds for seconds in figures]
        kept = "yes" if first <= FIRST_BUDGET and usual <= median and rare <= slowest else "**no**"
        shown = " | ".join(f"{figure:.1f}" for figure in milliseconds)
        counts = f"{each.qualifications:,} | {each.statements:,} | {len(each.seconds)}"
        yield f"| {each.name} | {counts} | {shown} | {kept} |"


def _summed(seconds: Sequence[float]) -> tuple[float, float]:
    """The median, and the 99th of a hundred."""
    return statistics.median(seconds), percentile(seconds, 0.99)


def questions(store: EmbeddedStore, count: int) -> list[Question]:
    """So many different questions: titles at random, each to a profession that it opens."""
    opens = f"?title <{pas('grantsAccessTo').value}> ?profession"
    text = f"SELECT ?title ?profession {{ {opens} }} ORDER BY ?title ?profession"
    rows = json.loads(store.query(text, JSON_RESULTS))["results"]["bindings"]
    opened = [tuple(row[name]["value"].rpartition("/")[2] for name in ("title", "profession")) for row in rows]
    pairs = list(itertools.product(opened, HOSTS))
    chosen = random.Random(7).sample(pairs, min(count, len(pairs)))
    return [
        Question(
            qualification=title,
            profession=profession,
            country=host,
            issued=date(2019, 7, 1),
            nationality="EU",
            as_of=date(2026, 11, 23),
        )
        for (title, profession), host in chosen
    ]


def profile(directory: Path, lines: int = 25) -> str:
    """Where the time of path questions goes."""
    store = EmbeddedStore(directory)
    finder = PathFinder(store)
    asked = questions(store, 220)
    for question in asked[:20]:
        finder.find(question)
    profiler = cProfile.Profile()
    profiler.enable()
    for question in asked[20:]:
        finder.find(question)
    profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(lines)
    return text.getvalue()


def enlarge(directory: Path, target: Path) -> Path:
    """A built graph with clones of the qualifications, as many as are wanted in all."""
    shutil.copytree(directory, target)
    source = Store.read_only(str(directory / "store"))
    blocks = list(_blocks(source))
    store = Store(str(target / "store"))
    wanted = QUALIFICATIONS - len(blocks)
    for start in range(0, wanted, 1000):
        numbers = range(start, min(start + 1000, wanted))
        text = "".join(blocks[number % len(blocks)].replace("@@", str(number)) for number in numbers)
        store.bulk_load(text.encode(), format=RdfFormat.N_TRIPLES)
    store.optimize()
    store.flush()
    del store
    _write_lookups(target)
    return target


def _write_lookups(folder: Path) -> None:
    """The lookups of the enlarged graph, as a build would write them of its statements."""
    made = lookups.Finished(folder / "store")
    store = Store.read_only(str(folder / "store"))
    typed = (quad.subject for quad in store.quads_for_pattern(None, RDF_TYPE, None, DefaultGraph()))
    subjects = {each.value for each in typed if isinstance(each, NamedNode) and each.value.startswith(lookups.SUBJECTS)}
    quads = (quad for iri in sorted(subjects) for quad in _default(store, NamedNode(iri), None, None))
    answers = itertools.chain(lookups.whole_answers(made), lookups.answers(quads))
    write_lookups(folder / LOOKUPS, lookups.NAMES, answers)
    (folder / CHECKSUMS).unlink(missing_ok=True)
    seal(folder)


def _blocks(store: Store) -> Iterator[str]:
    """For each qualification the statements that belong to it, with `@@` where a clone has its number."""
    for quad in sorted(_default(store, None, RDF_TYPE, pas("Qualification")), key=str):
        pointing = [each for each in _default(store, None, None, quad.subject) if isinstance(each.subject, NamedNode)]
        routes = [each.subject for each in pointing if each.predicate == pas("routeFrom")]
        own = itertools.chain.from_iterable(_default(store, subject, None, None) for subject in (quad.subject, *routes))
        triples = {each.triple for each in (*own, *pointing)}
        text = (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()
        names = "|".join(re.escape(f"<{name.value}>") for name in (quad.subject, *routes))
        yield re.sub(names, lambda match: f"{match[0][:-1]}-clone-@@>", text)


def _default(store: Store, subject: Any, predicate: Any, value: Any) -> Sequence[Any]:
    return list(store.quads_for_pattern(subject, predicate, value, DefaultGraph()))


def _number(store: EmbeddedStore, pattern: str) -> int:
    text = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
    return int(json.loads(store.query(text, JSON_RESULTS))["results"]["bindings"][0]["n"]["value"])


if __name__ == "__main__":
    print("\n".join(table([measure("the graph as built", (Path(sys.argv[1]) / "current").resolve())])))
