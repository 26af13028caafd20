"""Codes in other schemes, and the mappings between schemes or countries, as lookups."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from graph_api.classifications.crosswalk import Crosswalk
from graph_api.classifications.sssom import TSV, MappingSets
from graph_api.web.addresses import asked_address
from graph_api.web.csv_text import CSV, written
from graph_api.web.negotiation import JSON, choose
from graph_api.web.rest.paging import Cursor, Fields, FormatCsv, as_rows, chosen, fields_of, place_of
from graph_api.web.rest.shared import Lang, Limit, Offset, SchemeOrCountry, answer
from graph_api.web.services import Services

_SSSOM: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {TSV: {"schema": {"type": "string"}}}}}


def add_crosswalks(router: APIRouter, services: Services) -> None:
    """`/crosswalk` and `/mappings`."""
    store, schemes = services.store, services.schemes
    crosswalk, sets = Crosswalk(store, schemes), MappingSets(store, schemes, services.descriptions)

    @router.get("/crosswalk", summary="The schemes in which a code can be looked up", tags=["compare"])
    def get_schemes(lang: Lang = "en") -> Response:
        return answer(services, {"results": crosswalk.schemes_json(lang)})

    @router.get("/crosswalk/{scheme}/{code}", summary="What a code corresponds to in other schemes", tags=["compare"])
    def get_crosswalk(
        scheme: Annotated[str, Path(pattern=r"^[a-z0-9-]+$", max_length=40)],
        code: Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]+$", max_length=120)],
        to: Annotated[
            str | None, Query(pattern=r"^[a-z0-9-]+$", max_length=40, description="scheme to arrive at")
        ] = None,
        lang: Lang = "en",
        limit: Annotated[int, Query(ge=1, le=500, description="the strongest so many")] = 50,
    ) -> Response:
        return answer(services, crosswalk.walk(scheme, code, to, lang, limit))

    @router.get("/mappings", summary="Mappings between two schemes or countries", tags=["compare"], responses=_SSSOM)
    def get_mappings(
        request: Request,
        start: Annotated[SchemeOrCountry | None, Query(alias="from", description="scheme or country")] = None,
        to: Annotated[SchemeOrCountry | None, Query(description="scheme or country")] = None,
        through: Annotated[SchemeOrCountry | None, Query(description="chain two mappings through this scheme")] = None,
        lang: Lang = "en",
        limit: Limit = 100,
        offset: Offset = 0,
        cursor: Cursor = None,
        fields: Fields = None,
        format_: FormatCsv = None,
    ) -> Response:
        """JSON or CSV a page at a time; everything as one SSSOM table with `Accept: text/tab-separated-values`."""
        place, names = place_of(services, cursor, offset), fields_of(fields)
        media = choose(request.headers.get("accept"), [JSON, TSV, CSV], format_)
        if media == TSV:
            text = sets.sssom(start, to, through, asked_address(request))
            return Response(text, media_type=TSV, headers={"X-Passerelle-Version": store.version})
        found = sets.page(start, to, through, lang, (limit + 1, place.offset))
        if media == CSV:
            return written(*as_rows(found[:limit], names), store.version)
        more = place.following(request, limit) if len(found) > limit else None
        results = [chosen(each, names) for each in found[:limit]]
        return answer(services, {"from": start, "to": to, "through": through, "results": results, "next": more})
