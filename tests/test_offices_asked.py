"""Who acts at a place, asked as people ask: the answers over the real tables."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.recognition.answer_schema import CONTRACT
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.store.local import CurrentStore
from tests.conftest import ROOT, in_turn, plain


def cases() -> list[dict[str, str]]:
    with (ROOT / "tests" / "cases" / "offices_asked.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finder(store: CurrentStore) -> PathFinder:
    return PathFinder(store)


def ask(finder: PathFinder, **asked: str) -> Any:
    """The answer, held against the contract: places bring keys that no other answer has."""
    answer = finder.find(question_from(list(asked.items())))
    CONTRACT.validate_python(answer)
    return answer


def procedure(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of the first way on which the training is compared."""
    ways = [path["steps"][-1]["procedure"] for path in answer["paths"] if path["outcome"] == "general_system"]
    return ways[0] if ways else []


def authorities(answer: dict[str, Any]) -> list[str]:
    return [(step["authority"] or {"id": "-"})["id"].rpartition("/")[2] for step in procedure(answer)]


@pytest.mark.parametrize("case", in_turn(cases(), 3), ids=lambda case: plain(f"{case['place']}-{case['profession']}"))
def test_the_place_names_who_acts(finder: PathFinder, case: dict[str, str]) -> None:
    asked = {name: case[name] for name in ("place", "country", "profession", "issued_in")}
    found = authorities(ask(finder, nationality="EU", **asked))
    assert found == [part for part in case["authorities"].split(";") if part]


def test_a_land_that_the_tables_do_not_know_is_said_to_be_missing(finder: PathFinder) -> None:
    answer = ask(finder, profession="nurse-general-care", country="DE-HH", issued_in="FR", nationality="EU")
    step = answer["paths"][0]["steps"][-1]
    assert step["authority"] is None
    assert (step["missing"]["one_in_each"], step["missing"]["region"]) == ("land", "DE-HH")
    assert len(answer["advice"]) == 3


def test_without_a_place_the_offices_are_listed_by_land(finder: PathFinder) -> None:
    answer = ask(finder, profession="nurse-general-care", country="DE", issued_in="FR", nationality="EU")
    offices = {
        item["region"]: item["authority"]["id"].rpartition("/")[2]
        for item in answer["paths"][0]["steps"][-1]["offices"]
    }
    assert offices["DE-SL"] == "de-sl-las"
    assert "DE-HH" not in offices
    named = ask(finder, profession="nurse-general-care", country="DE-SL", issued_in="FR", nationality="EU")
    assert named["paths"][0]["steps"][-1]["offices"] is None


def test_a_luxembourg_nurse_with_a_listed_title_goes_straight_to_the_licence(finder: PathFinder) -> None:
    question = {"profession": "nurse-general-care", "country": "LU", "nationality": "EU"}
    listed = ask(finder, qualification="fr-dei", issued="2015-07-01", training_started="2012-09-01", **question)
    steps = listed["paths"][0]["steps"][-1]["procedure"]
    assert [step["what"] for step in steps] == ["licence"]
    codes = {paper["code"] for paper in steps[0]["documents"]}
    assert "QUAL_COPY" in codes
    assert not codes & {"RECOG_DECISION", "EU_STATUS", "THIRD_RECOG"}
    compared = ask(finder, qualification="fr-deas-2021", **{**question, "profession": "healthcare-assistant"})
    first, second = compared["paths"][0]["steps"][-1]["procedure"]
    assert (first["what"], first["fee"]["amount"], first["fee"]["measure"]) == ("recognition", 75, 300)
    assert (second["what"], second["fee"]["amount"]) == ("licence", 75)
    assert "RECOG_DECISION" in {paper["code"] for paper in second["documents"]}
    assert "RECOG_DECISION" not in {paper["code"] for paper in compared["paths"][0]["steps"][-1]["documents"]}
    assert compared["paths"][0]["total"]["cost"]["amount"] == 150


@pytest.mark.parametrize(
    "query",
    [
        "country=DE&place=Atlantis", "country=DE&place=1", "country=DE&place=%00", "country=DE&place=" + "a" * 81,
        "country=DE&place=%3Cscript%3E", "country=DE&place='%20OR%201=1", "country=DE-XX", "country=DEZZZ", "country=D",
        "country=DE-NWWW", "country=AT", "country=DE&place=1&place=2", "country=LU&place=52062", "country=EU",
    ],
)  # fmt: skip
def test_what_is_no_place_is_refused_with_a_reason(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/paths?profession=nurse-general-care&{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["parameter"] in ("place", "country")


def test_a_place_is_understood_in_a_body_as_well(client: TestClient) -> None:
    body = {"profession": "electrician", "country": "de", "place": "Aix-la-Chapelle", "issued_in": "FR"}
    answer = client.post("/api/v1/paths", json=body).json()
    assert (answer["question"]["place"], answer["question"]["nuts3"]) == ("Aachen", "DEA2D")
    assert answer["paths"][0]["steps"][-1]["authority"]["label"] == "Handwerkskammer Aachen"
