"""What is measured as the graph grows: the steps hold over a small invented Europe, and the figures come to a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from benchmarks import europes, growth
from graph_api.rdf import nquads
from tests.test_europes import GRAPH, packed, read


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> growth.Place:
    """A source folder with an invented Europe, and the place in which ten times as much is to be built."""
    folder = tmp_path_factory.mktemp("growth")
    (folder / "source" / "current").mkdir(parents=True)
    packed(folder / "source" / "current" / "dump.nq.gz")
    made = growth.Place(folder / "10", folder / "source", 10)
    made.folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growth, "MILLION", len(read(folder / "source" / "current" / "dump.nq.gz")))
        assert growth.generate(made)["copies"] > 5
    growth.load(made)
    growth.write_lookups(made)
    growth.write_search(made)
    growth.seal(made)
    return made


def test_the_store_holds_every_statement_in_its_graph_and_in_the_union(place: growth.Place) -> None:
    held = set(Store.read_only(str(place.version / "store")))
    written = set(read(place.statements))
    assert written <= held
    union = {Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in written}
    labels = {quad for quad in union if "abel" in quad.predicate.value}  # of two preferred labels one gives way
    assert union - labels <= held


def test_titles_of_every_world_are_asked_about_in_their_own_states(place: growth.Place) -> None:
    store = growth.EmbeddedStore(place.version)
    asked = growth.questions(store, 100)
    codes = dict(growth._rows(store, _CODES, "place", "code"))
    assert len({growth._world(question.qualification or "") for question in asked}) == europes.WORLDS
    for question in asked:
        own = {
            code for slug, code in codes.items() if growth._world(slug) == growth._world(question.qualification or "")
        }
        assert question.country in own


_CODES = (
    "SELECT ?place ?code { ?place <https://w3id.org/passerelle/def#code> ?code ; a ?class . FILTER (isIRI(?place)) }"
)


def test_what_is_asked_of_it_is_answered(place: growth.Place) -> None:
    for found in (growth.ask_paths(place), growth.ask_lookups(place), growth.ask_search(place)):
        assert found["number"] > 5
        assert 0 < found["median"] <= found["p99"]


def test_blank_nodes_are_kept_apart_and_lines_are_as_they_were(tmp_path: Path) -> None:
    name, value = NamedNode("http://example.org/p"), Literal('a "b" _:c')
    quads = [Quad(BlankNode("x"), name, value, GRAPH), Quad(name, name, value, GRAPH), Quad(name, name, name, GRAPH)]
    nquads.write_packed(tmp_path / "some.nq.gz", sorted(f"{quad} .\n".encode() for quad in quads))
    for triples in (False, True):
        blocks = growth._Blocks(tmp_path / "some.nq.gz", triples=triples)
        text = b"".join(iter(lambda: blocks.read(7), b""))  # noqa: B023
        graph = "" if triples else f" {GRAPH}"
        assert set((text + b"".join(blocks.nameless)).decode().splitlines()) == {
            f"{quad.subject} {quad.predicate} {quad.object}{graph} ." for quad in quads
        }
        assert b"_:x" not in text


FIGURES: dict[str, Any] = {
    "generate": {"cpu": 5.0, "statements": 1_000_000},
    "load": {"cpu": 20.0, "megabytes": 900.0},
    "lookups": {"cpu": 8.0, "megabytes": 300.0, "bytes": 60 * 2**20},
    "search": {"cpu": 9.0, "megabytes": 200.0, "bytes": 5 * 2**20},
    "seal": {"cpu": 1.0, "bytes": 380 * 2**20},
    "start": {"server_cpu": 1.5, "server_megabytes": 150.0},
    "paths": {"first": 90.0, "median": 3.0, "p99": 12.0, "megabytes": 160.0},
    "lookup": {"median": 0.3},
    "searches": {"median": 3.0, "p99": 50.0},
    "pages": {"page": 20.0, "rest": 5.0},
    "sparql": {"mean": 1.5, "medians": {"skills of an occupation": 0.6}},
}


def test_the_page_has_every_figure_with_its_slope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "scale.md"
    page.write_text(f"before\n{growth.BEGIN}\nold\n{growth.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(growth, "PAGE", page)
    monkeypatch.setattr(growth, "DRAWINGS", tmp_path / "growth")
    larger = json.loads(json.dumps(FIGURES))
    larger["generate"]["statements"] = 10_000_000
    larger["load"]["cpu"] = 200.0
    growth.write({1: FIGURES, 10: larger})
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert "| load the store (graphs, union, literals) | CPU s | 20.0 | 200 | 1.00 |" in text
    assert "| path question, median | CPU ms | 3.0 | 3.0 | 0.00 |" in text
    for name in ("build", "questions"):
        assert f"growth/{name}.svg" in text
        assert (tmp_path / "growth" / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg")
