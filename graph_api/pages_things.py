"""Pages about things: one for everything, richer ones for professions, qualifications and regimes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api import queries, records
from graph_api.compare import competences
from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.frame import page, reader_of
from graph_api.kept import Kept
from graph_api.linkeddata import canonical
from graph_api.places import Places
from graph_api.queries import iris, select
from graph_api.records import named
from graph_api.settings import Settings
from graph_api.sources import Sources
from graph_api.store import JSON_RESULTS, GraphStore
from graph_api.terms import GRAPH, NAMESPACE, is_slug, local_name, thing
from graph_api.things import Thing, one, read_things

PAGE_SIZE: Final = 50
LIST_SIZE: Final = 60
_RICH: Final = {
    "profession": "thing_profession.html",
    "qualification": "thing_qualification.html",
    "regime": "thing_regime.html",
}


class ThingPages:
    """The pages of things over one store."""

    def __init__(self, settings: Settings, store: GraphStore, places: Kept[str, Places]) -> None:
        self._settings, self._store, self._places = settings, store, places
        self._all_professions = Kept(store, self._profession_names)

    def add_to(self, router: APIRouter) -> None:
        pages: dict[str, Callable[..., Any]] = {
            "/page/graph/{name:path}": self.graph,
            "/page/scheme/{scheme}/{code}": self.concept,
            "/page/{kind}/{slug}": self.thing,
            "/professions": self.professions,
            "/qualifications": self.qualifications,
            "/authorities": self.authorities,
            "/regimes": self.regimes,
        }
        for path, handler in pages.items():
            router.add_api_route(path, handler, response_class=HTMLResponse, include_in_schema=False)

    def thing(self, request: Request, kind: str, slug: str) -> Response:
        """A thing by its kind and slug."""
        if not is_slug(slug.lower()) or not is_slug(kind):
            raise UnknownIdentifier(kind, slug)
        return self._shown(request, canonical(kind, slug), kind, slug, f"/data/{kind}/{slug}")

    def concept(self, request: Request, scheme: str, code: str) -> Response:
        """A concept of a national scheme."""
        if not (scheme + code).replace("-", "").replace(".", "").isalnum():
            raise UnknownIdentifier(scheme, code)
        return self._shown(request, f"{NAMESPACE}scheme/{scheme}/{code}", scheme, code, f"/data/scheme/{scheme}/{code}")

    def graph(self, request: Request, name: str) -> Response:
        """A named graph: a table, a rule's conclusions, a release."""
        if not name.replace("-", "").replace("/", "").replace(".", "").isalnum():
            raise UnknownIdentifier("graph", name)
        return self._shown(request, GRAPH + name, "graph", name, f"/data/graph/{name}")

    def _shown(self, request: Request, iri: str, kind: str, slug: str, data: str) -> Response:
        reader = reader_of(request)
        record = records.read(self._store, iri, reader.lang)
        if record is None and kind == "graph" and self._holds(iri):
            record = records.unsaid(iri)
        if record is None:
            raise UnknownIdentifier(kind, slug)
        offset = _offset(request)
        return page(
            request,
            _RICH.get(kind, "thing.html"),
            record=record,
            page_kind=kind,
            slug=slug,
            data=data,
            places=self._places.get(reader.lang),
            incoming=records.incoming(
                self._store, iri, reader.lang, of=request.query_params.get("of"), page=(PAGE_SIZE, offset)
            ),
            page_size=PAGE_SIZE,
            sources=records.sources(self._store, record.thing),
            mappings=records.mappings(self._store, record.thing, reader.lang),
            query=reader.link("/query", query=queries.bind("statements", {"thing": iris([iri])})),
            **self._more(kind, iri, reader.lang),
        )

    def _holds(self, graph: str) -> bool:
        """Whether there is a named graph of that name."""
        text = queries.bind("graph_exists", {"graph": iris([graph])})
        return bool(json.loads(self._store.query(text, JSON_RESULTS))["boolean"])

    def _more(self, kind: str, iri: str, lang: str) -> Mapping[str, Any]:
        """What the richer pages show beside the facts, and which facts they show better themselves."""
        return {"hidden": (), **self._richer(kind, iri, lang)}

    def _richer(self, kind: str, iri: str, lang: str) -> Mapping[str, Any]:
        if kind == "profession":
            return self._across(iri, lang)
        if kind == "qualification":
            return {"skills": self._skills(iri, lang)}
        if kind == "regime":
            return self._law(iri, lang)
        return {}

    # ---- professions ----

    def _across(self, iri: str, lang: str) -> dict[str, Any]:
        """The profession as each jurisdiction organises it, in columns."""
        found = read_things(self._store, "profession_across", profession=iris([iri]))
        titles = read_things(self._store, "titles_of", profession=iris([iri]))
        linked = {
            value
            for item in (*found.values(), *titles.values())
            for name in (
                "regulation",
                "regulates",
                "regulatedBy",
                "competentAuthority",
                "requiredLevel",
                "art11Level",
            )
            for value in item.get(name, ())
        }
        names = read_things(self._store, "labels", thing=iris(sorted(linked))) if linked else {}
        places = self._places.get(lang)
        columns = [
            {"place": place, "national": item, "titles": _issued(titles, place.iri, item)}
            for place in places.deciding
            for item in found.values()
            if place.iri in item.get("inJurisdiction", ())
        ]
        return {
            "columns": columns,
            "names": {name: named(item, lang) for name, item in names.items()},
            "own_label": lambda item: named(item, lang),
            "hidden": ("accessGrantedBy",),
            "overlap": self._overlap(titles, places),
        }

    def _overlap(self, titles: Mapping[str, Thing], places: Places) -> list[dict[str, Any]]:
        """For each country, how many competences its titles share with the others'."""
        held = competences(self._store, sorted(titles)) if titles else {}
        by_place: dict[str, set[str]] = {}
        for iri, found in held.items():
            for place in titles[iri].get("issuedIn", ()):
                by_place.setdefault(place, set()).update(found)
        described = {place: found for place, found in by_place.items() if found}
        if len(described) < 2:
            return []
        everything = set().union(*described.values())
        rows = []
        for iri, known in sorted(described.items()):
            others = set().union(*(other for key, other in described.items() if key != iri))
            rows.append(
                {
                    "place": places.by_iri[iri].name if iri in places.by_iri else local_name(iri),
                    "shared": len(known & others),
                    "own": len(known - others),
                    "lacking": len(everything - known),
                }
            )
        return rows

    # ---- qualifications ----

    def _skills(self, iri: str, lang: str) -> Mapping[str, Sequence[tuple[str, str, str | None]]]:
        held = competences(self._store, [iri])[iri]
        names = read_things(self._store, "labels", thing=iris(sorted(held))) if held else {}
        found: dict[str, list[tuple[str, str, str | None]]] = {}
        for competence, relation in held.items():
            text, language = named(names.get(competence, {}), lang)
            found.setdefault(relation, []).append((competence, text or local_name(competence), language))
        return {relation: sorted(items, key=lambda item: item[1]) for relation, items in sorted(found.items())}

    # ---- regimes ----

    def _law(self, iri: str, lang: str) -> dict[str, Any]:
        gates = read_things(self._store, "gates_of", regime=iris([iri]))
        rules = read_things(self._store, "rules_of", regime=iris([iri]))
        ordered = sorted(gates.values(), key=lambda gate: int(one(gate, "order") or 0))
        return {
            "gates": [named(gate, lang) for gate in ordered],
            "rules": [
                {"graph": graph, "rule": rule, "text": self._rule_text(local_name(graph))}
                for graph, rule in rules.items()
            ],
        }

    def _rule_text(self, name: str) -> str | None:
        """The rule file as it stands; None where the service runs without the files."""
        path: Path = Sources.under(self._settings.sources).ontology / "rules" / f"{name}.rq"
        return path.read_text(encoding="utf-8") if is_slug(name) and path.is_file() else None

    # ---- lists ----

    def professions(self, request: Request) -> Response:
        """All professions by name."""
        return self._list(request, "professions", filters=())

    def qualifications(self, request: Request) -> Response:
        """Qualifications, by country or profession."""
        return self._list(request, "qualifications", filters=("country", "profession"))

    def authorities(self, request: Request) -> Response:
        """Authorities, by country."""
        return self._list(request, "authorities", filters=("country",))

    def regimes(self, request: Request) -> Response:
        """Regimes in the order of the law."""
        return self._list(request, "regimes", filters=())

    def _list(self, request: Request, name: str, filters: Sequence[str]) -> Response:
        reader = reader_of(request)
        places = self._places.get(reader.lang)
        terms: dict[str, Any] = {}
        country = places.with_code(request.query_params.get("country"))
        profession = request.query_params.get("profession", "")
        if "country" in filters and country is not None:
            terms["country"] = iris([country.iri])
        if "profession" in filters and is_slug(profession):
            terms["profession"] = [thing("profession", profession)]
        size = LIST_SIZE if filters else 1000
        offset = _offset(request)
        rows = select(self._store, name, page=(size + 1, offset), **terms)
        found = read_things(self._store, "listed", thing=iris([row["thing"] for row in rows[:size]])) if rows else {}
        return page(
            request,
            f"{name}.html",
            places=places,
            items=sorted(found.values(), key=lambda item: _place_in_list(name, item, reader.lang)),
            names=self._linked(found, reader.lang),
            articles=self._articles(found),
            own_label=lambda item: named(item, reader.lang),
            professions=self._all_professions.get(reader.lang) if "profession" in filters else [],
            filters={"country": country.code if country else "", "profession": profession},
            offset=offset,
            page_size=size,
            more=len(rows) > size,
        )

    def _articles(self, found: Mapping[str, Thing]) -> Mapping[str, str]:
        """Provisions that the things rest on, as one cites them."""
        wanted = sorted({iri for item in found.values() for iri in item.get("legalBasis", ())})
        rows = select(self._store, "articles", thing=iris(wanted)) if wanted else []
        return {row["thing"]: f"{row.get('name') or local_name(row['act'])} {row['article']}" for row in rows}

    def _linked(self, found: Mapping[str, Thing], lang: str) -> Mapping[str, tuple[str | None, str | None]]:
        wanted = {
            value
            for item in found.values()
            for name in ("grantsAccessTo", "art11Level", "inGroup", "parentRegime")
            for value in item.get(name, ())
        }
        names = read_things(self._store, "labels", thing=iris(sorted(wanted))) if wanted else {}
        return {iri: named(item, lang) for iri, item in names.items()}

    def _profession_names(self, lang: str) -> list[tuple[str, str]]:
        rows = select(self._store, "professions", page=(1000, 0))
        names = read_things(self._store, "labels", thing=iris([row["thing"] for row in rows])) if rows else {}
        return sorted(
            ((local_name(iri), named(item, lang)[0] or local_name(iri)) for iri, item in names.items()),
            key=lambda item: item[1].lower(),
        )


def _place_in_list(name: str, item: Thing, lang: str) -> tuple[int, str]:
    """Regimes in the order in which they are tried; the rest by name."""
    if name == "regimes":
        return int(one(item, "rank") or 999), one(item, "identifier") or ""
    return 0, (named(item, lang)[0] or "").casefold()


def _offset(request: Request) -> int:
    text = request.query_params.get("offset", "0")
    if not text.isdigit() or len(text) > 8:
        raise BadRequest("offset", f"offset is '{text[:20]}'; write 0 or more")
    return int(text)


def _issued(titles: Mapping[str, Thing], place: str, national: Thing) -> list[Thing]:
    """The titles of a jurisdiction, or of the state that it belongs to."""
    states = set(national.get("state", ()))
    return [
        item
        for _, item in sorted(titles.items())
        if place in item.get("issuedIn", ()) or states & set(item.get("issuedIn", ()))
    ]
