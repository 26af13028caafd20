"""Search by labels and codes as a lookup."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from graph_api.recognition.question import Language
from graph_api.web.csv_text import CSV, written
from graph_api.web.negotiation import JSON, choose
from graph_api.web.rest.paging import Cursor, Fields, FormatCsv, as_rows, chosen, fields_of, place_of
from graph_api.web.rest.shared import Lang, answer
from graph_api.web.services import Services


def add_search(router: APIRouter, services: Services) -> None:
    """`/search`."""

    @router.get("/search", summary="Find anything by a label in any language, or by a code", tags=["search"])
    def get_search(
        request: Request,
        q: Annotated[str, Query(min_length=1, max_length=500, description="what you would type")],
        kind: Annotated[
            list[str] | None, Query(description="profession, qualification, occupation, competence, …")
        ] = None,
        country: Annotated[list[str] | None, Query()] = None,
        label_lang: Annotated[list[Language] | None, Query(description="match labels in these languages only")] = None,
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
        cursor: Cursor = None,
        fields: Fields = None,
        format_: FormatCsv = None,
    ) -> Response:
        """JSON a page at a time; a page as a table with `Accept: text/csv`."""
        place, names = place_of(services, cursor, offset), fields_of(fields)
        found = services.index.current().search(
            q,
            kinds=kind or (),
            countries=country or (),
            languages=label_lang or (),
            lang=lang,
            limit=limit + 1,
            offset=place.offset,
        )
        hits = [hit.as_json() for hit in found]
        more = len(hits) > limit
        if choose(request.headers.get("accept"), [JSON, CSV], format_) == CSV:
            return written(*as_rows(hits[:limit], names), services.store.version)
        following = place.following(request, limit) if more else None
        return answer(
            services, {"query": q, "results": [chosen(hit, names) for hit in hits[:limit]], "next": following}
        )
