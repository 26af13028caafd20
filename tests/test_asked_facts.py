"""The path finder asks only for facts that would change the answer: the engine itself is the judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.store.local import CurrentStore
from graph_api.web.pages.answer_view import ASKED, answer_of
from tests.conftest import in_turn

Pairs = list[tuple[str, str]]
QUESTIONS = (
    "qualification=fr-dei profession=nurse-general-care country=NL",
    "qualification=fr-deas-2021 profession=healthcare-assistant country=LU",
    "qualification=fr-bac-pro-melec profession=industrial-electrician country=DE",
    "qualification=fr-cap-electricien profession=electrician country=DE",
    "qualification=nl-mei profession=electrician country=BE-fr",
    "qualification=de-pflegefachmann profession=nurse-general-care country=FR",
    "qualification=be-nl-master-kine profession=physiotherapist country=DE intent=temporary_service",
    "qualification=nl-hbo-v country=LU intent=level",
    "issued_in=FR profession=midwife country=LU",
    "issued_in=US profession=architect country=FR",
    "profession=accountant country=NL",
)
OF_ANOTHER_TITLE = ("level", "training_years", "certificates", "issued")
"""What describes a title of one's own, so that the usual one is no longer assumed, or another of its day."""
TRIED: dict[str, tuple[Pairs, ...]] = {
    "issued": tuple([("issued", day)] for day in ("1975-01-01", "1995-06-01", "2010-06-01", "2023-09-01")),
    "training_started": tuple([("training_started", day)] for day in ("1960-01-01", "1990-09-01", "2012-09-01")),
    "training_years": tuple([("training_years", years)] for years in ("1", "4")),
    "nationality": tuple([("nationality", status)] for status in ("EU", "refugee", "third_country")),
    "level": tuple([("level", level)] for level in "abcde"),
    "experience": (
        [("experience_years", "0")],
        [("experience_years", "3"), ("experience_country", "NL"), ("experience_status", "employed")],
        [("experience_years", "6"), ("experience_country", "FR"), ("experience_status", "self_employed")],
    ),
}


def asked(question: str) -> Pairs:
    return [(name, value) for name, _, value in (part.partition("=") for part in question.split())]


def gist(said: dict[str, Any]) -> tuple[Any, ...]:
    """What a reader would call another answer: other routes, or other standings of them."""
    routes = [(path["status"], [step["route"] for step in path["steps"]]) for path in said["paths"]]
    return said["outcome"], routes


def standings(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Every condition of the answer with how it stands."""
    parts = [(step, "conditions") for path in said["paths"] for step in path["steps"]]
    parts += [(refused, "because") for refused in said["refused"]]
    return [(item["iri"], item["status"]) for part, name in parts for item in part[name]]


def values(fact: str, said: dict[str, Any]) -> Iterator[Pairs]:
    """What to try for a fact; certificates are those that some condition names."""
    if fact != "certificates":
        yield from TRIED[fact]
        return
    steps = [step for path in said["paths"] for step in path["steps"]]
    for item in [item for part in (*steps, *said["refused"]) for item in part.get("conditions", part.get("because"))]:
        if item["fact"] == fact and "would_hold_with" in item:
            yield [(fact, value) for value in item["would_hold_with"]["one_of"][:1]]


CONTRADICTED = {("training_started", "de-pflegefachmann")}
"""Of a title of 2020 nobody asks whether its training began in 1960; whoever says so holds another title."""


@pytest.fixture(scope="module")
def finder(store: CurrentStore) -> PathFinder:
    return PathFinder(store)


@pytest.mark.parametrize("question", in_turn(QUESTIONS, 3))
def test_what_is_not_asked_for_changes_nothing(store: CurrentStore, finder: PathFinder, question: str) -> None:
    said = finder.find(question_from(asked(question)))
    answer = answer_of(store, said, "en")
    left = [fact for fact in ASKED if fact not in (*answer.ask_first, *answer.ask_perhaps)]
    left = [fact for fact in left if (fact, said["question"]["qualification"]) not in CONTRADICTED]
    if said["assumed"]:
        left = [fact for fact in left if fact not in OF_ANOTHER_TITLE]
    turned = [
        value
        for fact in left
        for value in values(fact, said)
        if gist(finder.find(question_from([*asked(question), *value]))) != gist(said)
    ]
    assert turned == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_asked_first_settles_a_condition_or_opens_a_route(
    store: CurrentStore, finder: PathFinder, question: str
) -> None:
    said = finder.find(question_from(asked(question)))
    idle = []
    for fact in answer_of(store, said, "en").ask_first:
        others = [finder.find(question_from([*asked(question), *value])) for value in values(fact, said)]
        if all((gist(other), standings(other)) == (gist(said), standings(said)) for other in others):
            idle.append(fact)
    assert idle == []


def test_nothing_is_asked_where_the_law_asks_nothing_and_not_all_where_it_asks_much(
    store: CurrentStore, finder: PathFinder
) -> None:
    """Were all facts asked always, the first test could not fail."""
    free, nurse = (
        answer_of(store, finder.find(question_from(asked(question))), "en") for question in (QUESTIONS[2], QUESTIONS[0])
    )
    assert (list(free.ask_first), list(free.ask_perhaps)) == ([], [])
    assert list(nurse.ask_first) == ["nationality", "training_started"]  # more routes wait for the nationality
    assert "issued" in nurse.ask_perhaps
