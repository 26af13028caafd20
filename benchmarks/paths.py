"""How long a path question takes, server side: on the graph as it is, and with 20,000 qualifications.

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
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, serialize

from graph_api.build import lookups
from graph_api.rdf.terms import RDF_TYPE, pas
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.local import LOOKUPS, EmbeddedStore
from graph_api.store.lookups import write_lookups
from graph_api.store.whole import CHECKSUMS, seal

QUALIFICATIONS = 20_000
QUESTIONS = 600
HOSTS = ("NL", "BE-nl", "BE-fr", "BE-de", "LU", "FR", "DE")


@dataclass
class Measured:
    """The seconds of every question, on one graph."""

    name: str
    qualifications: int
    statements: int
    seconds: list[float]


def run(directory: Path, folder: Path) -> list[Measured]:
    """The graph as it is, and the graph that was made larger from it."""
    large = enlarge(directory, folder / "large")
    return [measure("the graph as built", directory), measure("with cloned qualifications", large)]


def measure(name: str, directory: Path) -> Measured:
    """Ask once for the reference, which the server keeps for a version; then each question another."""
    store = EmbeddedStore(directory)
    finder = PathFinder(store)
    asked = questions(store, QUESTIONS + 20)
    for question in asked[:20]:
        finder.find(question)
    seconds = []
    for question in asked[20:]:
        began = time.perf_counter()
        finder.find(question)
        seconds.append(time.perf_counter() - began)
    counted = [_number(store, f"?s a <{pas('Qualification').value}>"), _number(store, "?s ?p ?o")]
    return Measured(name, *counted, seconds)


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
