"""The page of what is not known: counted by state, each list a page at a time, and what of the tables was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.store.unknown import LACKS, Share, Unknown, names_in
from graph_api.web.layout import page, reader_of
from graph_api.web.services import Services

_SIZE: Final = 50


class UnknownPages:
    """`/unknown` over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, router: APIRouter) -> None:
        """Add the address of the page."""
        router.add_api_route("/unknown", self.unknown, response_class=HTMLResponse, include_in_schema=False)

    def unknown(self, request: Request, lack: str = "", country: str = "", offset: str = "0") -> Response:
        """The counts; and of one lack, in one country or all, what it is that is missing."""
        lang = reader_of(request).lang
        places, found = self._services.jurisdictions.get(lang), self._services.unknown.get()
        place = places.asked(country, "country") if country else None
        chosen = found.chosen(lack, place.iri if place else None) if lack in LACKS else []
        start = min(int(offset), len(chosen)) if offset.isdigit() and len(offset) < 7 else 0
        shown = chosen[start : start + _SIZE]
        return page(
            request,
            "unknown.html",
            lacks=LACKS,
            lack=lack if lack in LACKS else "",
            country=place.code if place else "",
            places=places,
            counts=found.counts,
            shares=_by_state(found),
            annex=found.annex,
            gaps=shown,
            total=len(chosen),
            names=names_in(self._services.store, shown, lang),
            offset=start,
            page_size=_SIZE,
        )


def _by_state(found: Unknown) -> Mapping[str, Sequence[Share]]:
    """The tables that speak of a state, those with the most rows unread first."""
    shares: dict[str, list[Share]] = {}
    for share in sorted(found.shares, key=lambda item: (item.read - item.rows, item.table)):
        shares.setdefault(share.state, []).append(share)
    return shares
