"""Pages of reforms: what is proposed, and which answers would change; and what differs between two days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.errors import BadRequest
from graph_api.rdf.terms import thing
from graph_api.reform.changes import VERDICTS, Comparison
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.things import Text, called
from graph_api.web.callers import address_of
from graph_api.web.layout import page, reader_of
from graph_api.web.maps import Making
from graph_api.web.obstacles import LEVEL, Asked, regions, regions_by_name, state_codes, wanted_of
from graph_api.web.reforms import Side, Wanted, by_pair, by_region, days_of
from graph_api.web.services import Services

_SIZE: Final = 25
_FILTERS: Final = ("profession", "home", "host", "region", "intent")


class ReformPages:
    """`/reforms` over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        router.add_api_route("/reforms", self.reforms, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/reforms/{name}", self.one, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/obstacles/changes", self.between, response_class=HTMLResponse, include_in_schema=False)

    def reforms(self, request: Request) -> Response:
        """All reforms, each marked as no law in force."""
        proposals = [(reform, days_of(reform)) for reform in self._services.reforms.all()]
        return page(request, "reforms.html", proposals=proposals)

    def one(self, request: Request, name: str) -> Response:
        """What a reform is, and what it would change; where it was not built here, how to build it."""
        reforms = self._services.reforms
        reform, wanted = reforms.named(name), self._wanted(request)
        is_built = reforms.is_built(name)
        found = reforms.changes(name, wanted, address_of(request)) if is_built else None
        day = reform.head.in_force
        shown = self._shown(request, found, reforms.in_force(name).store if is_built else self._services.store)
        sides = (Side(day), Side(day))
        return page(request, "reform.html", proposal=reform, days=days_of(reform), sides=sides, **shown)

    def between(self, request: Request) -> Response:
        """What differs between the days `a` and `b`, or the versions `version_a` and `version_b`."""
        asked = request.query_params
        sides = [Side(_day(request, side), asked.get(f"version_{side}") or None) for side in ("a", "b")]
        found = self._services.reforms.between(sides, self._wanted(request), address_of(request))
        shown = self._shown(request, found, self._services.store)
        return page(request, "reform.html", proposal=None, days=None, sides=sides, **shown)

    def _wanted(self, request: Request) -> Wanted:
        """Which answers are asked for; what cannot be asked is refused before a map is begun for it."""
        given = _given(request)
        if given["intent"] not in (None, LEVEL):
            raise BadRequest("intent", f"write `{LEVEL}`, or leave it out")
        return wanted_of(self._services, Asked(**given))

    def _shown(self, request: Request, found: Comparison | Making | None, store: GraphStore) -> dict[str, Any]:
        """What the template shows of a comparison; what its things are called stands in the store."""
        lang, services = reader_of(request).lang, self._services
        chosen = found if isinstance(found, Comparison) else None
        counts = chosen.counts if chosen else dict.fromkeys(VERDICTS, 0)
        offset = _offset(request.query_params.get("offset"))
        shown = chosen.changes[offset : offset + _SIZE] if chosen else ()
        told = [side for each in shown for side in (each.before, each.after) if side]
        professions = services.professions.get(lang)
        return {
            "making": found if isinstance(found, Making) else None,
            "found": chosen,
            "shown": shown,
            "verdicts": VERDICTS,
            "counts": counts,
            "told": [verdict for verdict in VERDICTS if counts[verdict]],
            "by_profession": chosen.counted(lambda figure: figure.profession) if chosen else (),
            "by_pair": by_pair(chosen, state_codes(services)) if chosen else (),
            "by_region": by_region(chosen, regions(services)) if chosen else (),
            "given": _given(request),
            "offset": offset,
            "page_size": _SIZE,
            "places": services.jurisdictions.get(lang),
            "professions": professions,
            "regions": regions_by_name(services, lang),
            "called": {slug: text[0] for slug, text in professions},
            "outcomes": self._outcomes(lang),
            "titles": self._names("qualification", (side.title for side in told), lang, store),
            "regimes": self._names("regime", (side.regime for side in told), lang, store),
        }

    def _outcomes(self, lang: str) -> Mapping[str, Text]:
        """What outcomes are called, by code."""
        things = self._services.path_finder.reference().of_class("Outcome")
        return {each["code"][0]: called(things, iri, lang) for iri, each in things.items() if "code" in each}

    def _names(self, kind: str, slugs: Iterable[str | None], lang: str, store: GraphStore) -> Mapping[str, Text]:
        """What things of a kind are called, by slug; a reform may bring some of its own."""
        wanted = {thing(kind, slug).value: slug for slug in slugs if slug}
        names = read_labels(store, wanted)
        return {slug: called(names, iri, lang) for iri, slug in wanted.items() if iri in names}


def _given(request: Request) -> dict[str, str | None]:
    """By what the reader narrows the answers."""
    return {name: request.query_params.get(name) or None for name in _FILTERS}


def _day(request: Request, name: str) -> date:
    text = request.query_params.get(name) or date.today().isoformat()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(name, f"'{text}' is no day; write it as 2027-01-01") from None


def _offset(text: str | None) -> int:
    return min(int(text), 1_000_000) if text and text.isdigit() and len(text) < 8 else 0
