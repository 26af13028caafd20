"""Builds of a few invented statements: everything that a build does after tables and rules, in a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from graph_api.build import pipeline
from tests.conftest import SOURCES

LABEL = NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_MINUTES = count()
SPACE = "https://w3id.org/passerelle/"


def statements(*names: str) -> list[Quad]:
    """A profession of each name."""
    graph = NamedNode(f"{SPACE}graph/mappings/invented")
    things = [(NamedNode(f"{SPACE}id/profession/{name}"), name) for name in names]
    labels = [Quad(thing, LABEL, Literal(name, language="en"), graph) for thing, name in things]
    kind = NamedNode(f"{SPACE}def#Profession")
    return [*labels, *(Quad(thing, TYPE, kind, graph) for thing, _ in things)]


@contextmanager
def assembled(quads: Iterable[Quad]) -> Iterator[None]:
    """While this lasts, tables and rules come to these statements."""
    concluded = pipeline._conclude

    def instead(*_: object) -> tuple[Store, pipeline.Checking]:
        store = Store()
        store.extend(quads)
        return store, list

    pipeline._conclude = instead
    try:
        yield
    finally:
        pipeline._conclude = concluded


def build(data: Path, *names: str, keep: int = 5) -> str:
    """Build a version that holds a profession of each name, a minute after the last; which version."""
    now = pipeline._now
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=next(_MINUTES))
    pipeline._now = lambda: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        return _built(data, names, keep)
    finally:
        pipeline._now = now


def _built(data: Path, names: Iterable[str], keep: int) -> str:
    with assembled(statements(*names)):
        return pipeline.build(SOURCES, data, keep=keep).version
