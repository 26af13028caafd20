"""The dataset in its own words: VoID and the DCAT-AP catalogue in one document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pyoxigraph import RdfFormat, parse, serialize

from graph_api.rdf.namespaces import SD, VOID
from graph_api.rdf.terms import DESCRIPTION, prefixes
from graph_api.web.addresses import public_address
from graph_api.web.contract_parts import Answers, described
from graph_api.web.dataset.dcat import Catalogue
from graph_api.web.dataset.dumps import Dumps
from graph_api.web.dataset.shared import Format, headers
from graph_api.web.negotiation import HTML, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, choose
from graph_api.web.services import Services

RDF_TYPES: Final = (TURTLE, JSON_LD, RDF_XML, N_TRIPLES)


class DescriptionRoutes:
    """`/dataset` and `/.well-known/void`: VoID and the DCAT-AP catalogue in one document."""

    def __init__(self, services: Services, dumps: Dumps, html: Callable[[Request], Response] | None) -> None:
        self._services, self._dumps, self._html = services, dumps, html

    def add_to(self, router: APIRouter) -> None:
        """Add these addresses."""
        summary = "The dataset described: VoID and DCAT-AP 3"
        answers: Answers = {200: {"content": described(*RDF_TYPES, HTML)}}
        router.add_api_route("/dataset", self.dataset, summary=summary, response_class=Response, responses=answers)
        summary = "The same, at the address where VoID is looked for"
        answers = {200: {"content": described(*RDF_TYPES)}}
        void = "/.well-known/void"
        router.add_api_route(void, self.well_known, summary=summary, response_class=Response, responses=answers)

    def dataset(self, request: Request, wanted: Format = None) -> Response:
        """Its page for people, RDF for machines, by `Accept`."""
        offered = (HTML, *RDF_TYPES) if self._html else RDF_TYPES
        media_type = choose(request.headers.get("accept"), offered, wanted)
        if self._html and media_type == HTML:
            return self._html(request)
        return self._described(request, media_type)

    def well_known(self, request: Request, wanted: Format = None) -> Response:
        """Always RDF."""
        return self._described(request, choose(request.headers.get("accept"), RDF_TYPES, wanted))

    def _described(self, request: Request, media_type: str) -> Response:
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {DESCRIPTION} {{ ?s ?p ?o }} }}"
        stored = parse(self._services.store.query(query, N_TRIPLES), format=RdfFormat.N_TRIPLES)
        releases = self._services.acknowledgements.releases()
        catalogue = Catalogue(public_address(request), self._dumps, self._services.settings.ontology, releases)
        added = catalogue.triples(self._services.versions.current())
        known = {**prefixes(), "void": VOID, "sd": SD, "spdx": "http://spdx.org/rdf/terms#"}
        rdf: Any = RdfFormat.from_media_type(media_type)
        triples = sorted({*(quad.triple for quad in stored), *added}, key=str)
        body = serialize(triples, format=rdf, prefixes=known)
        return Response(body, media_type=media_type, headers=headers(self._services.store.version, "Accept"))
