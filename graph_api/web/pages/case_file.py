"""The case file: the address of an answer is the file; its clock, and letters in the language of the office.

Nothing is sent and nothing is stored: a letter is text that the reader copies, prints or sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup

from graph_api.errors import BadRequest
from graph_api.recognition.answer_schema import AskedJson, Authority, Path, Place, Step
from graph_api.recognition.clock import Due, due
from graph_api.recognition.question import question_from
from graph_api.store.things import LANGUAGES, Text
from graph_api.web.addresses import encoded
from graph_api.web.calendar_file import due_words
from graph_api.web.layout import environment, page, reader_of
from graph_api.web.pages.answer_view import AnswerView, HostView, answer_of
from graph_api.web.pages.papers import papers
from graph_api.web.pages.shared import given_in
from graph_api.web.services import Services

LETTERS: Final = ("application", "reminder", "reasons")
_MOST_LETTERS: Final = 5


@dataclass(frozen=True)
class Letter:
    """A letter to one office: its kind, the place it is for, its text, and its language."""

    kind: str
    country: str
    text: str
    lang: str


class CaseFilePages:
    """The letters of a case file over one store."""

    def __init__(self, services: Services) -> None:
        self._services, self._store, self._finder = services, services.store, services.path_finder

    def add_to(self, router: APIRouter) -> None:
        """Add the addresses of these pages."""
        router.add_api_route("/path/letters", self.letters, response_class=HTMLResponse, include_in_schema=False)

    def letters(self, request: Request) -> Response:
        """The letters of the question in the address; `letter=` and `format=txt` give one as plain text."""
        reader, given = reader_of(request), given_in(request)
        wanted = request.query_params.get("letter", "")
        if wanted and wanted not in LETTERS:
            raise BadRequest("letter", f"'{wanted}' is no letter; write {', '.join(LETTERS)}")
        answer = self._answer(given, reader.lang)
        chosen = request.query_params.get("in", "")
        files = [place for place in answer.places if place.way and addressed(place)][:_MOST_LETTERS]
        written = [letter for place in files for letter in self._written(given, place, chosen, answer, wanted)]
        if request.query_params.get("format") == "txt":
            return PlainTextResponse("\n\n".join(letter.text for letter in written))
        return page(
            request,
            "letters.html",
            answer=answer,
            letters=written,
            places=self._services.jurisdictions.get(reader.lang),
            languages=LANGUAGES,
            question=given,
            back=reader.address("/path", given),
            to=lambda **more: reader.address("/path/letters", [*given, *more.items()]),
        )

    def _answer(self, given: Sequence[tuple[str, str]], lang: str) -> AnswerView:
        return answer_of(self._store, self._finder.find(question_from([*given, ("lang", lang)])), lang)

    def _written(
        self, given: Sequence[tuple[str, str]], place: HostView, chosen: str, answer: AnswerView, wanted: str
    ) -> list[Letter]:
        """The letters for one place, in the language chosen, else in that of its office."""
        lang = chosen if chosen in LANGUAGES else language_of_office(answer, place)
        there = self._answer(given, lang)
        same = next((other for other in there.places if other.country == place.country), None)
        if same is None or same.way is None:
            return []
        facts = self._facts(there, same, same.way["steps"][-1], lang)
        module: Any = environment(lang).get_template("letter.html").make_module({"lang": lang})
        return [
            Letter(kind, place.country, _text(module.letter(kind, facts)), lang)
            for kind in LETTERS
            if wanted in ("", kind)
        ]

    def _facts(self, answer: AnswerView, place: HostView, step: Step, lang: str) -> dict[str, Any]:
        """What fills a letter; what the question does not say stays a gap for the reader to fill."""
        question = answer.said["question"]
        places = self._services.jurisdictions.get(lang)
        return {
            "office": addressed(place) or {},
            "title": None if answer.said["assumed"] else answer.name(_title(question))[0],
            "home": places.named(question["home"]) if question["home"] else None,
            "host": places.named(place.country),
            "profession": question["profession_label"],
            "called": answer.name(step["to"])[0],
            "question": question,
            "step": step,
            "papers": [paper for paper in papers(step) if not paper.from_step_before],
            "acts": {(basis["act_id"] or "").rpartition("/")[2] for basis in step["legal_basis"]},
            "days": {each.what: each.day for each in due(step["calendar"])},
        }


def _title(question: AskedJson) -> Place:
    """The title asked, as the start of a path names it."""
    return {
        "id": question["qualification_iri"],
        "label": question["qualification_label"],
        "country": question["home"],
    }


def addressed(place: HostView) -> Authority | None:
    """Whom one writes to first; what is known of the office where only its kind is; None where nobody decides."""
    step = place.way["steps"][-1] if place.way else None
    if step is None:
        return None
    if step["authority"] or step["missing"] is None:
        return step["authority"]
    return {"id": "", "label": step["missing"]["authority"], "url": None, "address": None, "email": None}


def language_of_office(answer: AnswerView, place: HostView) -> str:
    """The language of the letters: one in which the office takes papers, else that of its name."""
    procedure = place.way["steps"][-1]["procedure"] if place.way else []
    asked = [lang for part in procedure for lang in part["languages"] if lang in LANGUAGES]
    office = addressed(place)
    named: Text = answer.name(office) if office else (None, None)
    spoken = named[1] or answer.said["question"]["lang"]
    return spoken if not asked or spoken in asked else asked[0]


def clock_of(path: Path) -> list[Due]:
    """The days of a path, counted from the day on which the file was complete."""
    return due(path["steps"][-1]["calendar"])


def silence_of(path: Path) -> str | None:
    """What it means that the authority does not decide in time, where the tables say it."""
    told = [part["silence"] for part in path["steps"][-1]["procedure"] if part["silence"]]
    return told[0]["label"] if told else None


def case_file_words(given: Sequence[tuple[str, str]], lang: str) -> dict[str, Any]:
    """What the section of the case file needs of a page: its words, and the address of the calendar."""
    return {
        "due_words": due_words(lang),
        "clock_of": clock_of,
        "silence_of": silence_of,
        "addressed": addressed,
        "calendar_address": f"/api/v1/paths/calendar?{encoded([*given, ('lang', lang)])}",
    }


def _text(made: str) -> str:
    """A letter as plain text: no mark-up, and no more than one empty line between paragraphs."""
    lines = [line.strip() for line in str(Markup(made).unescape()).strip().splitlines()]
    kept = [line for number, line in enumerate(lines) if line or lines[number - 1]]
    return "\n".join(kept)
