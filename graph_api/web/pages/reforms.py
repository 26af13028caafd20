"""Pages of reforms: what is proposed, and which answers would change; and what differs between two days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.errors import BadRequest
from graph_api.obstacles.figures import Figure
from graph_api.rdf.terms import thing
from graph_api.reform.changes import VERDICTS, Comparison
from graph_api.store.queries import iris
from graph_api.store.things import Text, called, read_things
from graph_api.web.callers import address_of
from graph_api.web.layout import page, reader_of
from graph_api.web.maps import Making
from graph_api.web.obstacles import check_profession, parts_of_region, regions_by_name
from graph_api.web.reforms import of_profession
from graph_api.web.services import Services

_SIZE: Final = 25
_GROUPS: Final = 20


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
        return page(request, "reforms.html", proposals=self._services.reforms.all())

    def one(self, request: Request, name: str) -> Response:
        """What a reform is, and what it would change; where it was not built here, how to build it."""
        reform = self._services.reforms.named(name)
        self._check(request)
        found = (
            self._services.reforms.changes(name, address_of(request)) if self._services.reforms.is_built(name) else None
        )
        day = reform.head.in_force
        shown = self._shown(request, found)
        return page(request, "reform.html", proposal=reform, first=day, second=day, versions=(None, None), **shown)

    def between(self, request: Request) -> Response:
        """What differs between the days `a` and `b`, or the versions `version_a` and `version_b`."""
        first, second = (_day(request, name) for name in ("a", "b"))
        older, newer = (request.query_params.get(f"version_{name}") or None for name in ("a", "b"))
        self._check(request)
        found = self._services.reforms.between(first, second, older, newer, address_of(request))
        shown = self._shown(request, found)
        return page(request, "reform.html", proposal=None, first=first, second=second, versions=(older, newer), **shown)

    def _check(self, request: Request) -> None:
        """Refuse what cannot be asked, before a map is begun for it."""
        asked = request.query_params
        check_profession(self._services, asked.get("profession"))
        if asked.get("region"):
            parts_of_region(self._services, asked["region"])

    def _shown(self, request: Request, found: Comparison | Making | None) -> dict[str, Any]:
        """What the template shows of a comparison."""
        lang = reader_of(request).lang
        given = {name: request.query_params.get(name) or None for name in ("profession", "region", "offset")}
        parts = parts_of_region(self._services, given["region"]) if given["region"] else None
        chosen = of_profession(found, given["profession"], parts) if isinstance(found, Comparison) else None
        offset = _offset(given["offset"])
        shown = chosen.changes[offset : offset + _SIZE] if chosen else ()
        professions = self._services.professions.get(lang)
        return {
            "making": found if isinstance(found, Making) else None,
            "found": chosen,
            "shown": shown,
            "verdicts": VERDICTS,
            "by_profession": chosen.counted(lambda figure: figure.profession)[:_GROUPS] if chosen else (),
            "by_pair": chosen.counted(lambda figure: f"{figure.home} → {figure.host}")[:_GROUPS] if chosen else (),
            "given": given,
            "offset": offset,
            "page_size": _SIZE,
            "places": self._services.jurisdictions.get(lang),
            "professions": professions,
            "regions": regions_by_name(self._services, lang),
            "called": {slug: text[0] for slug, text in professions},
            "outcomes": self._outcomes(lang),
            "titles": self._titles([side for each in shown for side in (each.before, each.after) if side], lang),
        }

    def _outcomes(self, lang: str) -> Mapping[str, Text]:
        """What outcomes are called, by code."""
        things = self._services.path_finder.reference().of_class("Outcome")
        return {each["code"][0]: called(things, iri, lang) for iri, each in things.items() if "code" in each}

    def _titles(self, figures: Sequence[Figure], lang: str) -> Mapping[str, Text]:
        """What titles are called, by slug."""
        wanted = {thing("qualification", each.title).value: each.title for each in figures if each.title}
        names = read_things(self._services.store, "labels", thing=iris(sorted(wanted))) if wanted else {}
        return {slug: called(names, iri, lang) for iri, slug in wanted.items() if iri in names}


def _day(request: Request, name: str) -> date:
    text = request.query_params.get(name) or date.today().isoformat()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(name, f"'{text}' is no day; write it as 2027-01-01") from None


def _offset(text: str | None) -> int:
    return min(int(text), 1_000_000) if text and text.isdigit() and len(text) < 8 else 0
