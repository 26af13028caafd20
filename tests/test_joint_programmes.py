"""Joint programmes as questions: the titles of their graduates, and whom to ask where no source says which these are."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from graph_api.__main__ import cli
from graph_api.store.things import LANGUAGES
from tests.conftest import ROOT

MEDICAL = {
    "qualification": "european-medical-school-oldenburg-groningen",
    "profession": "doctor",
    "country": "NL",
    "nationality": "EU",
}
"""Groningen awards the Dutch title to graduates of Oldenburg who chose it: rug.nl, 2010-11."""


def programmes() -> list[dict[str, str]]:
    with (ROOT / "mappings" / "joint_programmes.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def asked(client: TestClient, **question: str) -> Any:
    answer = client.get("/api/v1/paths", params=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_programme_names_its_titles_or_whom_to_ask_and_has_a_case() -> None:
    with (ROOT / "tests" / "cases" / "paths.csv").open(newline="", encoding="utf-8") as file:
        cases = {row["qualification"] for row in csv.DictReader(file)}
    for programme in programmes():
        assert programme["ask"], programme["joint_programme"]
        assert programme["joint_programme"] in cases


def test_a_title_of_each_state_enters_each_with_its_own(client: TestClient) -> None:
    for country, title in (("NL", "nl-arts"), ("DE", "de-arzt")):
        answer = asked(client, **{**MEDICAL, "country": country, "certificates": "joint-title"})
        assert answer["outcome"] == "own_title" and answer["paths"][0]["status"] == "open"
        assert answer["question"]["qualification"] == MEDICAL["qualification"]
        assert answer["question"]["qualification_iri"].endswith(f"/{title}")
        assert {item["slug"] for item in answer["joint_programme"]["titles"]} == {"nl-arts", "de-arzt"}


def test_a_title_that_not_every_graduate_holds_is_asked_for(client: TestClient) -> None:
    path = asked(client, **MEDICAL)["paths"][0]
    assert path["status"] == "open_if"
    assert [item["id"] for item in path["steps"][0]["conditions"] if item["status"] == "unknown"] == [
        "joint-title-awarded"
    ]


def test_the_state_that_issued_the_title_chooses_among_those_awarded(client: TestClient) -> None:
    answer = asked(client, **{**MEDICAL, "country": "FR", "issued_in": "NL"})
    assert answer["question"]["home"] == "NL" and answer["outcome"] == "automatic"


def test_where_no_source_names_the_title_the_named_body_is_asked(client: TestClient) -> None:
    question = {**MEDICAL, "qualification": "hanse-law-school", "profession": "architect", "country": "FR"}
    answer = asked(client, **question)
    assert answer["outcome"] == "unknown" and answer["paths"] == answer["refused"] == []
    bodies = [body["label"] for body in answer["joint_programme"]["ask"]]
    assert bodies and all(body in answer["verdicts"][0]["sentence"] for body in bodies)
    assert answer["joint_programme"]["sources"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_programme_is_said_in_every_language(client: TestClient, lang: str) -> None:
    for qualification in (MEDICAL["qualification"], "unigr"):
        said = asked(client, **{**MEDICAL, "qualification": qualification, "lang": lang})["joint_programme"]
        assert said["sentence"] and said["label"] in said["sentence"]


def test_every_door_takes_a_programme(client: TestClient, data: Path) -> None:
    posted = client.post("/api/v1/paths", json=MEDICAL).json()
    assert posted["outcome"] == "own_title"
    words = [MEDICAL[name] for name in ("qualification", "profession", "country")]
    printed = CliRunner().invoke(cli, ["path", *words, "--fact", "nationality=EU", "--data", str(data), "--json"])
    assert json.loads(printed.stdout)["outcome"] == "own_title"
    page = client.get("/path", params={**MEDICAL, "lang": "en"})
    assert page.status_code == 200 and posted["joint_programme"]["label"] in page.text
    typed = {"qualification_text": "Hanse Law School", "profession": "lawyer", "country": "NL", "lang": "en"}
    moved = client.get("/path", params=typed, follow_redirects=False)
    assert moved.status_code == 303 and "qualification=hanse-law-school" in moved.headers["location"]
    resolved = client.get(
        "/api/v1/resolve", params={"qualification": "Hanse Law School", "profession": "lawyer", "to": "NL"}
    ).json()
    assert resolved["answer"]["joint_programme"]["slug"] == "hanse-law-school"


def test_a_slug_of_neither_kind_is_unknown(client: TestClient) -> None:
    answer = client.get("/api/v1/paths", params={**MEDICAL, "qualification": "no-such-programme"})
    assert answer.status_code == 404
