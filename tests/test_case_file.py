"""The case file: the days of an application, letters in the language of the office, and nothing kept by the server.

Terms from the text: Article 51(1) of Directive 2005/36/EC gives one month for the receipt, Article 51(2) three months for the
decision and one month more where Chapter I or II of its Title III is applied.
"""

from __future__ import annotations

from datetime import date

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar as CalendarFile

from graph_api.recognition.answer_schema import Calendar
from graph_api.recognition.clock import Due, due
from graph_api.web.pages.drawings.code import qr_code

NURSE = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "DE", "place": "52062"}
HANDED_IN = {**NURSE, "applied_on": "2026-11-02"}
FREE = {"qualification": "fr-cap-electricien", "profession": "industrial-electrician", "country": "NL"}


@pytest.mark.parametrize(
    ("acknowledge", "decide", "extended", "days", "why"),
    [
        (None, None, None, [], "no term is known"),
        (
            "2026-12-02",
            None,
            None,
            [Due("acknowledge", date(2026, 12, 2))],
            "without a term for the decision nothing is ever overdue",
        ),
        (
            None,
            "2027-02-02",
            "2027-03-02",
            [Due("decide", date(2027, 2, 2)), Due("extended", date(2027, 3, 2)), Due("overdue", date(2027, 3, 3))],
            "it is overdue when the longest term is over",
        ),
    ],
)
def test_days_of_a_clock(
    acknowledge: str | None, decide: str | None, extended: str | None, days: list[Due], why: str
) -> None:
    calendar: Calendar = {
        "applied_on": "2026-11-02",
        "acknowledge_by": acknowledge,
        "decide_by": decide,
        "decide_by_if_extended": extended,
    }
    assert due(calendar) == days, why


def test_where_nothing_was_handed_in_no_clock_runs() -> None:
    assert due(None) == []


def test_the_calendar_holds_receipt_and_decision_as_whole_days(client: TestClient) -> None:
    answer = client.get("/api/v1/paths/calendar", params=HANDED_IN)
    assert answer.headers["content-type"].startswith("text/calendar")
    events = CalendarFile.from_ical(answer.content).walk("VEVENT")
    assert [event["dtstart"].dt for event in events] == [date(2026, 12, 2), date(2027, 2, 2), date(2027, 2, 3)]
    assert all("applied_on=2026-11-02" in event["url"] for event in events)
    assert len({event["uid"] for event in events}) == len(events)
    assert client.get("/api/v1/paths/calendar", params=HANDED_IN).content == answer.content


@pytest.mark.parametrize("asked", [NURSE, {**FREE, "applied_on": "2026-11-02"}], ids=["no day", "nobody decides"])
def test_a_calendar_without_a_day_says_so(client: TestClient, asked: dict[str, str]) -> None:
    answer = client.get("/api/v1/paths/calendar", params=asked)
    assert answer.status_code == 400
    assert "applied_on" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("lang", "last_day"), [("en", "2 February 2027"), ("nl", "2 februari 2027"), ("fr", "2 février 2027")]
)
def test_the_page_shows_the_days_in_the_language_of_the_reader(client: TestClient, lang: str, last_day: str) -> None:
    text = client.get("/path", params={**HANDED_IN, "lang": lang}).text
    assert last_day in text
    assert "/api/v1/paths/calendar?" in text
    assert "/path/letters?" in text


def test_where_nobody_decides_there_is_no_file(client: TestClient) -> None:
    assert 'class="case-file"' not in client.get("/path", params=FREE).text
    assert "nobody to write to" in client.get("/path/letters", params={**FREE, "lang": "en"}).text


def test_letters_are_in_the_language_of_the_office_whoever_reads(client: TestClient) -> None:
    text = client.get("/path/letters", params={**HANDED_IN, "lang": "fr"}).text
    assert text.count('<div class="letter" lang="de"') == 3
    assert "Mein Antrag vom 2. November 2026" in text
    chosen = client.get("/path/letters", params={**HANDED_IN, "lang": "fr", "in": "nl"}).text
    assert "Geachte heer, mevrouw" in chosen


def test_each_community_of_belgium_gets_letters_in_its_own_language(client: TestClient) -> None:
    asked = {**NURSE, "country": "BE", "lang": "en"}
    asked.pop("place")
    text = client.get("/path/letters", params=asked).text
    assert {lang for lang in ("nl", "fr", "de") if f'class="letter" lang="{lang}"' in text} == {"nl", "fr", "de"}


def test_a_reminder_counts_the_days_and_leaves_gaps_for_what_is_not_known(client: TestClient) -> None:
    asked = {**HANDED_IN, "letter": "reminder", "format": "txt", "in": "en"}
    text = client.get("/path/letters", params=asked).text
    assert "2 February 2027" in text
    assert "[your name and address]" in text
    without = client.get("/path/letters", params={**asked, "applied_on": ""}).text
    assert "[day of the application]" in without
    assert "<" not in text + without


def test_a_title_that_was_only_assumed_stays_a_gap(client: TestClient) -> None:
    asked = {"issued_in": "FR", "profession": "nurse-general-care", "country": "NL", "format": "txt", "in": "en"}
    text = client.get("/path/letters", params=asked).text
    assert "[your qualification] (France)" in text


def test_reasons_are_asked_under_article_51_only_where_the_directive_is_the_law(client: TestClient) -> None:
    asked = {**NURSE, "letter": "reasons", "format": "txt", "in": "en"}
    assert "Article 51(2) of Directive 2005/36/EC" in client.get("/path/letters", params=asked).text
    lawyer = {
        "issued_in": "FR",
        "profession": "lawyer",
        "country": "LU",
        "letter": "reasons",
        "format": "txt",
        "in": "en",
    }
    assert "2005/36/EC" not in client.get("/path/letters", params=lawyer).text


def test_an_unknown_letter_is_refused(client: TestClient) -> None:
    assert client.get("/path/letters", params={**NURSE, "letter": "complaint"}).status_code == 400


def test_nothing_is_kept_by_the_server(client: TestClient) -> None:
    for path in ("/path", "/path/letters"):
        assert "set-cookie" not in client.get(path, params=HANDED_IN).headers


def test_paper_leads_back_to_the_page(client: TestClient) -> None:
    for path, asked in (
        ("/path", NURSE),
        ("/roadmap", {"profession": "nurse-general-care", "from": "FR", "to": "DE"}),
        ("/factsheet", {"profession": "nurse-general-care", "from": "FR", "to": "DE"}),
    ):
        assert client.get(path, params=asked).text.count('class="qr"') == 1, path


def test_a_code_is_drawn_for_any_address_that_fits() -> None:
    assert "<path" in qr_code("http://127.0.0.1/path?country=DE")
    assert qr_code("x" * 5000) == ""
