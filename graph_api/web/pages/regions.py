"""Border regions: their places, who decides and who advises there, and a profession between their countries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.errors import UnknownIdentifier
from graph_api.rdf.terms import is_slug, local_name, thing
from graph_api.recognition.question import question_from
from graph_api.store.jurisdictions import Jurisdiction, Jurisdictions
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import iris, select
from graph_api.store.things import Text, called, label, one, read_things
from graph_api.web.layout import Reader, page, reader_of, words
from graph_api.web.pages.answer_view import HostView, answer_of
from graph_api.web.services import Services


@dataclass(frozen=True)
class Pair:
    """Two places of a region that decide, in one direction; the answer where a profession was asked."""

    home: Jurisdiction
    host: Jurisdiction
    view: HostView | None = None
    sentence: str | None = None


class RegionPages:
    """The pages of border regions over one store."""

    def __init__(self, services: Services) -> None:
        self._services, self._store = services, services.store

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        router.add_api_route("/regions", self.regions, response_class=HTMLResponse, include_in_schema=False)
        router.add_api_route("/regions/{slug}", self.region, response_class=HTMLResponse, include_in_schema=False)

    def regions(self, request: Request) -> Response:
        """All border regions, with the places that decide in each."""
        lang = reader_of(request).lang
        places = self._services.jurisdictions.get(lang)
        rows = [row for row in select(self._store, "border_regions") if "region" in row]
        names = read_labels(self._store, {row["region"] for row in rows})
        found: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            found.setdefault(row["region"], []).append((_name(places, row["jurisdiction"]), int(row["places"])))
        listed = [(local_name(iri), called(names, iri, lang), parts) for iri, parts in found.items()]
        return page(request, "regions.html", regions=sorted(listed, key=lambda item: item[1][0].casefold()))

    def region(self, request: Request, slug: str) -> Response:
        """One border region; with `profession=`, what the answer is for every pair of its places that decide."""
        if not is_slug(slug):
            raise UnknownIdentifier("border-region", slug)
        reader, iri = reader_of(request), thing("border-region", slug).value
        rows = select(self._store, "region_places", region=iris([iri]))
        if not rows:
            raise UnknownIdentifier("border-region", slug)
        about = read_things(self._store, "statements", thing=iris([iri]))[iri]
        places = self._services.jurisdictions.get(reader.lang)
        professions = self._services.professions.get(reader.lang)
        wanted = request.query_params.get("profession", "")
        if wanted and wanted not in dict(professions):
            raise UnknownIdentifier("profession", wanted)
        by_part: dict[str, list[str]] = {}
        for row in rows:
            named = by_part.setdefault(row["jurisdiction"], [])
            if row["name"] not in named:
                named.append(row["name"])
        offices = select(self._store, "region_offices", region=iris([iri]))
        return page(
            request,
            "region.html",
            slug=slug,
            name=label(about, reader.lang),
            homepage=one(about, "homepage"),
            iri=iri,
            towns=[(_name(places, part), named) for part, named in by_part.items()],
            offices=self._offices(offices, places, reader.lang),
            contacts=self._contacts(iri, reader.lang),
            named=self._named(offices, reader.lang),
            professions=professions,
            wanted=wanted,
            called=dict(professions).get(wanted),
            pairs=self._pairs([part for part in by_part if part in places.by_iri], places, wanted, reader),
        )

    def _offices(
        self, rows: Sequence[dict[str, str]], places: Jurisdictions, lang: str
    ) -> list[tuple[str, list[tuple[str, Text]]]]:
        """The authorities by the host in which they act."""
        names = self._names([row["authority"] for row in rows])
        found: dict[str, dict[str, Text]] = {}
        for row in rows:
            found.setdefault(_name(places, row["host"]), {})[row["authority"]] = called(names, row["authority"], lang)
        return [(host, sorted(items.items(), key=lambda item: str(item[1][0]))) for host, items in found.items()]

    def _named(self, rows: Sequence[dict[str, str]], lang: str) -> list[tuple[str, Text]]:
        """The professions for which the tables name an office there."""
        found = sorted({row["profession"] for row in rows if "profession" in row})
        names = self._names(found)
        return sorted(((local_name(iri), called(names, iri, lang)) for iri in found), key=lambda item: str(item[1][0]))

    def _names(self, wanted: Sequence[str]) -> dict[str, Any]:
        return read_labels(self._store, wanted)

    def _contacts(self, iri: str, lang: str) -> list[tuple[Text, str | None]]:
        found = read_things(self._store, "region_contacts", region=iris([iri]))
        listed = [(label(item, lang), one(item, "homepage")) for item in found.values()]
        listed = [(label(item, lang), one(item, "homepage")) for item in found.values()]
        return sorted(listed, key=lambda item: str(item[0][0]))

    def _pairs(self, parts: Sequence[str], places: Jurisdictions, profession: str, reader: Reader) -> list[Pair]:
        pairs = [Pair(places.by_iri[home], places.by_iri[host]) for home, host in permutations(parts, 2)]
        return [self._answered(pair, profession, reader.lang) for pair in pairs] if profession else pairs

    def _answered(self, pair: Pair, profession: str, lang: str) -> Pair:
        """The pair with the answer for somebody with the usual title of the profession there."""
        asked = [("profession", profession), ("issued_in", pair.home.code), ("country", pair.host.code), ("lang", lang)]
        answer = answer_of(self._store, self._services.path_finder.find(question_from(asked)), lang)
        view = answer.places[0]
        outcome = answer.outcome(view.best) if view.best else "none"
        sentence = answer.headline or str(words(lang).verdict(outcome, view.status))
        return Pair(pair.home, pair.host, view, sentence)


def _name(places: Jurisdictions, iri: str) -> str:
    return places.by_iri[iri].name if iri in places.by_iri else local_name(iri)
