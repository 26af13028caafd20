"""What is not known, as a lookup: counts by state, and the list behind each of them, as JSON or CSV."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from graph_api.rdf.terms import kind_and_slug
from graph_api.store.jurisdictions import Jurisdictions
from graph_api.store.queries import Row, header
from graph_api.store.things import Text
from graph_api.store.unknown import LACKS, Unknown, names_in
from graph_api.web.csv_text import CSV, written
from graph_api.web.negotiation import JSON, choose
from graph_api.web.rest.paging import Cursor, place_of
from graph_api.web.rest.shared import Lang, Limit, Offset, answer
from graph_api.web.services import Services

Lack = Literal["status", "level", "authority", "procedure", "title", "unread"]
_CSV: Final[dict[str, Any]] = {"content": {CSV: {"schema": {"type": "string"}}}}
_COLUMNS: Final = ("lack", "country", "profession", "profession_label", "thing", "thing_label", "property", "kind")


class Count(BaseModel):
    """How many things of a state lack something."""

    lack: Lack
    country: str
    count: int


class Unread(BaseModel):
    """How many rows of a table speak of a state, and how many were read in their source."""

    table: str
    country: str
    rows: int
    read: int


class AnnexPoint(BaseModel):
    """A point of Annex V of Directive 2005/36/EC, and how new the texts are in which its titles were read."""

    point: str
    entries: int
    unread: int = Field(description="entries that nobody read in a text")
    newest: str | None = Field(
        description="day or month of the newest text; a later change of the list is not known here"
    )


class Missing(BaseModel):
    """One thing that is not known."""

    lack: Lack
    country: str = Field(description="the jurisdiction that decides")
    thing: str = Field(description="IRI of the national profession, the qualification or the procedure")
    kind: str | None = Field(description="which of them it is")
    thing_label: str | None
    profession: str | None = Field(description="IRI")
    profession_label: str | None
    property: str | None = Field(description="IRI of the property that nobody read, where the lack is `unread`")


class UnknownAnswer(BaseModel):
    """What is not known: counted, and one by one."""

    counts: list[Count]
    tables: list[Unread]
    annex_v: list[AnnexPoint]
    results: list[Missing]
    next: str | None


def add_unknown(router: APIRouter, services: Services) -> None:
    """`/unknown`."""

    @router.get(
        "/unknown",
        summary=header("unknown")["summary"],
        tags=["lookups"],
        response_model=None,
        responses={200: {"model": UnknownAnswer, **_CSV}},
    )
    def get_unknown(
        request: Request,
        lack: Annotated[Lack | None, Query(description="what is missing; all when not given")] = None,
        country: Annotated[str | None, Query(max_length=20, description="code such as `NL` or `BE-fr`")] = None,
        format_: Annotated[str | None, Query(alias="format", description="`csv` for the whole list")] = None,
        lang: Lang = "en",
        limit: Limit = 100,
        offset: Offset = 0,
        cursor: Cursor = None,
    ) -> Response:
        """JSON a page at a time; the whole list as a table with `Accept: text/csv` or `format=csv`."""
        places, unknown = services.jurisdictions.get(lang), services.unknown.get()
        place = places.asked(country, "country") if country else None
        chosen = unknown.chosen(lack, place.iri if place else None)
        if choose(request.headers.get("accept"), [JSON, CSV], format_) == CSV:
            names = names_in(services.store, chosen, lang)
            return written(_COLUMNS, (_missing(gap, places, names) for gap in chosen), services.store.version)
        where = place_of(services, cursor, offset)
        shown = chosen[where.offset : where.offset + limit]
        names = names_in(services.store, shown, lang)
        more = len(chosen) > where.offset + limit
        body = {
            "counts": _counts(unknown, places),
            "tables": [
                {"table": share.table, "country": places.code_of(share.state), "rows": share.rows, "read": share.read}
                for share in unknown.shares
            ],
            "annex_v": [asdict(point) for point in unknown.annex],
            "results": [_missing(gap, places, names) for gap in shown],
            "next": where.following(request, limit) if more else None,
        }
        return answer(services, body)


def _counts(unknown: Unknown, places: Jurisdictions) -> list[dict[str, Any]]:
    return [
        {"lack": lack, "country": places.code_of(state), "count": unknown.counts[lack, state]}
        for lack in LACKS
        for state in places.deciding_states
    ]


def _missing(gap: Row, places: Jurisdictions, names: dict[str, Text]) -> dict[str, str | None]:
    profession, own = gap.get("profession"), kind_and_slug(gap["thing"])
    return {
        "lack": gap["lack"],
        "country": places.code_of(gap["place"]),
        "thing": gap["thing"],
        "kind": own[0] if own else None,
        "thing_label": names.get(gap["thing"], (None, None))[0],
        "profession": profession,
        "profession_label": names.get(profession or "", (None, None))[0],
        "property": gap.get("property"),
    }
