"""Roadmap and factsheet: what they say for any profession between any two places, and on what it rests."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from itertools import permutations
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.store.local import CurrentStore
from graph_api.store.things import LANGUAGES
from graph_api.web.pages.answer_view import AnswerView, HostView
from graph_api.web.pages.factsheet import TOPICS, Host, Sentence, statements

HTML = {"accept": "text/html"}
FACTSHEET = "/factsheet?profession=healthcare-assistant&from=FR&to=LU"


@dataclass(frozen=True)
class Sheet:
    """The text of a sheet, its sentences by topic, and the numbers of sources that it cites and lists."""

    text: str
    topics: dict[str, list[str]]
    cited: set[str]
    listed: set[str]


def bare(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u2060", "").split())


def read(client: TestClient, address: str) -> Sheet:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200, answer.text[:300]
    html = answer.text
    topics: dict[str, list[str]] = {}
    for name, body in re.findall(r'<section class="topic (\w+)">(.*?)</section>', html, re.DOTALL):
        items = re.findall(r'<li class="(?:sure|unsaid)[^"]*">(.*?)</div></li>', body, re.DOTALL)
        topics.setdefault(name, []).extend(bare(item) for item in items)
    return Sheet(
        bare(html), topics, set(re.findall(r'href="#(source-\d+)"', html)), set(re.findall(r'id="(source-\d+)"', html))
    )


def test_a_factsheet_tells_rights_duties_language_and_work(client: TestClient) -> None:
    sheet = read(client, FACTSHEET)
    assert list(sheet.topics) == list(TOPICS)
    assert any(text.startswith("There the profession is called: Aide-soignant") for text in sheet.topics["access"])
    assert any(text.startswith("The profession is regulated there.") for text in sheet.topics["access"])
    rights = " ".join(sheet.topics["rights"])
    assert "You have a right to a decision within 3 months of the complete file." in rights
    assert "A refusal can be brought before the administrative court. " in rights
    assert "If the answer is no" not in rights
    assert (
        "If a measure is asked, the choice between the measures is yours. ( Loi du 28 octobre 2016 Art. 14(1)-(2) )"
        in rights
    )
    duties = " ".join(sheet.topics["duties"])
    assert "Have your qualification recognised. Where: Ministère de l'Education nationale" in duties
    assert "Obtain the licence to practise. Where: Ministère de la Santé" in duties
    hand_in, _, later = duties.partition("You receive these papers in an earlier step and hand them in later: ")
    assert "Hand in these papers: Proof of payment" in hand_in
    assert "Proof of identity and nationality" in hand_in
    assert "Only in some cases these papers are asked: Proof of equal treatment for a third-country national" in hand_in
    assert later.startswith("Decision recognising the qualification (first step) ")
    both = (
        "75 euro for the recognition (loi du 28 octobre 2016 art. 50), 75 for the licence (loi du 26 mars 1992 art. 3)"
    )
    assert "The procedure costs 150 €." in duties.replace("\xa0", " "), both
    assert "adaptation period or aptitude test, at most 36 months." in duties
    assert "This is asked of your language skills: German, French" in sheet.topics["language"][0]
    assert "The language may be checked only after recognition." in sheet.topics["language"][0]
    assert "The law lets you do this: Blood pressure" in sheet.topics["work"][0]
    assert sheet.cited
    assert sheet.cited == sheet.listed


def test_what_no_source_says_is_said_plainly_and_counted(client: TestClient) -> None:
    sheet = read(client, "/factsheet?profession=accountant&from=FR&to=NL")
    unknown = [text for found in sheet.topics.values() for text in found if text.startswith("Not known")]
    assert "Not known: no source read here names a level of language skills." in unknown
    words = "1 point is" if len(unknown) == 1 else f"{len(unknown)} points are"
    assert f"{words} not known, and " in sheet.text


def test_without_regulation_nothing_is_asked(client: TestClient) -> None:
    sheet = read(client, "/factsheet?profession=industrial-electrician&from=FR&to=DE")
    assert any(text.startswith("The profession is not regulated there: anyone may") for text in sheet.topics["access"])
    assert sheet.topics["rights"][0].startswith("On this route you need no recognition of your qualification.")
    assert sheet.topics["duties"][0].startswith("You need not apply to any authority for recognition.")
    assert "Hand in these papers" not in sheet.text


def test_a_factsheet_tells_of_the_title_to_which_the_answer_leads(client: TestClient) -> None:
    """Of the titles in Germany the sheet takes that of the verdict: the title is protected, the work is free."""
    sheet = read(client, "/factsheet?profession=healthcare-assistant&from=NL&to=DE")
    assert "Yes, work for an employer is free there" in sheet.text
    assert any(text.startswith("Anyone may do the work there, but only") for text in sheet.topics["access"])
    assert not any("keeps the work itself" in text for text in sheet.topics["access"])


def test_a_firm_that_falls_under_another_profession_is_told_apart(client: TestClient) -> None:
    """Work in industry is free in Luxembourg; a firm of one's own is the craft of list A (loi du 2 septembre 2011)."""
    for path in ("/factsheet", "/roadmap"):
        html = client.get(f"{path}?profession=industrial-electrician&from=DE&to=LU", headers=HTML).text
        said = "What follows is about work for an employer. A firm of your own falls under another profession:"
        assert f'{said} <a href="{path}?profession=electrician&amp;from=DE&amp;to=LU">electrician</a>.' in html
    free = client.get("/factsheet?profession=industrial-electrician&from=DE&to=NL", headers=HTML).text
    assert "What follows is about work for an employer" not in free


def test_a_state_of_several_deciding_parts_has_a_sheet_for_each(client: TestClient) -> None:
    html = client.get("/factsheet?profession=nurse-general-care&from=NL&to=BE", headers=HTML).text
    assert re.findall(r'id="place-([\w-]+)"', html) == ["be-nl", "be-fr", "be-de"]


def test_an_incomplete_question_is_the_form_of_its_sheet(client: TestClient) -> None:
    for path, title in (("/factsheet", "Factsheet"), ("/roadmap", "Roadmap")):
        html = client.get(f"{path}?profession=midwife&from=FR", headers=HTML).text
        assert f"<title>{title} · Passerelle</title>" in html
        assert 'action="/roadmap"' in html
        assert 'formaction="/factsheet"' in html


def test_the_sheets_link_to_each_other_with_the_same_question(client: TestClient) -> None:
    asked = "profession=healthcare-assistant&amp;from=FR&amp;to=LU&amp;qualification=fr-deas-2021"
    held = f"{FACTSHEET}&qualification=fr-deas-2021"
    assert f'href="/roadmap?{asked}"' in client.get(held, headers=HTML).text
    roadmap = client.get(held.replace("/factsheet", "/roadmap"), headers=HTML).text
    assert f'href="/factsheet?{asked}"' in roadmap


def test_no_title_is_guessed_in_silence(client: TestClient) -> None:
    html = client.get(FACTSHEET, headers=HTML).text
    offered = re.findall(r'<option value="(fr-[\w-]+)"( selected)?', html)
    assert next(slug for slug, _ in offered) == "fr-deas-2021"
    assert not any(selected for _, selected in offered)
    assert "You named no title, so the usual one of today is assumed" in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_has_words_in_every_language(client: TestClient, lang: str) -> None:
    for profession, home, host in (
        ("healthcare-assistant", "FR", "LU"),
        ("electrician", "FR", "DE"),
        ("accountant", "FR", "NL"),
        ("nurse-general-care", "DE", "BE"),
    ):
        sheet = read(client, f"/factsheet?profession={profession}&from={home}&to={host}&lang={lang}")
        assert all(text for found in sheet.topics.values() for text in found)
        assert sheet.cited == sheet.listed


@pytest.mark.long
def test_every_pair_of_places_has_both_sheets(client: TestClient) -> None:
    places = ("BE-nl", "BE-fr", "BE-de", "NL", "LU", "FR", "DE")
    for path in ("/factsheet", "/roadmap"):
        for home, host in permutations(places, 2):
            answer = client.get(f"{path}?profession=healthcare-assistant&from={home}&to={host}", headers=HTML)
            assert answer.status_code == 200, (path, home, host)
            assert f'value="{home}" selected' in answer.text


@pytest.mark.long
def test_professions_have_both_sheets(client: TestClient, store: CurrentStore) -> None:
    """Forty professions; which ones moves with the data."""
    assert_both_sheets(client, Random(store.version).sample(listed_professions(client), 40))


@pytest.mark.whole
def test_every_profession_has_both_sheets(client: TestClient) -> None:
    assert_both_sheets(client, listed_professions(client))


def listed_professions(client: TestClient) -> list[str]:
    listed = client.get("/roadmap", headers=HTML).text.partition('id="profession"')[2].partition("</select>")[0]
    professions = re.findall(r'value="([\w-]+)"', listed)
    assert len(professions) > 200
    return professions


def assert_both_sheets(client: TestClient, professions: list[str]) -> None:
    for profession in professions:
        for path in ("/factsheet", "/roadmap"):
            answer = client.get(f"{path}?profession={profession}&from=FR&to=NL", headers=HTML)
            assert answer.status_code == 200, (path, profession)


# ---- without a graph: what a sheet says of a place where nothing is known --------------------------------------------


def test_a_place_without_routes_says_why_and_how_the_profession_is_organised() -> None:
    place = HostView("NL", [], [_refused("Automatic", "listed")])
    host = Host({}, {}, (), (), {})
    found = statements(_answer(), place, host, "en")
    assert [statement.name for statement in found] == ["verdict", "closed", "regulation_unknown"]
    assert found[1].items == [("listed", None)]
    assert [statement.known for statement in found] == [True, True, False]


def test_acts_of_one_permission_stand_in_one_sentence_with_all_their_sources() -> None:
    acts = [_act("a", "yes", "s1"), _act("b", "no", "s1"), _act("c", "yes", "s2"), _act("d", "by Land", "s3")]
    found = statements(_answer(), HostView("NL", [], []), Host({}, {}, (), acts, {}), "en")
    work = {item.name: item for item in found if item.topic == "work"}
    assert list(work) == ["may", "may_not", "may_by_region"]
    assert work["may"].items == [("a", "en"), ("c", "en")]
    assert [source["id"] for source in work["may"].sources] == ["s1", "s2"]


def test_unknown_statements_carry_the_sign_of_doubt() -> None:
    known = Sentence("duties", "fee")
    assert (known.sign, replace(known, name="fee_unknown").sign) == ("arrow", "if")


def _answer() -> AnswerView:
    return AnswerView({"paths": [], "refused": []}, [], {}, {}, [], [], frozenset())


def _refused(regime: str, label: str) -> dict[str, Any]:
    return {"regime": {"label": regime, "iri": "x:r"}, "because": [{"label": label, "legal_basis": []}]}


def _act(name: str, permission: str, source: str) -> dict[str, Any]:
    return {"label": (name, "en"), "permission": permission, "sources": [{"id": source}]}


def test_no_statement_of_the_factsheet_lacks_its_ground(client: TestClient) -> None:
    """Each sentence cites a source, a provision or the doubt that it repeats, or says that nothing is known."""
    for address in (
        FACTSHEET,
        "/factsheet?profession=electrician&from=FR&to=DE",
        "/factsheet?profession=nurse-general-care&from=DE&to=FR",
        "/factsheet?profession=baker&from=NL&to=LU",
    ):
        html = client.get(address, headers=HTML).text
        items = re.findall(r'<li class="sure[^"]*">(.*?)</div></li>', html, re.DOTALL)
        assert items
        assert [bare(item) for item in items if "#source-" not in item and "cites" not in item] == [], address
