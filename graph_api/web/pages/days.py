"""One question on two days, or in two versions of the data: what was answered there, and where the answers differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.store.graph_store import GraphStore
from graph_api.web.layout import page, reader_of, words
from graph_api.web.pages.answer_view import AnswerView, HostView, answer_of
from graph_api.web.pages.shared import given_in
from graph_api.web.services import Services

SIDES: Final = ("a", "b")


@dataclass(frozen=True)
class Fact:
    """One thing that an answer says on each of the two sides; `same` where both say the same."""

    name: str
    on: Sequence[Sequence[str]]

    @property
    def same(self) -> bool:
        return self.on[0] == self.on[1]


@dataclass(frozen=True)
class Side:
    """The day and the version of the data that one side of the comparison asks."""

    day: str
    version: str
    answer: AnswerView | None
    """None where that version does not know what the question names."""
    address: str | None
    """Of the answer by itself; None where the version is not the served one."""


class DayPages:
    """The comparison of days and versions over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._other: tuple[GraphStore, PathFinder] | None = None

    def add_to(self, router: APIRouter) -> None:
        """Add the address of this page."""
        router.add_api_route("/path/days", self.days, response_class=HTMLResponse, include_in_schema=False)

    def days(self, request: Request) -> Response:
        """The answers on the days `a` and `b`, in the versions `version_a` and `version_b`, place by place.

        A day that is not given is today, a version that is not given the served one.
        """
        reader = reader_of(request)
        given = [(name, value) for name, value in given_in(request) if name != "as_of"]
        sides = [self._side(request, name, given) for name in SIDES]
        told = [side.answer for side in sides if side.answer]
        if not told:
            self._services.path_finder.find(question_from([*given, ("lang", reader.lang)]))  # says what is unknown
        places = self._services.jurisdictions.get(reader.lang)
        hosts = list(dict.fromkeys(place.country for answer in told for place in answer.places))
        answers = [side.answer for side in sides]
        return page(
            request,
            "days.html",
            question=given,
            said=told[0].said["question"] if told else None,
            sides=sides,
            versions=self._services.versions.all(),
            told=[(places.named(host), _facts(answers, host, reader.lang)) for host in hosts],
            places=places,
        )

    def _side(self, request: Request, name: str, given: Sequence[tuple[str, str]]) -> Side:
        reader, day = reader_of(request), _day(request, name)
        served = self._services.store.version
        version = request.query_params.get(f"version_{name}") or served
        question = question_from([*given, ("as_of", day), ("lang", reader.lang)])
        try:
            store, finder = self._over(version)
            answer = answer_of(store, finder.find(question), reader.lang)
        except UnknownIdentifier as error:
            if error.kind == "version" or version == served:
                raise
            answer = None
        address = reader.address("/path", [*given, ("as_of", day)]) if version == served else None
        return Side(day, version, answer, address)

    def _over(self, version: str) -> tuple[GraphStore, PathFinder]:
        """The store of a version and who answers from it; of versions that are not served, the last one is kept."""
        if version == self._services.store.version:
            return self._services.store, self._services.path_finder
        store, other = self._services.versions.opened(version), self._other
        if other is None or other[0] is not store:
            other = self._other = (store, PathFinder(store))
        return other


def _day(request: Request, name: str) -> str:
    text = request.query_params.get(name) or date.today().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadRequest(name, f"'{text}' is no day; write it as 2016-01-18") from None


def _facts(answers: Sequence[AnswerView | None], host: str, lang: str) -> list[Fact]:
    """Verdict, route, law, conditions, measure and time of one host on each side."""
    told = [
        _told(answer, next((place for place in answer.places if place.country == host), None) if answer else None, lang)
        for answer in answers
    ]
    return [Fact(name, [each[name] for each in told]) for name in told[0]]


def _told(answer: AnswerView | None, place: HostView | None, lang: str) -> dict[str, list[str]]:
    way = place.way if place else None
    step = way["steps"][-1] if way else None
    measure = str(words(lang).measure(step["compensation"])).strip() if step else ""
    decide = step["deadlines"]["decide"] if step else None
    return {
        "verdict": _verdicts(answer, place, lang),
        "route": [step["regime"]["label"] or ""] if step else [],
        "law": sorted(
            " ".join(filter(None, (item["act_name"], item["article"])))
            for item in (step["legal_basis"] if step else ())
        ),
        "conditions": sorted(item["sentence"] for item in (step["conditions"] if step else ())),
        "measure": [measure] if measure else [],
        "time": [str(words(lang).time_in_words(decide)).strip()] if decide else [],
        "others": sorted(
            {path["steps"][-1]["regime"]["label"] or "" for path in (place.paths if place else ()) if path is not way}
        ),
    }


def _verdicts(answer: AnswerView | None, place: HostView | None, lang: str) -> list[str]:
    if answer is None or place is None:
        return []
    if place.verdicts:
        return list(dict.fromkeys(verdict["sentence"] or "" for verdict in place.verdicts))
    return [str(words(lang).verdict(answer.outcome(place.best) if place.best else "none", place.status)).strip()]
