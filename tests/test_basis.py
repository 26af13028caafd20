"""A build takes over what did not change, and what comes of it is what a whole build makes of the same statements."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from graph_api.build import basis, pipeline
from graph_api.rdf import nquads
from graph_api.store.local import LOOKUPS
from graph_api.store.lookups import Lookups
from tests.conftest import SOURCES
from tests.tiny_builds import LABEL, SPACE, TYPE, assembled, statements

SKOS = "http://www.w3.org/2004/02/skos/core#"
NOTE = NamedNode(f"{SPACE}def#note")
TABLE = NamedNode(f"{SPACE}graph/mappings/invented")
OTHER = NamedNode(f"{SPACE}graph/mappings/other")
LONELY = NamedNode(f"{SPACE}graph/mappings/lonely")


def profession(name: str) -> NamedNode:
    return NamedNode(f"{SPACE}id/profession/{name}")


def said(name: str, predicate: NamedNode, value: str, graph: NamedNode = TABLE, lang: str = "en") -> Quad:
    return Quad(profession(name), predicate, Literal(value, language=lang), graph)


def in_scheme(name: str) -> Quad:
    return Quad(profession(name), NamedNode(f"{SKOS}inScheme"), NamedNode(f"{SPACE}id/scheme/trades"), TABLE)


def route(name: str, start: NamedNode) -> list[Quad]:
    """A route from something to the profession in one place, as the lookups of routes take it."""
    itself, to = NamedNode(f"{SPACE}id/route/{name}"), NamedNode(f"{SPACE}id/national-profession/nl-baker")
    said = {TYPE: NamedNode(f"{SPACE}def#Route"), ROUTE_FROM: start, NamedNode(f"{SPACE}def#routeTo"): to}
    return [Quad(itself, name, value, TABLE) for name, value in said.items()]


ROUTE_FROM = NamedNode(f"{SPACE}def#routeFrom")
TITLE, ANYONE = NamedNode(f"{SPACE}id/qualification/nl-baker"), NamedNode(f"{SPACE}def#Anyone")
IS_A_TITLE = Quad(TITLE, TYPE, NamedNode(f"{SPACE}def#Qualification"), TABLE)
BEFORE = [
    IS_A_TITLE,
    *route("of-the-title", TITLE),
    *route("of-anyone", ANYONE),
    *statements("baker", "cooper", "smith"),
    said("baker", LABEL, "a baker of bread", OTHER),  # gives way to "baker": two preferred labels in one language
    said("cooper", NOTE, "makes barrels"),
    said("cooper", NOTE, "makes barrels", OTHER),
    said("smith", NOTE, "works iron", LONELY),
    in_scheme("baker"),
    in_scheme("smith"),
    Quad(profession("smith"), NamedNode(f"{SKOS}broader"), profession("baker"), TABLE),
]


def without(*gone: Quad) -> list[Quad]:
    assert all(quad in BEFORE for quad in gone)
    return [quad for quad in BEFORE if quad not in gone]


AFTER = {
    "a note": [*without(said("cooper", NOTE, "makes barrels")), said("cooper", NOTE, "makes casks")],
    "a label": [*without(said("smith", LABEL, "smith")), said("smith", LABEL, "ironsmith")],
    "a new thing": [*BEFORE, *statements("weaver"), in_scheme("weaver")],
    "a thing less": [quad for quad in BEFORE if quad.subject != profession("smith")],
    "a graph less": without(said("smith", NOTE, "works iron", LONELY)),
    "a graph more": [*BEFORE, said("smith", NOTE, "by hand", NamedNode(f"{SPACE}graph/mappings/new"))],
    "the label that came first": without(said("baker", LABEL, "baker")),
    "the label that gave way": without(said("baker", LABEL, "a baker of bread", OTHER)),
    "a concept at the top": without(BEFORE[-1]),
    "a route less": without(*route("of-the-title", TITLE)),
    "no title any more": without(IS_A_TITLE),
}
SAME_INDEX = ("a note", "a concept at the top")
FEW = ("a note", "a label", "the label that came first", "no title any more")
EACH = [pytest.param(name, marks=() if name in FEW else pytest.mark.long) for name in AFTER]


@pytest.fixture(autouse=True)
def at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_now", lambda: "2026-01-01T00:00:00Z")


def build(data: Path, quads: list[Quad]) -> Path:
    """Build the statements into the folder; where the version is."""
    with assembled(quads):
        return data / "graphs" / pipeline.build(SOURCES, data).version


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that serves the statements before the change."""
    data = tmp_path_factory.mktemp("served")
    build(data, BEFORE)
    return data


@pytest.fixture
def data(served: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(served, tmp_path / "data", symlinks=True))


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which stores were loaded anew while the test ran."""
    loaded: list[str] = []
    whole = pipeline._store_job

    def counted(*given: object) -> object:
        loaded.append("store")
        return whole(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "_store_job", counted)
    yield loaded


def quads_of(version: Path) -> set[Quad]:
    return set(Store.read_only(str(version / "store")))


def same(one: Path, other: Path) -> None:
    """Both versions hold the same: every statement in every graph, and every file that is made of them."""
    assert one.name == other.name
    assert quads_of(one) == quads_of(other)
    graphs = [set(Store.read_only(str(each / "store")).named_graphs()) for each in (one, other)]
    assert graphs[0] == graphs[1]
    for name in ("dump.nq.gz", "search.db", "literals.db", "lookups.db"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize("change", EACH)
def test_what_is_taken_over_is_what_a_whole_build_makes(
    data: Path, tmp_path: Path, loading: list[str], change: str
) -> None:
    taken_over = build(data, AFTER[change])
    assert loading == []
    whole = build(tmp_path / "whole", AFTER[change])
    assert loading == ["store"]
    same(taken_over, whole)
    assert quads_of(taken_over) != quads_of(next(each for each in (data / "graphs").iterdir() if each != taken_over))


@pytest.mark.long
def test_changes_one_after_the_other_come_to_the_last(data: Path, tmp_path: Path, loading: list[str]) -> None:
    last = [build(data, quads) for quads in [*AFTER.values(), AFTER["a label"]]][-1]
    assert loading == []
    same(last, build(tmp_path / "whole", AFTER["a label"]))


@pytest.mark.parametrize("change", [*SAME_INDEX, "a label", "a new thing"])
def test_the_index_is_made_anew_only_where_a_label_changed(
    data: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    written: list[Path] = []
    write = pipeline.writer.write_index
    monkeypatch.setattr(pipeline.writer, "write_index", lambda quads, path: (written.append(path), write(quads, path)))
    build(data, AFTER[change])
    assert bool(written) == (change not in SAME_INDEX)


@pytest.mark.parametrize("change", ["a note", "a route less", "no title any more"])
def test_lookups_of_routes_are_taken_over_where_no_route_differs(
    data: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    taken: list[Path | None] = []
    write = pipeline.lookups.write
    monkeypatch.setattr(pipeline.lookups, "write", lambda *given: (taken.append(given[-1]), write(*given)))
    made = build(data, AFTER[change])
    assert bool(taken[0]) == (change == "a note")
    of_the_title = Lookups(made / LOOKUPS).get("path_routes", TITLE.value)
    assert bool(of_the_title) == (change == "a note")


@pytest.mark.long
def test_the_served_version_stays_as_it_was(data: Path) -> None:
    before = (data / "current").resolve()
    held = quads_of(before)
    build(data, AFTER["a thing less"])
    assert quads_of(before) == held
    assert not pipeline.whole.faults(before)
    assert not pipeline.whole.faults((data / "current").resolve())


def test_a_blank_node_that_differs_has_everything_loaded_anew(data: Path, tmp_path: Path, loading: list[str]) -> None:
    """The engine names blank nodes anew whenever it loads them: what is the same and what is not, nobody can tell."""
    quads = [*BEFORE, Quad(BlankNode("x"), TYPE, NamedNode(f"{SPACE}def#Profession"), TABLE)]
    version = build(data, quads)
    assert loading == ["store"]
    assert len(quads_of(version)) == len(quads_of(build(tmp_path / "whole", quads)))


def test_a_damaged_version_is_no_basis(data: Path, tmp_path: Path, loading: list[str]) -> None:
    table = next((data / "current" / "store").glob("*.sst"))
    table.write_bytes(table.read_bytes()[:-1] + b"?")
    version = build(data, AFTER["a note"])
    assert loading == ["store"]
    same(version, build(tmp_path / "whole", AFTER["a note"]))


def test_too_many_differences_are_loaded_at_once(
    data: Path, loading: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basis, "_MOST", 1)
    build(data, AFTER["a note"])
    assert loading == ["store"]


def test_a_store_that_was_taken_over_has_every_statement_in_the_union(data: Path) -> None:
    held = quads_of(build(data, AFTER["a note"]))
    union = {quad.triple for quad in held if quad.graph_name == DefaultGraph()}
    given_way = {quad.triple for quad in held if quad.graph_name != DefaultGraph()} - union
    assert given_way == {said("baker", LABEL, "a baker of bread", OTHER).triple}
    assert said("cooper", NOTE, "makes barrels").triple in union


WORDS = st.text("xyz", max_size=40)
LINES = st.lists(st.builds(lambda number, text: f'<{number:02}> <p> "{text}" .\n'.encode(), st.integers(0, 30), WORDS))


@given(LINES, LINES)
def test_what_differs_is_what_only_one_of_two_files_has(before: list[bytes], after: list[bytes]) -> None:
    """Whatever the lengths of lines and files: what is read at once is a few lines here."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(basis, "_BLOCK", 64)
        files = [Path(folder) / name for name in ("before.gz", "after.gz")]
        for file, lines in zip(files, (before, after), strict=True):
            nquads.write_packed(file, sorted(set(lines)))
        found = sorted(basis._differing(*files))
    assert found == sorted([(0, line) for line in {*before} - {*after}] + [(1, line) for line in {*after} - {*before}])
