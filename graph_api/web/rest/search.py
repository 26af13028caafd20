"""Search by labels and codes as a lookup."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from graph_api.recognition.question import Language
from graph_api.web.rest.shared import Lang, answer, next_page
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
    ) -> Response:
        found = services.index.current().search(
            q,
            kinds=kind or (),
            countries=country or (),
            languages=label_lang or (),
            lang=lang,
            limit=limit + 1,
            offset=offset,
        )
        hits = [hit.as_json() for hit in found]
        more = len(hits) > limit
        return answer(
            services, {"query": q, "results": hits[:limit], "next": next_page(request, limit, offset) if more else None}
        )
