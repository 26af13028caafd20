"""What is added to the dataset's description when it is served: a DCAT-AP 3 catalogue with this server's addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from graph_api.rdf.namespaces import DCAT, DCTERMS, FOAF, SD, VOID, XSD
from graph_api.rdf.terms import DATASET, NAMESPACE, RDF_TYPE
from graph_api.store.versions import Version
from graph_api.web.acknowledgements import NOTHING, Releases
from graph_api.web.dataset.dumps import Dump, Dumps, dumps_of

_SPDX: Final = "http://spdx.org/rdf/terms#"
_MEDIA: Final = "http://www.iana.org/assignments/media-types/"
_ITSELF: Final = NamedNode(DATASET)
_PUBLISHER: Final = NamedNode(f"{DATASET}#publisher")
_LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")
_SPARQL: Final = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
_OPENAPI: Final = NamedNode("https://spec.openapis.org/oas/v3.1.0")


@dataclass(frozen=True)
class Catalogue:
    """The catalogue of one server; `base` is its address without a slash at the end."""

    base: str
    dumps: Dumps
    ontology: Path
    releases: Releases = NOTHING

    def triples(self, version: Version | None) -> Iterator[Triple]:
        """The statements; without the files of a version, those of the services only."""
        yield from (quad.triple for quad in parse(path=self.ontology / "catalogue.ttl", format=RdfFormat.TURTLE))
        yield from self._catalogue()
        yield from self._services()
        yield Triple(_ITSELF, _void("sparqlEndpoint"), self._at("/sparql"))
        yield Triple(_ITSELF, _dcat("landingPage"), self._at("/dataset"))
        yield Triple(self._at("/dataset"), RDF_TYPE, NamedNode(f"{FOAF}Document"))
        if version is not None:
            yield from self._version(version)
            yield from self._files(version)

    def _catalogue(self) -> Iterator[Triple]:
        catalogue = self._at("/dataset#catalogue")
        yield Triple(catalogue, RDF_TYPE, _dcat("Catalog"))
        yield Triple(catalogue, _dcterms("title"), _english("Data of this Passerelle"))
        yield Triple(catalogue, _dcterms("description"), _english("The dataset, its parts and the services over them"))
        yield Triple(catalogue, _dcterms("publisher"), _PUBLISHER)
        yield Triple(catalogue, _dcterms("license"), _LICENCE)
        yield Triple(catalogue, _dcat("dataset"), _ITSELF)

    def _services(self) -> Iterator[Triple]:
        for path, title, standard, describes in (
            ("/sparql", "SPARQL endpoint", _SPARQL, "/sparql"),
            ("/api/v1", "REST lookups", _OPENAPI, "/openapi.json"),
        ):
            service = self._at(f"/dataset#service{path.replace('/', '-')}")
            yield Triple(self._at("/dataset#catalogue"), _dcat("service"), service)
            yield Triple(service, RDF_TYPE, _dcat("DataService"))
            yield Triple(service, _dcterms("title"), _english(title))
            yield Triple(service, _dcat("endpointURL"), self._at(path))
            yield Triple(service, _dcat("endpointDescription"), self._at(describes))
            yield Triple(service, _dcterms("conformsTo"), standard)
            yield Triple(service, _dcterms("license"), _LICENCE)
            yield Triple(service, _dcat("servesDataset"), _ITSELF)

    def _version(self, version: Version) -> Iterator[Triple]:
        yield Triple(_ITSELF, _dcat("version"), Literal(version.name))
        if version.built:
            moment = Literal(version.built, datatype=NamedNode(f"{XSD}dateTime"))
            yield Triple(_ITSELF, _dcterms("modified"), moment)

    def _files(self, version: Version) -> Iterator[Triple]:
        """The whole dataset and each graph as a dataset of its own, with its dumps."""
        described: set[str] = set()
        for dump in dumps_of(version):
            if dump.graph is not None and dump.graph not in described:
                described.add(dump.graph)
                yield from self._part(dump.graph, dump.statements)
            yield from self._distribution(dump)

    def _part(self, graph: str, statements: int) -> Iterator[Triple]:
        """A graph; an imported release is said here only, for the description stored with the graph has none."""
        node, name = NamedNode(graph), graph.removeprefix(NAMESPACE)
        yield Triple(self._at("/dataset#catalogue"), _dcat("dataset"), node)
        yield Triple(_ITSELF, _dcterms("hasPart"), node)
        yield Triple(node, RDF_TYPE, _dcat("Dataset"))
        yield Triple(node, _dcterms("title"), _english(f"Passerelle: {name}"))
        text = " ".join([f"The named graph {name}: {statements} statements.", *self.releases.said_of(graph)])
        yield Triple(node, _dcterms("description"), _english(text))
        yield Triple(node, _dcterms("isPartOf"), _ITSELF)
        yield Triple(_ITSELF, _sd("namedGraph"), node)
        yield Triple(node, RDF_TYPE, _sd("NamedGraph"))
        yield Triple(node, _sd("name"), node)
        yield Triple(node, _void("triples"), Literal(str(statements), datatype=NamedNode(f"{XSD}integer")))

    def _distribution(self, dump: Dump) -> Iterator[Triple]:
        file = self._at(f"/dumps/{dump.name}?version={dump.version.name}")
        node = self._at(f"/dataset#dump-{dump.name}")
        yield Triple(NamedNode(dump.graph or DATASET), _dcat("distribution"), node)
        if dump.graph is None:
            yield Triple(_ITSELF, _void("dataDump"), file)
        media, gzip = NamedNode(_MEDIA + dump.form.media_type), NamedNode(f"{_MEDIA}application/gzip")
        yield Triple(node, RDF_TYPE, _dcat("Distribution"))
        yield Triple(node, _dcterms("title"), _english(f"{dump.form.name}, packed"))
        yield Triple(node, _dcat("accessURL"), self._at("/dumps/"))
        yield Triple(node, _dcat("downloadURL"), file)
        yield Triple(node, _dcat("mediaType"), media)
        yield Triple(node, _dcat("compressFormat"), gzip)
        if dump.graph is None or dump.graph in dump.version.own_graphs:
            yield Triple(node, _dcterms("license"), _LICENCE)
        for row in self.releases.of([dump.graph or ""]):
            if "licence" in row:
                yield Triple(node, _dcterms("license"), NamedNode(row["licence"]))
        for kind in (media, gzip):
            yield Triple(kind, RDF_TYPE, _dcterms("MediaType"))
        yield from self._measured(dump, node)

    def _measured(self, dump: Dump, node: NamedNode) -> Iterator[Triple]:
        """Size and checksum of a file that was made before."""
        size, digest = self.dumps.size(dump), self.dumps.known_checksum(dump)
        if size is not None:
            count = Literal(str(size), datatype=NamedNode(f"{XSD}nonNegativeInteger"))
            yield Triple(node, _dcat("byteSize"), count)
        if digest is not None:
            sum_ = NamedNode(f"{node.value}.sha256")
            yield Triple(node, NamedNode(f"{_SPDX}checksum"), sum_)
            yield Triple(sum_, RDF_TYPE, NamedNode(f"{_SPDX}Checksum"))
            algorithm = NamedNode(f"{_SPDX}checksumAlgorithm_sha256")
            yield Triple(sum_, NamedNode(f"{_SPDX}algorithm"), algorithm)
            value = Literal(digest, datatype=NamedNode(f"{XSD}hexBinary"))
            yield Triple(sum_, NamedNode(f"{_SPDX}checksumValue"), value)

    def _at(self, path: str) -> NamedNode:
        return NamedNode(self.base + path)


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _dcat(name: str) -> NamedNode:
    return NamedNode(DCAT + name)


def _dcterms(name: str) -> NamedNode:
    return NamedNode(DCTERMS + name)


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)


def _void(name: str) -> NamedNode:
    return NamedNode(VOID + name)
