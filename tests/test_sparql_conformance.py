"""The W3C's own tests of SPARQL 1.1: protocol, service description, query evaluation."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
)

from graph_api.errors import BadQuery
from graph_api.settings import Settings
from graph_api.store import query_guard
from graph_api.store.local import EmbeddedStore
from graph_api.web.app import create_app
from graph_api.web.sparql.job import Job
from graph_api.web.sparql.pool import Pool
from tests import w3c
from tests.sparql_fixtures import graph_directory, live

pytestmark = w3c.needs_the_tests

REFUSED_UPDATES = {
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_named_graphs",
    "update_dataset_full",
    "update_post_form",
    "update_post_direct",
    "update_base_uri",
}
"""These change the data; this endpoint only reads and answers each update with 403."""

LANGUAGE = "GROUP_CONCAT keeps a language that all its values share, as SPARQL 1.2 has it"
NUMBERS = "numbers are stored by value: 1.0e6 comes back as 1000000, a negativeInteger as an integer"
OPEN_GRAPH = "GRAPH ?g binds ?g by the triples inside; a group without any, or with an aggregate, leaves it open"
OUTSIDE = "a path of length zero does not match a term that is nowhere in the data"
ENGINE_DIFFERS = {
    "aggregates/agg-groupconcat-04": LANGUAGE,
    "aggregates/agg-groupconcat-06": LANGUAGE,
    "aggregates/agg-empty-group-count-graph": OPEN_GRAPH,
    "bindings/graph": OPEN_GRAPH,
    "negation/graph-minus": OPEN_GRAPH,
    "csv-tsv-res/csv03": NUMBERS,
    "csv-tsv-res/tsv03": NUMBERS,
    "functions/bnode01": "BNODE of a text gives one node for all rows, not one for each row",
    "property-path/zero_or_more_set_start": OUTSIDE,
    "property-path/zero_or_more_set_end": OUTSIDE,
    "property-path/zero_or_one_set_start": OUTSIDE,
    "property-path/zero_or_one_set_end": OUTSIDE,
}
"""Evaluation tests that the engine (pyoxigraph 0.5.13) answers otherwise, each with the reason."""

FORMS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": (
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ),
    "RDF": ("application/rdf+xml", "text/turtle", "application/n-triples"),
}
passed: set[str] = set()

pytestmark = [pytest.mark.long, w3c.needs_the_tests]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A live server with the graphs that the protocol tests ask for."""
    graphs = dict(pair for test in w3c.protocol_tests() for pair in test.graphs)
    quads = [Quad(*triple.triple, NamedNode(name)) for name, path in graphs.items() for triple in w3c.triples_of(path)]
    directory = graph_directory(tmp_path_factory.mktemp("protocol"), quads)
    with live(create_app(Settings(), EmbeddedStore(directory))) as server:
        yield server


def send(server: str, exchange: w3c.Exchange) -> tuple[int, str, bytes]:
    """The request as it stands: no client adds headers of its own."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=180)
    connection.putrequest(exchange.method, exchange.address.replace("/sparql/", "/sparql", 1))
    for name, value in (*exchange.headers, ("Content-Length", str(len(exchange.body)))):
        connection.putheader(name, value)
    connection.endheaders(exchange.body)
    response = connection.getresponse()
    got = response.status, response.getheader("Content-Type", ""), response.read()
    connection.close()
    return got


@pytest.mark.parametrize("test", w3c.protocol_tests(), ids=lambda test: test.name)
def test_protocol(address: str, test: w3c.ProtocolTest) -> None:
    for exchange in test.exchanges:
        status, kind, body = send(address, exchange)
        if test.name in REFUSED_UPDATES:
            assert (status, kind) == (403, "application/problem+json")
            return
        assert f"{status // 100}xx" in exchange.statuses, body
        if exchange.form is not None:
            assert kind.partition(";")[0] in FORMS[exchange.form]
        if exchange.boolean is not None:
            results = parse_query_results(body, format=QueryResultsFormat.from_media_type(kind))
            assert not isinstance(results, QuerySolutions)
            assert bool(results) is exchange.boolean
    passed.add(f"protocol {test.name}")


SD = "http://www.w3.org/ns/sparql-service-description#"


def described(address: str) -> list[tuple[str, str, str]]:
    answer = httpx.get(f"{address}/sparql", headers={"Accept": "*/*"})
    quads = parse(answer.content, format=RdfFormat.from_media_type(answer.headers["content-type"]))
    return [(quad.subject.value, quad.predicate.value, quad.object.value) for quad in quads]


def test_service_description_returns_rdf(address: str) -> None:
    assert described(address)


def test_service_description_has_endpoint_triple(address: str) -> None:
    endpoints = [value for _, predicate, value in described(address) if predicate == f"{SD}endpoint"]
    assert endpoints == [f"{address}/sparql"]


def test_service_description_conforms_to_schema(address: str) -> None:
    """Every property of the vocabulary stands on the class, and points to the class, that its schema says."""
    schema = {
        "endpoint": ("Service", None),
        "supportedLanguage": ("Service", None),
        "feature": ("Service", None),
        "resultFormat": ("Service", None),
        "defaultDataset": ("Service", "Dataset"),
        "defaultGraph": ("Dataset", "Graph"),
        "namedGraph": ("Dataset", "NamedGraph"),
        "name": ("NamedGraph", None),
    }
    facts = described(address)
    kinds = {(subject, value) for subject, predicate, value in facts if predicate == f"{w3c.RDF}type"}
    used = {predicate.removeprefix(SD) for _, predicate, _ in facts if predicate.startswith(SD)}
    assert used == set(schema)
    for subject, predicate, value in facts:
        if predicate.startswith(SD):
            domain, target = schema[predicate.removeprefix(SD)]
            assert (subject, f"{SD}{domain}") in kinds
            assert target is None or (value, f"{SD}{target}") in kinds


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(Settings())
    yield pool
    pool.close()


def answer(pool: Pool, folder: Path, test: w3c.Evaluation, media_type: str) -> bytes:
    """The result through the same reading and the same processes as a request."""
    quads = [
        Quad(*quad.triple, NamedNode(path.as_uri()) if path in test.graphs else DefaultGraph())
        for path in (*test.data, *test.graphs)
        for quad in w3c.triples_of(path)
    ]
    reading = query_guard.read(test.query.read_text(encoding="utf-8"))
    directory = graph_directory(folder, quads)
    base = test.query.as_uri()
    held = pool.run(Job(str(directory), reading.text, media_type, True, 30, base))
    return held if isinstance(held, bytes) else held.read()


@pytest.mark.parametrize("test", w3c.evaluations(), ids=lambda test: test.name)
def test_evaluation(pool: Pool, tmp_path: Path, test: w3c.Evaluation) -> None:
    if test.result is None:
        with pytest.raises(BadQuery):
            answer(pool, tmp_path, test, "application/sparql-results+json")
        passed.add(f"evaluation {test.name}")
        return
    written = answer(pool, tmp_path, test, w3c.media_type(test))
    assert w3c.same(test, written) is (test.name not in ENGINE_DIFFERS), written.decode()
    if test.name not in ENGINE_DIFFERS:
        passed.add(f"evaluation {test.name}")


def test_figures(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
    """Says how many passed; runs after the others and holds them to the number that is known."""
    if request.session.testscollected < len(w3c.evaluations()) + len(w3c.protocol_tests()):
        return
    protocol = sum(name.startswith("protocol") for name in passed)
    evaluated = sum(name.startswith("evaluation") for name in passed)
    with capsys.disabled():
        print(f"\nprotocol: passed {protocol} / total {len(w3c.protocol_tests())}")
        print(f"evaluation: passed {evaluated} / total {len(w3c.evaluations())}")
    assert protocol == len(w3c.protocol_tests()) - len(REFUSED_UPDATES)
    assert evaluated == len(w3c.evaluations()) - len(ENGINE_DIFFERS)
