"""The first page: three real questions and their answers; what a wrong address offers."""

from __future__ import annotations

import re
import threading
from html import unescape
from pathlib import Path

import pytest
from fastapi import routing
from fastapi.testclient import TestClient

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app, ready
from graph_api.web.pages.examples import ASKED, Examples
from graph_api.web.services import Services, services_over


@pytest.fixture(scope="module")
def services(store: CurrentStore) -> Services:
    return services_over(Settings(), store)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_example_has_its_answer(client: TestClient, services: Services, lang: str) -> None:
    examples = Examples(services)
    answers = examples.answers(lang)
    assert set(answers) == set(ASKED)
    for name, asked in ASKED.items():
        said = client.get("/api/v1/paths", params={**asked, "lang": lang}).json()
        assert answers[name] in {verdict["sentence"] for verdict in said["verdicts"]}
        if asked.get("intent") == "establishment":
            assert answers[name] == next(item["sentence"] for item in said["verdicts"] if item["for"] == "own_firm")
    examples._answers.get(lang)
    assert [answer for _, _, answer in examples.told(lang)] == list(answers.values())


def test_who_comes_first_sees_the_answers_too(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph_api.web.pages.examples._PATIENCE", 600.0)
    examples = Examples(services)
    assert all(answer for _, _, answer in examples.told("nl"))


def test_where_answers_take_too_long_the_questions_stand_alone(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who comes later sees them."""
    monkeypatch.setattr("graph_api.web.pages.examples._PATIENCE", 0.0)
    held = threading.Event()
    told = dict.fromkeys(ASKED, "Yes.")
    monkeypatch.setattr(Examples, "answers", lambda *_: held.wait() and told)
    examples = Examples(services)
    assert [answer for _, _, answer in examples.told("nl")] == [None] * len(ASKED)
    held.set()
    examples._work("nl").join()
    assert [answer for _, _, answer in examples.told("nl")] == list(told.values())


def test_a_wrong_address_offers_what_people_look_for(client: TestClient) -> None:
    text = client.get("/page/profession/nurse", headers={"accept": "text/html"}).text
    assert "/openapi.json; the addresses" not in text
    assert "document condition" not in client.get("/nowhere", headers={"accept": "text/html"}).text
    assert "nurse responsible for general care" in text


def test_who_asks_for_a_profession_of_others_is_shown_the_trainings_for_it(client: TestClient) -> None:
    asked = {"qualification": "de-geselle-baker", "profession": "nurse-general-care", "country": "NL", "lang": "en"}
    text = client.get("/path", params=asked).text
    assert "Trainings and titles that lead to the profession you asked for" in text
    assert "What would make it easier" not in text


def test_whoever_runs_the_server_can_be_reached_where_a_setting_says_so(store: CurrentStore) -> None:
    for contact, link in (
        ("help@example.org", "mailto:help@example.org"),
        ("https://example.org/", "https://example.org/"),
    ):
        about = TestClient(create_app(Settings(contact=contact), store)).get("/about", headers={"accept": "text/html"})
        assert f'href="{link}"' in about.text
    assert (
        "mailto:" not in TestClient(create_app(Settings(), store)).get("/about", headers={"accept": "text/html"}).text
    )


def test_a_question_can_be_changed_and_a_fact_left_out_again(client: TestClient) -> None:
    """Without scripts; what was told stays while the rest is changed."""
    address = "/path?qualification=fr-dei&profession=nurse-general-care&country=NL&nationality=EU"
    answer = client.get(address, headers={"accept": "text/html"}).text
    links = re.findall(r'<p class="given.*?</p>', answer, re.S)[0]
    change, leave = [unescape(link) for link in re.findall(r'href="([^"]+)"', links)]
    assert "nationality" not in leave
    assert "national of the EU, EEA or Switzerland" in links
    form = client.get(change, headers={"accept": "text/html"}).text
    assert 'name="nationality" value="EU"' in form
    assert 'id="profession-text"' in form
    assert "What to do next" not in form


def test_a_name_without_its_accents_means_the_same(client: TestClient) -> None:
    asked = {"profession_text": "educateur specialise", "country": "LU", "lang": "fr"}
    answer = client.get("/path", params=asked, headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert "profession=special-needs-carer" in answer.headers["location"]


def test_no_route_is_left_to_be_made_by_the_first_reader(data: Path, store: CurrentStore) -> None:
    app = ready(create_app(Settings(data=data), store))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(routing, "get_dependant", _too_late)
        with TestClient(app) as reader:
            assert reader.get("/page/profession/midwife", headers={"Accept": "text/html"}).status_code == 200
            assert reader.get("/api/v1/professions/midwife").status_code == 200
    with pytest.MonkeyPatch.context() as patched, TestClient(create_app(Settings(data=data), store)) as reader:
        patched.setattr(routing, "get_dependant", _too_late)
        with pytest.raises(AssertionError, match="too late"):
            reader.get("/page/profession/midwife", headers={"Accept": "text/html"})


def _too_late(**_: object) -> None:
    raise AssertionError("too late")
