"""Pages about the data themselves: what is in the graph, how much is verified, what the terms mean."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.rdf.terms import NAMESPACE, PAS, local_name
from graph_api.store.per_version import Current
from graph_api.store.things import Thing, called, label, read_things
from graph_api.web.addresses import public_address
from graph_api.web.layout import page, reader_of
from graph_api.web.pages.drawings.classes import boxes_of, draw
from graph_api.web.pages.schema_org import dataset_page
from graph_api.web.services import Services


class DataPages:
    """The dataset and the ontology over one store."""

    def __init__(self, services: Services) -> None:
        store = services.store
        self._services = services
        self._terms: Current[dict[str, Thing]] = Current(store, lambda: read_things(store, "vocabulary_terms"))

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        router.add_api_route("/ontology", self.ontology, response_class=HTMLResponse, include_in_schema=False)

    def dataset(self, request: Request) -> Response:
        """What is in the graph, and how much of it is verified."""
        figures = self._services.figures.get()
        releases = self._services.acknowledgements.releases().all
        return page(
            request,
            "dataset.html",
            figures=figures,
            releases=releases,
            schema_org=dataset_page(figures.version, figures.statements, releases, public_address(request)),
            graph_name=lambda iri: iri.removeprefix(NAMESPACE),
        )

    def ontology(self, request: Request) -> Response:
        """Every term of the vocabulary with its definition."""
        lang = reader_of(request).lang
        terms = self._terms.get()
        ours = {iri: term for iri, term in terms.items() if iri.startswith(PAS)}
        sections = {
            "classes": _of(ours, "Class"),
            "properties": _of(ours, "ObjectProperty", "DatatypeProperty", "AnnotationProperty"),
            "individuals": _of(ours, "NamedIndividual"),
        }
        families = boxes_of(ours, {iri: called(ours, iri, lang) for iri in ours})
        return page(
            request,
            "ontology.html",
            sections=sections,
            families=families,
            drawings=[draw(families, columns) for columns in (3, 1)],
            term_label=lambda iri: called(ours, iri, lang),
            definition=lambda term: label(term, lang, "definition"),
            has_term=lambda iri: iri in ours,
        )


def _of(terms: Mapping[str, Thing], *types: str) -> list[Thing]:
    found = [term for term in terms.values() if {local_name(name) for name in term.get("type", ())} & set(types)]
    return sorted(found, key=lambda term: local_name(term["iri"][0]).lower())
