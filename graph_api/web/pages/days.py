"""One question on two days: what the law answered then, what it answers now, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from graph_api.errors import BadRequest
from graph_api.recognition.question import question_from
from graph_api.web.layout import page, reader_of, words
from graph_api.web.pages.answer_view import AnswerView, HostView, answer_of
from graph_api.web.pages.shared import given_in
from graph_api.web.services import Services

DAYS: Final = ("a", "b")


@dataclass(frozen=True)
class Fact:
    """One thing that an answer says on each of the two days; `same` where both days say the same."""

    name: str
    on: Sequence[Sequence[str]]

    @property
    def same(self) -> bool:
        return self.on[0] == self.on[1]


class DayPages:
    """The comparison of days over one store."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_to(self, router: APIRouter) -> None:
        """Add the address of this page."""
        router.add_api_route("/path/days", self.days, response_class=HTMLResponse, include_in_schema=False)

    def days(self, request: Request) -> Response:
        """The answers on the days `a` and `b`, place by place; a day that is not given is today."""
        reader = reader_of(request)
        given = [(name, value) for name, value in given_in(request) if name != "as_of"]
        asked = [_day(request, name) for name in DAYS]
        answers = [self._answer(given, day, reader.lang) for day in asked]
        places = self._services.jurisdictions.get(reader.lang)
        hosts = list(dict.fromkeys(place.country for answer in answers for place in answer.places))
        return page(
            request,
            "days.html",
            question=given,
            said=answers[0].said["question"],
            days=asked,
            told=[(places.named(host), _facts(answers, host, reader.lang)) for host in hosts],
            places=places,
            answers=[reader.address("/path", [*given, ("as_of", day)]) for day in asked],
        )

    def _answer(self, given: Sequence[tuple[str, str]], day: str, lang: str) -> AnswerView:
        question = question_from([*given, ("as_of", day), ("lang", lang)])
        return answer_of(self._services.store, self._services.path_finder.find(question), lang)


def _day(request: Request, name: str) -> str:
    text = request.query_params.get(name) or date.today().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadRequest(name, f"'{text}' is no day; write it as 2016-01-18") from None


def _facts(answers: Sequence[AnswerView], host: str, lang: str) -> list[Fact]:
    """Verdict, route, law, conditions, measure and time of one host on each day."""
    told = [
        _told(answer, next((place for place in answer.places if place.country == host), None), lang)
        for answer in answers
    ]
    return [Fact(name, [each[name] for each in told]) for name in told[0]]


def _told(answer: AnswerView, place: HostView | None, lang: str) -> dict[str, list[str]]:
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


def _verdicts(answer: AnswerView, place: HostView | None, lang: str) -> list[str]:
    if place is None:
        return []
    if place.verdicts:
        return list(dict.fromkeys(verdict["sentence"] or "" for verdict in place.verdicts))
    return [str(words(lang).verdict(answer.outcome(place.best) if place.best else "none", place.status)).strip()]
