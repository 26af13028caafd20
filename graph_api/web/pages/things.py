"""Pages about things: one for everything, richer ones for professions, qualifications and regimes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.classifications.hierarchy import Classifications, Level
from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import GRAPH, NAMESPACE, PAS, is_slug, local_name, thing
from graph_api.recognition.citation import act_name, written_article
from graph_api.recognition.resting import counts_of_act
from graph_api.store import queries
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.jurisdictions import Jurisdictions
from graph_api.store.kept_things import read_labels, read_sources
from graph_api.store.per_version import PerVersion
from graph_api.store.pointing import Pointing, read_pointing
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, called, label, one, read_things
from graph_api.web.addresses import public_address
from graph_api.web.layout import page, reader_of, words
from graph_api.web.linked_data import canonical
from graph_api.web.pages import facts, schema_org
from graph_api.web.pages.across import read_across
from graph_api.web.pages.facts import ThingView
from graph_api.web.pages.facts_incoming import incoming
from graph_api.web.pages.facts_mappings import mappings
from graph_api.web.pages.provisions import act_shown, provision_shown
from graph_api.web.pages.questions_about import Askable, questions_about
from graph_api.web.services import Services

PAGE_SIZE: Final = 50
_COMPETENCES: Final = ("essentialCompetence", "optionalCompetence")
LIST_SIZE: Final = 60
_RICH: Final = {
    "profession": "thing_profession.html",
    "qualification": "thing_qualification.html",
    "regime": "thing_regime.html",
    "provision": "thing_provision.html",
    "legal-act": "thing_legal_act.html",
}
_LISTS: Final = {
    "profession": "/professions",
    "national-profession": "/professions",
    "qualification": "/qualifications",
    "evidence": "/qualifications",
    "authority": "/authorities",
    "contact": "/authorities",
    "regime": "/regimes",
    "legal-act": "/regimes",
    "provision": "/regimes",
}
_TOLD: Final = {
    "regime": ("ofRegime", "concludesUnder"),
    "provision": ("provision", "trainingRegulatedBy", "asksTitleAlone"),
    "legal-act": ("ofAct",),
}
"""By which properties things point that the page of this kind shows already."""
_QUERIES: Final = {
    "profession": ("qualifications_opening", "profession"),
    "qualification": ("competences_of", "qualification"),
    "regime": ("gates_of", "regime"),
    "graph": ("graph_data", "graph"),
    "provision": ("rests_on", "provision"),
    "legal-act": ("provisions_of_act", "act"),
}
"""Which lookup the editor opens with, and its parameter; elsewhere everything that is said of the thing."""


class ThingPages:
    """The pages of things over one store."""

    def __init__(self, services: Services) -> None:
        self._services, self._store, self._places = services, services.store, services.jurisdictions
        self._classifications = Classifications(services.store)
        self._counted: PerVersion[str, list[tuple[str, str, int]]] = PerVersion(
            services.store, lambda act: counts_of_act(self._store, act)
        )

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        pages: dict[str, Callable[..., Any]] = {
            "/page/graph/{name:path}": self.graph,
            "/page/scheme/{scheme}/{code}": self.concept,
            "/below/scheme/{scheme}/{code}": self.below_concept,
            "/below/{kind}/{slug}": self.below,
            "/page/{kind}/{slug}": self.thing,
            "/professions": self.professions,
            "/qualifications": self.qualifications,
            "/authorities": self.authorities,
            "/regimes": self.regimes,
            "/classifications": self.classifications,
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
        if not _is_code(scheme + code):
            raise UnknownIdentifier(scheme, code)
        return self._shown(request, f"{NAMESPACE}scheme/{scheme}/{code}", scheme, code, f"/data/scheme/{scheme}/{code}")

    def graph(self, request: Request, name: str) -> Response:
        """A named graph: a table, a rule's conclusions, a release."""
        if not name.replace("-", "").replace("/", "").replace(".", "").isalnum():
            raise UnknownIdentifier("graph", name)
        return self._shown(request, GRAPH + name, "graph", name, f"/data/graph/{name}")

    def _shown(self, request: Request, iri: str, kind: str, slug: str, data: str) -> Response:
        reader = reader_of(request)
        offset, of, whole = _offset(request), request.query_params.get("of"), request.query_params.get("fact")
        record = facts.read(
            self._store, iri, reader.lang, self._services.shown.get(), whole=whole, offset=offset if whole else 0
        )
        if record is None and kind == "graph" and self._holds(iri):
            record = facts.unsaid(iri)
        if record is None:
            raise UnknownIdentifier(kind, slug)
        pointing = read_pointing(self._store, iri)
        level = self._classifications.level(pointing, reader.lang, (LIST_SIZE, 0 if of or whole else offset))
        above = self._classifications.path(record.thing, reader.lang)
        crumbs = _crumbs(kind, above or "ConceptScheme" in record.classes, reader.lang)
        return page(
            request,
            _RICH.get(kind, "thing.html"),
            record=record,
            page_kind=kind,
            slug=slug,
            data=data,
            places=self._places.get(reader.lang),
            crumbs=crumbs,
            above=above,
            level=level,
            is_scheme="ConceptScheme" in record.classes,
            incoming=incoming(
                self._store,
                record.thing,
                pointing,
                reader.lang,
                of=of,
                page=(PAGE_SIZE, offset if of else 0),
                but=_TOLD.get(kind, ()) + (("broader", "inScheme") if level.nodes and not of else ()),
            ),
            whole=whole,
            most=facts.MANY,
            page_size=PAGE_SIZE,
            releases=self._services.acknowledgements.releases().of(record.graphs),
            schema_org=schema_org.thing_page(
                record, request=request, kind=kind, crumbs=crumbs, above=above, public=public_address(request)
            ),
            sources=read_sources(self._store, {"": record.thing})[""],
            mappings=mappings(self._store, record.thing, pointing, self._services.schemes, reader.lang),
            reviews=self._services.ledger.get().of_thing(iri),
            ledger=self._services.ledger.get(),
            askable=self._askable(kind, record, [node.iri for node in above], reader.lang),
            query=reader.link("/query", query=_fitting_query(kind, iri, level)),
            **self._more(kind, record, pointing, reader.lang),
        )

    def below(self, request: Request, kind: str, slug: str) -> Response:
        """The concepts directly below one, for scripts that open a branch in its place."""
        if not is_slug(slug.lower()) or not is_slug(kind):
            raise UnknownIdentifier(kind, slug)
        return self._branch(request, canonical(kind, slug), f"/page/{kind}/{slug}")

    def below_concept(self, request: Request, scheme: str, code: str) -> Response:
        """The same for a concept of a national scheme."""
        if not _is_code(scheme + code):
            raise UnknownIdentifier(scheme, code)
        return self._branch(request, f"{NAMESPACE}scheme/{scheme}/{code}", f"/page/scheme/{scheme}/{code}")

    def _branch(self, request: Request, iri: str, place: str) -> Response:
        pointing = read_pointing(self._store, iri)
        level = self._classifications.level(pointing, reader_of(request).lang, (LIST_SIZE, _offset(request)))
        if not level.total:
            raise UnknownIdentifier("concept", iri)
        return page(request, "below.html", level=level, place=place)

    def classifications(self, request: Request) -> Response:
        """The schemes of concepts, each a way down into the graph."""
        return page(request, "classifications.html", schemes=self._classifications.schemes(reader_of(request).lang))

    def _holds(self, graph: str) -> bool:
        """Whether there is a named graph of that name."""
        text = queries.bind("graph_exists", {"graph": iris([graph])})
        return bool(json.loads(self._store.query(text, JSON_RESULTS))["boolean"])

    def _askable(self, kind: str, record: ThingView, above: Sequence[str], lang: str) -> Sequence[Askable]:
        """The professions to ask about, for a concept of a classification; none for a thing of our own."""
        concept = kind not in _LISTS and "Concept" in record.classes
        return questions_about(self._store, record.iri, above, lang) if concept else ()

    def _more(self, kind: str, record: ThingView, pointing: Pointing, lang: str) -> Mapping[str, Any]:
        """What the richer pages show beside the facts, and which facts they show better themselves."""
        return {"hidden": (), **self._richer(kind, record, pointing, lang)}

    def _richer(self, kind: str, record: ThingView, pointing: Pointing, lang: str) -> Mapping[str, Any]:
        iri = record.iri
        if kind == "profession":
            return self._across(iri, lang)
        if kind == "qualification":
            return {"skills": self._skills(record.thing, lang), "hidden": _COMPETENCES}
        if kind == "regime":
            return self._law(record, pointing, lang)
        if kind == "provision":
            return provision_shown(self._store, self._services.path_finder.reference(), record.thing, lang)
        if kind == "legal-act":
            return act_shown(self._store, self._counted.get(record.iri), lang)
        return {}

    # ---- professions ----

    def _across(self, iri: str, lang: str) -> dict[str, Any]:
        """The profession as each jurisdiction organises it, in columns."""
        across = read_across(self._store, iri, lang)
        places = self._places.get(lang)
        columns = [
            {"place": place, "national": item, "titles": _issued(across.titles, place.iri, item)}
            for place in places.deciding
            for item in across.in_jurisdiction(place.iri)
        ]
        return {
            "columns": columns,
            "names": across.names,
            "own_label": lambda item: label(item, lang),
            "hidden": ("accessGrantedBy",),
            "overlap": self._overlap(across.titles, places),
        }

    def _overlap(self, titles: Mapping[str, Thing], places: Jurisdictions) -> list[dict[str, Any]]:
        """For each country, how many competences its titles share with the others'."""
        by_place: dict[str, set[str]] = {}
        for title in titles.values():
            found = {iri for name in _COMPETENCES for iri in title.get(name, ())}
            for place in title.get("issuedIn", ()):
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

    def _skills(self, title: Thing, lang: str) -> Mapping[str, Sequence[tuple[str, str, str | None]]]:
        """The competences of a title by what they are to it, each once."""
        essential, optional = (title.get(name, []) for name in _COMPETENCES)
        listed = {"essential": essential, "optional": [iri for iri in optional if iri not in essential]}
        names = read_labels(self._store, essential + optional)
        return {
            relation: sorted(((iri, *called(names, iri, lang)) for iri in held), key=lambda item: item[1])
            for relation, held in listed.items()
            if held
        }

    # ---- regimes ----

    def _law(self, record: ThingView, pointing: Pointing, lang: str) -> dict[str, Any]:
        """The regime's law, what opens it, what it asks, and the rule files that apply it."""
        gates = read_things(self._store, "gates_of", regime=iris([record.iri]))
        rules = read_things(self._store, "rules_of", regime=iris([record.iri]))
        ordered = sorted(gates.values(), key=lambda gate: int(one(gate, "order") or 0))
        return {
            "basis": self._basis(record.thing, lang),
            "gates": [label(gate, lang) for gate in ordered],
            "conditions": self._conditions(record.iri, lang),
            "routes": pointing.counts.get(f"{PAS}underRegime", 0),
            "rules": [
                {
                    "graph": graph,
                    "rule": rule,
                    "file": f"{local_name(graph)}.rq",
                    "text": self._rule_text(local_name(graph)),
                }
                for graph, rule in sorted(rules.items())
            ],
        }

    def _basis(self, regime: Thing, lang: str) -> list[tuple[str, str, str | None, str | None]]:
        """Each provision: its address, how one cites it, what it is about, and in which language that is said."""
        provisions = regime.get("legalBasis", [])
        cited = self._articles({regime["iri"][0]: regime}, lang)
        names = read_labels(self._store, provisions)
        return [(iri, cited.get(iri, local_name(iri)), *label(names.get(iri, {}), lang)) for iri in provisions]

    def _conditions(self, regime: str, lang: str) -> list[tuple[str, str, str | None, int]]:
        """The conditions on the regime's routes, those on most routes first."""
        rows = [row for row in select(self._store, "conditions_under", regime=iris([regime])) if "condition" in row]
        counts = {row["condition"]: int(row["routes"]) for row in rows}
        names = read_labels(self._store, counts)
        found = [(iri, *called(names, iri, lang), count) for iri, count in counts.items()]
        return sorted(found, key=lambda item: (-item[3], item[1]))

    def _rule_text(self, name: str) -> str | None:
        """The rule file as it stands; None where the service runs without the files."""
        path: Path = self._services.settings.ontology / "rules" / f"{name}.rq"
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
            articles=self._articles(found, reader.lang),
            own_label=lambda item: label(item, reader.lang),
            professions=self._profession_options(reader.lang) if "profession" in filters else [],
            filters={"country": country.code if country else "", "profession": profession},
            offset=offset,
            page_size=size,
            more=len(rows) > size,
        )

    def _articles(self, found: Mapping[str, Thing], lang: str) -> Mapping[str, str]:
        """Provisions that the things rest on, as the language cites them."""
        wanted = sorted({iri for item in found.values() for iri in item.get("legalBasis", ())})
        rows = select(self._store, "articles", thing=iris(wanted)) if wanted else []
        acts = read_labels(self._store, {row["act"] for row in rows})
        return {
            row["thing"]: " ".join((_act(acts.get(row["act"], {}), row, lang), written_article(row["article"], lang)))
            for row in rows
        }

    def _linked(self, found: Mapping[str, Thing], lang: str) -> Mapping[str, tuple[str | None, str | None]]:
        wanted = {
            value
            for item in found.values()
            for name in ("grantsAccessTo", "art11Level", "inGroup", "parentRegime")
            for value in item.get(name, ())
        }
        names = read_labels(self._store, wanted)
        return {iri: label(item, lang) for iri, item in names.items()}

    def _profession_options(self, lang: str) -> list[tuple[str, str]]:
        return [(slug, name or slug) for slug, (name, _) in self._services.professions.get(lang)]


def _act(thing: Thing, row: Mapping[str, str], lang: str) -> str:
    return one(thing, f"citedAs@{lang}") or act_name(row.get("name"), lang) or local_name(row["act"])


def _is_code(text: str) -> bool:
    return text.replace("-", "").replace(".", "").replace("_", "").isalnum()


def _crumbs(kind: str, classified: object, lang: str) -> list[tuple[str, str, str | None]]:
    """The lists above a page: address, text and language."""
    address = "/classifications" if classified else _LISTS.get(kind, "/dataset")
    return [(address, str(words(lang).list_name(address)), None)]


def _fitting_query(kind: str, iri: str, level: Level) -> str:
    """The query that a reader of this page would ask next."""
    if level.nodes and level.of_concept:
        return queries.bind("concepts_below", {"concept": iris([iri])})
    name, parameter = _QUERIES.get(kind, ("statements", "thing"))
    return queries.bind(name, {parameter: iris([iri])})


def _place_in_list(name: str, item: Thing, lang: str) -> tuple[int, str]:
    """Regimes in the order in which they are tried; the rest by name."""
    if name == "regimes":
        return int(one(item, "rank") or 999), one(item, "identifier") or ""
    return 0, (label(item, lang)[0] or "").casefold()


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
