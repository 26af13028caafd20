"""The mark belongs to the statement: an answer names each fact on which it rests and that nobody read."""

from __future__ import annotations

import html
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from graph_api.rdf.terms import PAS
from graph_api.recognition.law import Reference
from graph_api.recognition.weakest import unread, weakest
from graph_api.store.things import Thing

LEVEL, NOTE = f"{PAS}requiredLevel", f"{PAS}typicalQualification"
THINGS: dict[str, Thing] = {LEVEL: {"label@en": ["required level"], "weighs": ["true"]}, NOTE: {"label@en": ["title"]}}
REFERENCE = cast(Reference, SimpleNamespace(thing=THINGS.__getitem__))


def facts(**properties: list[str]) -> list[tuple[str | None, str | None]]:
    thing: Thing = {"iri": ["x"], "prefLabel@en": ["Nurse"], **properties}
    return [(fact["label"], fact["property_label"]) for fact in unread(REFERENCE, "x", thing, "en")]


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"verified": ["yes"]}, []),
        ({"verified": ["from-knowledge"], "unread": [LEVEL]}, [("Nurse", None)]),
        ({"verified": ["yes"], "unread": [LEVEL]}, [("Nurse", "required level")]),
        ({"verified": ["yes"], "unread": [NOTE]}, []),
    ],
    ids=["all was read", "nothing was read", "one cell was not", "on that cell no answer rests"],
)
def test_what_nobody_read_of_a_thing(properties: dict[str, list[str]], found: list[tuple[str, str]]) -> None:
    assert facts(**properties) == found


def test_an_answer_is_as_good_as_its_weakest_fact() -> None:
    fact = {"of": "x", "label": "Nurse", "property": LEVEL, "property_label": "required level"}
    assert weakest([]) == {"mark": "yes", "what": None, "facts": []}
    assert weakest([fact, fact]) == {"mark": "from-knowledge", "what": "Nurse: required level", "facts": [fact]}


def test_a_path_names_what_its_steps_name(client: TestClient) -> None:
    asked: dict[str, Any] = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "BE"}
    for path in client.get("/api/v1/paths", params=asked).json()["paths"]:
        named = [(fact["of"], fact["property"]) for fact in path["weakest"]["facts"]]
        of_steps = [(fact["of"], fact["property"]) for step in path["steps"] for fact in step["weakest"]["facts"]]
        assert set(named) == set(of_steps)
        assert (path["weakest"]["mark"] == "yes") == (not named)
        assert len(named) == len(set(named))


ASKED = {"profession": "healthcare-assistant", "from": "FR", "to": "LU", "lang": "en"}


@pytest.mark.parametrize("page", ["/path", "/roadmap", "/factsheet"])
def test_answer_roadmap_and_factsheet_carry_the_weakest_link(client: TestClient, page: str) -> None:
    asked = {"profession": ASKED["profession"], "issued_in": "FR", "country": "LU", "lang": "en"}
    best = client.get("/api/v1/paths", params=asked).json()["paths"][0]
    said = html.unescape(client.get(page, params=asked if page == "/path" else ASKED).text)
    assert all("weakest" in step for step in best["steps"])
    if best["weakest"]["mark"] == "yes":
        assert "All facts on which this route rests were read" in said
    else:
        assert all(fact["label"] in said for fact in best["weakest"]["facts"][:1])
        assert "nobody has read" in said
