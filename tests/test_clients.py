"""Clients that people already use get right answers from a running server, unchanged."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLExceptions, SPARQLWrapper

from tests.served import serving

CLIENTS = Path(__file__).parent / "clients"
PROFESSION = "https://w3id.org/passerelle/def#Profession"
MIDWIFE = "https://w3id.org/passerelle/id/profession/midwife"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
NAMES = f"SELECT ?name WHERE {{ <{MIDWIFE}> <{LABEL}> ?name }} ORDER BY ?name"
IN_FOUR_LANGUAGES = [("Hebamme", "de"), ("midwife", "en"), ("sage-femme", "fr"), ("verloskundige", "nl")]
ABOUT = f"CONSTRUCT {{ <{MIDWIFE}> <{LABEL}> ?name }} WHERE {{ <{MIDWIFE}> <{LABEL}> ?name }}"


@pytest.fixture(scope="module")
def endpoint(data: Path) -> Iterator[str]:
    with serving(data) as address:
        yield f"{address}/sparql"


# ---- SPARQLWrapper ---------------------------------------------------------------------------------------


def wrapped(endpoint: str, query: str, form: str, method: str = "GET") -> Any:
    wrapper = SPARQLWrapper(endpoint, returnFormat=form)
    wrapper.setMethod(method)
    wrapper.setQuery(query)
    return wrapper.queryAndConvert()


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper_reads_json(endpoint: str, method: str) -> None:
    rows = wrapped(endpoint, NAMES, JSON, method)["results"]["bindings"]
    assert [(row["name"]["value"], row["name"]["xml:lang"]) for row in rows] == IN_FOUR_LANGUAGES


def test_sparqlwrapper_reads_xml_csv_and_turtle(endpoint: str) -> None:
    names = [name for name, _ in IN_FOUR_LANGUAGES]
    table = wrapped(endpoint, NAMES, XML)
    assert [node.firstChild.data for node in table.getElementsByTagName("literal")] == names
    assert wrapped(endpoint, NAMES, CSV).decode().split() == ["name", *names]
    graph = Graph().parse(data=wrapped(endpoint, ABOUT, TURTLE), format="turtle")
    assert {(str(name), name.language) for name in graph.objects()} == set(IN_FOUR_LANGUAGES)


def test_sparqlwrapper_answers_ask(endpoint: str) -> None:
    assert wrapped(endpoint, f"ASK {{ <{MIDWIFE}> a <{PROFESSION}> }}", JSON)["boolean"] is True
    assert wrapped(endpoint, f"ASK {{ <{MIDWIFE}> a <{MIDWIFE}> }}", JSON)["boolean"] is False


def test_sparqlwrapper_learns_what_is_wrong(endpoint: str) -> None:
    with pytest.raises(SPARQLExceptions.QueryBadFormed, match="this is not SPARQL"):
        wrapped(endpoint, "SELECT ?x WHERE { ?x }", JSON)


# ---- rdflib ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graph(endpoint: str) -> Graph:
    return Graph(SPARQLStore(endpoint, returnFormat="json"))


def test_rdflib_reads_through_its_sparql_store(graph: Graph) -> None:
    midwife = URIRef(MIDWIFE)
    assert (midwife, RDF.type, URIRef(PROFESSION)) in graph
    assert (midwife, RDF.type, midwife) not in graph
    names = graph.objects(midwife, URIRef(LABEL))
    assert {(str(name), name.language) for name in names if isinstance(name, Literal)} == set(IN_FOUR_LANGUAGES)


def test_rdflib_runs_whole_queries(graph: Graph) -> None:
    found = [(str(name), name.language) for (name,) in graph.query(NAMES)]
    assert found == IN_FOUR_LANGUAGES
    asked = graph.query(f"ASK {{ <{MIDWIFE}> a <{PROFESSION}> }}")
    assert asked.askAnswer is True


# ---- Comunica --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def comunica() -> list[str]:
    """The command that asks with Comunica, as `tests/clients/package-lock.json` fixes it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Comunica is a program for Node, and there is no Node on this machine")
    if not (CLIENTS / "node_modules" / ".package-lock.json").is_file():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=CLIENTS, check=True, timeout=600)
    return [node, str(CLIENTS / "comunica.mjs")]


@pytest.mark.long
@pytest.mark.long
def test_comunica_reads_tables_and_graphs(comunica: list[str], endpoint: str) -> None:
    rows = asked(comunica, endpoint, NAMES)
    assert [(row["name"]["value"], row["name"]["language"]) for row in rows] == IN_FOUR_LANGUAGES
    quads = asked(comunica, endpoint, ABOUT)
    assert sorted(quads) == sorted([MIDWIFE, LABEL, name] for name, _ in IN_FOUR_LANGUAGES)


def test_comunica_joins_on_our_side_and_on_its_own(comunica: list[str], endpoint: str) -> None:
    query = (
        f"SELECT ?name WHERE {{ ?thing a <{PROFESSION}> ; <{LABEL}> ?name FILTER (LANG(?name) = 'fr') }} ORDER BY ?name"
    )
    rows = asked(comunica, endpoint, query)
    ours = wrapped(endpoint, query, JSON)["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == [row["name"]["value"] for row in ours]
    assert len(ours) > 20


def asked(comunica: list[str], endpoint: str, query: str) -> Any:
    done = subprocess.run([*comunica, endpoint, query], capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


# ---- curl ------------------------------------------------------------------------------------------------


def curl(*arguments: str) -> tuple[str, str]:
    """The status with the content type, and the body."""
    command = ["curl", "-sS", "-w", "\n%{http_code} %{content_type}", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    body, _, status = done.stdout.decode().rpartition("\n")
    return status, body


CURLED = [
    (["--data-urlencode", "query=" + NAMES, "-H", "Accept: text/csv"], "200 text/csv; charset=utf-8"),
    (["-G", "--data-urlencode", "query=" + NAMES, "-H", "Accept: text/csv"], "200 text/csv; charset=utf-8"),
    (
        ["-H", "Content-Type: application/sparql-query", "--data-binary", NAMES, "-H", "Accept: text/csv"],
        "200 text/csv; charset=utf-8",
    ),
    (["-G", "--data-urlencode", "query=" + NAMES, "-d", "format=csv", "--compressed"], "200 text/csv; charset=utf-8"),
]


@pytest.mark.parametrize(("arguments", "status"), CURLED, ids=["form", "get", "body", "packed"])
def test_curl_gets_csv(endpoint: str, arguments: list[str], status: str) -> None:
    expected = "name\r\n" + "".join(f"{name}\r\n" for name, _ in IN_FOUR_LANGUAGES)
    assert curl(endpoint, *arguments) == (status, expected)


def test_curl_sees_what_is_wrong(endpoint: str) -> None:
    status, body = curl(endpoint, "--data-urlencode", "query=SELECT")
    assert status == "400 application/problem+json"
    assert json.loads(body)["error"] == "bad_query"
    status, body = curl(endpoint, "--data-urlencode", "update=CLEAR ALL")
    assert status == "403 application/problem+json"
    assert json.loads(body)["error"] == "query_refused"


def test_curl_follows_a_thing_to_its_data(endpoint: str) -> None:
    address = endpoint.replace("/sparql", "/id/profession/midwife")
    status, body = curl("-L", "-H", "Accept: text/turtle", address)
    assert status.startswith("200 text/turtle")
    assert (URIRef(MIDWIFE), URIRef(LABEL), Literal("midwife", lang="en")) in Graph().parse(data=body, format="turtle")
