"""Pages about the data themselves: what is in the graph, how much is verified, what the terms mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.rdf.terms import GRAPH, NAMESPACE, PAS, local_name
from graph_api.store.local import GraphStore
from graph_api.store.per_version import Kept
from graph_api.store.queries import select
from graph_api.store.things import Thing, named, read_things
from graph_api.web.acknowledgements import credits_of
from graph_api.web.layout import page, public_address, reader_of
from graph_api.web.pages.drawings.classes import boxes_of, draw
from graph_api.web.pages.schema_org import dataset_page

PARTS: Final = ("mappings", "rules", "releases", "vocabulary", "inferred", "build")


@dataclass(frozen=True)
class Figures:
    """What a version of the graph holds, counted once per version."""

    version: str
    statements: int
    parts: Mapping[str, int]
    graphs: Mapping[str, int]
    tables: Mapping[str, Mapping[str, int]]
    kinds: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(sum(marks.values()) for marks in self.tables.values())

    @property
    def groups(self) -> Mapping[str, Mapping[str, int]]:
        """The tables by the folder that they lie in, those in none by their own name: marks counted together."""
        found: dict[str, dict[str, int]] = {}
        for label, marks in self.tables.items():
            name = label.removeprefix("mappings/").partition("/")[0].removesuffix(".csv")
            held = found.setdefault(name, {})
            for mark, rows in marks.items():
                held[mark] = held.get(mark, 0) + rows
        return found

    @property
    def verified(self) -> float:
        """The share of table rows that were read in their source."""
        read = sum(marks.get("yes", 0) for marks in self.tables.values())
        return read / self.rows if self.rows else 0.0


class FigureCache:
    """The figures of the version that the store serves now."""

    def __init__(self, store: GraphStore) -> None:
        self._kept: Kept[str, Figures] = Kept(store, lambda _: _count(store))

    def current(self) -> Figures:
        return self._kept.get("all")


def _count(store: GraphStore) -> Figures:
    version = store.version
    graphs = {row["graph"]: int(row["statements"]) for row in select(store, "graph_sizes")}
    parts = dict.fromkeys(PARTS, 0)
    for graph, size in graphs.items():
        part = graph.removeprefix(GRAPH).partition("/")[0]
        parts[part] = parts.get(part, 0) + size
    tables: dict[str, dict[str, int]] = {}
    for row in select(store, "verified_share"):
        tables.setdefault(row["label"], {})[row["verified"]] = int(row["rows"])
    kinds = {local_name(row["kind"]): int(row["things"]) for row in select(store, "kinds") if "kind" in row}
    return Figures(version, sum(graphs.values()), {k: v for k, v in parts.items() if v}, graphs, tables, kinds)


class DataPages:
    """The dataset and the ontology over one store."""

    def __init__(self, store: GraphStore, figures: FigureCache) -> None:
        self._figures = figures
        self._terms: Kept[str, dict[str, Thing]] = Kept(store, lambda _: read_things(store, "vocabulary_terms"))

    def add_to(self, router: APIRouter) -> None:
        router.add_api_route("/ontology", self.ontology, response_class=HTMLResponse, include_in_schema=False)

    def dataset(self, request: Request) -> Response:
        """What is in the graph, and how much of it is verified."""
        figures = self._figures.current()
        releases = credits_of(request).releases
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
        terms = self._terms.get("all")
        ours = {iri: term for iri, term in terms.items() if iri.startswith(PAS)}
        sections = {
            "classes": _of(ours, "Class"),
            "properties": _of(ours, "ObjectProperty", "DatatypeProperty", "AnnotationProperty"),
            "individuals": _of(ours, "NamedIndividual"),
        }
        families = boxes_of(ours, {iri: _label(ours, iri, lang) for iri in ours})
        return page(
            request,
            "ontology.html",
            sections=sections,
            families=families,
            drawings=[draw(families, columns) for columns in (3, 1)],
            term_label=lambda iri: _label(ours, iri, lang),
            definition=lambda term: named(term, lang, "definition"),
            has_term=lambda iri: iri in ours,
        )


def _of(terms: Mapping[str, Thing], *types: str) -> list[Thing]:
    found = [term for term in terms.values() if {local_name(name) for name in term.get("type", ())} & set(types)]
    return sorted(found, key=lambda term: local_name(term["iri"][0]).lower())


def _label(terms: Mapping[str, Thing], iri: str, lang: str) -> tuple[str, str | None]:
    text, language = named(terms.get(iri, {}), lang)
    return text or local_name(iri), language
