"""The SPARQL 1.1 Service Description of `/sparql` and `/sparql/archive`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, QueryResultsFormat, RdfFormat, Triple, serialize

from graph_api.rdf.namespaces import OWL, RDFS, SD
from graph_api.rdf.terms import DATASET, RDF_TYPE
from graph_api.store.graph_store import JSON_RESULTS, GraphStore
from graph_api.store.local import CurrentStore, EmbeddedStore

_VERSION: Final = NamedNode(f"{OWL}versionInfo")
_SEE_ALSO: Final = NamedNode(f"{RDFS}seeAlso")
_RESULT_FORMATS: Final = (
    QueryResultsFormat.JSON,
    QueryResultsFormat.XML,
    QueryResultsFormat.CSV,
    QueryResultsFormat.TSV,
    RdfFormat.TURTLE,
    RdfFormat.N_TRIPLES,
    RdfFormat.N_QUADS,
    RdfFormat.TRIG,
    RdfFormat.RDF_XML,
    RdfFormat.JSON_LD,
)
_GRAPHS: Final = "SELECT ?graph { GRAPH ?graph {} } ORDER BY ?graph"


def description(endpoint: str, store: GraphStore, media_type: str, *, federated: bool, dataset: str = DATASET) -> bytes:
    """What the endpoint at this address is and can do. Only our dataset's default graph is a union."""
    triples = _triples(NamedNode(endpoint), store, federated, NamedNode(dataset))
    written = serialize(triples, format=RdfFormat.from_media_type(media_type), prefixes={"sd": SD})
    assert written is not None, "without an output the text is returned"
    return written


def _triples(service: NamedNode, store: GraphStore, federated: bool, dataset: NamedNode) -> Iterator[Triple]:
    default = BlankNode("default")
    yield Triple(service, RDF_TYPE, _sd("Service"))
    yield Triple(service, _sd("endpoint"), service)
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    if dataset.value == DATASET:
        yield Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    if federated:
        yield Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for result_format in _RESULT_FORMATS:
        yield Triple(service, _sd("resultFormat"), NamedNode(result_format.iri))
    described = NamedNode(service.value.rpartition("/sparql")[0] + "/.well-known/void")
    yield Triple(service, _SEE_ALSO, described)
    yield Triple(service, _sd("defaultDataset"), dataset)
    yield Triple(dataset, RDF_TYPE, _sd("Dataset"))
    yield Triple(dataset, _VERSION, Literal(store.version))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, RDF_TYPE, _sd("Graph"))
    for number, name in enumerate(_graph_names(store)):
        graph = BlankNode(f"graph{number}")
        yield Triple(dataset, _sd("namedGraph"), graph)
        yield Triple(graph, RDF_TYPE, _sd("NamedGraph"))
        yield Triple(graph, _sd("name"), NamedNode(name))


def _graph_names(store: GraphStore) -> list[str]:
    """The named graphs, where listing them costs little: in a graph of our own."""
    if not isinstance(store, CurrentStore | EmbeddedStore):
        return []
    rows = json.loads(store.query(_GRAPHS, JSON_RESULTS))["results"]["bindings"]
    return [row["graph"]["value"] for row in rows if row["graph"]["type"] == "uri"]


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)
