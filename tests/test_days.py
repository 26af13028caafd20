"""One question on two days, or in two versions of the data: what each answers, and where they differ.

Directive 2013/55/EU had to be applied from 18 January 2016: it added partial access (Article 4f), which no law gave before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from graph_api.settings import Settings
from graph_api.store.local import CurrentStore
from graph_api.web.app import create_app
from tests.europe import PREFIXES, Edge, Europe
from tests.test_versions import GRAPH, OLD, built

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


# ---- two versions of the data --------------------------------------------------------------------------------------

ASKED = {"qualification": "aa-title", "profession": "nurse", "country": "BB", "lang": "en"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Three versions: one that knows no nurse, one in which her title goes by one regime, and the served one with two."""
    data = tmp_path_factory.mktemp("kept")
    edges = (Edge("aa", "bb", "old-road"), Edge("aa", "bb", "new-road"))
    built(data, "empty", OLD, "2026-01-01T10:00:00+00:00")
    for name, number, day in (("before", 1, "2026-02-01"), ("now", 2, "2026-03-01")):
        triples = parse(PREFIXES + Europe(edges[:number]).turtle(), format=RdfFormat.TURTLE)
        quads = [Quad(each.subject, each.predicate, each.object, NamedNode(f"{GRAPH}tables")) for each in triples]
        built(data, name, quads, f"{day}T10:00:00+00:00")
    (data / "current").symlink_to(Path("graphs") / "now")
    with TestClient(create_app(Settings(data=data), CurrentStore(data)), follow_redirects=False) as client:
        yield client


def test_what_differs_between_two_versions_is_marked(kept: TestClient) -> None:
    answer = kept.get("/path/days", params={**ASKED, "version_a": "before", "version_b": "now"})
    assert answer.status_code == 200
    assert "The same question in two versions of the data" in answer.text
    others = answer.text.partition("Other routes")[2]
    assert "old-road" in others
    assert "new-road" in answer.text
    assert 'class="differs"' in answer.text
    assert 'href="/versions/before/changes/now' in answer.text


def test_one_version_twice_differs_in_nothing(kept: TestClient) -> None:
    text = kept.get("/path/days", params={**ASKED, "version_a": "before", "version_b": "before"}).text
    assert 'class="differs"' not in text


def test_a_version_that_knows_nothing_of_the_question_says_so(kept: TestClient) -> None:
    answer = kept.get("/path/days", params={**ASKED, "version_a": "empty"})
    assert answer.status_code == 200
    assert "Version empty does not know this profession or this title." in answer.text


def test_a_version_that_was_never_built_is_not_found(kept: TestClient) -> None:
    assert kept.get("/path/days", params={**ASKED, "version_a": "nowhere"}).status_code == 404
