"""The map of obstacles as a page: every two jurisdictions in a table, the hardest answers, how the index is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.errors import BadRequest
from graph_api.obstacles.index import MOST, WEIGHTS, Group, Scored
from graph_api.store.things import Text, called
from graph_api.web.callers import address_of
from graph_api.web.layout import page, reader_of
from graph_api.web.maps import Making
from graph_api.web.obstacles import Asked, Chosen, chosen_of, grouped, regions_by_name, weights_of
from graph_api.web.services import Services

_SIZE: Final = 25
_BEST: Final = 10
_FILTERS: Final = ("profession", "home", "host", "region", "as_of")


@dataclass(frozen=True)
class Cell:
    """One ordered pair in the table: its answers counted, and the only answer where a profession was asked."""

    group: Group
    only: Scored | None


class ObstaclePages:
    """`/obstacles` over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, router: APIRouter) -> None:
        """Add the address of the page."""
        router.add_api_route("/obstacles", self.obstacles, response_class=HTMLResponse, include_in_schema=False)

    def obstacles(self, request: Request, offset: str = "0") -> Response:
        """The map, or the part of it that is asked for; while it is being made, how far it is."""
        lang = reader_of(request).lang
        given = {name: request.query_params.get(name) or None for name in _FILTERS}
        weights = weights_of({name: _weight(request, name) for name in WEIGHTS})
        asked = Asked(given["profession"], given["home"], given["host"], given["region"])
        found = chosen_of(self._services, asked, _day(given["as_of"]), weights, address_of(request))
        places = self._services.jurisdictions.get(lang)
        shared = {
            "given": given,
            "weights": weights,
            "own_weights": {
                f"weight_{name}": f"{weights[name]:g}" for name in WEIGHTS if weights[name] != WEIGHTS[name]
            },
            "most": MOST,
            "places": places,
            "professions": self._services.professions.get(lang),
            "called": {slug: text[0] for slug, text in self._services.professions.get(lang)},
            "regions": regions_by_name(self._services, lang),
        }
        if isinstance(found, Making):
            return page(request, "obstacles.html", making=found, found=None, **shared)
        start = min(int(offset), len(found.answers)) if offset.isdigit() and len(offset) < 7 else 0
        rated = [item for item in found.answers if item.index is not None]
        return page(
            request,
            "obstacles.html",
            making=None,
            found=found,
            cells=_cells(found, given["profession"] is not None),
            deciding=places.deciding,
            by_profession=[] if given["profession"] else _hardest(grouped(found.answers, "profession")),
            shown=found.answers[start : start + _SIZE],
            best=list(reversed(rated[-_BEST:])),
            outcomes=self._outcomes(lang),
            offset=start,
            page_size=_SIZE,
            **shared,
        )

    def _outcomes(self, lang: str) -> Mapping[str, Text]:
        """What outcomes are called, by code."""
        reference = self._services.path_finder.reference()
        things = reference.of_class("Outcome")
        return {thing["code"][0]: called(things, iri, lang) for iri, thing in things.items() if "code" in thing}


def _cells(found: Chosen, one_profession: bool) -> dict[tuple[str, ...], Cell]:
    """The answers by home and host."""
    only = {(item.figure.home, item.figure.host): item for item in found.answers} if one_profession else {}
    return {group.key: Cell(group, only.get((group.key[0], group.key[1]))) for group in grouped(found.answers, "pair")}


def _hardest(found: Sequence[Group]) -> list[Group]:
    return sorted(found, key=lambda group: (group.index is None, -(group.index or 0), group.key))


def _weight(request: Request, name: str) -> float | None:
    text = request.query_params.get(f"weight_{name}")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not isfinite(value) or not 0 <= value <= 1000:
        raise BadRequest(f"weight_{name}", f"'{text[:20]}' is no weight; write a number from 0 to 1000")
    return value


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest("as_of", f"'{text}' is no day; write it as 2026-11-28") from None
