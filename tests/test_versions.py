"""Built versions: each stays addressable, the endpoint answers over each, and what changed between two is told."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse, serialize

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from graph_api.web.dataset.changes import compare
from tests.conftest import in_turn

EX = "http://example.org/"
GRAPH = "https://w3id.org/passerelle/graph/"
ATOM = "{http://www.w3.org/2005/Atom}"


def quad(subject: str, value: Literal | NamedNode, graph: str) -> Quad:
    return Quad(NamedNode(EX + subject), NamedNode(f"{EX}says"), value, NamedNode(GRAPH + graph))


OLD = (
    quad("anna", Literal("one"), "people"),
    quad("bram", Literal("twee", language="nl"), "people"),
    quad("cleo", Literal("3"), "places"),
)
NEW = (
    quad("anna", Literal("one"), "people"),
    quad("bram", Literal("zwei", language="de"), "people"),
    quad("cleo", Literal("3"), "places"),
    quad("dora", NamedNode(f"{EX}anna"), "rules"),
)
RELEASE = (quad("esco", Literal('a "quoted"\nline', language="en"), "releases/esco-9"),)


def built(data: Path, name: str, quads: Iterable[Quad], moment: str) -> None:
    """A version as a build leaves it: an imported release is in the store, and not in the dump."""
    folder = data / "graphs" / name
    folder.mkdir(parents=True)
    quads = list(quads)
    ours = [each for each in quads if "/releases/" not in each.graph_name.value]
    store = Store(str(folder / "store"))
    store.extend(quads)
    store.extend({Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads})
    store.flush()
    text = serialize(ours, format=RdfFormat.N_QUADS) or b""
    with gzip.open(folder / "dump.nq.gz", "wb") as file:
        file.writelines(sorted(text.splitlines(keepends=True)))
    graphs: dict[str, int] = {}
    for each in quads:
        graphs[each.graph_name.value] = graphs.get(each.graph_name.value, 0) + 1
    report = {"version": name, "built": moment, "triples": len(quads), "graphs": graphs, "rows": {"t.csv": 3}}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service over a folder with three versions; the newest is served."""
    data = tmp_path_factory.mktemp("versions")
    built(data, "aaa", OLD, "2026-01-01T10:00:00+00:00")
    built(data, "bbb", NEW, "2026-02-01T10:00:00+00:00")
    built(data, "ccc", (*NEW, *RELEASE), "2026-03-01T10:00:00+00:00")
    (data / "graphs" / ".building-1").mkdir()
    (data / "current").symlink_to(Path("graphs") / "ccc")
    app = create_app(Settings(data=data), CurrentStore(data))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def values(client: TestClient, version: str | None) -> set[str]:
    asked = {"query": f"SELECT ?value WHERE {{ ?s <{EX}says> ?value }}"}
    answer = client.get("/sparql", params=asked | ({"version": version} if version else {}))
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-passerelle-version"] == (version or "ccc")
    return {row["value"]["value"] for row in answer.json()["results"]["bindings"]}


def test_the_versions_are_listed_newest_first(client: TestClient) -> None:
    found = client.get("/versions").json()["versions"]
    assert [(each["version"], each["statements"], each["current"]) for each in found] == [
        ("ccc", 5, True),
        ("bbb", 4, False),
        ("aaa", 3, False),
    ]
    assert found[0]["changes"] == "http://testserver/versions/bbb/changes/ccc"
    assert "changes" not in found[2]


def test_a_version_shows_its_report(client: TestClient) -> None:
    answer = client.get("/versions/aaa")
    assert answer.headers["x-passerelle-version"] == "aaa"
    assert answer.json()["report"]["rows"] == {"t.csv": 3}
    assert answer.json()["dumps"] == "http://testserver/dumps/?version=aaa"


@pytest.mark.parametrize(
    "path",
    ["/versions/zzz", "/dumps/?version=zzz", "/dumps/passerelle.nq.gz?version=zzz", "/versions/zzz/changes/aaa",
     "/versions/aaa/changes/zzz", "/sparql?query=ASK%7B%7D&version=zzz", "/versions/.building-1"],
)  # fmt: skip
def test_an_unknown_version_is_404_and_the_known_ones_are_named(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["similar"] == ["ccc", "bbb", "aaa"]


def test_a_query_runs_over_the_version_asked_for(client: TestClient) -> None:
    assert values(client, "aaa") == {"one", "twee", "3"}
    assert values(client, "bbb") == {"one", "zwei", "3", f"{EX}anna"}
    assert values(client, None) == values(client, "bbb") | {'a "quoted"\nline'}
    assert values(client, "ccc") == values(client, None)


def test_a_posted_query_may_name_a_version_too(client: TestClient) -> None:
    asked = {"query": f"ASK {{ ?s <{EX}says> 'twee'@nl }}", "version": "aaa"}
    assert client.post("/sparql", data=asked).json()["boolean"] is True
    assert client.post("/sparql", data={**asked, "version": "bbb"}).json()["boolean"] is False


def test_a_version_named_twice_is_refused(client: TestClient) -> None:
    assert client.get("/sparql?query=ASK%7B%7D&version=aaa&version=bbb").status_code == 400


def test_results_of_two_versions_have_different_tags(client: TestClient) -> None:
    tags = {client.get(f"/sparql?query=ASK%7B%7D&version={name}").headers["etag"] for name in ("aaa", "bbb", "ccc")}
    assert len(tags) == 3


def test_the_dumps_of_an_old_version_are_its_own(client: TestClient) -> None:
    answer = client.get("/dumps/passerelle.nt.gz?version=aaa")
    assert answer.headers["x-passerelle-version"] == "aaa"
    assert "immutable" in answer.headers["cache-control"]
    assert gzip.decompress(answer.content).decode().splitlines() == [
        f'<{EX}anna> <{EX}says> "one" .',
        f'<{EX}bram> <{EX}says> "twee"@nl .',
        f'<{EX}cleo> <{EX}says> "3" .',
    ]


@pytest.mark.parametrize("form", in_turn(["nq", "trig", "ttl", "nt", "jsonld"], 5))
def test_an_imported_release_is_dumped_from_the_store(client: TestClient, form: str) -> None:
    text = gzip.decompress(client.get(f"/dumps/graph/releases/esco-9.{form}.gz").content)
    rdf = {"nq": "N_QUADS", "trig": "TRIG", "ttl": "TURTLE", "nt": "N_TRIPLES", "jsonld": "JSON_LD"}[form]
    assert {each.triple for each in parse(text, format=getattr(RdfFormat, rdf))} == {RELEASE[0].triple}


def test_the_whole_dump_leaves_imported_releases_out(client: TestClient) -> None:
    text = gzip.decompress(client.get("/dumps/passerelle.nq.gz").content)
    assert set(parse(text, format=RdfFormat.N_QUADS)) == set(NEW)
    files = client.get("/dumps/").json()["files"]
    assert {file["statements"] for file in files if file["graph"] is None} == {4}


# What changed


def changed(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(path, params=parameters or None, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_changes_are_counted_per_graph_and_listed(client: TestClient) -> None:
    body = changed(client, "/versions/aaa/changes/bbb")
    assert (body["from"], body["to"], body["added"], body["removed"], body["total"]) == ("aaa", "bbb", 2, 1, 3)
    assert body["graphs"] == [
        {"graph": f"{GRAPH}people", "added": 1, "removed": 1},
        {"graph": f"{GRAPH}rules", "added": 1, "removed": 0},
    ]
    says = {"type": "uri", "value": f"{EX}says"}
    bram, people = {"type": "uri", "value": f"{EX}bram"}, f"{GRAPH}people"
    dutch = {"type": "literal", "value": "twee", "xml:lang": "nl"}
    german = {"type": "literal", "value": "zwei", "xml:lang": "de"}
    assert body["changes"] == [
        {"change": "removed", "graph": people, "subject": bram, "predicate": says, "object": dutch},
        {"change": "added", "graph": people, "subject": bram, "predicate": says, "object": german},
        {
            "change": "added",
            "graph": f"{GRAPH}rules",
            "subject": {"type": "uri", "value": f"{EX}dora"},
            "predicate": says,
            "object": {"type": "uri", "value": f"{EX}anna"},
        },
    ]
    assert "next" not in body


def test_changes_read_backwards_are_the_opposite(client: TestClient) -> None:
    body = changed(client, "/versions/bbb/changes/aaa")
    assert (body["added"], body["removed"]) == (1, 2)


def test_equal_versions_have_no_changes(client: TestClient) -> None:
    for pair in (("bbb", "ccc"), ("aaa", "aaa")):
        body = changed(client, f"/versions/{pair[0]}/changes/{pair[1]}")
        assert (body["graphs"], body["changes"], body["total"]) == ([], [], 0)


def test_an_imported_release_is_named_among_the_changes(client: TestClient) -> None:
    body = changed(client, "/versions/bbb/changes/ccc")
    assert body["releases"] == {"added": [f"{GRAPH}releases/esco-9"], "removed": []}


def test_changes_come_in_pages_whose_next_links_work(client: TestClient) -> None:
    seen: list[Any] = []
    body = changed(client, "/versions/aaa/changes/bbb", limit=2)
    assert len(body["changes"]) == 2
    seen += body["changes"]
    body = changed(client, body["next"].removeprefix("http://testserver"))
    assert "next" not in body
    seen += body["changes"]
    assert seen == changed(client, "/versions/aaa/changes/bbb")["changes"]


def test_changes_of_one_graph_and_of_one_kind(client: TestClient) -> None:
    only = changed(client, "/versions/aaa/changes/bbb", graph=f"{GRAPH}people", change="added")
    assert only["total"] == 1
    assert [each["object"]["value"] for each in only["changes"]] == ["zwei"]
    assert changed(client, "/versions/aaa/changes/bbb", graph=f"{GRAPH}nowhere")["changes"] == []


@pytest.mark.parametrize("query", ["change=moved", "limit=0", "limit=1001", "offset=-1", "format=pdf"])
def test_unusable_parameters_are_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/versions/aaa/changes/bbb?{query}").status_code == 400


@given(st.sets(st.binary(max_size=3)), st.sets(st.binary(max_size=3)))
def test_comparing_two_sorted_texts_is_the_difference_of_their_lines(one: set[bytes], other: set[bytes]) -> None:
    found = set(compare(sorted(one), sorted(other)))
    assert found == {b"-" + line for line in one - other} | {b"+" + line for line in other - one}


# Feeds


def elements(client: TestClient, path: str) -> ElementTree.Element:
    """The feed, checked for what RFC 4287 asks of every feed and entry."""
    answer = client.get(path)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    identifiers = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(set(identifiers)) == len(identifiers) > 0
    for part in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1
        assert datetime.fromisoformat(part.findtext(f"{ATOM}updated") or "").tzinfo is not None
    for entry in feed.findall(f"{ATOM}entry"):
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")].count("alternate") == 1
    return feed


def test_the_feed_of_versions_is_valid_and_always_the_same(client: TestClient) -> None:
    feed = elements(client, "/versions/feed")
    assert [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")] == [
        "Version ccc",
        "Version bbb",
        "Version aaa",
    ]
    assert [entry.findtext(f"{ATOM}summary") for entry in feed.findall(f"{ATOM}entry")] == [
        "5 statements, +1 since version bbb",
        "4 statements, +1 since version aaa",
        "3 statements",
    ]
    assert feed.findtext(f"{ATOM}updated") == "2026-03-01T10:00:00+00:00"
    assert client.get("/versions/feed").content == client.get("/versions/feed").content


def test_changes_are_a_feed_too(client: TestClient) -> None:
    feed = elements(client, "/versions/aaa/changes/bbb?format=atom")
    assert {
        entry.findtext(f"{ATOM}title"): entry.findtext(f"{ATOM}summary") for entry in feed.findall(f"{ATOM}entry")
    } == {
        "graph/people": "1 statements added, 1 removed",
        "graph/rules": "1 statements added, 0 removed",
    }


@pytest.mark.parametrize("path", ["/versions", "/versions/aaa", "/versions/aaa/changes/bbb", "/dumps/?version=aaa"])
def test_each_has_a_page_for_people(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "aaa" in answer.text
