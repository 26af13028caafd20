"""Pages that compare: qualifications side by side, a profession across countries, what a common training would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.competences.common_training import Frameworks
from graph_api.competences.comparison import Comparisons, competences
from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import PAS, is_slug, thing
from graph_api.store.jurisdictions import Jurisdiction, Jurisdictions
from graph_api.store.kept_things import read_names
from graph_api.store.things import Text, Thing, called, label
from graph_api.web.addresses import encoded
from graph_api.web.i18n import written_list
from graph_api.web.layout import page, reader_of
from graph_api.web.pages import facts
from graph_api.web.pages.across import LINKED, Across, current_first, read_across
from graph_api.web.pages.drawings.venn import Overlap, overlap
from graph_api.web.services import Services

FRAMEWORK: Final = "/common-training-framework"
MOST_SHOWN: Final = 4
NOT_REGULATED: Final = f"{PAS}NotRegulated"
Linked = tuple[str, Text]


@dataclass(frozen=True)
class Cell:
    """What some parts of a country say alike; `parts` is empty where the whole country does."""

    parts: Sequence[str]
    values: Sequence[Linked]


@dataclass(frozen=True)
class Column:
    """A profession in one country: aspect -> what its parts say; and the titles that open it."""

    code: str
    name: str
    lang: str | None
    cells: Mapping[str, Sequence[Cell]]
    titles: Sequence[Thing]

    @property
    def free(self) -> bool:
        """Whether the whole country leaves the profession unregulated."""
        said = [iri for cell in self.cells["regulation"] for iri, _ in cell.values]
        return said == [NOT_REGULATED]


@dataclass(frozen=True)
class Share:
    """Of the competences that one side names: how many all sides name, how many some others, how many no other."""

    name: str
    everywhere: int
    some: int
    alone: int

    @property
    def total(self) -> int:
        """How many competences the side names."""
        return self.everywhere + self.some + self.alone


class ComparePages:
    """The comparisons over one store."""

    def __init__(self, services: Services) -> None:
        self._store, self._places, self._professions = services.store, services.jurisdictions, services.professions
        self._services = services
        descriptions = services.descriptions
        self._comparisons, self._frameworks = Comparisons(descriptions), Frameworks(descriptions)

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        for path, handler in (("/compare", self.compare), (FRAMEWORK, self.framework)):
            router.add_api_route(path, handler, response_class=HTMLResponse, include_in_schema=False)

    # ---- side by side ----

    def compare(self, request: Request) -> Response:
        """Qualifications side by side, or a profession in the columns of the countries."""
        reader = reader_of(request)
        asked = [slug for slug in dict.fromkeys(request.query_params.getlist("qualification")) if is_slug(slug)]
        profession = request.query_params.get("profession", "")
        return page(
            request,
            "compare.html",
            slugs=asked,
            professions=self._professions.get(reader.lang),
            **self._side_by_side(asked[:MOST_SHOWN], reader.lang),
            **self._across(profession, reader.lang),
        )

    def _side_by_side(self, slugs: Sequence[str], lang: str) -> dict[str, Any]:
        shown = [self._record("qualification", slug, lang) for slug in slugs]
        held = competences(self._store, [record.iri for record in shown]) if shown else {}
        described = {iri: set(found) for iri, found in held.items() if found}
        whole = len(described) == len(shown) > 1
        shared = set.intersection(*described.values()) if whole else set()
        pairs = self._comparisons.compare(slugs, None, None, lang, date.today())["pairs"] if len(shown) > 1 else []
        wanted = {competence for found in held.values() for competence in found}
        wanted |= {item["id"] for pair in pairs for item in pair.get("missing", ())}
        names = read_names(self._store, wanted)
        return {
            "shown": shown,
            "held": held,
            "shared": shared,
            "own": {iri: _alone(iri, described) for iri in held},
            "picture": _picture(shown, described) if whole else None,
            "shares": _shares({record.iri: record.label for record in shown}, described) if len(shown) > 2 else [],
            "pairs": pairs,
            "titles": {record.iri: (record.label, record.lang) for record in shown},
            "skill": lambda iri: called(names, iri, lang),
            "as_json": "/api/v1/compare?" + encoded([*(("qualification", slug) for slug in slugs), ("lang", lang)]),
        }

    def _record(self, kind: str, slug: str, lang: str) -> facts.ThingView:
        record = facts.read(self._store, thing(kind, slug).value, lang, self._services.shown.get())
        if record is None:
            raise UnknownIdentifier(kind, slug)
        return record

    # ---- a profession in five columns ----

    def _across(self, slug: str, lang: str) -> dict[str, Any]:
        """The profession as each country organises it, and how much of the training they share."""
        if not slug:
            return {"profession": None, "columns": (), "found": None}
        if not is_slug(slug):
            raise UnknownIdentifier("profession", slug)
        record = self._record("profession", slug, lang)
        found = self._frameworks.framework(slug, None, lang, date.today())
        taught = _taught(found)
        places = self._places.get(lang)
        return {
            "profession": record,
            "profession_slug": slug,
            "columns": self._columns(record.iri, places, lang),
            "found": found,
            "country_shares": _shares({code: places.named(code) for code in taught}, taught),
            "matrix": {here: {there: len(taught[here] & taught[there]) for there in taught} for here in taught},
            "place_name": places.named,
            "own_label": lambda item: label(item, lang),
        }

    def _columns(self, profession: str, places: Jurisdictions, lang: str) -> list[Column]:
        across = read_across(self._store, profession, lang)
        states = dict.fromkeys(place.state for place in places.deciding)
        return [_column(state, across, places) for state in states]

    # ---- the common training framework ----

    def framework(self, request: Request) -> Response:
        """Which competences all countries, enough of them or only one make essential, and how far each is from that."""
        reader = reader_of(request)
        slug = request.query_params.get("profession", "")
        places = self._places.get(reader.lang)
        context: dict[str, Any] = {
            "professions": self._professions.get(reader.lang),
            "slug": slug,
            "path": FRAMEWORK,
            "found": None,
            "place_name": places.named,
            "place_list": lambda codes: written_list([places.named(code) for code in codes], reader.lang),
        }
        if slug:
            context |= self._framework(slug, request.query_params.get("min_countries", ""), reader.lang)
        return page(request, "framework.html", **context)

    def _framework(self, slug: str, least: str, lang: str) -> dict[str, Any]:
        if not is_slug(slug):
            raise UnknownIdentifier("profession", slug)
        if least and not (least.isdigit() and len(least) < 3):
            raise BadRequest("min_countries", f"min_countries is '{least[:20]}'; write a whole number")
        found = self._frameworks.framework(slug, int(least) if least else None, lang, date.today())
        wanted = {item["id"] for item in _mentioned(found)}
        names = read_names(self._store, wanted)
        asked = [("min_countries", least)] if least else []
        return {
            "found": found,
            "title": label(read_names(self._store, [found["profession"]["id"]])[found["profession"]["id"]], lang),
            "groups": _groups(found),
            "standing": _standing(found),
            "name": lambda iri: called(names, iri, lang),
            "as_json": f"/api/v1/professions/{slug}{FRAMEWORK}?{encoded([*asked, ('lang', lang)])}",
        }


def _column(state: str, across: Across, places: Jurisdictions) -> Column:
    """A state with its parts that decide, what they say, and the titles that open the profession there."""
    deciding = [place for place in places.deciding if place.state == state]
    parts = [(place, item) for place in deciding for item in across.in_jurisdiction(place.iri)]
    cells = {name: _cells(parts, name, across.names) for name in ("iri", *LINKED)}
    titles = [item for item in across.titles.values() if state in item.get("state", ())]
    place = places.by_iri[state]
    return Column(place.code, place.name, place.lang, cells, current_first(titles))


def _cells(parts: Sequence[tuple[Jurisdiction, Thing]], name: str, names: Mapping[str, Text]) -> list[Cell]:
    """What the parts of a country say under one aspect; those that say the same stand together."""
    said: dict[tuple[Linked, ...], list[str]] = {}
    for place, item in parts:
        values = tuple((iri, names.get(iri, (None, None))) for iri in item.get(name, ()))
        said.setdefault(values, []).append(place.name)
    if len(said) == 1:
        return [Cell((), values) for values in said]
    return [Cell(where, values) for values, where in said.items()]


def _taught(found: Mapping[str, Any]) -> dict[str, set[str]]:
    """Country -> the competences that its training makes essential."""
    taught: dict[str, set[str]] = {code: set() for code in found["described"]}
    for item in (*found["core"], *found["some"]):
        for code in item["countries"]:
            taught[code].add(item["id"])
    for code, items in found["only_one"].items():
        taught[code].update(item["id"] for item in items)
    return taught


def _groups(found: Mapping[str, Any]) -> dict[str, list[tuple[str, Sequence[str]]]]:
    """The rows of the matrix by how widely they are shared: competence and the countries that teach it."""
    everywhere = {item["id"] for item in found["shared_by_all"]}
    core = [(item["id"], item["countries"]) for item in found["core"]]
    alone = [(item["id"], [code]) for code, items in found["only_one"].items() for item in items]
    known = {iri for iri, _ in core}
    groups = {
        "all": [row for row in core if row[0] in everywhere],
        "enough": [row for row in core if row[0] not in everywhere],
        "some": [(item["id"], item["countries"]) for item in found["some"]],
        "one": [row for row in alone if row[0] not in known],
    }
    return {name: rows for name, rows in groups.items() if rows}


def _standing(found: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Country -> competence of the core -> `partly`, where the country teaches something near it and not quite it."""
    return {country["country"]: {item["id"]: "partly" for item in country["partly"]} for country in found["countries"]}


def _mentioned(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Everything of which the page needs a name and its language."""
    yield from (*found["core"], *found["some"])
    for items in found["only_one"].values():
        yield from items
    for country in found["countries"]:
        yield from (*country["qualifications"], *country["not_described"], *country["superseded"])
    acts = found["acts"]
    if acts:
        yield from (*acts["allowed_by_enough"], *acts["not_settled"])
        for items in acts["only_one"].values():
            yield from items


def _alone(iri: str, described: Mapping[str, set[str]]) -> set[str]:
    """What one of them has that no other has."""
    others = set().union(*(found for other, found in described.items() if other != iri))
    return described.get(iri, set()) - others


def _shares(names: Mapping[str, str], held: Mapping[str, set[str]]) -> list[Share]:
    everywhere = set.intersection(*held.values()) if held else set()
    rows = []
    for iri, found in held.items():
        alone = _alone(iri, held) - everywhere
        rows.append(Share(names[iri], len(everywhere), len(found - everywhere - alone), len(alone)))
    return rows


def _picture(shown: Sequence[facts.ThingView], described: Mapping[str, set[str]]) -> Overlap | None:
    """Two described qualifications as circles; more are shown in rows."""
    if len(shown) != 2:
        return None
    first, second = (described[record.iri] for record in shown)
    names = (shown[0].label, shown[1].label)
    return overlap(names, (len(first - second), len(second - first)), len(first & second))
