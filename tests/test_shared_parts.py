"""What answers have in common is worked out once and shared: no answer may depend on what was asked before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from graph_api.recognition import law
from graph_api.recognition.law import Reference
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question, question_from_json
from graph_api.store.local import CurrentStore

_DAY = "2026-11-23"
_TITLES = (
    ("fr-dei", "nurse-general-care", "BE-nl"),
    ("de-bw-aph", "healthcare-assistant", "LU"),
    ("lu-specialist-vascular-surgery", "specialist-doctor", "LU"),
    ("be-fr-jury-central-boulanger", "baker", "DE"),
    ("fr-de-puericultrice", "nurse-paediatric", "DE"),
    ("be-fr-bachelier-infirmier", "nurse-general-care", "NL"),
    ("de-meister-mason", "building-contractor", "FR"),
)
"""Each with a host where the papers, steps or acts of one way hang on practice, nationality, intent or day."""
_WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"intent": "level"},
    {"intent": "employment"},
    {"intent": "temporary_service"},
    {"nationality": "EU"},
    {"nationality": "third_country"},
    {"nationality": "EU", "experience": [{"country": "FR", "status": "self_employed", "from": "2012-01-01"}]},
    {"experience": []},
    {"lang": "de"},
    {"explain": "full"},
    {"as_of": "2010-06-01"},
    {"as_of": "2016-06-01"},
    {"issued": "1970-07-01"},
    {"level": "b"},
    {"certificates": []},
)
_PLACES = (
    {"country": "DE"},
    {"country": "DE-NW"},
    {"country": "DE", "place": "52062"},
    {"country": "DE", "place": "Trier"},
)


def asked() -> Iterator[Question]:
    """Questions that differ in one thing each, so that what one of them leaves behind would serve the next."""
    for title, profession, host in _TITLES:
        named = {"qualification": title, "profession": profession}
        yield from (question({**named, "country": host, **way}) for way in _WAYS)
        yield from (question({**named, **place}) for place in _PLACES)
    for code in ("DE", "FR", "NL", "PL", "US"):
        yield question({"issued_in": code, "profession": "baker", "country": "DE"})
    for profession in ("driving-instructor", "baker", "veterinary-surgeon", "tyre-technician"):
        yield question({"qualification": "fr-dei", "profession": profession, "country": "LU", "intent": "level"})


def question(given: dict[str, Any]) -> Question:
    return question_from_json(json.dumps({"as_of": _DAY, **given}).encode())


def alone(finder: PathFinder, question: Question) -> str:
    """The answer where nothing was asked before it."""
    reference = finder.reference()
    for shared in (reference._kept, reference._made, reference._on):
        shared.clear()
    return json.dumps(finder.find(question))


def test_no_answer_depends_on_what_was_asked_before(store: CurrentStore) -> None:
    """Each question has the answer after all others that it has where nothing was asked."""
    questions, finder = list(asked()), PathFinder(store)
    expected = [alone(finder, each) for each in questions]
    for _ in range(2):
        found = [json.dumps(finder.find(each)) for each in questions]
        assert not [each for each, one, other in zip(questions, found, expected, strict=True) if one != other]


@pytest.fixture
def reference() -> Reference:
    return Reference("", {}, frozenset())


def test_what_is_shared_is_made_once(reference: Reference) -> None:
    made = [reference.kept("advice", ("FR", each), object) for each in ("nl", "nl", "de")]
    assert made[0] is made[1]
    assert made[0] is not made[2]
    assert reference.kept("doing", ("FR", "nl"), object) is not made[0]


def test_what_questions_leave_behind_has_a_bound(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "_PARTS_KEPT", 3)
    reference.kept("doing", "one", lambda: 1)
    for day in range(1, 9):
        assert reference.kept("advice", date(2026, 1, day), lambda day=day: day) == day
        assert len(reference._kept["advice"]) <= 3
    assert reference.kept("doing", "one", lambda: 2) == 1
