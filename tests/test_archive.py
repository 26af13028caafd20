"""The archive: releases and versions side by side, none of it in the graph that is served."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from graph_api.build import archive, void
from graph_api.inputs.releases import import_release, remove_release
from graph_api.rdf.nquads import Cutter
from graph_api.settings import Settings
from graph_api.store.examples import Example, read_examples
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from tests.conftest import ROOT
from tests.release_fixtures import BAKER, MOON_BAKER, NEW_BAKER, loaded, write_esco, write_next_esco
from tests.test_versions import built, quad

GRAPH = "https://w3id.org/passerelle/graph/"
OLD_ESCO, NEW_ESCO = f"{GRAPH}releases/esco-1.1.1", f"{GRAPH}releases/esco-1.2.0"
EXAMPLES = read_examples(ROOT / "ontology", "examples/archive")
ABOUT = void.describe_archive(ROOT / "ontology")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def route(name: str) -> Any:
    """A statement that there is a route of this name."""
    said = quad(name, NamedNode("https://w3id.org/passerelle/def#Route"), "rules/invented")
    return type(said)(said.subject, TYPE, said.object, said.graph_name)


def archived(data: Path, folder: Path) -> str:
    """Write what the data folder should have as its archive, and switch to it; its name."""
    graphs = {path.parent.name: path.parent for path in (data / "graphs").glob("*/report.json")}
    pieces = folder / "pieces"
    pieces.mkdir(parents=True)
    name, write = archive.job(data, graphs, ABOUT, Cutter(pieces), folder / "archive")
    write()
    archive.switch(data, name, folder / "archive")
    return name


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of ESCO, and two built versions whose routes differ."""
    data = tmp_path_factory.mktemp("archive")
    import_release("esco", [write_esco(data / "old")], data, version="1.1.1")
    import_release("esco", [write_next_esco(data / "new")], data, version="1.2.0")
    built(data, "aaa", [route("stays"), route("goes")], "2026-01-01T10:00:00+00:00")
    built(data, "bbb", [route("stays"), route("comes")], "2026-02-01T10:00:00+00:00")
    (data / "current").symlink_to(Path("graphs") / "bbb")
    archived(data, data / "work")
    return data


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data=data), CurrentStore(data)), follow_redirects=False) as client:
        yield client


def rows(client: TestClient, query: str, path: str = "/sparql/archive") -> list[dict[str, str]]:
    answer = client.get(path, params={"query": query})
    assert answer.status_code == 200, answer.text
    return [{name: cell["value"] for name, cell in row.items()} for row in answer.json()["results"]["bindings"]]


def graphs_of(folder: Path) -> dict[str, int]:
    """The graphs of an archive, with how many statements each has."""
    store = Store.read_only(str(folder / "store"))
    return {
        graph.value: sum(1 for _ in store.quads_for_pattern(None, None, None, graph)) for graph in store.named_graphs()
    }


def test_each_release_and_each_version_is_a_graph_of_its_own(data: Path) -> None:
    assert graphs_of(data / "archive") == {
        OLD_ESCO: len(loaded(data, "esco-1.1.1")),
        NEW_ESCO: len(loaded(data, "esco-1.2.0")),
        f"{GRAPH}versions/aaa": 2,
        f"{GRAPH}versions/bbb": 2,
    }


def test_the_default_graph_lists_the_graphs_and_holds_nothing_of_them(client: TestClient) -> None:
    listed = rows(client, (ROOT / "ontology/examples/archive/graphs-kept.rq").read_text(encoding="utf-8"))
    esco = "ESCO, the European classification of Skills, Competences, Qualifications and Occupations"
    assert listed == [
        {"graph": f"{GRAPH}versions/aaa", "version": "aaa", "created": "2026-01-01T10:00:00Z"},
        {"graph": f"{GRAPH}versions/bbb", "version": "bbb", "created": "2026-02-01T10:00:00Z"},
        {"graph": OLD_ESCO, "title": esco, "version": "1.1.1", "replacedBy": NEW_ESCO},
        {"graph": NEW_ESCO, "title": esco, "version": "1.2.0"},
    ]
    assert rows(client, f"SELECT ?p {{ <{BAKER}> ?p ?o }}") == []


def test_the_list_shows_the_acknowledgement_that_a_release_asks_for(client: TestClient) -> None:
    found = rows(client, f"SELECT ?text {{ <{OLD_ESCO}> <https://w3id.org/passerelle/def#acknowledgement> ?text }}")
    assert found == [{"text": "This service uses the ESCO classification of the European Commission."}]


def test_nothing_of_the_archive_is_in_the_graph_that_is_served(client: TestClient) -> None:
    assert rows(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", "/sparql") == [{"g": f"{GRAPH}rules/invented"}]
    assert rows(client, f"SELECT ?p {{ <{MOON_BAKER}> ?p ?o }}", "/sparql") == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_finds_what_its_header_says(client: TestClient, example: Example) -> None:
    answer = client.get("/sparql/archive", params={"query": example.text}).json()
    assert tuple(answer["head"]["vars"]) == example.expected.columns
    found = len(answer["results"]["bindings"])
    assert found == example.expected.rows if example.expected.exact else found >= example.expected.rows


def test_two_releases_are_compared_in_one_query(client: TestClient) -> None:
    query = (ROOT / "ontology/examples/archive/occupations-changed.rq").read_text(encoding="utf-8")
    assert rows(client, query) == [
        {"change": "added", "occupation": NEW_BAKER, "after": "moon baker"},
        {"change": "relabelled", "occupation": BAKER, "before": "baker", "after": "master baker"},
        {"change": "removed", "occupation": MOON_BAKER, "before": "moon baker"},
    ]


def test_two_versions_are_compared_in_one_query(client: TestClient) -> None:
    query = (ROOT / "ontology/examples/archive/routes-changed.rq").read_text(encoding="utf-8")
    assert rows(client, query) == [
        {"change": "came", "route": "http://example.org/comes"},
        {"change": "went", "route": "http://example.org/goes"},
    ]


# The same protocol as at /sparql


def test_the_archive_is_asked_in_the_same_three_ways(client: TestClient) -> None:
    query = f"ASK {{ GRAPH <{OLD_ESCO}> {{ <{MOON_BAKER}> ?p ?o }} }}"
    answers = (
        client.get("/sparql/archive", params={"query": query}),
        client.post("/sparql/archive", data={"query": query}),
        client.post("/sparql/archive", content=query, headers={"Content-Type": "application/sparql-query"}),
    )
    assert [answer.json()["boolean"] for answer in answers] == [True] * 3
    named = {"default-graph-uri": OLD_ESCO, "query": f"ASK {{ <{MOON_BAKER}> ?p ?o }}"}
    assert client.get("/sparql/archive", params=named).json()["boolean"] is True
    assert client.options("/sparql/archive").headers["allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    ("asked", "status", "detail"),
    [
        ({"query": "SELECT *"}, 400, "this is not SPARQL 1.1"),
        ({"query": "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, 403, "SERVICE"),
        ({"update": "DROP ALL"}, 403, "an update is not served"),
        ({"query": "ASK {}", "timeout": "100000"}, 400, "write seconds, at most 60"),
        ({"query": "ASK {}" + " " * 310_000}, 413, "longer than 300000 characters"),
        ({"query": "ASK {}", "version": "aaa"}, 400, "every version is a graph of the archive"),
    ],
)
def test_the_archive_has_the_fence_and_the_limits(
    client: TestClient, asked: dict[str, str], status: int, detail: str
) -> None:
    long = len(asked.get("query", "")) > 1000
    answer = client.post("/sparql/archive", data=asked) if long else client.get("/sparql/archive", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert detail in answer.json()["detail"]


def test_an_answer_says_which_archive_it_is_from_and_can_be_kept(client: TestClient, data: Path) -> None:
    asked = {"query": f"ASK {{ GRAPH <{OLD_ESCO}> {{ ?s ?p ?o }} }}"}
    answer = client.get("/sparql/archive", params=asked)
    assert answer.headers["x-passerelle-version"] == (data / "archive").resolve().name
    again = client.get("/sparql/archive", params=asked, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_description_is_of_the_archive(client: TestClient) -> None:
    answer = client.get("/sparql/archive", headers={"Accept": "text/turtle"})
    triples = {
        (q.subject.value, q.predicate.value.rpartition("#")[2], q.object.value)
        for q in parse(answer.content, format=RdfFormat.TURTLE)
    }
    endpoint = "http://testserver/sparql/archive"
    assert (endpoint, "endpoint", endpoint) in triples
    assert (endpoint, "defaultDataset", "https://w3id.org/passerelle/archive") in triples
    assert {value for _, name, value in triples if name == "feature"} == set()
    assert {value for _, name, value in triples if name == "name"} == {
        *(OLD_ESCO, NEW_ESCO, f"{GRAPH}versions/aaa", f"{GRAPH}versions/bbb"),
    }


def test_a_person_gets_the_editor_over_the_archive(client: TestClient) -> None:
    answer = client.get("/sparql/archive", headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert '<form action="/sparql/archive"' in answer.text
    assert "Which occupations changed from one release of ESCO to the next?" in answer.text
    assert 'href="/sparql/archive"' in client.get("/sparql", headers={"Accept": "text/html"}).text


def test_the_editor_finds_its_examples_and_prefixes_in_the_archive(client: TestClient) -> None:
    sh = "PREFIX sh: <http://www.w3.org/ns/shacl#>"
    found = rows(client, f"{sh} SELECT DISTINCT ?text {{ ?example sh:select ?text }}")
    assert {row["text"] for row in found} == {example.text for example in EXAMPLES}
    assert {"prefix": "skos"} in rows(client, f"{sh} SELECT ?prefix {{ [] sh:prefix ?prefix }}")


def test_where_nothing_was_built_there_is_no_archive(tmp_path: Path) -> None:
    built(tmp_path, "aaa", [route("stays")], "2026-01-01T10:00:00+00:00")
    (tmp_path / "current").symlink_to(Path("graphs") / "aaa")
    with TestClient(create_app(Settings(data=tmp_path), CurrentStore(tmp_path))) as client:
        answer = client.get("/sparql/archive", params={"query": "ASK {}"})
        assert (answer.status_code, answer.json()["detail"]) == (
            503,
            f"{tmp_path} holds no archive; run `passerelle build`",
        )
        archived(tmp_path, tmp_path / "work")
        assert client.get("/sparql/archive", params={"query": "ASK {}"}).json()["boolean"] is True


# Writing


@pytest.fixture
def own(data: Path, tmp_path: Path) -> Path:
    """A data folder of one's own, like the other."""
    return Path(shutil.copytree(data, tmp_path / "data", symlinks=True))


def test_what_the_archive_holds_already_is_not_loaded_again(own: Path, tmp_path: Path) -> None:
    before, tables = graphs_of(own / "archive"), sorted((own / "archive" / "store").resolve().glob("*.sst"))
    built(own, "ccc", [route("comes")], "2026-03-01T10:00:00+00:00")
    wanted = archive.parts(own, {name: own / "graphs" / name for name in ("aaa", "bbb", "ccc")})
    assert [part.graph for part in archive.missing(own, wanted)] == [f"{GRAPH}versions/ccc"]
    name = archived(own, tmp_path / "work")
    assert graphs_of(own / "archive") == before | {f"{GRAPH}versions/ccc": 1}
    assert (own / "archive").resolve().name == name
    assert all(path.is_file() for path in tables), "the archive before may still be read"


def test_a_removed_release_is_not_in_the_next_archive(own: Path, tmp_path: Path) -> None:
    before = graphs_of(own / "archive")
    remove_release(own, "esco-1.1.1")
    archived(own, tmp_path / "work")
    assert graphs_of(own / "archive") == {graph: size for graph, size in before.items() if graph != OLD_ESCO}


def test_a_release_that_was_imported_anew_is_loaded_anew(own: Path, tmp_path: Path) -> None:
    before = graphs_of(own / "archive")
    import_release("esco", [write_esco(tmp_path / "esco", ["en", "nl"])], own, version="1.1.1")
    archived(own, tmp_path / "work")
    after = graphs_of(own / "archive")
    assert after[OLD_ESCO] == len(loaded(own, "esco-1.1.1")) > before[OLD_ESCO]
    assert {**after, OLD_ESCO: 0} == {**before, OLD_ESCO: 0}


def test_the_same_content_has_the_same_name_and_only_two_archives_are_kept(own: Path, tmp_path: Path) -> None:
    first = (own / "archive").resolve().name
    assert archived(own, tmp_path / "again") == first
    names = [first]
    for number in range(3):
        built(own, f"more{number}", [route("comes")], f"2026-04-0{number + 1}T10:00:00+00:00")
        names.append(archived(own, tmp_path / str(number)))
    assert len(set(names)) == 4
    assert {folder.name for folder in (own / "archives").iterdir()} == set(names[-2:])


def test_the_report_says_what_each_graph_holds(data: Path) -> None:
    report = json.loads((data / "archive" / "report.json").read_text(encoding="utf-8"))
    assert report["version"] == (data / "archive").resolve().name
    assert report["graphs"].keys() == graphs_of(data / "archive").keys()


def test_a_running_server_follows_the_archive(own: Path, tmp_path: Path) -> None:
    with TestClient(create_app(Settings(data=own), CurrentStore(own))) as client:
        ask = {"query": f"ASK {{ GRAPH <{GRAPH}versions/ccc> {{ ?s ?p ?o }} }}"}
        assert client.get("/sparql/archive", params=ask).json()["boolean"] is False
        built(own, "ccc", [route("comes")], "2026-03-01T10:00:00+00:00")
        name = archived(own, tmp_path / "work")
        assert _until(client, name, ask).json()["boolean"] is True


def _until(client: TestClient, version: str, asked: dict[str, str]) -> httpx.Response:
    """The first answer that was made with the version."""
    for _ in range(100_000):
        answer = client.get("/sparql/archive", params=asked)
        if answer.headers["x-passerelle-version"] == version:
            return answer
    raise AssertionError(f"the server never showed {version}")


def test_blank_nodes_keep_their_names(own: Path, tmp_path: Path) -> None:
    """They tie statements together that are loaded in different pieces."""
    built(own, "ddd", [route("comes")], "2026-05-01T10:00:00+00:00")
    dump = own / "graphs" / "ddd" / "dump.nq.gz"
    line = f"_:same <http://example.org/p> _:other <{GRAPH}vocabulary> .\n"
    dump.write_bytes(gzip.compress(line.encode()))
    archived(own, tmp_path / "work")
    store = Store.read_only(str(own / "archive" / "store"))
    (found,) = store.quads_for_pattern(None, None, None, NamedNode(f"{GRAPH}versions/ddd"))
    assert (found.subject.value, found.object.value) == ("same", "other")
