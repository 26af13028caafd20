"""Sheets to print for a profession between two places: the adviser's roadmap and the citizen's factsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from graph_api.errors import BadRequest
from graph_api.rdf.terms import thing
from graph_api.recognition.answer_schema import LegalBasis, Source
from graph_api.recognition.places import UnknownPlace
from graph_api.recognition.question import question_from
from graph_api.store.jurisdictions import Jurisdiction
from graph_api.store.kept_things import read_labels, read_sources
from graph_api.store.queries import iris, select
from graph_api.store.things import SourceOf, Text, Thing, label, one, read_things
from graph_api.web.addresses import encoded, public_address
from graph_api.web.layout import environment, page, reader_of, words
from graph_api.web.pages import answer_jsonld, answer_view
from graph_api.web.pages.across import current_first, read_across
from graph_api.web.pages.answer_jsonld import Adviser, Node
from graph_api.web.pages.factsheet import TOPICS, Host, Permission, Sentence, statements
from graph_api.web.pages.shared import drawings, wants_data
from graph_api.web.services import Services

ROADMAP: Final = "/roadmap"
FACTSHEET: Final = "/factsheet"
_DAY: Final = re.compile(r"\d{4}(-\d{2}){0,2}")


@dataclass(frozen=True)
class Sheet:
    """What both sheets of one profession between two places rest on."""

    profession: str
    name: Text
    home: Jurisdiction
    host: Jurisdiction
    hosts: Sequence[Jurisdiction]
    titles: Sequence[tuple[str, Text]]
    chosen: str
    asked: Mapping[str, str]
    answer: answer_view.AnswerView
    contacts: Sequence[Adviser]
    permissions: Sequence[Permission]
    """Acts that the law speaks of, each with its permission and sources, `where` it holds."""


class Numbered:
    """Sources by the number of their first use."""

    def __init__(self) -> None:
        self.all: list[Source | SourceOf] = []
        self._numbers: dict[str, int] = {}

    def numbers(self, sources: Iterable[Source | SourceOf]) -> list[int]:
        """The numbers of the sources, which join the list where they are new."""
        found = []
        for source in sources:
            if source["id"] not in self._numbers:
                self.all.append(source)
                self._numbers[source["id"]] = len(self.all)
            found.append(self._numbers[source["id"]])
        return sorted(set(found))


class SheetPages:
    """The sheets over one store."""

    def __init__(self, services: Services) -> None:
        self._store, self._places, self._finder = services.store, services.jurisdictions, services.path_finder
        self._professions = services.professions

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        for path, handler in ((ROADMAP, self.roadmap), (FACTSHEET, self.factsheet)):
            router.add_api_route(path, handler, response_class=HTMLResponse, include_in_schema=False)

    def roadmap(self, request: Request) -> Response:
        """For the adviser: authorities, steps, documents, costs, times, appeal."""
        sheet = self._sheet(request)
        if sheet is None:
            return self._form(request, ROADMAP)
        reader = reader_of(request)
        if wants_data(request):
            return answer_jsonld.response(self._store, self._data(request, sheet, "roadmap", ()))
        numbered = Numbered()
        return page(
            request,
            "roadmap.html",
            **self._shared(request, sheet, ROADMAP, numbered),
            drawings=drawings(sheet.answer, self._places.get(reader.lang), reader.lang),
            acts=self._acts(sheet),
            as_json=f"/api/v1/paths?{encoded(list(sheet.asked.items()))}",
            path_query={name: value for name, value in sheet.asked.items() if name != "lang"},
        )

    def factsheet(self, request: Request) -> Response:
        """For the citizen: access, rights, duties, language, in plain sentences."""
        sheet = self._sheet(request)
        if sheet is None:
            return self._form(request, FACTSHEET)
        lang = reader_of(request).lang
        told = [(place, self._statements(sheet, place, lang)) for place in sheet.answer.places]
        if wants_data(request):
            return answer_jsonld.response(self._store, self._data(request, sheet, "factsheet", told))
        return page(
            request,
            "factsheet.html",
            **self._shared(request, sheet, FACTSHEET, Numbered()),
            told=[(place, _by_topic(found)) for place, found in told],
            dated=_dated(sheet.answer),
            unknown=sum(not statement.known for _, found in told for statement in found),
        )

    def _shared(self, request: Request, sheet: Sheet, path: str, numbered: Numbered) -> dict[str, Any]:
        lang = reader_of(request).lang
        return {
            "sheet": sheet,
            "path": path,
            "places": self._places.get(lang),
            "professions": self._professions.get(lang),
            "values": {**request.query_params, "qualification": sheet.chosen},
            "answer": sheet.answer,
            "numbered": numbered,
            "as_data": reader_of(request).link(path, **_address_of(sheet), format="jsonld"),
        }

    def _form(self, request: Request, path: str) -> Response:
        lang = reader_of(request).lang
        if wants_data(request):
            raise BadRequest("profession", "give profession, from and to, as the form of this page does")
        return page(
            request,
            "roadmap_form.html",
            path=path,
            places=self._places.get(lang),
            professions=self._professions.get(lang),
            values=dict(request.query_params),
        )

    # ---- what the sheets rest on ----

    def _sheet(self, request: Request) -> Sheet | None:
        """The sheet that the address asks for; None while it is incomplete."""
        lang, params = reader_of(request).lang, request.query_params
        places = self._places.get(lang)
        home, host = places.with_code(params.get("from")), places.with_code(params.get("to"))
        names = dict(self._professions.get(lang))
        profession = params.get("profession", "")
        if home is None or host is None or profession not in names:
            return None
        titles = self._titles(profession, home.iri, lang)
        chosen = params.get("qualification", "")
        asked = {"profession": profession, "country": host.code, "lang": lang}
        asked |= {"qualification": chosen} if chosen else {"issued_in": home.code}
        place = params.get("place", "").strip()
        try:
            answer = self._answer(asked | ({"place": place} if place else {}), lang)
            asked |= {"place": place} if place else {}
        except UnknownPlace:
            answer = self._answer(asked, lang)
        hosts = [found for code in answer.said["question"]["hosts"] if (found := places.with_code(code))]
        return Sheet(
            profession,
            names[profession],
            home,
            host,
            hosts,
            titles,
            chosen,
            asked,
            answer,
            self._contacts(answer, lang),
            self._permissions(profession, lang),
        )

    def _titles(self, profession: str, home: str, lang: str) -> list[tuple[str, Text]]:
        """The titles of the place, or of its state, that open the profession there; current ones first."""
        found = read_things(self._store, "titles_of", profession=[thing("profession", profession)])
        mine = [item for item in found.values() if home in (*item.get("issuedIn", ()), *item.get("state", ()))]
        return [((one(item, "iri") or "").rpartition("/")[2], label(item, lang)) for item in current_first(mine)]

    def _answer(self, asked: Mapping[str, str], lang: str) -> answer_view.AnswerView:
        return answer_view.answer_of(self._store, self._finder.find(question_from(list(asked.items()))), lang)

    def _contacts(self, answer: answer_view.AnswerView, lang: str) -> list[Adviser]:
        """Those that the answer names: the nearest that serve the place, the two states and the profession."""
        listed = [item["id"] for item in answer.said["advice"]]
        found = read_things(self._store, "statements", thing=iris(listed)) if listed else {}
        sources = read_sources(self._store, found)
        return [
            {"thing": found[i], "label": label(found[i], lang), "sources": sources[i]} for i in listed if i in found
        ]

    def _permissions(self, profession: str, lang: str) -> list[Permission]:
        """What the law of each place says of each act, the acts in their own order."""
        found = read_things(self._store, "permissions_of", profession=[thing("profession", profession)])
        acts = sorted({act for item in found.values() for act in item.get("act", ())})
        names = read_labels(self._store, acts)
        sources = read_sources(self._store, found)
        told: list[Permission] = [
            {
                "iri": iri,
                "act": one(item, "act") or "",
                "label": label(names.get(one(item, "act") or "", {}), lang),
                "permission": one(item, "permission") or "unknown",
                "where": item.get("inJurisdiction", []),
                "sources": sources[iri],
            }
            for iri, item in found.items()
        ]
        return sorted(told, key=lambda item: (item["act"], item["iri"]))

    def _acts(self, sheet: Sheet) -> list[dict[str, Any]]:
        """What the profession may do at home and in the host, act by act."""
        rows: dict[str, dict[str, Any]] = {}
        for side, places in (("home", [sheet.home]), ("host", sheet.hosts)):
            wanted = {iri for place in places for iri in (place.iri, place.state)}
            for item in sheet.permissions:
                if wanted & set(item["where"]):
                    rows.setdefault(item["act"], {"label": item["label"]})[side] = item
        return [row for _, row in sorted(rows.items()) if "host" in row]

    # ---- the factsheet ----

    def _statements(self, sheet: Sheet, place: answer_view.HostView, lang: str) -> list[Sentence]:
        where = self._places.get(lang).with_code(place.country)
        if where is None:
            return []
        return statements(sheet.answer, place, self._host(sheet, place, where, lang), lang)

    def _host(self, sheet: Sheet, place: answer_view.HostView, where: Jurisdiction, lang: str) -> Host:
        across = read_across(self._store, thing("profession", sheet.profession).value, lang)
        form = _meant(across.in_jurisdiction(where.iri), place)
        national = read_things(self._store, "statements", thing=iris(form["iri"]))[form["iri"][0]] if form else {}
        permissions = [item for item in sheet.permissions if {where.iri, where.state} & set(item["where"])]
        return Host(
            national, across.names, read_sources(self._store, {"": national})[""], permissions, self._along(place)
        )

    def _along(self, place: answer_view.HostView) -> dict[str, list[LegalBasis]]:
        """The provisions on which the regimes rest that go along with the best route."""
        regimes = [item["iri"] for item in place.best["steps"][-1]["along_with"]] if place.best else []
        found = read_things(self._store, "listed", thing=iris(regimes)) if regimes else {}
        wanted = sorted({iri for item in found.values() for iri in item.get("legalBasis", ())})
        rows = {row["thing"]: row for row in select(self._store, "articles", thing=iris(wanted))} if wanted else {}
        return {
            regime: [_basis(rows[iri]) for iri in item.get("legalBasis", ()) if iri in rows]
            for regime, item in found.items()
        }

    # ---- as data ----

    def _data(
        self,
        request: Request,
        sheet: Sheet,
        kind: str,
        told: Sequence[tuple[answer_view.HostView, Sequence[Sentence]]],
    ) -> Node:
        """The sheet as linked data: the document, its answer, its sentences, whom to ask and what one may do."""
        lang = reader_of(request).lang
        places = self._places.get(lang)
        address = f"{public_address(request)}/{kind}?{encoded(list(_address_of(sheet).items()))}"
        verdict = sheet.answer.headline or words(lang).verdict(sheet.answer.said["outcome"], sheet.answer.status)
        claims = [
            answer_jsonld.claim(f"{address}#statement-{number}", _text(statement, lang), statement, lang)
            for number, statement in enumerate((item for _, found in told for item in found), 1)
        ]
        document: Node = {
            "@id": address,
            "@type": "foaf:Document",
            "dcterms:type": kind,
            "dcterms:title": answer_jsonld.written(sheet.name),
            "dcterms:language": lang,
            "dcterms:date": answer_jsonld.date(sheet.answer.said["as_of"]),
            "foaf:primaryTopic": {"@id": f"{address}#answer"},
            "dcterms:hasPart": [{"@id": item["@id"]} for item in claims],
            "dcterms:references": [{"@id": one(item["thing"], "iri")} for item in sheet.contacts],
        }
        hosts = {iri for place in sheet.hosts for iri in (place.iri, place.state)}
        nodes = [
            document,
            *answer_jsonld.answer_nodes(sheet.answer, address, lang, verdict, places.iri_of),
            *claims,
            *(answer_jsonld.contact(item) for item in sheet.contacts),
            *(answer_jsonld.permission(item) for item in sheet.permissions if hosts & set(item["where"])),
        ]
        return answer_jsonld.document(nodes)


def _meant(forms: Sequence[Thing], place: answer_view.HostView) -> Thing:
    """The form of the profession in a host to which the best route leads, where there are several; else the first."""
    aim = place.best["steps"][-1]["to"]["id"] if place.best else None
    return next((form for form in forms if one(form, "iri") == aim), forms[0] if forms else {})


def _basis(row: Mapping[str, str]) -> LegalBasis:
    return {
        "act": None,
        "provision": row["thing"],
        "act_id": row["act"],
        "act_name": row.get("name"),
        "article": row["article"],
    }


def _address_of(sheet: Sheet) -> dict[str, str]:
    asked = {"profession": sheet.profession, "from": sheet.home.code, "to": sheet.host.code}
    return asked | ({"qualification": sheet.chosen} if sheet.chosen else {})


def _by_topic(found: Sequence[Sentence]) -> list[tuple[str, list[Sentence]]]:
    topics = {topic: [item for item in found if item.topic == topic] for topic in TOPICS}
    return [(topic, items) for topic, items in topics.items() if items]


def _dated(answer: answer_view.AnswerView) -> list[str]:
    """The days of the sources in which the procedures were read."""
    applications = [place.best["steps"][-1]["application"] for place in answer.places if place.best]
    texts = [item["source_date"] for item in applications if item and item["source_date"]]
    days = {day.strip() for text in texts for day in text.split(";")}
    return sorted(day for day in days if _DAY.fullmatch(day))


def _text(statement: Sentence, lang: str) -> str:
    """A statement as one plain text."""
    module: Any = environment(lang).get_template("sentences.html").make_module({"lang": lang})
    bare = [(text, None) for text, _ in statement.items]
    lead = Markup(module.sentence(statement.name, statement.values, bare)).striptags()
    texts = [text for text, _ in bare if text and text not in lead]
    return " ".join(part for part in (lead, "; ".join(texts)) if part)
