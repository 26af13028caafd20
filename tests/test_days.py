"""One question on two days: what the law of each day answers, and where they differ.

Directive 2013/55/EU had to be applied from 18 January 2016: it added partial access (Article 4f), which no law gave before.
"""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

NURSE = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL", "lang": "en"}


def test_what_differs_between_two_days_is_marked(client: TestClient) -> None:
    text = client.get("/path/days", params={**NURSE, "a": "2015-06-01", "b": "2017-06-01"}).text
    assert 'class="differs"' in text
    later = text.partition("Other routes")[2]
    assert "<mark>" in later
    assert "as_of=2015-06-01" in text
    assert "as_of=2017-06-01" in text


def test_the_same_day_twice_differs_in_nothing(client: TestClient) -> None:
    text = client.get("/path/days", params={**NURSE, "a": "2026-06-01", "b": "2026-06-01"}).text
    assert "On both days the answer is the same." in text
    assert 'class="differs"' not in text


@pytest.mark.parametrize("day", ["yesterday", "2016-02-30"])
def test_what_is_no_day_is_refused(client: TestClient, day: str) -> None:
    answer = client.get("/path/days", params={**NURSE, "a": day})
    assert answer.status_code == 400
    assert "2016-01-18" in answer.text


def test_the_answer_leads_to_its_other_days(client: TestClient) -> None:
    assert 'href="/path/days?' in client.get("/path", params=NURSE).text
