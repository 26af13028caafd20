"""Every profession between every two jurisdictions: answers are counted, and what one lacks is found."""

from __future__ import annotations

from typing import Any, cast

import pytest

from graph_api.recognition.answer_schema import WholeAnswer
from graph_api.recognition.pairs import asked_between_all, lacking
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.store.local import CurrentStore


def test_a_sample_of_all_professions_is_answered_on_law_and_source(store: CurrentStore) -> None:
    report = asked_between_all(store, PathFinder(store), sample=2)
    assert report.breaches == []
    assert report.questions == sum(report.outcomes.values()) and report.questions % (7 * 6) == 0


class Failing(PathFinder):
    """An engine that fails on one question in so many."""

    def find(self, question: Question) -> Any:
        if question.issued_in == "LU":
            raise ZeroDivisionError
        return super().find(question)


def test_a_question_without_an_answer_is_found(store: CurrentStore) -> None:
    report = asked_between_all(store, Failing(store), sample=1)
    assert report.outcomes["no answer"] == 6
    assert all(breach.startswith("no answer (ZeroDivisionError): ") for breach in report.breaches)


STEP = {"legal_basis": ["law"], "sources": ["source"]}


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        ({"outcome": "automatic", "paths": [{"steps": [STEP]}]}, []),
        ({"outcome": "automatic", "paths": [{"steps": [{**STEP, "sources": []}]}]}, ["no source"]),
        ({"outcome": "automatic", "paths": [{"steps": [{**STEP, "legal_basis": []}]}]}, ["no law"]),
        ({"outcome": "automatic", "paths": []}, ["no law"]),
        ({"outcome": "unknown", "verdicts": [{"sentence": "ask there"}]}, []),
        ({"outcome": "none", "verdicts": [{"sentence": None}]}, ["no words"]),
    ],
)
def test_what_an_answer_lacks(answer: dict[str, Any], lacks: list[str]) -> None:
    assert list(lacking(cast(WholeAnswer, answer))) == lacks
