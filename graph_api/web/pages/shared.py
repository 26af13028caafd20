"""What several pages share: the question form, the drawing of an answer, and whether data are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from graph_api.recognition.question import Question
from graph_api.store.jurisdictions import Jurisdictions
from graph_api.store.things import Text
from graph_api.web.i18n import translations
from graph_api.web.negotiation import HTML, JSON_LD, choose, quality
from graph_api.web.pages.answer_view import AnswerView, diagrams
from graph_api.web.pages.drawings.path import Diagram

FIELDS: Final = tuple(name for name in Question.model_fields if name not in ("experience", "lang"))
EXPERIENCE: Final = ("experience_years", "experience_country", "experience_status")


@dataclass(frozen=True)
class QuestionForm:
    """What stands in the form: values by name, labels of what was chosen, choices, what is wrong."""

    values: Mapping[str, str]
    certificates: Sequence[str]
    labels: Mapping[str, Text]
    choices: Mapping[str, Sequence[Any]]
    wrong: str | None = None
    wrong_field: str | None = None
    missing: Sequence[str] = ()


def given_in(request: Request) -> list[tuple[str, str]]:
    """The question's own parameters that are filled."""
    known = (*FIELDS, *EXPERIENCE)
    return [(name, value) for name, value in request.query_params.multi_items() if name in known and value.strip()]


def wants_data(request: Request) -> bool:
    """Whether the same is asked for as JSON-LD, by `format=` or by `Accept`. Raises BadRequest for another format."""
    wanted = request.query_params.get("format")
    if wanted:
        return choose(None, (HTML, JSON_LD), wanted) == JSON_LD
    accept = request.headers.get("accept")
    return quality(accept, JSON_LD) > quality(accept, HTML)


def drawings(answer: AnswerView, places: Jurisdictions, lang: str) -> dict[int, Sequence[Diagram]]:
    """The route of which each place tells the steps as a drawing, by its rank."""
    untitled = translations(lang).gettext("any title")
    told = [path for place in answer.places if (path := place.way or place.best)]
    return {path["rank"]: diagrams(answer, path, places.named, untitled) for path in told}
