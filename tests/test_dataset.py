"""The dataset in its own words: counts that are true, a catalogue that is valid, dumps that hold the graph."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import owlready2
import pytest
import rdflib
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize
from rdflib import DCAT, DCTERMS, RDF, SH, SKOS, VOID

from graph_api.build.void import describe
from graph_api.rdf.terms import DATASET, DESCRIPTION, NAMESPACE, prefixes
from graph_api.store.examples import read_examples
from graph_api.web.dataset import dumps
from tests.conftest import ROOT, in_turn, official

SHAPES = ("data", "national", "eu", "dcat-ap", "3.0.1-dcat-ap-SHACL.ttl")
ITSELF = rdflib.URIRef(DATASET)
VOID_EXT = rdflib.Namespace("http://ldf.fi/void-ext#")
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
NQ = RdfFormat.N_QUADS
FORMATS = {
    "nq": NQ,
    "trig": RdfFormat.TRIG,
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
}


@pytest.fixture(scope="module")
def undescribed(graph: Store) -> frozenset[Triple]:
    """The statements of the graph without its description: what the description speaks of."""
    return frozenset(quad.triple for quad in graph if quad.graph_name != DESCRIPTION)


@pytest.fixture(scope="module")
def said(graph: Store) -> frozenset[str]:
    """What the graph says of itself, as text."""
    return frozenset(map(str, graph.quads_for_pattern(None, None, None, DESCRIPTION)))


@pytest.fixture(scope="module")
def described(graph: Store) -> rdflib.Graph:
    """The description as it is stored."""
    return as_rdflib(graph.quads_for_pattern(None, None, None, DESCRIPTION))


@pytest.fixture(scope="module")
def served(client: TestClient) -> rdflib.Graph:
    """The description as it is served."""
    return rdflib.Graph().parse(data=client.get("/.well-known/void").text, format="turtle")


@pytest.fixture(scope="module")
def dump(client: TestClient) -> set[Quad]:
    """The whole dataset, read from its N-Quads."""
    answer = client.get("/dumps/passerelle.nq.gz")
    assert answer.status_code == 200
    return set(parse(gzip.decompress(answer.content), format=RdfFormat.N_QUADS))


def as_rdflib(quads: Any) -> rdflib.Graph:
    triples = "".join(f"{quad.triple} .\n" for quad in quads)
    return rdflib.Graph().parse(data=triples, format="nt")


def integer(graph: rdflib.Graph, subject: Any, predicate: Any) -> int:
    return int(graph.value(subject, predicate))


# What is stored with the graph


@pytest.mark.long
def test_the_same_graph_gives_the_same_description(graph: Store, said: frozenset[str]) -> None:
    bare = Store()
    bare.extend(quad for quad in graph if quad.graph_name != DESCRIPTION)
    assert said == set(map(str, describe(bare, ROOT / "ontology")))


def test_the_graph_says_much_of_itself(said: frozenset[str]) -> None:
    assert len(said) > 1000


def test_the_description_names_no_server(said: frozenset[str]) -> None:
    text = "".join(said)
    assert "localhost" not in text
    assert "127.0.0.1" not in text
    assert "sparqlEndpoint" not in text


@pytest.mark.long
def test_counts_are_those_of_the_union(undescribed: frozenset[Triple], described: rdflib.Graph) -> None:
    triples = undescribed
    assert integer(described, ITSELF, VOID.triples) == len(triples)
    assert integer(described, ITSELF, VOID.distinctSubjects) == len({t.subject for t in triples})
    assert integer(described, ITSELF, VOID.distinctObjects) == len({t.object for t in triples})
    assert integer(described, ITSELF, VOID.properties) == len({t.predicate for t in triples})


@pytest.mark.long
def test_partitions_cover_every_class_and_property(undescribed: frozenset[Triple], described: rdflib.Graph) -> None:
    entities: dict[str, set[str]] = {}
    properties: dict[str, int] = {}
    for triple in undescribed:
        name = triple.predicate.value
        properties[name] = properties.get(name, 0) + 1
        if name == str(RDF.type) and isinstance(triple.object, NamedNode):
            entities.setdefault(triple.object.value, set()).add(str(triple.subject))
    found_classes = {
        str(described.value(part, VOID["class"])): integer(described, part, VOID.entities)
        for part in described.objects(ITSELF, VOID.classPartition)
    }
    found_properties = {
        str(described.value(part, VOID.property)): integer(described, part, VOID.triples)
        for part in described.objects(ITSELF, VOID.propertyPartition)
    }
    assert found_classes == {name: len(things) for name, things in entities.items()}
    assert found_properties == properties


def test_nested_partitions_say_what_a_property_of_a_class_points_at(described: rdflib.Graph) -> None:
    found = described.query(
        """SELECT ?class ?datatype WHERE {
          ?part void:class pas:Qualification ; void:propertyPartition ?property .
          { ?property void:property pas:grantsAccessTo ; void:classPartition/void:class ?class }
          UNION { ?property void:property pas:eqfLevel ; ext:datatypePartition/ext:datatype ?datatype }
        }""",
        initNs={**prefixes(), "void": VOID, "ext": VOID_EXT},
    )
    told = {str(value) for row in found for value in row if value is not None}
    assert told == {f"{NAMESPACE}def#Profession", "http://www.w3.org/2001/XMLSchema#integer"}


def test_every_named_graph_is_listed_with_its_size(graph: Store, described: rdflib.Graph) -> None:
    sizes: dict[str, int] = {}
    for quad in graph:
        sizes[quad.graph_name.value] = sizes.get(quad.graph_name.value, 0) + 1
    del sizes[DESCRIPTION.value]
    listed = {
        str(described.value(part, SD.name)): integer(described, part, VOID.triples)
        for part in described.objects(ITSELF, SD.namedGraph)
    }
    assert listed == sizes


def test_there_is_a_linkset_for_each_mapped_vocabulary(graph: Store, described: rdflib.Graph) -> None:
    starts = {
        "esco": ("http://data.europa.eu/esco/occupation/", "http://data.europa.eu/esco/skill/"),
        "isco": ("http://data.europa.eu/esco/isco/",),
        "rome": (f"{NAMESPACE}scheme/rome/",),
        "kldb": (f"{NAMESPACE}scheme/kldb2010/",),
    }
    links = {
        quad.triple
        for kind in ("exact", "close", "broad", "narrow", "related")
        for quad in graph.quads_for_pattern(None, NamedNode(f"{SKOS}{kind}Match"), None, None)
        if quad.graph_name != DESCRIPTION
    }
    for name, spaces in starts.items():
        linkset = rdflib.URIRef(f"{DATASET}#links-{name}")
        assert described.value(linkset, VOID.objectsTarget) == rdflib.URIRef(f"{DATASET}#{name}")
        expected = sum(str(link.object).lstrip("<").startswith(spaces) for link in links)
        assert integer(described, linkset, VOID.triples) == expected > 0


def test_title_and_description_are_in_four_languages(described: rdflib.Graph) -> None:
    for predicate in (DCTERMS.title, DCTERMS.description):
        assert {value.language for value in described.objects(ITSELF, predicate)} == {"en", "nl", "fr", "de"}


def test_example_resources_exist(graph: Store, described: rdflib.Graph) -> None:
    named = [str(thing) for thing in described.objects(ITSELF, VOID.exampleResource)]
    assert len(named) == 4
    for thing in named:
        spoken = graph.quads_for_pattern(NamedNode(thing), None, None, None)
        assert any(quad.graph_name != DESCRIPTION for quad in spoken), thing


def test_prefixes_and_examples_are_in_the_layout_that_editors_ask_for(described: rdflib.Graph) -> None:
    declared = described.query(
        "SELECT ?prefix ?namespace WHERE { [] sh:prefix ?prefix ; sh:namespace ?namespace }", initNs={"sh": SH}
    )
    assert {str(row.prefix): str(row.namespace) for row in declared} == dict(prefixes())
    asked = described.query(
        """SELECT ?question ?query WHERE {
          ?example a sh:SPARQLExecutable ; rdfs:comment ?question ;
            sh:select|sh:ask|sh:construct|sh:describe ?query ; sh:prefixes/sh:declare/sh:prefix "pas" .
        }""",
        initNs={"sh": SH},
    )
    examples = read_examples(ROOT / "ontology")
    assert {(str(row.question), str(row.query)) for row in asked} == {
        (example.header["question"], example.text) for example in examples
    }


# What is served


@pytest.mark.long
def test_the_catalogue_is_valid_dcat_ap(served: rdflib.Graph) -> None:
    from pyshacl import validate

    shapes = rdflib.Graph().parse(official(*SHAPES))
    for node, shape in list(shapes.subject_objects(SH.property)):
        if (shape, None, None) not in shapes:  # the official file names two shapes that it does not define
            shapes.remove((node, SH.property, shape))
    conforms, _, text = validate(served, shacl_graph=shapes, advanced=False)
    assert conforms, text
    broken = rdflib.Graph() + served
    catalogue = next(broken.subjects(RDF.type, DCAT.Catalog))
    broken.remove((catalogue, DCTERMS.title, None))
    assert not validate(broken, shacl_graph=shapes, advanced=False)[0]


def test_every_dump_is_a_distribution(client: TestClient, served: rdflib.Graph) -> None:
    files = client.get("/dumps/", headers={"accept": "application/json"}).json()["files"]
    links = {str(link) for link in served.objects(None, DCAT.downloadURL)}
    assert links == {file["address"] for file in files}
    whole = {str(link) for link in served.objects(ITSELF, VOID.dataDump)}
    assert whole == {file["address"] for file in files if file["graph"] is None}
    assert len(whole) == 5


def test_the_services_are_those_of_this_server(served: rdflib.Graph) -> None:
    services = {str(served.value(service, DCAT.endpointURL)) for service in served.subjects(RDF.type, DCAT.DataService)}
    assert services == {"http://testserver/sparql", "http://testserver/api/v1"}
    assert served.value(ITSELF, VOID.sparqlEndpoint) == rdflib.URIRef("http://testserver/sparql")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/n-triples, text/html;q=0.5", "application/n-triples"),
    ],
)
def test_the_dataset_answers_in_the_form_asked_for(client: TestClient, accept: str, media_type: str) -> None:
    answer = client.get("/dataset", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert "Accept" in answer.headers["vary"]


def test_well_known_void_is_rdf_even_for_a_browser(client: TestClient) -> None:
    answer = client.get("/.well-known/void", headers={"accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert client.get("/.well-known/void", headers={"accept": "image/png"}).status_code == 406


def test_the_same_description_is_served_twice_byte_for_byte(client: TestClient) -> None:
    first = client.get("/.well-known/void?format=nt").content
    assert first == client.get("/.well-known/void?format=nt").content


# The dumps


@pytest.mark.long
@pytest.mark.parametrize("form", ["trig", "jsonld"])
def test_a_dump_with_graphs_holds_the_whole_dataset(client: TestClient, dump: set[Quad], form: str) -> None:
    answer = client.get(f"/dumps/passerelle.{form}.gz")
    assert set(parse(gzip.decompress(answer.content), format=FORMATS[form])) == dump


@pytest.mark.long
@pytest.mark.parametrize("form", ["nt", "ttl"])
def test_a_dump_without_graphs_gives_each_statement_once(client: TestClient, dump: set[Quad], form: str) -> None:
    text = gzip.decompress(client.get(f"/dumps/passerelle.{form}.gz").content)
    triples = [quad.triple for quad in parse(text, format=FORMATS[form])]
    assert len(triples) == len(set(triples))
    assert set(triples) == {quad.triple for quad in dump}


@pytest.mark.parametrize("form", in_turn(FORMATS, 5))
def test_a_dump_of_one_graph_holds_that_graph(client: TestClient, graph: Store, form: str) -> None:
    name = NamedNode(f"{NAMESPACE}graph/mappings/professions")
    text = gzip.decompress(client.get(f"/dumps/graph/mappings/professions.{form}.gz").content)
    found = set(parse(text, format=FORMATS[form]))
    expected = set(graph.quads_for_pattern(None, None, None, name))
    assert {quad.triple for quad in found} == {quad.triple for quad in expected}
    if form in ("nq", "trig", "jsonld"):
        assert found == expected


def test_a_checksum_is_that_of_the_file(client: TestClient) -> None:
    name = "graph/mappings/professions.ttl.gz"
    answer = client.get(f"/dumps/{name}")
    line = client.get(f"/dumps/{name}.sha256").text
    assert line == f"{hashlib.sha256(answer.content).hexdigest()}  professions.ttl.gz\n"
    files = client.get("/dumps/", headers={"accept": "application/json"}).json()["files"]
    (entry,) = (file for file in files if file["name"] == name)
    assert (entry["sha256"], entry["bytes"]) == (line.split()[0], len(answer.content))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_dump_made_twice_is_the_same_file(graph: Store, tmp_path: Path, form: str) -> None:
    vocabulary = NamedNode(f"{NAMESPACE}graph/vocabulary")
    source = tmp_path / "dump.nq.gz"
    source.write_bytes(gzip.compress(serialize(graph.quads_for_pattern(None, None, None, vocabulary), format=NQ)))
    for name in ("one", "two"):
        dumps.make(source, tmp_path / name, dumps.FORMS[form], vocabulary.value)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.nq.gz", "one", "two"]


def test_a_file_that_a_client_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/dumps/passerelle.nq.gz")
    headers = {"if-none-match": first.headers["etag"]}
    again = client.get("/dumps/passerelle.nq.gz", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    since = {"if-modified-since": first.headers["last-modified"]}
    assert client.get("/dumps/passerelle.nq.gz", headers=since).status_code == 304
    other = client.get("/dumps/passerelle.nq.gz", headers={"if-none-match": '"other"'})
    assert other.status_code == 200


def test_a_dump_is_sent_as_the_file_it_is(client: TestClient) -> None:
    answer = client.get("/dumps/passerelle.nq.gz", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in answer.headers
    assert client.head("/dumps/passerelle.nq.gz").headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "name",
    [
        "passerelle.zip",
        "graph/nowhere.nq.gz",
        "../graphs/x.nq.gz",
        "%2e%2e/current/report.json",
        "graph/mappings/professions.nq",
    ],
)
def test_an_unknown_dump_is_404_and_names_others(client: TestClient, name: str) -> None:
    answer = client.get(f"/dumps/{name}")
    assert answer.status_code == 404


def test_a_mistyped_form_names_the_forms_of_that_graph(client: TestClient) -> None:
    answer = client.get("/dumps/graph/mappings/professions.csv.gz")
    assert answer.json()["similar"] == [f"graph/mappings/professions.{form}.gz" for form in dumps.FORMS]


def test_the_listing_is_a_page_for_people(client: TestClient) -> None:
    answer = client.get("/dumps/", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/dumps/passerelle.nq.gz?version=' in answer.text


# The vocabulary


@pytest.mark.parametrize(("suffix", "form"), [("ttl", "turtle"), ("rdf", "xml"), ("nt", "nt")])
def test_the_vocabulary_opens_in_each_form(client: TestClient, suffix: str, form: str) -> None:
    answer = client.get(f"/ontology.{suffix}")
    found = rdflib.Graph().parse(data=answer.content, format=form)
    source = rdflib.Graph().parse(ROOT / "ontology" / "vocabulary.ttl")
    assert len(found) == len(source)
    assert set(found.subjects(RDF.type, rdflib.OWL.Class)) >= {rdflib.URIRef(f"{NAMESPACE}def#Qualification")}


@pytest.mark.parametrize("suffix", ["rdf", "nt"])
def test_owlready_loads_the_vocabulary(client: TestClient, suffix: str) -> None:
    world = owlready2.World()
    ontology = world.get_ontology(f"{NAMESPACE}def#")
    ontology.load(fileobj=io.BytesIO(client.get(f"/ontology.{suffix}").content))
    names = {each.name for each in world.classes()}
    assert {"Qualification", "Profession", "Route"} <= names


def test_another_form_of_the_vocabulary_is_refused(client: TestClient) -> None:
    assert client.get("/ontology.owl").status_code == 400


def test_the_description_is_part_of_the_built_graph(client: TestClient, data: Path) -> None:
    report = json.loads((data / "current" / "report.json").read_text(encoding="utf-8"))
    assert report["graphs"][DESCRIPTION.value] > 1000
    answer = client.get("/sparql", params={"query": f"ASK {{ GRAPH {DESCRIPTION} {{ {NamedNode(DATASET)} ?p ?o }} }}"})
    assert answer.json()["boolean"] is True
