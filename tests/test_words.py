"""Answers, roadmaps and factsheets in each language: no foreign words outside what is marked, no codes, no doubled law."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

FOREIGN = {
    "nl": {"the", "and", "within", "with", "your", "authority", "und", "der", "nicht", "les", "pour", "avec"},
    "fr": {"the", "and", "within", "with", "your", "authority", "und", "nicht", "het", "een", "voor"},
    "de": {"the", "and", "within", "with", "your", "authority", "het", "een", "voor", "les", "pour", "avec"},
}
"""Frequent words that a text of the language does not have."""
PAIRS = (
    ("nurse-general-care", "fr-dei", "FR", "NL"),
    ("nurse-general-care", "be-fr-bachelier-infirmier", "BE-fr", "LU"),
    ("healthcare-assistant", "fr-deas-2021", "FR", "DE"),
    ("nurse-general-care", "de-geselle-baker", "DE", "NL"),
    ("nurse-general-care", "nl-mbo-v", "NL", "NL"),
    ("electrician", "fr-cap-electricien", "FR", "DE"),
    ("baker", "de-meister-baker", "DE", "LU"),
    ("architect", "fr-architecte", "FR", "BE"),
    ("doctor", "nl-arts", "NL", "FR"),
)
ADDRESSES = ("/path?qualification={1}&profession={0}&country={3}", "/roadmap?{rest}", "/factsheet?{rest}")
_CODE = re.compile(r"\bR\d\d-|\b[a-z]+_[a-z_]+\b|duration-|None\b")
_DOUBLED = re.compile(r"(\([^()]{4,60}\))\s*\1")
_CASE = re.compile(r"innerhalb von \d+ (?:Tage|Monate|Jahre)\b|\bbinnen \d+ Monate\b|[Rr]echt op \d")
_GRAPH = re.compile(r"in de graaf|dans le graphe|im Graphen|in the graph")


def text_of(page: str, lang: str) -> str:
    """What a reader sees in the language of the page: without scripts, options, drawings and what is marked as foreign."""
    main = re.search(r"<main.*</main>", page, re.S)
    text = re.sub(r"<(script|svg|option|select)\b.*?</\1>", " ", main[0] if main else page, flags=re.S)
    text = re.sub(rf"<(\w+)[^>]* lang=\"(?!{lang}\")\w+\"[^>]*>.*?</\1>", " ", text, flags=re.S)
    text = re.sub(r"<ul class=\"sources\">.*?</ul>|<ol class=\"sources numbered\">.*?</ol>", " ", text, flags=re.S)
    text = re.sub(r"<p class=\"address\">.*?</p>", " ", text, flags=re.S)  # in the language of the place
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def faults(text: str, lang: str) -> list[str]:
    """What a text of the language should not hold."""
    found = [match[0] for pattern in (_CODE, _DOUBLED, _CASE, _GRAPH) for match in pattern.finditer(text)]
    if lang in FOREIGN:
        foreign = FOREIGN[lang] & set(re.findall(r"[a-zäöüéèêà]+", text))
        found += [text[max(0, at - 40) : at + 40] for word in sorted(foreign) if (at := text.find(f" {word} ")) >= 0]
    return found


@pytest.mark.parametrize(
    ("text", "lang", "count"),
    [
        ("binnen 14 duration-day", "nl", 1),
        ("Entscheidung binnen 3 Monate", "de", 1),
        ("Art. 3 (HwO § 40a) (HwO § 40a)", "fr", 1),
        ("R14-I-a-executive", "en", 1),
        ("Vous pouvez faire la demande en ligne.", "fr", 0),
    ],
)
def test_faults_are_seen(text: str, lang: str, count: int) -> None:
    assert len(faults(text, lang)) == count


@pytest.mark.parametrize("lang", ["en", "nl", "fr", "de"])
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_sheets_and_answers_speak_the_language(client: TestClient, pair: tuple[str, ...], lang: str) -> None:
    rest = f"profession={pair[0]}&qualification={pair[1]}&from={pair[2]}&to={pair[3]}"
    wrong = {}
    for address in ADDRESSES:
        asked = address.format(*pair, rest=rest) + f"&lang={lang}"
        page = client.get(asked, headers={"accept": "text/html"})
        assert page.status_code == 200
        if found := faults(text_of(page.text, lang), lang):
            wrong[asked] = found
    assert wrong == {}
