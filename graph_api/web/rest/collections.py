"""The collections: each one a named query that lists things, and each thing of it by its slug."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from graph_api.web.csv_text import CSV, TABLES, written
from graph_api.web.negotiation import JSON, choose
from graph_api.web.rest.paging import Cursor, Fields, FormatCsv, as_rows, chosen, fields_of, place_of
from graph_api.web.rest.shared import SLUG, Lang, Limit, Offset, SlugPath, answer
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


_AT_ONCE: Final = 500
_LISTED_AT_ONCE: Final = 10_000
"""For every part of a list the whole of it is sorted anew."""


def add_collections(router: APIRouter, services: Services) -> None:
    """Every collection, and everything in it."""
    for collection, kind in COLLECTIONS.items():
        _add_collection(router, services, collection, kind)


def _add_collection(router: APIRouter, services: Services, collection: str, kind: str) -> None:
    store = services.store
    query = collection.replace("-", "_")

    @router.get(
        f"/{collection}",
        name=collection,
        summary=queries.header(query)["summary"],
        tags=["lookups"],
        responses=TABLES,
    )
    def get_list(
        request: Request,
        country: Annotated[str | None, Query(description="code such as `NL` or `BE-fr`")] = None,
        profession: Annotated[str | None, Query(description="its slug", pattern=SLUG, max_length=200)] = None,
        lang: Lang = "en",
        limit: Limit = 100,
        offset: Offset = 0,
        cursor: Cursor = None,
        fields: Fields = None,
        format_: FormatCsv = None,
    ) -> Response:
        """JSON a page at a time, the next under `next` and `Link`; the whole as a table with `Accept: text/csv`."""
        terms = _terms(query, collection, country, profession)
        place, names = place_of(services, cursor, offset), fields_of(fields)
        if choose(request.headers.get("accept"), [JSON, CSV], format_) == CSV:
            columns, rows = as_rows(_all(place.store, query, terms, lang), names)
            return written(columns, rows, place.store.version)
        found = queries.select(place.store, query, page=(limit + 1, place.offset), **terms)
        records = read_records(place.store, [row["thing"] for row in found[:limit]], lang)
        following = place.following(request, limit) if len(found) > limit else None
        body = {"results": [chosen(record, names) for record in records], "next": following}
        return answer(services, body, place.store.version)

    @router.get(f"/{collection}/{{slug}}", name=kind, summary=f"One {kind} by its slug", tags=["lookups"])
    def get_one(slug: SlugPath, lang: Lang = "en", fields: Fields = None) -> Response:
        iri = f"{ESCO}skill/{slug}" if kind == "competence" else thing(kind, slug).value
        record = read_record(store, iri, lang)
        if record is None:
            raise UnknownIdentifier(kind, slug)
        return answer(services, chosen(record, fields_of(fields)))


def _terms(query: str, collection: str, country: str | None, profession: str | None) -> dict[str, list[NamedNode]]:
    """What the list is narrowed to. Raises BadRequest for what it cannot be narrowed by."""
    filters = {
        "country": country and _jurisdiction(country),
        "profession": profession and thing("profession", profession),
    }
    for name, value in filters.items():
        if value and name not in queries.parameters(query):
            raise BadRequest(name, f"{collection} are not sorted by {name}; leave it out")
    return {name: [value] for name, value in filters.items() if isinstance(value, NamedNode)}


def _all(store: GraphStore, query: str, terms: Mapping[str, list[NamedNode]], lang: str) -> Iterator[dict[str, Any]]:
    """Every record of a list, some hundreds read at a time."""
    offset = 0
    while rows := queries.select(store, query, page=(_LISTED_AT_ONCE, offset), **terms):
        for start in range(0, len(rows), _AT_ONCE):
            yield from read_records(store, [row["thing"] for row in rows[start : start + _AT_ONCE]], lang)
        offset += _LISTED_AT_ONCE


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
