"""No text that a user sends makes this server call another; and no harmless text is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat, Store

from graph_api.errors import BadQuery, GraphError, QueryRefused
from graph_api.settings import Settings
from graph_api.store import query_guard
from tests.sparql_fixtures import TWO_GRAPHS, Listener, client_of, graph_directory

BODY = "{ ?s ?p ?o }"
HERE = "http://127.0.0.1:{port}/"
ANY = "?a ?b ?c ."

# Each is a call to the endpoint E, in a spelling that a careless reader misses.
SMUGGLED = {
    "plain": f"SELECT * {{ SERVICE <E> {BODY} }}",
    "lower case": f"select * {{ service <E> {BODY} }}",
    "mixed case": f"SELECT * {{ sErViCe <E> {BODY} }}",
    "silent": f"SELECT * {{ SERVICE SILENT <E> {BODY} }}",
    "no blanks": "SELECT*{SERVICE<E>{?s ?p ?o}}",
    "glued to silent": f"SELECT * {{ SERVICESILENT<E> {BODY} }}",
    "new lines": f"SELECT * {{ SERVICE\n\t\r\n<E>\n{BODY} }}",
    "comment between": f"SELECT * {{ SERVICE # is this a comment?\n<E> {BODY} }}",
    "comment glued on": f"SELECT * {{ SERVICE#\n<E> {BODY} }}",
    "comment after silent": f"SELECT * {{ SERVICE SILENT#>\n<E>#\n{BODY} }}",
    "comment ended by a carriage return": f"SELECT * {{ # x\rSERVICE <E> {BODY}\n }}",
    "escaped keyword": f"SELECT * {{ SERVIC\\u0045 <E> {BODY} }}",
    "escaped keyword, long": f"SELECT * {{ \\U00000053ERVICE <E> {BODY} }}",
    "escaped throughout": f"SELECT * {{ \\u0053\\u0045\\u0052\\u0056\\u0049\\u0043\\u0045 <E> {BODY} }}",
    "escaped address": f"SELECT * {{ SERVICE <E\\u0078> {BODY} }}",
    "prefixed": f"PREFIX e: <E> SELECT * {{ SERVICE e: {BODY} }}",
    "prefixed with a local name": f"PREFIX e: <E> SELECT * {{ SERVICE e:sparql {BODY} }}",
    "empty prefix glued on": f"PREFIX : <E> SELECT * {{ SERVICE:sparql {BODY} }}",
    "empty prefix glued on, and a prefix of the same name": (
        f"PREFIX : <E> PREFIX SERVICE: <http://x/> SELECT * {{ SERVICE:sparql {BODY} }}"
    ),
    "prefix glued on": f"PREFIX a: <E> SELECT * {{ SERVICEa:sparql {BODY} }}",
    "prefix glued to silent": f"PREFIX a: <E> SELECT * {{ SERVICESILENTa:sparql {BODY} }}",
    "relative to the base": f"BASE <E> SELECT * {{ SERVICE <sparql> {BODY} }}",
    "empty relative address": f"BASE <E> SELECT * {{ SERVICE <> {BODY} }}",
    "variable": f"SELECT * {{ VALUES ?e {{ <E> }} SERVICE ?e {BODY} }}",
    "variable glued on": f"SELECT * {{ BIND(<E> AS ?e) SERVICE?e{BODY} }}",
    "dollar variable": f"SELECT * {{ BIND(<E> AS $e) SERVICE SILENT $e {BODY} }}",
    "variable bound by a computation": f"SELECT * {{ BIND(IRI(CONCAT('E', 'x')) AS ?e) SERVICE ?e {BODY} }}",
    "optional": f"SELECT * {{ {ANY} OPTIONAL {{ SERVICE <E> {BODY} }} }}",
    "union": f"SELECT * {{ {{ {ANY} }} UNION {{ SERVICE <E> {BODY} }} }}",
    "minus": f"SELECT * {{ {ANY} MINUS {{ SERVICE <E> {BODY} }} }}",
    "graph": f"SELECT * {{ GRAPH ?g {{ SERVICE <E> {BODY} }} }}",
    "exists": f"SELECT * {{ {ANY} FILTER EXISTS {{ SERVICE <E> {BODY} }} }}",
    "not exists": f"ASK {{ {ANY} FILTER NOT EXISTS {{ SERVICE <E> {BODY} }} }}",
    "exists in the projection": f"SELECT (EXISTS {{ SERVICE <E> {BODY} }} AS ?x) {{ }}",
    "lateral": f"SELECT * {{ {ANY} LATERAL {{ SERVICE <E> {BODY} }} }}",
    "subquery": f"SELECT * {{ {{ SELECT * {{ {{ SELECT * {{ SERVICE <E> {BODY} }} }} }} }} }}",
    "service in a service": f"SELECT * {{ SERVICE <E> {{ SERVICE <E> {BODY} }} }}",
    "construct": f"CONSTRUCT {{ ?s ?p ?o }} {{ SERVICE <E> {BODY} }}",
    "describe": f"DESCRIBE ?s {{ SERVICE <E> {BODY} }}",
    "after a truth": f"SELECT * {{ ?a ?b trueSERVICE <E> {BODY} }}",
    "after a number": f"SELECT * {{ ?a ?b 1SERVICE <E> {BODY} }}",
    "after a decimal": f"SELECT * {{ ?a ?b 1.0SERVICE <E> {BODY} }}",
    "after a language": f"SELECT * {{ ?a ?b 'x'@en.SERVICE <E> {BODY} }}",
    "after a full stop": f"SELECT * {{ ?a ?b ?c.SERVICE <E> {BODY} }}",
    "after a keyword": f"SELECT * {{ OPTIONAL{{}}SERVICE <E> {BODY} }}",
    "less than, read as an address": f"SELECT * {{ {ANY} FILTER(1<2)SERVICE#>\n<E> {BODY} }}",
    "less than, hiding a long string": f"SELECT * {{ FILTER(1<2)#>'''\nSERVICE <E> {BODY} #'''\n }}",
    "less than a quoted sign": f"SELECT * {{ FILTER('a'<'>') SERVICE <E> {BODY} FILTER('a'<'>') }}",
    "less than, and a graph in a comment": (
        f"PREFIX : <E> PREFIX SERVICE: <E> SELECT * {{ FILTER(1<2)#> GRAPH\nSERVICE:x {BODY} }}"
    ),
    "long string with a wrong escape": f"SELECT * {{ VALUES ?x {{ '''a' }} SERVICE <E> {BODY} #\\q'''\n }}",
    "long string with a half escape": (f'SELECT * {{ VALUES ?x {{ """a" }} SERVICE <E> {BODY} #\\uD800"""\n }}'),
    "a name that is no address": f"PREFIX a: <http://x:80> SELECT * {{ ?a ?b a:SERVICE <E> {BODY} }}",
    "a name with a dot that is none": f"PREFIX a: <http://x:80> SELECT * {{ ?a a:1.SERVICE <E> {BODY} }}",
    "quote in a local name": f"PREFIX a: <E> SELECT * {{ ?a ?b a:\\' SERVICE <E> {BODY} FILTER('' = '') }}",
    "escaped quote in a string": f"SELECT * {{ ?a ?b 'it\\'s' . SERVICE <E> {BODY} FILTER('' = '') }}",
    "escaped backslash in a string": f"SELECT * {{ ?a ?b '\\\\' . SERVICE <E> {BODY} FILTER('' = '') }}",
    "comment sign in an address": f"SELECT * {{ <http://x/#> ?b ?c . SERVICE <E> {BODY} }}",
    "comment sign in a string": f"SELECT * {{ ?a ?b '#' . SERVICE <E> {BODY} }}",
    "quote in a comment": f"SELECT * {{ # it's\n SERVICE <E> {BODY} # it's\n }}",
    "version first": f"VERSION '1.2' SELECT * {{ SERVICE <E> {BODY} }}",
}

# Each fetches E in some other server or by some other operation; here nothing is fetched.
NOT_FETCHED = {
    "from": ("SELECT * FROM <E> { ?s ?p ?o }", 200),
    "from named": ("SELECT * FROM NAMED <E> { GRAPH ?g { ?s ?p ?o } }", 200),
    "graph": ("SELECT * { GRAPH <E> { ?s ?p ?o } }", 200),
    "describe": ("DESCRIBE <E>", 200),
    "prefix and base": ("BASE <E> PREFIX e: <E> ASK { e:x ?p <x> }", 200),
    "load": ("LOAD <E>", 403),
    "load silent": ("LOAD SILENT <E> INTO GRAPH <E>", 403),
    "load escaped": ("\\u004cOAD <E>", 403),
    "load after a query": ("ASK {} ; LOAD <E>", 400),
    "insert with a service": ("INSERT { ?s ?p ?o } WHERE { SERVICE <E> { ?s ?p ?o } }", 403),
}

# None of them calls anybody.
HARMLESS = [
    "SELECT ?service { ?service ?p ?o }",
    "SELECT $SERVICE { $SERVICE ?p ?o }",
    "SELECT ?SERVICE{?s ?p ?SERVICE}",
    "PREFIX service: <http://x/> SELECT * { service:x service:y service:z }",
    "PREFIX SERVICE: <http://x/> SELECT * { ?s SERVICE:y ?o . { ?a ?b ?c } }",
    "PREFIX service: <http://x/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
    "PREFIX service: <http://x/> ASK FROM service:g { ?s ?p ?o }",
    "PREFIX service: <http://x/> ASK FROM NAMED service:g { ?s ?p ?o }",
    "PREFIX service: <http://x/> DESCRIBE service:x { ?s ?p ?o }",
    "PREFIX schema: <http://schema.org/> SELECT * { ?s a schema:Service ; schema:serviceType ?o }",
    "PREFIX s: <http://schema.org/> SELECT * { ?s s:service ?o { ?o ?p ?q } }",
    "SELECT ('SERVICE <http://127.0.0.1/> { }' AS ?x) { }",
    'SELECT ("a \\" SERVICE <http://127.0.0.1/> { }" AS ?x) { }',
    "SELECT ('''it's a\nSERVICE <http://127.0.0.1/> { }''' AS ?x) { }",
    'SELECT ("""a "quoted" SERVICE\n<http://127.0.0.1/>""" AS ?x) { }',
    "SELECT * { <http://x/SERVICE> ?p <http://x/a/service/b> }",
    "SELECT * { ?s <http://x/Service#thing> <http://x/it's/SERVICE#> }",
    "SELECT * { ?s ?p ?o } # SERVICE <http://127.0.0.1/> { }",
    "# SERVICE <http://127.0.0.1/> { }\nSELECT * { ?s ?p ?o }",
    "SELECT * { # it's a SERVICE\n ?s ?p 'it' }",
    "SELECT * { _:SERVICE ?p ?o }",
    "SELECT ('x'@en-service AS ?x) { }",
    "SELECT * { ?s ?p ?o FILTER(?s<?o||?o>?s) BIND('service' AS ?x) }",
    "SELECT * { ?s ?p ?o FILTER(1<2) FILTER(CONTAINS(STR(?o), 'service')) }",
    "SELECT * { VALUES ?x { <urn:x:service#a> <urn:it's> } ?x ?p ?o }",
    "PREFIX a: <http://x/> SELECT * { ?s a:web\\-service ?o }",
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph_directory(tmp_path_factory.mktemp("graph"), TWO_GRAPHS)


@pytest.fixture(scope="module")
def client(directory: Path) -> Iterator[TestClient]:
    with client_of(directory, Settings(query_seconds=5)) as client:
        yield client


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    assert listener.calls == 0
    listener.close()


def at(query: str, port: int) -> str:
    """The query with the address of the listener in it."""
    address = HERE.format(port=port)
    return query.replace("<E", f"<{address}").replace("'E'", f"'{address}'")


@pytest.mark.parametrize("spelling", SMUGGLED)
def test_no_spelling_of_a_call_gets_through(client: TestClient, listener: Listener, spelling: str) -> None:
    query = at(SMUGGLED[spelling], listener.port)
    for answer in (
        client.get("/sparql", params={"query": query}),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", content=query.encode(), headers={"Content-Type": "application/sparql-query"}),
    ):
        assert answer.status_code == 403, answer.text
        assert answer.json()["detail"] == "SERVICE is switched off here: a query may not call other endpoints"


@pytest.mark.parametrize("spelling", NOT_FETCHED)
def test_nothing_is_fetched(client: TestClient, listener: Listener, spelling: str) -> None:
    query, status = NOT_FETCHED[spelling]
    answer = client.get("/sparql", params={"query": at(query, listener.port)})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
def test_a_graph_named_by_the_protocol_is_not_fetched(client: TestClient, listener: Listener, parameter: str) -> None:
    graph = HERE.format(port=listener.port)
    query = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    answer = client.get("/sparql", params={"query": query, parameter: graph})
    assert answer.json()["results"]["bindings"] == []


def test_a_call_cannot_come_in_by_a_graph_name(client: TestClient, listener: Listener) -> None:
    name = f"http://x/> {{ SERVICE <{HERE.format(port=listener.port)}> {BODY} }} #"
    answer = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }", "default-graph-uri": name})
    assert answer.status_code == 400


@pytest.mark.parametrize("query", HARMLESS)
def test_a_harmless_text_is_answered(client: TestClient, query: str) -> None:
    answer = client.post("/sparql", data={"query": query})
    assert answer.status_code == 200, answer.text


PARTS = st.sampled_from(
    [
        *(
            "SERVICE",
            "service",
            "SILENT",
            "SERVICE:",
            "a:SERVICE",
            "trueSERVICE",
            "SERVICEa:b",
            "b:1.SERVICE",
        ),
        *(
            "<E>",
            "<E>",
            "?e",
            "a:x",
            "<",
            ">",
            "<2)#>",
            "<'>",
            "<a'>",
            "(1<2)",
            "FILTER(1<2)",
            "FILTER(",
            ")",
        ),
        *(
            "{ ?s ?p ?o }",
            "{",
            "}",
            "'",
            '"',
            "'''",
            '"""',
            "''",
            "\\",
            "\\q",
            "\\'",
            "\\u0053ERVICE",
            "#",
            "\n",
        ),
        *(
            "?a ?b ?c .",
            "VALUES ?x {",
            "'a'",
            "1",
            "true",
            ".",
            ";",
            ",",
            "OPTIONAL",
            "GRAPH",
            "a:\\'",
            "@en",
            " ",
        ),
    ]
)
TEXTS = st.lists(PARTS, min_size=1, max_size=14).map("".join) | st.lists(PARTS, max_size=12).map(" ".join)
CALLS = st.tuples(TEXTS, st.sampled_from(["", " ", "\n", "#\n"]), TEXTS).map(
    lambda parts: f"{parts[0]}{parts[1]}SERVICE <E> {{ ?s ?p ?o }}{parts[2]}"
)


@given(TEXTS | CALLS)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_passes_the_fence_calls_nobody(listener: Listener, middle: str) -> None:
    query = at(f"PREFIX a: <E> PREFIX b: <http://x:80> SELECT * {{ {middle}\n }}", listener.port)
    try:
        text = query_guard.read(query).text
    except GraphError:
        return
    run(text)


def run(text: str) -> None:
    """Run the text as the engine itself would, calls and all."""
    store = Store()
    store.extend(TWO_GRAPHS)
    try:
        results = store.query(text, use_default_graph_as_union=True)
        graph = isinstance(results, QueryTriples)
        results.serialize(format=RdfFormat.N_TRIPLES if graph else QueryResultsFormat.JSON)
    except (SyntaxError, OSError, RuntimeError, ValueError):
        return


def test_the_engine_does_call_when_nobody_stops_it() -> None:
    """So that silence means something: these spellings reach the listener without the fence."""
    listener = Listener()
    for spelling in ("plain", "prefix glued to silent", "less than, read as an address", "lateral"):
        before = listener.calls
        run(at(SMUGGLED[spelling], listener.port))
        assert listener.calls > before, spelling
    listener.close()


# Endpoints that are allowed


class Endpoint(BaseHTTPRequestHandler):
    """A SPARQL endpoint over one small graph."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        direct = self.headers["Content-Type"].startswith("application/sparql-query")
        query = body if direct else parse_qs(body)["query"][0]
        store = Store()
        store.extend(TWO_GRAPHS)
        results = store.query(query, use_default_graph_as_union=True)
        written = results.serialize(format=QueryResultsFormat.JSON)
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        server.server_close()


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(row["name"]["value"] for row in answer.json()["results"]["bindings"])


def test_an_allowed_endpoint_is_called_and_no_other(directory: Path, listener: Listener) -> None:
    with (
        endpoint() as address,
        client_of(directory, Settings(service_allow=f"http://e/ {address}")) as client,
    ):
        query = "SELECT ?name { SERVICE <E> { ?s <http://example.org/name> ?name } }"
        answer = client.get("/sparql", params={"query": query.replace("<E>", f"<{address}>")})
        assert names(answer) == ["Anna", "Bram"]
        assert answer.headers["cache-control"] == "no-store"
        silent = query.replace("SERVICE <E>", f"service SILENT#\n<{address}>")
        assert names(client.get("/sparql", params={"query": silent})) == ["Anna", "Bram"]
        for spelling in SMUGGLED.values():
            other = at(spelling, listener.port)
            assert client.post("/sparql", data={"query": other}).status_code == 403, other
        both = f"SELECT * {{ SERVICE <{address}> {BODY} SERVICE <http://127.0.0.1:{listener.port}/> {BODY} }}"
        refused = client.get("/sparql", params={"query": both})
        assert refused.status_code == 403
        assert refused.json()["detail"] == (
            f"SERVICE may call {address}, http://e/, written as a full <IRI>, and nothing else"
        )


@pytest.mark.parametrize("ending", ["x", "/", "?a=b", "#a", "/../evil"])
def test_an_allowed_address_is_meant_to_the_letter(ending: str) -> None:
    query = f"SELECT * {{ SERVICE <http://e/sparql{ending}> {BODY} }}"
    with pytest.raises(QueryRefused):
        query_guard.read(query, ["http://e/sparql"])


def test_an_allowed_endpoint_that_is_silent_does_not_hold_us(directory: Path) -> None:
    silent = Listener(patient=True)
    address = f"http://127.0.0.1:{silent.port}/sparql"
    with client_of(directory, Settings(service_allow=address, service_seconds=0.5)) as client:
        query = {"query": f"SELECT * {{ SERVICE <{address}> {BODY} }}", "timeout": "30"}
        answer = client.get("/sparql", params=query)
        assert (answer.status_code, answer.json()["limit"], answer.json()["value"]) == (504, "seconds", 0.5)
        assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True
    assert silent.calls == 1
    silent.close()


def test_an_allowed_endpoint_that_is_down_is_503_and_never_a_broken_200(directory: Path) -> None:
    listener = Listener()
    address = f"http://127.0.0.1:{listener.port}/sparql"
    listener.close()
    with client_of(directory, Settings(service_allow=address)) as client:
        answer = client.get("/sparql", params={"query": f"SELECT * {{ SERVICE <{address}> {BODY} }}"})
        assert answer.status_code == 503
        assert answer.json()["error"] == "store_unavailable"


# Reading


def test_the_form_is_the_first_word_after_the_prologue() -> None:
    forms = {
        "PREFIX ask: <http://x/> # SELECT\nBASE <http://ask/> construct{}{}": "CONSTRUCT",
        "PREFIX : <http://x/> VERSION '1.2' DESCRIBE :x": "DESCRIBE",
        "SELECT?ask{}": "SELECT",
        "\ufeff ASK{}": None,
        "EXPLAIN ASK {}": None,
    }
    for text, form in forms.items():
        if form is None:
            with pytest.raises(BadQuery):
                query_guard.read(text)
        else:
            assert query_guard.read(text).form == form


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for query in (text, f"SELECT * {{ {text} }}", f"ASK {{ '{text}' service }}"):
        try:
            assert query_guard.read(query).form
        except GraphError as refused:
            assert str(refused)
