"""Linked data: the canonical IRIs answer with a page for people and RDF for machines.

`/id/{kind}/{slug}` answers 303 to `/page/…` or `/data/…` by `Accept`; the vocabulary, the named graphs and the
schemes' concepts do the same under their own paths.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pyoxigraph import NamedNode, RdfFormat, parse, serialize

from graph_api.errors import UnknownIdentifier
from graph_api.rdf.terms import ESCO, ESCO_KINDS, GRAPH, NAMESPACE, prefixes
from graph_api.rdf.xml_text import writable
from graph_api.store import queries
from graph_api.store.graph_store import JSON_RESULTS, GraphStore
from graph_api.web.contract_parts import PROBLEMS, Answers, described
from graph_api.web.negotiation import HTML, JSON, JSON_LD, N_TRIPLES, RDF_XML, TURTLE, choose
from graph_api.web.services import Services

FORMATS: Final = {
    "ttl": TURTLE,
    "jsonld": JSON_LD,
    "nt": N_TRIPLES,
    "rdf": RDF_XML,
}
_VOCABULARY: Final = f"{GRAPH}vocabulary"
_RDF: Final = (*FORMATS.values(), JSON)
"""JSON-LD is JSON, and is sent to those who ask for that."""
_OFFERED: Final = (HTML, *_RDF)
_RDF_ANSWER: Final[Answers] = {200: {"content": described(*_RDF)}}

Part = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]+$", max_length=200)]
Format = Annotated[str | None, Query(alias="format", pattern="^(ttl|jsonld|nt|rdf)$")]


def routes(services: Services) -> APIRouter:
    """The linked-data addresses over a store."""
    store = services.store
    router = APIRouter(tags=["linked data"], responses=PROBLEMS, default_response_class=Response)

    @router.get("/id/{kind}/{slug}", summary="A thing: 303 to its page or its data, by Accept", status_code=303)
    def get_id(request: Request, kind: Part, slug: Part) -> Response:
        _must_exist(store, f"{NAMESPACE}id/{kind}/{slug}", kind, slug)
        return _see_other(request, f"{kind}/{slug}")

    @router.get("/scheme/{scheme}", summary="A scheme of codes: 303 to its page or its data", status_code=303)
    def get_scheme(request: Request, scheme: Part) -> Response:
        _must_exist(store, canonical("scheme", scheme), "scheme", scheme)
        return _see_other(request, f"scheme/{scheme}")

    @router.get("/scheme/{scheme}/{code}", summary="A concept of a national scheme", status_code=303)
    def get_concept(request: Request, scheme: Part, code: Part) -> Response:
        _must_exist(store, f"{NAMESPACE}scheme/{scheme}/{code}", scheme, code)
        return _see_other(request, f"scheme/{scheme}/{code}")

    @router.get(
        "/data/scheme/{scheme}/{code}", summary="What the graph says of a concept, as RDF", responses=_RDF_ANSWER
    )
    def get_concept_data(request: Request, scheme: Part, code: Part, wanted: Format = None) -> Response:
        return _rdf(request, store, f"{NAMESPACE}scheme/{scheme}/{code}", wanted, (scheme, code))

    @router.get("/def", summary="The vocabulary: 303 to its page or its RDF, by Accept", status_code=303)
    def get_vocabulary(request: Request) -> Response:
        if choose(request.headers.get("accept"), _OFFERED) == HTML:
            return _redirect(request, "/ontology")
        return _redirect(request, "/data/graph/vocabulary")

    @router.get(
        "/def/{version}",
        summary="A version of the vocabulary; this server holds the one it was built with",
        status_code=303,
    )
    def get_vocabulary_version(request: Request, version: Part) -> Response:
        _must_exist(store, f"{NAMESPACE}def/{version}", "version of the vocabulary", version)
        return get_vocabulary(request)

    @router.get("/graph/{name:path}", summary="A named graph: 303 to its page or its RDF, by Accept", status_code=303)
    def get_graph(request: Request, name: str) -> Response:
        _must_exist(store, f"{NAMESPACE}graph/{name}", "graph", name, graph=True)
        html = choose(request.headers.get("accept"), _OFFERED) == HTML
        return _redirect(request, f"/page/graph/{name}" if html else f"/data/graph/{name}")

    @router.get("/data/graph/{name:path}", summary="A whole named graph, as RDF", responses=_RDF_ANSWER)
    def get_graph_data(request: Request, name: str, wanted: Format = None) -> Response:
        iri = f"{NAMESPACE}graph/{name}"
        _must_exist(store, iri, "graph", name, graph=True)
        return _constructed(request, store, "graph_data", "graph", iri, wanted)

    @router.get("/data/{kind}/{slug}", summary="What the graph says of a thing, as RDF", responses=_RDF_ANSWER)
    def get_data(request: Request, kind: Part, slug: Part, wanted: Format = None) -> Response:
        return _rdf(request, store, canonical(kind, slug), wanted, (kind, slug))

    return router


def vocabulary_files(services: Services) -> APIRouter:
    """`/ontology.ttl` and the like: the vocabulary as a file."""
    store = services.store
    router = APIRouter(tags=["dataset"], responses=PROBLEMS, default_response_class=Response)

    @router.get(
        "/ontology.{suffix}",
        summary="The vocabulary as a file, for Protégé and owlready2",
        responses={200: {"content": described(TURTLE, RDF_XML, N_TRIPLES)}},
    )
    def get_ontology(suffix: Annotated[str, Path(pattern="^(ttl|rdf|nt)$")]) -> Response:
        text = queries.bind("graph_data", {"graph": [NamedNode(_VOCABULARY)]})
        body = _written(store.query(text, N_TRIPLES), FORMATS[suffix])
        headers = {
            "X-Passerelle-Version": store.version,
            "Cache-Control": "no-cache",
            "Content-Disposition": f'inline; filename="passerelle.{suffix}"',
        }
        return Response(body, media_type=FORMATS[suffix], headers=headers)

    return router


def canonical(kind: str, slug: str) -> str:
    """The IRI of a thing by the kind and slug of its local address; ESCO's own concepts keep ESCO's IRIs."""
    if kind in ESCO_KINDS:
        return f"{ESCO}{ESCO_KINDS[kind]}/{slug}"
    if kind == "scheme":
        return f"{NAMESPACE}scheme/{slug}"
    return f"{NAMESPACE}id/{kind}/{slug}"


def _must_exist(store: GraphStore, iri: str, kind: str, slug: str, *, graph: bool = False) -> None:
    name = "graph_exists" if graph else "exists"
    try:
        term = NamedNode(iri)
    except ValueError:
        raise UnknownIdentifier(kind, slug) from None
    text = queries.bind(name, {"graph" if graph else "thing": [term]})
    if not json.loads(store.query(text, JSON_RESULTS))["boolean"]:
        raise UnknownIdentifier(kind, slug)


def _see_other(request: Request, path: str) -> Response:
    chosen = choose(request.headers.get("accept"), _OFFERED)
    return _redirect(request, f"/page/{path}" if chosen == HTML else f"/data/{path}")


def _redirect(request: Request, path: str) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Vary": "Accept"}
    return RedirectResponse(path + query, status_code=303, headers=headers)


def _rdf(request: Request, store: GraphStore, iri: str, wanted: str | None, name: tuple[str, str]) -> Response:
    _must_exist(store, iri, *name)
    return _constructed(request, store, "describe", "thing", iri, wanted)


def _constructed(
    request: Request, store: GraphStore, query: str, parameter: str, iri: str, wanted: str | None
) -> Response:
    """The query's graph in the format that `?format=` or `Accept` asks for, with the prefixes of the project."""
    media = FORMATS[wanted] if wanted else choose(request.headers.get("accept"), _RDF)
    triples = store.query(queries.bind(query, {parameter: [NamedNode(iri)]}), N_TRIPLES)
    body = _written(triples, media)
    headers = {
        "Vary": "Accept",
        "X-Passerelle-Version": store.version,
        "Link": f'<{iri}>; rel="describes", <https://creativecommons.org/licenses/by/4.0/>; rel="license"',
    }
    return Response(body, media_type=media, headers=headers)


def _written(triples: bytes, media: str) -> bytes:
    if media == N_TRIPLES:
        return triples
    rdf: Any = RdfFormat.from_media_type(JSON_LD if media == JSON else media)
    said = (quad.triple for quad in parse(triples, format=RdfFormat.N_TRIPLES))
    written = writable(said) if rdf == RdfFormat.RDF_XML else said
    return serialize(written, format=rdf, prefixes=dict(prefixes())) or b""
