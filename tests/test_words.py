"""Answers, roadmaps and factsheets in each language: no foreign words outside what is marked, no codes, no doubled law."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html import unescape
from itertools import product
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graph_api.store.things import LANGUAGES
from tests.conftest import ROOT, in_turn, plain

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


def named(value: Any) -> str:
    return value if isinstance(value, str) else "-".join(value)


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


@pytest.mark.parametrize(("pair", "lang"), in_turn(product(PAIRS, LANGUAGES), 5), ids=named)
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


# ---- every kind of answer, as data and as a page ---------------------------------------------------------------------

SPREAD = {
    "own title": "profession=nurse-general-care&qualification=nl-mbo-v&country=NL",
    "own state": "profession=hairdresser&issued_in=DE&country=DE",
    "automatic": "profession=doctor&qualification=nl-arts&country=FR",
    "automatic, a listed title to look up": "profession=nurse-general-care&issued_in=PL&country=DE",
    "automatic, and a speciality": "profession=doctor&issued_in=DE&country=LU",
    "experience": "profession=baker&issued_in=NL&country=LU&experience_years=7&experience_status=self_employed&experience_country=NL",
    "experience or comparison": "profession=real-estate-agent&issued_in=NL&country=BE-fr",
    "comparison": "profession=healthcare-assistant&issued_in=FR&country=LU",
    "comparison at a place": "profession=secondary-teacher&issued_in=NL&country=DE&place=Aachen",
    "comparison in each part": "profession=healthcare-assistant&issued_in=FR&country=BE",
    "free": "profession=industrial-electrician&issued_in=FR&country=NL",
    "free, a firm not": "profession=industrial-electrician&issued_in=NL&country=DE",
    "free, the title not": "profession=healthcare-assistant&issued_in=BE&country=NL",
    "a firm alone": "profession=electrician&qualification=fr-cap-electricien&country=DE",
    "services": "profession=physiotherapist&issued_in=BE&country=LU&intent=temporary_service",
    "level": "qualification=nl-hbo-v&country=BE-nl&intent=level",
    "own road": "profession=lawyer&issued_in=FR&country=DE",
    "own road, drivers": "profession=train-driver&issued_in=DE&country=FR",
    "own road, not known there": "profession=bus-driver&issued_in=NL&country=BE-nl",
    "third country": "profession=nurse-general-care&issued_in=MA&country=FR",
    "third country, a craft": "profession=electrician&issued_in=TR&country=DE",
    "another profession": "profession=nurse-general-care&qualification=de-geselle-baker&country=NL",
    "another profession, own road": "profession=bus-driver&qualification=de-geselle-mason&country=LU",
    "not yet": "profession=architect&issued_in=FR&country=LU&nationality=third_country",
    "nothing said": "profession=physiotherapist&country=NL",
}
_SPOKEN = {"sentence", "label", "condition", "why_not"}
_MOST_WORDS = 45
"""Of a verdict, but where the law of the profession itself is told."""
_VOWELS = "aeiouéèêàâîôûœAEIOUÉÈÊÀÂÎÔÛŒ"
_SLIPS = {
    "en": re.compile(r"\b(?:a an|an a|the the)\b"),
    "nl": re.compile(r"\b(?:het de|de het|een een|als als)\b|vraag het aan (?:Be-|BIBB)"),
    "fr": re.compile(rf"\b(?:de les?|à le|si ils?)\b(?! (?:comprendre))|\b(?:que|ne|se|jusque) (?=[{_VOWELS}])"),
    "de": re.compile(r"\b(?:mit|von|zu|bei|nach|aus) (?:die|das)\b|\b(?:für|durch|ohne|gegen) (?:der|dem)\b"),
}
_TWICE = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
_MAY_STAND_TWICE = {"vous", "nous", "sie", "die", "der", "dat", "das", "staat"}
_BROKEN = re.compile(r"[{}]|  |\.\.(?!\.)| \.|,,|::")


def slips(text: str, lang: str) -> list[str]:
    """Doubled words, wrong cases, missing elisions, slots that were not filled."""
    found = [match[0] for pattern in (_SLIPS[lang], _BROKEN) for match in pattern.finditer(text)]
    return found + [match[0] for match in _TWICE.finditer(text) if match[1].casefold() not in _MAY_STAND_TWICE]


def spoken(part: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """What a part of an answer says in words, with the key under which it stands; names of bodies are their own."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name not in (
                "authority",
                "authorities",
                "offices",
                "advice",
                "from",
                "to",
                "sources",
                "missing",
                "note",
            ):
                yield from spoken(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from spoken(value, key)
    elif isinstance(part, str) and key in _SPOKEN:
        yield key, part


@pytest.mark.parametrize(
    ("text", "lang", "count"),
    [
        ("Dit is een een voorbeeld.", "nl", 2),
        ("Il faut que il le sache.", "fr", 1),
        ("mit die Behörde", "de", 1),
        ("Yes, if {clauses}.", "en", 2),
        ("Fragen Sie die Behörde, die dort entscheidet.", "de", 0),
        ("Vous pouvez apprendre à les comprendre.", "fr", 0),
    ],
)
def test_slips_are_seen(text: str, lang: str, count: int) -> None:
    assert len(slips(text, lang)) == count


@pytest.mark.parametrize(("kind", "lang"), in_turn(product(SPREAD, LANGUAGES), 5))
def test_every_kind_of_answer_is_said_well(client: TestClient, kind: str, lang: str) -> None:
    answer = client.get(f"/api/v1/paths?{SPREAD[kind]}&lang={lang}&explain=full").json()
    told = list(spoken(answer))
    assert told
    wrong = {text: found for _, text in told if (found := [*slips(text, lang), *_GRAPH.findall(text)])}
    verdicts = [verdict["sentence"] for verdict in answer["verdicts"]]
    wrong |= {text: ["small letter"] for text in verdicts if not text[0].isupper()}
    wrong |= {text: ["too long"] for text in verdicts if len(text.split()) > _MOST_WORDS and "own road" not in kind}
    page = client.get(f"/path?{SPREAD[kind]}&lang={lang}", headers={"accept": "text/html"})
    assert page.status_code == 200
    if found := faults(text_of(page.text, lang), lang):
        wrong["page"] = found
    assert wrong == {}


TABLES = (
    "answer_sentences",
    "condition_clauses",
    "conditions",
    "document_conditions",
    "documents",
    "doubts",
    "gates",
    "outcomes",
    "own_regimes",
    "permitted_acts",
    "practical_codes",
    "practical_notices",
    "professions",
    "purposes",
    "regimes",
)
_OF_ITS_LANGUAGE = re.compile(r"Diplom[aă] de \w+|\bLand\b|\bZweite[rn]?\b")
"""Names that stay as they are in every language."""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", TABLES)
def test_what_the_tables_say_is_said_well(name: str, lang: str) -> None:
    with (ROOT / "mappings" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [column for column in (f"label_{lang}", f"text_{lang}") if column in rows[0]]
    assert columns
    wrong = {}
    for row in rows:
        text = _OF_ITS_LANGUAGE.sub("", re.sub(r"\{\w+\}", "X", row[columns[0]])).replace("  ", " ")
        found = slips(text, lang) + [word for word in FOREIGN.get(lang, ()) if f" {word} " in f" {text} "]
        if found or not text:
            wrong[next(iter(row.values()))] = found
    assert wrong == {}


def test_each_clause_is_short_and_follows_on_if() -> None:
    with (ROOT / "mappings" / "condition_clauses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for lang in ("en", "nl", "fr", "de"):
            text = row[f"text_{lang}"]
            assert len(text.split()) <= 32, row["condition"]
            assert not text.endswith("."), row["condition"]
        assert not re.match(r"ils?\b", row["text_fr"]), row["condition"]


SENTENCES = list(csv.DictReader((ROOT / "tests" / "cases" / "sentences.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: plain(row["why"]))
def test_a_verdict_says_what_decides(client: TestClient, row: dict[str, str]) -> None:
    for lang in ("en", "nl", "fr", "de"):
        answer = client.get(f"/api/v1/paths?{row['question']}&lang={lang}").json()
        said = {verdict["for"]: verdict["sentence"] for verdict in answer["verdicts"]}
        assert said[row["for"]] == row[lang]


def test_acts_of_the_union_bear_their_name_in_the_language(client: TestClient) -> None:
    """As Eur-Lex calls Directive 2005/36/EC."""
    asked = "profession=doctor&qualification=nl-arts&country=FR"
    names = {"en": "Directive 2005/36/EC", "nl": "Richtlijn 2005/36/EG", "fr": "directive 2005/36/CE"}
    for lang, name in {**names, "de": "Richtlinie 2005/36/EG"}.items():
        step = client.get(f"/api/v1/paths?{asked}&lang={lang}").json()["paths"][0]["steps"][0]
        of_union = {basis["act_name"] for basis in step["legal_basis"] if "2005/36" in (basis["act_name"] or "")}
        assert of_union == {name}
        sentences = [item["sentence"] for item in step["conditions"] if "2005/36" in item["sentence"]]
        assert sentences
        assert all(f"({name} " in sentence for sentence in sentences)
