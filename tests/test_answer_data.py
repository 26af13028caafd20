"""Answers and sheets as linked data: what one can ask of them, read by two independent parsers."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
import rdflib
from fastapi.testclient import TestClient
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple, parse

from graph_api.rdf.terms import ID, PAS, RDFS_LABEL, prefixes
from graph_api.store.things import LANGUAGES
from tests.conftest import in_turn

JSON_LD = "application/ld+json"
QUESTION = "qualification=fr-dei&profession=nurse-general-care&country=NL"
ANSWER = "http://testserver/path?qualification=fr-dei&profession=nurse-general-care&country=NL"
SHEETS = (
    "/roadmap?profession=healthcare-assistant&from=FR&to=LU",
    "/factsheet?profession=healthcare-assistant&from=FR&to=LU",
    "/factsheet?profession=nurse-general-care&from=NL&to=BE",
    "/factsheet?profession=industrial-electrician&from=FR&to=DE",
    "/factsheet?profession=accountant&from=FR&to=NL",
)


def read(client: TestClient, address: str) -> Store:
    """The document as a graph."""
    answer = client.get(address, headers={"accept": JSON_LD})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(JSON_LD)
    store = Store()
    store.load(answer.content, format=RdfFormat.JSON_LD)
    return store


def rows(store: Store, text: str) -> list[tuple[str, ...]]:
    """The rows of a query, with our prefixes; an unbound variable is empty."""
    head = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes().items())
    found: Any = store.query(head + text)
    return sorted(tuple(term.value if term else "" for term in row) for row in found)


def thing(path: str) -> str:
    return ID + path


def test_the_answer_says_route_regime_provision_act_and_authority(client: TestClient) -> None:
    store = read(client, f"/path?{QUESTION}")
    said = client.get(f"/api/v1/paths?{QUESTION}").json()
    step = said["paths"][0]["steps"][0]
    found = rows(
        store,
        """SELECT ?route ?regime ?id ?eli ?article WHERE {
          ?answer a pas:Answer ; pas:path ?path . ?path pas:order 1 ; pas:step ?step .
          ?step pas:order 1 ; pas:route ?route ; pas:legalBasis ?provision . ?route pas:underRegime ?regime .
          ?regime dcterms:identifier ?id . ?provision pas:article ?article ; pas:ofAct/pas:eli ?eli }""",
    )
    regime = step["regime"]
    assert found == sorted(
        (step["route"], regime["iri"], regime["id"], basis["act"], basis["article"]) for basis in step["legal_basis"]
    )
    assert found[0][1] == thing("regime/automatic-annex-v")
    whole = rows(
        store,
        """SELECT ?from ?to ?authority ?home ?decide WHERE {
          ?answer pas:path ?path . ?path pas:order 1 ; pas:step ?step .
          ?step pas:startsFrom ?from ; pas:leadsTo ?to ; pas:authority ?authority ; pas:decideWithin ?decide .
          ?authority foaf:homepage ?home }""",
    )
    assert whole == [
        (
            thing("qualification/fr-dei"),
            thing("national-profession/nl-nurse-general-care"),
            step["authority"]["id"],
            step["authority"]["url"],
            step["deadlines"]["decide"],
        )
    ]


def test_the_answer_says_the_question_the_day_the_version_and_the_verdict(client: TestClient) -> None:
    store = read(client, f"/path?{QUESTION}&as_of=2026-11-24&lang=fr")
    said = client.get(f"/api/v1/paths?{QUESTION}&as_of=2026-11-24&lang=fr").json()
    found = rows(
        store,
        """SELECT ?q ?p ?host ?home ?day ?version ?verdict (lang(?verdict) AS ?lang) WHERE {
          ?answer a pas:Answer ; pas:qualification ?q ; pas:profession ?p ; pas:host ?host ; pas:home ?home ;
            pas:asOf ?day ; dcterms:description ?verdict ; prov:wasDerivedFrom/dcat:version ?version }""",
    )
    assert found == [
        (
            thing("qualification/fr-dei"),
            thing("profession/nurse-general-care"),
            thing("jurisdiction/nl"),
            thing("jurisdiction/fr"),
            "2026-11-24",
            said["data_version"],
            said["verdicts"][0]["sentence"],
            "fr",
        )
    ]


def test_documents_measures_conditions_sources_and_refusals_are_those_of_the_rest_answer(client: TestClient) -> None:
    question = "qualification=fr-deas-2021&profession=healthcare-assistant&country=LU"
    store = read(client, f"/path?{question}")
    said = client.get(f"/api/v1/paths?{question}").json()
    steps = [step for path in said["paths"] for step in path["steps"]]
    documents = {item["id"] for step in steps for item in step["documents"]}
    assert {row[0] for row in rows(store, "SELECT ?d WHERE { ?p pas:requiresDocument ?d }")} == documents
    measures = {
        (step["compensation"]["id"], str(step["compensation"]["max_months"]), step["compensation"]["chosen_by"])
        for step in steps
        if step["compensation"]["possible"]
    }
    asked = "SELECT ?m ?months ?who WHERE { ?r pas:compensation ?m . ?m pas:maxMonths ?months ; pas:chosenBy ?who }"
    assert set(rows(store, asked)) == measures
    conditions = {(item["iri"], item["status"]) for step in steps for item in step["conditions"]}
    asked = "SELECT ?c ?s WHERE { ?step a pas:Step ; pas:assessment ?a . ?a pas:assesses ?c ; pas:status ?s }"
    assert set(rows(store, asked)) == conditions
    sources = {(source["of"], source["id"], source["url"] or "") for step in steps for source in step["sources"]}
    asked = "SELECT ?t ?s ?page WHERE { ?t dcterms:source ?s . OPTIONAL { ?s foaf:page ?page } }"
    assert set(rows(store, asked)) == sources
    closed = sorted(
        (refused["regime"]["iri"], item["iri"]) for refused in said["refused"] for item in refused["because"]
    )
    asked = "SELECT ?r ?c WHERE { ?x a pas:Refusal ; pas:underRegime ?r ; pas:assessment/pas:assesses ?c }"
    assert rows(store, asked) == sorted(closed)


def test_what_is_said_of_the_graphs_own_things_is_what_the_graph_says(client: TestClient, graph: Store) -> None:
    """Routes, procedures, provisions and measures repeat the graph; an act is called as one cites it."""
    store = read(client, "/path?qualification=fr-deas-2021&profession=healthcare-assistant&country=LU&lang=fr")
    kinds = ("Route", "Procedure", "LegalProvision", "LegalAct", "CompensationMeasure", "CompetentAuthority", "Source")
    asked = " ".join(f"pas:{kind}" for kind in kinds)
    ours = rows(store, f"SELECT DISTINCT ?t WHERE {{ VALUES ?kind {{ {asked} }} ?t a ?kind }}")
    assert len(ours) > 20
    wrong = [
        quad.triple
        for (iri,) in ours
        for quad in store.quads_for_pattern(NamedNode(iri), None, None)
        if not _in_graph(graph, quad.triple)
    ]
    assert wrong == []


def _in_graph(graph: Store, triple: Triple) -> bool:
    """Whether the graph says so; general rows may fill a gap, and acts have names for citing."""
    if any(True for _ in graph.quads_for_pattern(triple.subject, triple.predicate, triple.object)):
        return True
    filled = (PAS + "timeLimitText", PAS + "appealBody", RDFS_LABEL.value)
    return triple.predicate.value in filled and isinstance(triple.object, Literal)


# rdflib's own JSON-LD parser uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:.*is deprecated, use Dataset:DeprecationWarning")
@pytest.mark.parametrize(("address", "lang"), in_turn(product([f"/path?{QUESTION}", *SHEETS], LANGUAGES), 5))
def test_two_parsers_read_the_same(client: TestClient, address: str, lang: str) -> None:
    text = client.get(f"{address}&format=jsonld&lang={lang}").content
    mine = {str(quad.triple) for quad in parse(text, format=RdfFormat.JSON_LD)}
    theirs = rdflib.Graph().parse(data=text, format="json-ld")
    assert len(mine) == len(theirs) > 100
    assert json.loads(text)["@context"] == dict(prefixes())


def test_every_term_of_ours_is_in_the_vocabulary(client: TestClient) -> None:
    vocabulary = rdflib.Graph().parse("ontology/vocabulary.ttl")
    used = set()
    for address in (f"/path?{QUESTION}", *SHEETS):
        for quad in read(client, address):
            used |= {term.value for term in (quad.predicate, quad.object) if term.value.startswith(PAS)}
    assert used
    assert {term for term in used if (rdflib.URIRef(term), None, None) not in vocabulary} == set()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/ld+json", JSON_LD),
        ("application/ld+json, text/html;q=0.5", JSON_LD),
        ("text/html, application/ld+json;q=0.9", "text/html"),
        ("*/*", "text/html"),
        ("text/html", "text/html"),
        ("application/ld+json;q=0", "text/html"),
    ],
)
def test_accept_decides(client: TestClient, accept: str, kind: str) -> None:
    for address in (f"/path?{QUESTION}", *SHEETS[:2]):
        answer = client.get(address, headers={"accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("address", [f"/path?{QUESTION}", *SHEETS[:2]])
def test_the_page_links_to_the_same_as_json_ld(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"accept": "text/html"}).text
    wanted = f"{address}&".replace("&", "&amp;")
    start = next(
        part for part in page.split('href="') if part.startswith(wanted.partition("?")[0]) and "jsonld" in part
    )
    linked = start.partition('"')[0].replace("&amp;", "&")
    assert linked.endswith("format=jsonld")
    assert client.get(linked).headers["content-type"].startswith(JSON_LD)


@pytest.mark.parametrize(
    ("address", "status", "error"),
    [
        ("/path?profession=nurse-general-care&format=jsonld", 400, "bad_request"),
        ("/path?profession=nobody&country=NL&format=jsonld", 404, "unknown_identifier"),
        (f"/path?{QUESTION}&issued=yesterday&format=jsonld", 400, "bad_request"),
        (f"/path?{QUESTION}&format=xml", 400, "bad_request"),
        ("/factsheet?profession=midwife&from=FR&format=jsonld", 400, "bad_request"),
        ("/roadmap?profession=midwife&from=FR&format=jsonld", 400, "bad_request"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(client: TestClient, address: str, status: int, error: str) -> None:
    answer = client.get(address, headers={"accept": JSON_LD})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error"] == error


def test_the_factsheet_is_a_document_of_claims_with_sources_or_provisions(client: TestClient) -> None:
    store = read(client, SHEETS[1])
    (document,) = rows(
        store, "SELECT ?d ?kind ?topic WHERE { ?d a foaf:Document ; dcterms:type ?kind ; foaf:primaryTopic ?topic }"
    )
    assert document[1] == "factsheet"
    assert document[2] == f"{document[0]}#answer"
    claims = rows(store, "SELECT ?c ?text WHERE { ?d dcterms:hasPart ?c . ?c a schema:Claim ; schema:text ?text }")
    grounded = {
        row[0]
        for row in rows(store, "SELECT DISTINCT ?c WHERE { ?c a schema:Claim ; dcterms:source|dcterms:references ?x }")
    }
    assert len(claims) > 15
    assert {text for claim, text in claims if claim not in grounded and not text.startswith("Not known")} == set()
    about = {row[0] for row in rows(store, "SELECT ?x WHERE { ?c a schema:Claim ; schema:about ?x }")}
    assert thing("national-profession/lu-healthcare-assistant") in about
    assert thing("procedure/lu-healthcare-assistant") in about


def test_the_roadmap_names_whom_to_ask_and_what_is_permitted(client: TestClient, graph: Store) -> None:
    store = read(client, SHEETS[0])
    said = client.get("/api/v1/paths?profession=healthcare-assistant&issued_in=FR&country=LU").json()
    contacts = sorted((contact["id"],) for contact in said["advice"])
    assert 0 < len(contacts) <= 3
    assert rows(store, "SELECT ?c WHERE { ?c a pas:Contact }") == contacts
    here = rows(
        graph,
        f"""SELECT DISTINCT ?act ?says WHERE {{ GRAPH ?g {{ ?p a pas:ActPermission ;
          pas:inJurisdiction <{thing("jurisdiction/lu")}> ; pas:profession <{thing("profession/healthcare-assistant")}> ;
          pas:act ?act ; pas:permission ?says }} }}""",
    )
    assert (
        rows(store, "SELECT DISTINCT ?act ?says WHERE { ?p a pas:ActPermission ; pas:act ?act ; pas:permission ?says }")
        == here
    )
