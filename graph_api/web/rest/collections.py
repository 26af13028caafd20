"""The collections: each one a named query that lists things, and each thing of it by its slug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pyoxigraph import NamedNode

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import ESCO, thing
from graph_api.store import queries
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris
from graph_api.store.records import known_record, read_record, read_records
from graph_api.web.rest.shared import SLUG, Lang, Limit, Offset, SlugPath, answer, next_page
from graph_api.web.services import Services

COLLECTIONS: Final[Mapping[str, str]] = {
    "professions": "profession",
    "national-professions": "national-profession",
    "qualifications": "qualification",
    "competences": "competence",
    "authorities": "authority",
    "regimes": "regime",
    "legal-acts": "legal-act",
    "joint-programmes": "joint-programme",
}


def add_collections(router: APIRouter, services: Services) -> None:
    """Every collection, and everything in it."""
    for collection, kind in COLLECTIONS.items():
        _add_collection(router, services, collection, kind)


def _add_collection(router: APIRouter, services: Services, collection: str, kind: str) -> None:
    store = services.store
    query = collection.replace("-", "_")

    @router.get(f"/{collection}", name=collection, summary=queries.header(query)["summary"], tags=["lookups"])
    def get_list(
        request: Request,
        country: Annotated[str | None, Query(description="code such as `NL` or `BE-fr`")] = None,
        profession: Annotated[str | None, Query(description="its slug", pattern=SLUG, max_length=200)] = None,
        lang: Lang = "en",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        filters = {
            "country": country and _jurisdiction(country),
            "profession": profession and thing("profession", profession),
        }
        for name, value in filters.items():
            if value and name not in queries.parameters(query):
                raise BadRequest(name, f"{collection} are not sorted by {name}; leave it out")
        terms = {name: [value] for name, value in filters.items() if value}
        rows = queries.select(store, query, page=(limit + 1, offset), **terms)
        records = read_records(store, [row["thing"] for row in rows[:limit]], lang)
        more = len(rows) > limit
        return answer(services, {"results": records, "next": next_page(request, limit, offset) if more else None})

    @router.get(f"/{collection}/{{slug}}", name=kind, summary=f"One {kind} by its slug", tags=["lookups"])
    def get_one(slug: SlugPath, lang: Lang = "en") -> Response:
        iri = f"{ESCO}skill/{slug}" if kind == "competence" else thing(kind, slug).value
        record = read_record(store, iri, lang)
        if record is None:
            raise UnknownIdentifier(kind, slug)
        return answer(services, record)


def _jurisdiction(code: str) -> NamedNode:
    slug = code.lower()
    if not slug.replace("-", "").isalpha() or len(slug) > 5:
        raise BadRequest("country", f"'{code}' is no country code; write NL, or BE-fr for a community")
    return thing("jurisdiction", slug)


def across_countries(store: GraphStore, slug: str, lang: str) -> dict[str, Any]:
    """A profession with its national forms. Raises UnknownIdentifier."""
    profession = known_record(store, "profession", slug, lang)
    rows = queries.select(store, "across_countries", profession=iris([profession["id"]]))
    records = read_records(store, [row["thing"] for row in rows], lang)
    codes: Mapping[str, str] = {row["thing"]: row["code"] for row in rows}
    return {
        "profession": profession,
        "countries": [{"country": codes[record["id"]], **record} for record in records],
    }
