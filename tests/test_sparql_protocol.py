"""`/sparql` keeps the query side of the SPARQL 1.1 Protocol, and says plainly what it does not do."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from pyoxigraph import DefaultGraph, Quad, RdfFormat, parse

from graph_api.settings import Settings
from graph_api.store import query_guard
from graph_api.store.dataset_clauses import over
from graph_api.store.graph_store import Dataset
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.web.app import create_app
from graph_api.web.services import services_over
from graph_api.web.sparql.endpoint import Endpoint, endpoints, routes
from tests.sparql_fixtures import EX, TWO_GRAPHS, client_of, client_over, graph_directory, live, quad

NAMES = "SELECT ?name { ?s <http://example.org/name> ?name } ORDER BY ?name"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
JSON_RESULTS = "application/sparql-results+json"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("graph"), TWO_GRAPHS)


@pytest.fixture(scope="module")
def client(directory: Path) -> Iterator[TestClient]:
    with client_of(directory) as client:
        yield client


def ask(client: TestClient, query: str, **headers: str) -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers=headers)


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"]["value"] for row in answer.json()["results"]["bindings"]]


def count(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["results"]["bindings"][0]["n"]["value"])


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    return body


# Three ways to ask


def test_get_answers(client: TestClient) -> None:
    assert names(ask(client, NAMES)) == ["Anna", "Bram"]


def test_get_decodes_plus_and_percent_once(client: TestClient) -> None:
    query = "SELECT ('a+b%20c' AS ?name) {}"
    assert names(client.get("/sparql?query=" + quote(query, safe=""))) == ["a+b%20c"]
    assert names(client.get("/sparql?query=SELECT+('x'+AS+?name)+%7B%7D")) == ["x"]


def test_form_decodes_once(client: TestClient) -> None:
    query = "SELECT ?name { BIND(STR(<http://example.org/a%20b>) AS ?name) }"
    assert names(client.post("/sparql", data={"query": query})) == ["http://example.org/a%20b"]


def test_direct_post_answers(client: TestClient) -> None:
    query = "SELECT ('é €' AS ?name) {}".encode()
    for kind in (DIRECT, f"{DIRECT}; charset=utf-8", f'{DIRECT};charset="UTF-8"'):
        assert names(client.post("/sparql", content=query, headers={"Content-Type": kind})) == ["é €"]


def test_head_has_the_headers_of_get_and_no_body(client: TestClient) -> None:
    head = client.head("/sparql", params={"query": NAMES})
    got = ask(client, NAMES)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "last-modified", "vary", "x-passerelle-version"):
        assert head.headers[name] == got.headers[name]


def test_options_tells_a_browser_what_it_may_do(client: TestClient) -> None:
    answer = client.options("/sparql")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


def test_any_site_may_read_the_answer(client: TestClient) -> None:
    answer = ask(client, NAMES, Origin="https://elsewhere.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(client: TestClient, method: str) -> None:
    answer = client.request(method, "/sparql", params={"query": NAMES})
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


# Forms of the result

TABLES = {
    JSON_RESULTS: (b'{"head":{"vars":["name"]},"results":{"bindings":[{"name":{"type":"literal","value":"Anna"}}]}}'),
    "application/sparql-results+xml": (
        b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        b'<head><variable name="name"/></head><results><result><binding name="name"><literal>Anna</literal>'
        b"</binding></result></results></sparql>"
    ),
    "text/csv": b"name\r\nAnna\r\n",
    "text/tab-separated-values": b'?name\n"Anna"\n',
}


@pytest.mark.parametrize("media_type", TABLES)
def test_a_table_in_every_form(client: TestClient, media_type: str) -> None:
    answer = ask(client, f"{NAMES} LIMIT 1", Accept=media_type)
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    assert answer.headers["content-type"] == media_type + charset
    assert answer.content == TABLES[media_type]


@pytest.mark.parametrize("media_type", ["application/json", "application/xml", "text/xml"])
def test_the_common_names_of_json_and_xml_are_understood(client: TestClient, media_type: str) -> None:
    answer = ask(client, f"{NAMES} LIMIT 1", Accept=media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.content == TABLES[f"application/sparql-results+{'json' if 'json' in media_type else 'xml'}"]


@pytest.mark.parametrize(
    ("media_type", "written"),
    [
        (JSON_RESULTS, b'{"head":{},"boolean":true}'),
        (
            "application/sparql-results+xml",
            b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head>'
            b"<boolean>true</boolean></sparql>",
        ),
        ("text/csv", b"true"),
        ("text/tab-separated-values", b"true"),
    ],
)
def test_a_truth_in_every_form(client: TestClient, media_type: str, written: bytes) -> None:
    assert ask(client, "ASK { ?s ?p 'Anna' }", Accept=media_type).content == written


@pytest.mark.parametrize(
    "media_type",
    [
        "text/turtle",
        "application/n-triples",
        "application/rdf+xml",
        "application/ld+json",
        "application/n-quads",
        "application/trig",
        "application/json",
        "text/plain",
    ],
)
def test_a_graph_in_every_form(client: TestClient, media_type: str) -> None:
    answer = ask(client, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", Accept=media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    names_of = {"application/json": RdfFormat.JSON_LD, "text/plain": RdfFormat.N_TRIPLES}
    form = names_of.get(media_type) or RdfFormat.from_media_type(media_type)
    triples = {quad.triple for quad in parse(answer.content, format=form)}
    assert triples == {quad.triple for quad in TWO_GRAPHS}


def test_describe_gives_a_graph(client: TestClient) -> None:
    answer = ask(client, "DESCRIBE <http://example.org/bram>")
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert answer.text == '<http://example.org/bram> <http://example.org/name> "Bram" .\n'


def test_what_cannot_be_written_is_406_and_says_what_can(client: TestClient) -> None:
    body = problem(ask(client, NAMES, Accept="text/turtle"), 406)
    assert body["detail"] == (
        "nothing here can be written as 'text/turtle'; ask for application/sparql-results+json, "
        "application/sparql-results+xml, text/csv, text/tab-separated-values, application/json, "
        "application/xml, text/xml"
    )
    problem(ask(client, "DESCRIBE <http://example.org/bram>", Accept="text/csv"), 406)


def test_format_wins_over_accept(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": NAMES, "format": "csv"}, headers={"Accept": JSON_RESULTS})
    assert answer.text == "name\r\nAnna\r\nBram\r\n"
    problem(client.get("/sparql", params={"query": NAMES, "format": "turtle"}), 400)


# The dataset


def test_the_default_graph_is_the_union(client: TestClient) -> None:
    assert count(ask(client, COUNT)) == 3


@pytest.mark.parametrize(
    ("clauses", "default", "named"),
    [
        ("FROM <{0}one>", 2, 0),
        ("FROM <{0}one> FROM <{0}two>", 3, 0),
        ("FROM NAMED <{0}one>", 0, 2),
        ("FROM <{0}two> FROM NAMED <{0}one>", 1, 2),
        ("FROM <{0}nothing-here>", 0, 0),
    ],
)
def test_from_names_the_graphs(client: TestClient, clauses: str, default: int, named: int) -> None:
    clauses = clauses.format(EX)
    assert count(ask(client, f"SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}")) == default
    assert count(ask(client, f"SELECT (COUNT(*) AS ?n) {clauses} {{ GRAPH ?g {{ ?s ?p ?o }} }}")) == named


def test_a_triple_of_two_graphs_counts_once_where_the_union_is_stored(tmp_path: Path) -> None:
    both = [quad("anna", "name", "Anna", graph) for graph in ("one", "two")]
    stored = [*both, Quad(*both[0].triple, DefaultGraph())]
    with client_of(graph_directory(tmp_path, stored)) as client:
        assert count(ask(client, COUNT)) == 1
        assert count(ask(client, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")) == 2
        assert count(ask(client, f"SELECT (COUNT(*) AS ?n) FROM <{EX}one> {{ ?s ?p ?o }}")) == 1


DATASETS = [
    ({"default-graph-uri": [f"{EX}one"]}, 2, 0),
    ({"default-graph-uri": [f"{EX}one", f"{EX}two"]}, 3, 0),
    ({"named-graph-uri": [f"{EX}one"]}, 0, 2),
    ({"default-graph-uri": [f"{EX}two"], "named-graph-uri": [f"{EX}one", f"{EX}two"]}, 1, 3),
    ({"default-graph-uri": [f"{EX}nothing-here"]}, 0, 0),
]


@pytest.mark.parametrize(("graphs", "default", "named"), DATASETS)
@pytest.mark.parametrize("way", ["get", "form", "direct", "form and address"])
def test_the_protocol_names_the_graphs(
    client: TestClient, graphs: dict[str, list[str]], default: int, named: int, way: str
) -> None:
    own = "" if way == "get" else f"FROM <{EX}nothing> FROM NAMED <{EX}two>"
    for pattern, expected in (("?s ?p ?o", default), ("GRAPH ?g { ?s ?p ?o }", named)):
        query = f"SELECT (COUNT(*) AS ?n) {own} WHERE {{ {pattern} }}"
        if way == "get":
            answer = client.get("/sparql", params={"query": query, **graphs})
        elif way == "form":
            answer = client.post("/sparql", data={"query": query, **graphs})
        elif way == "direct":
            answer = client.post("/sparql", params=graphs, content=query, headers={"Content-Type": DIRECT})
        else:
            answer = client.post("/sparql", params=graphs, data={"query": query})
        assert count(answer) == expected


FORMS = [
    ("CONSTRUCT { ?s a <http://example.org/T> } WHERE { ?s ?p ?o }", 1),
    ("CONSTRUCT WHERE { ?s ?p ?o }", 1),
    ("CONSTRUCT { } WHERE { ?s ?p ?o }", 0),
    ("DESCRIBE <http://example.org/anna>", 1),
    ("DESCRIBE ?s { ?s ?p ?o } LIMIT 1", 1),
    ("DESCRIBE ?s WHERE { ?s ?p ?o }", 1),
    ("PREFIX e: <http://example.org/> DESCRIBE e:anna e:bram LIMIT 5", 1),
    ("SELECT ?s (EXISTS { ?s ?p 'x' } AS ?b) { ?s ?p ?o }", 2),
    ("SELECT * { { SELECT ?s { ?s ?p ?o } } }", 2),
    ("SELECT*{?s ?p ?o}", 2),
    ("ASK{ ?s ?p ?o }", 1),
    ("# FROM\nSELECT ?s # {\nWHERE { ?s ?p ?o FILTER(?o != ' FROM <http://example.org/one>') }", 2),
]


@pytest.mark.parametrize(("query", "lines"), FORMS)
def test_the_protocol_names_the_graphs_of_every_form(client: TestClient, query: str, lines: int) -> None:
    parameters = {"query": query, "default-graph-uri": f"{EX}two"}
    accept = {"Accept": "application/n-triples, text/csv;q=0.9"}
    answer = client.get("/sparql", params=parameters, headers=accept)
    assert answer.status_code == 200, answer.text
    assert len(answer.text.splitlines()) == lines, answer.text
    assert "Bram" not in answer.text


@pytest.mark.parametrize("query", [query for query, _ in FORMS])
def test_clauses_say_the_same_as_the_dataset(directory: Path, query: str) -> None:
    """Engines elsewhere are asked with clauses, in place of those that the query has itself."""
    store = EmbeddedStore(directory)
    own, dataset = Dataset((f"{EX}one",), (f"{EX}one",)), Dataset((f"{EX}two",), (f"{EX}two",))
    media_type = "application/n-triples" if query_guard.read(query).gives_graph else "text/csv"
    asked = store.query(query, media_type, dataset)
    for text in (query, over(query_guard.read(query), own)):
        written = over(query_guard.read(text), dataset)
        assert sorted(store.query(written, media_type).splitlines()) == sorted(asked.splitlines())


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
@pytest.mark.parametrize("name", ["relative", "", "http://x/> { ?s ?p ?o } #"])
def test_a_graph_name_that_is_no_iri_is_400(client: TestClient, parameter: str, name: str) -> None:
    body = problem(client.get("/sparql", params={"query": COUNT, parameter: name}), 400)
    assert body["parameter"] == parameter


# What is refused


@pytest.mark.parametrize("query", ["", "SELECT", "ASK {", "SELECT ?x { ?x }", "hello", "SELECT * { ?s nope:p ?o }"])
def test_what_is_no_sparql_is_400_with_the_place(client: TestClient, query: str) -> None:
    body = problem(ask(client, query), 400)
    assert body["error"] == "bad_query"
    assert str(body["detail"]).startswith("this is not SPARQL 1.1: ")
    assert len(str(body["query_id"])) == 12
    assert isinstance(body["elapsed_seconds"], float)


@pytest.mark.parametrize(
    ("formats", "written"),
    [
        ("format=nonsense", "text/csv; charset=utf-8"),
        ("format=json&format=application/sparql-results%2Bjson&format=1", JSON_RESULTS),
        ("format=xml&format=tsv", "text/tab-separated-values; charset=utf-8"),
    ],
)
def test_a_format_that_is_unknown_or_repeated_changes_no_valid_request(
    client: TestClient, formats: str, written: str
) -> None:
    """The protocol knows no such parameter (SPARQL 1.1 Protocol, 2.1): the last known one counts, else Accept."""
    answer = client.get(f"/sparql?query=SELECT%20*%20%7B%7D&{formats}", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, written)


def test_a_byte_order_mark_is_no_part_of_a_query(client: TestClient) -> None:
    marked = "\ufeffASK {}".encode()
    assert client.post("/sparql", content=marked, headers={"Content-Type": DIRECT}).json()["boolean"] is True
    assert client.get("/sparql", params={"query": marked.decode()}).json()["boolean"] is True


@pytest.mark.parametrize("parameter", ["query", "timeout"])
def test_a_parameter_given_twice_is_400(client: TestClient, parameter: str) -> None:
    once = "/sparql?query=ASK%7B%7D&timeout=1&format=json"
    for answer in (client.get(f"{once}&{parameter}=1"), client.post(once, data={parameter: "1"})):
        body = problem(answer, 400)
        assert body["detail"] == f"{parameter} is given 2 times; give it once"


def test_a_query_in_both_address_and_body_is_400(client: TestClient) -> None:
    answer = client.post("/sparql?query=ASK%7B%7D", content="ASK {}", headers={"Content-Type": DIRECT})
    assert problem(answer, 400)["parameter"] == "query"


def test_relative_iris_are_relative_to_the_endpoint(client: TestClient) -> None:
    assert names(ask(client, "SELECT (STR(<x>) AS ?name) {}")) == ["http://testserver/x"]
    assert problem(ask(client, "ASK {}", Host="x%zz"), 400)["parameter"] == "Host"


def test_no_query_is_400_where_one_is_meant(client: TestClient) -> None:
    for answer in (
        client.get("/sparql", params={"default-graph-uri": f"{EX}one"}),
        client.get("/sparql", params={"timeout": "3"}),
        client.post("/sparql", data={"other": "1"}),
        client.post("/sparql", content=b"", headers={"Content-Type": FORM}),
    ):
        assert problem(answer, 400)["parameter"] == "query"


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/json", "multipart/form-data; boundary=x", f"{DIRECT}; charset=UTF-16"],
)
def test_another_body_type_is_415(client: TestClient, kind: str) -> None:
    problem(client.post("/sparql", content=b"query=ASK%7B%7D", headers={"Content-Type": kind}), 415)


def test_a_packed_body_is_415(client: TestClient) -> None:
    headers = {"Content-Type": DIRECT, "Content-Encoding": "gzip"}
    problem(client.post("/sparql", content=gzip.compress(b"ASK {}"), headers=headers), 415)


@pytest.mark.parametrize(
    ("kind", "body"), [(DIRECT, b"ASK { ?s ?p '\xff' }"), (FORM, b"query=ASK%20%FF"), (FORM, b"query=\xff")]
)
def test_bytes_that_are_not_utf_8_are_400(client: TestClient, kind: str, body: bytes) -> None:
    problem(client.post("/sparql", content=body, headers={"Content-Type": kind}), 400)
    problem(client.get("/sparql?query=ASK%20%FF"), 400)


UPDATES = [
    "INSERT DATA { <http://e/s> <http://e/p> 1 }",
    "DELETE WHERE { ?s ?p ?o }",
    "PREFIX e: <http://e/> WITH e:g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "LOAD <http://127.0.0.1:1/>",
    "CLEAR ALL",
    "DROP SILENT GRAPH <http://example.org/one>",
    "create graph <http://e/g>",
    "COPY DEFAULT TO <http://e/g>",
    "BASE <http://e/> MOVE <a> TO <b>",
    "# SELECT * {}\nADD <http://e/a> TO <http://e/b>",
    "CLE\\u0041R ALL",
]


@pytest.mark.parametrize("update", UPDATES)
def test_an_update_is_403_however_it_comes(client: TestClient, update: str) -> None:
    for answer in (
        ask(client, update),
        client.get("/sparql", params={"update": update}),
        client.post("/sparql", data={"update": update}),
        client.post("/sparql", data={"query": update}),
        client.post("/sparql", content=update, headers={"Content-Type": "application/sparql-update"}),
        client.post("/sparql", content=update, headers={"Content-Type": DIRECT}),
    ):
        body = problem(answer, 403)
        assert body["error"] == "query_refused"
        assert "this endpoint only reads" in str(body["detail"])
    assert count(ask(client, COUNT)) == 3


def test_an_update_hidden_behind_a_query_is_400(client: TestClient) -> None:
    problem(ask(client, "ASK {} ; INSERT DATA { <http://e/s> <http://e/p> 1 }"), 400)


# Codepoint escapes


def test_codepoint_escapes_are_read_everywhere(client: TestClient) -> None:
    query = r"SEL\u0045CT ?n\u0061me { ?s <http://example.org/n\u0061me> ?name FILTER(?name = '\u0041nna') }"
    assert names(ask(client, query)) == ["Anna"]
    assert names(ask(client, r"SELECT ('\u0022\u005C\\u0041' AS ?name) {}")) == ['"\\\\u0041']
    assert names(ask(client, r"SELECT ('\U0001F600' AS ?name) {}")) == ["\U0001f600"]


# Copies that still hold


def test_a_copy_that_still_holds_is_304(client: TestClient) -> None:
    first = ask(client, NAMES)
    again = ask(client, NAMES, **{"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["vary"].startswith("Accept, Accept-Encoding")
    assert first.headers["cache-control"] == "no-cache"
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert ask(client, NAMES, **since).status_code == 304
    assert ask(client, NAMES, **since, **{"If-None-Match": '"other"'}).status_code == 200
    assert ask(client, NAMES, **{"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status_code == 200
    assert ask(client, NAMES, **{"If-Modified-Since": "yesterday"}).status_code == 200


def test_another_query_form_or_dataset_has_another_tag(client: TestClient) -> None:
    answers = [
        ask(client, NAMES),
        ask(client, NAMES, Accept="text/csv"),
        ask(client, NAMES + " LIMIT 1"),
        client.get("/sparql", params={"query": NAMES, "default-graph-uri": f"{EX}one"}),
    ]
    assert len({answer.headers["etag"] for answer in answers}) == 4


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "rand ()"])
def test_a_result_that_changes_by_itself_has_no_tag(client: TestClient, function: str) -> None:
    answer = ask(client, f"SELECT ({function} AS ?name) {{}}", **{"If-None-Match": "*"})
    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_gzip_where_it_is_liked_and_worth_it(client: TestClient) -> None:
    query = f"SELECT ?name {{ VALUES ?name {{ {' '.join(str(number) for number in range(200))} }} }}"
    plain = ask(client, query, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for liked in ("gzip", "br, gzip;q=0.5", "x-gzip", "GZIP , deflate"):
        packed = ask(client, query, **{"Accept-Encoding": liked})
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert packed.content == plain.content
    for disliked in ("gzip;q=0", "gzip; q=0.0, br", "br", "notgzip"):
        assert "content-encoding" not in ask(client, query, **{"Accept-Encoding": disliked}).headers
    assert "content-encoding" not in ask(client, "ASK {}", **{"Accept-Encoding": "gzip"}).headers


# The version of the data


def test_the_answer_says_of_which_data(client: TestClient) -> None:
    assert ask(client, NAMES).headers["x-passerelle-version"] == "v1"


def test_a_switch_of_the_graph_is_followed(tmp_path: Path) -> None:
    old = graph_directory(tmp_path / "graphs" / "old", TWO_GRAPHS, "old")
    new = graph_directory(tmp_path / "graphs" / "new", [quad("carl", "name", "Carl", "one")], "new")
    (tmp_path / "current").symlink_to(old)
    store = CurrentStore(tmp_path)
    with client_over(store, Settings()) as client:
        before = ask(client, NAMES)
        assert (names(before), before.headers["x-passerelle-version"]) == (["Anna", "Bram"], "old")
        (tmp_path / "next").symlink_to(new)
        (tmp_path / "next").replace(tmp_path / "current")
        after = before
        while after.headers["x-passerelle-version"] == "old":
            assert names(after) == ["Anna", "Bram"]
            after = ask(client, NAMES)
        assert (names(after), after.headers["x-passerelle-version"]) == (["Carl"], "new")
        assert ask(client, NAMES, **{"If-None-Match": before.headers["etag"]}).status_code == 200


# Service description

SD = "http://www.w3.org/ns/sparql-service-description#"


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/rdf+xml", "application/ld+json", "application/n-triples"]
)
def test_without_a_query_the_endpoint_describes_itself(client: TestClient, media_type: str) -> None:
    answer = client.get("/sparql", headers={"Accept": f"text/html;q=0.1, {media_type};q=0.9"})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    triples = [quad.triple for quad in parse(answer.content, format=RdfFormat.from_media_type(media_type))]
    facts = {(t.subject.value, t.predicate.value.removeprefix(SD), t.object.value) for t in triples}
    endpoint = "http://testserver/sparql"
    assert {
        (endpoint, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", SD + "Service"),
        (endpoint, "endpoint", endpoint),
        (endpoint, "supportedLanguage", SD + "SPARQL11Query"),
        (endpoint, "feature", SD + "UnionDefaultGraph"),
        (endpoint, "defaultDataset", "https://w3id.org/passerelle/dataset"),
        (endpoint, "resultFormat", "http://www.w3.org/ns/formats/SPARQL_Results_JSON"),
        (endpoint, "resultFormat", "http://www.w3.org/ns/formats/Turtle"),
    } <= facts
    assert {value for _, name, value in facts if name == "name"} == {f"{EX}one", f"{EX}two"}
    assert (endpoint, "feature", SD + "BasicFederatedQuery") not in facts


def test_the_description_names_the_public_address(directory: Path) -> None:
    with client_of(directory, Settings(base="https://passerelle.example/", service_allow="http://e/s")) as client:
        text = client.get("/sparql").text
    assert "<https://passerelle.example/sparql> a sd:Service" in text
    assert "sd:BasicFederatedQuery" in text


def test_a_person_gets_the_page_and_a_program_the_description(directory: Path) -> None:
    app = FastAPI()
    services = services_over(Settings(), EmbeddedStore(directory))
    app.include_router(routes(endpoints(services, html=lambda _: HTMLResponse("an editor"))))
    with TestClient(app) as client:
        browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        assert client.get("/sparql", headers={"Accept": browser}).text == "an editor"
        assert client.get("/sparql").headers["content-type"] == "text/turtle; charset=utf-8"
        assert client.get("/sparql", params={"query": "ASK {}"}, headers={"Accept": "*/*"}).json() == {
            "head": {},
            "boolean": True,
        }


# Over a real connection


def test_a_large_result_comes_whole_over_a_connection(tmp_path: Path) -> None:
    directory = graph_directory(tmp_path, [quad(f"s{n}", "name", "x" * 500, "one") for n in range(12_000)])
    app = create_app(Settings(), EmbeddedStore(directory))
    query = {"query": "SELECT ?s ?name { ?s ?p ?name }"}
    with live(app) as address:
        for encoding in ("identity", "gzip"):
            headers = {"Accept-Encoding": encoding}
            answer = httpx.get(f"{address}/sparql", params=query, headers=headers, timeout=180)
            assert answer.headers.get("content-encoding", "identity") == encoding
            assert len(answer.json()["results"]["bindings"]) == 12_000
        head = httpx.head(f"{address}/sparql", params=query, headers={"Accept-Encoding": "identity"}, timeout=180)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 6_000_000
        assert httpx.get(f"{address}/sparql?query=ASK%7B%7D").json()["boolean"] is True


def test_a_door_can_be_closed_twice(directory: Path) -> None:
    door = Endpoint(services_over(Settings(), EmbeddedStore(directory)))
    door.close()
    door.close()
