"""docs/comparison.md asks what public guides of border regions answer; what it quotes of Passerelle stands on the page."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
QUESTIONS = re.split(r"^## ", PAGE, flags=re.M)[1:]
_ASKED = re.compile(r"^Asked: `(/path\?[^`]+)`$", re.M)
_ROW = re.compile(r"^\| (?P<point>[^|]+) \| (?P<guide>[^|]+) \| (?P<ours>[^|]+) \| (?P<right>[^|]+) \|$", re.M)


def rows(question: str) -> list[dict[str, str]]:
    """The points of one question, without the head of their table."""
    return [row.groupdict() for row in _ROW.finditer(question) if row["point"] != "point"]


def words_of(page: str) -> str:
    """All that the page says, names and addresses in other languages with it."""
    text = re.sub(r"<(script|svg|option|select)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))).replace("’", "'")


def test_at_least_fifteen_questions_each_with_its_guide_and_its_points() -> None:
    assert len(QUESTIONS) >= 15
    for question in QUESTIONS:
        assert re.search(r"^Guide: \[[^\]]+\]\(https?://", question, re.M), question[:60]
        assert len(_ASKED.findall(question)) == 1, question[:60]
        assert rows(question), question[:60]
        assert all(row["right"].strip() for row in rows(question)), question[:60]


def test_the_sum_at_the_top_is_that_of_the_points() -> None:
    judged = [row["right"].strip() for question in QUESTIONS for row in rows(question)]
    counts = [sum(text.startswith(who) for text in judged) for who in ("both", "Passerelle", "the guide", "open")]
    assert sum(counts) == len(judged)
    said = re.search(
        r"Of (\d+) points both say the same on (\d+), Passerelle adds or mends (\d+), .*? (\d+), .*? (\d+)\.", PAGE
    )
    assert said
    assert [int(number) for number in said.groups()] == [len(judged), *counts]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.partition("\n")[0])
def test_what_is_quoted_of_the_answer_stands_on_its_page(client: TestClient, question: str) -> None:
    found = _ASKED.search(question)
    assert found
    page = client.get(f"{found[1]}&lang=en", headers={"accept": "text/html"})
    assert page.status_code == 200
    text = words_of(page.text)
    quoted = [words for row in rows(question) for words in re.findall(r"“([^”]+)”", row["ours"])]
    assert quoted
    assert [words for words in quoted if words.replace("’", "'") not in text] == []
