"""How easy the verdict and the next steps are to read, by the Flesch formula of each language.

textstat counts with the formula of the language: Flesch for English, Douma for Dutch, Kandel and Moles for French, Amstad for
German. On the scale of all four, 60 is plain language, as it is written for B1; higher is easier. Names of offices, titles and
acts do not count, since nobody can choose them: they stand in links, in quotation marks, or in the answer's own list of names.
A colon ends a sentence where a capital letter follows, as German writes a whole sentence after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from statistics import median
from typing import Any

import pytest
import textstat
from fastapi.testclient import TestClient

from tests.asked_of_all import asked_of_all

PLAIN = 60
LOCALES = {"en": "en_US", "nl": "nl_NL", "fr": "fr_FR", "de": "de_DE"}
FEW, MANY = 6, 100
_LINES = {"p", "h1", "h3", "h4", "li"}
_ALONE = {"br", "img", "input", "meta", "link", "hr", "path", "circle", "line", "rect"}
_NO_WORDS = {"details", "form", "svg", "a", "abbr"}
_NO_WORDS_EITHER = {"address", "unseen", "reach"}
_QUOTED = re.compile(r"[“«„‘][^”»“’]*[”»“’]")


class Told(HTMLParser):
    """The lines of the verdict and of the next steps, as the page gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self._open: list[tuple[str, bool, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ALONE:
            return
        classes = set((dict(attrs).get("class") or "").split())
        told = tag == "h1" or "verdict-line" in classes or "todo" in classes
        self._open.append((tag, told, tag in _NO_WORDS or bool(classes & _NO_WORDS_EITHER)))
        self._new_line(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag not in _ALONE:
            if self._open.pop()[0] == tag:
                break
        self._new_line(tag)

    def handle_data(self, data: str) -> None:
        if any(told for _, told, _ in self._open) and not any(silent for _, _, silent in self._open):
            self.lines[-1] += data

    def _new_line(self, tag: str) -> None:
        if tag in _LINES:
            self.lines.append("")


def names_in(part: Any) -> Iterator[str]:
    """The names of offices and advisers in an answer."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("advice", "authority", "authorities", "missing") and value:
                items = value if isinstance(value, list) else [value]
                yield from (item["label"] for item in items if isinstance(item, dict) and item.get("label"))
            yield from names_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from names_in(value)


def sentences(page: str, names: set[str]) -> str:
    """What is told, one line a sentence at least, without names."""
    told = Told()
    told.feed(page[page.index("<main") :])
    lines = []
    for line in told.lines:
        text = _QUOTED.sub("X", re.sub(r"\s+", " ", line))
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "X")
        text = re.sub(r"\s*:\s*(?=[A-ZÄÖÜÀÉÈ])", ". ", text).replace(":", ",").strip(" ,")
        if re.search(r"\w{2}", text):
            lines.append(text if text[-1] in ".!?" else f"{text}.")
    return " ".join(lines)


def scores(client: TestClient, lang: str, count: int) -> dict[str, tuple[float, str]]:
    textstat.set_lang(LOCALES[lang])
    found = {}
    for profession, home, host in asked_of_all(count):
        asked = f"profession={profession}&issued_in={home}&country={host}&lang={lang}"
        page = client.get(f"/path?{asked}", headers={"accept": "text/html"})
        names = set(names_in(client.get(f"/api/v1/paths?{asked}").json()))
        text = sentences(page.text, names)
        found[asked] = (textstat.flesch_reading_ease(text), text)
    return found


def test_plain_and_stilted_language_are_told_apart() -> None:
    plain = {
        "en": "The office decides within three months.",
        "nl": "Het kantoor beslist binnen drie maanden.",
        "fr": "Le bureau décide dans les trois mois.",
        "de": "Das Amt entscheidet in drei Monaten.",
    }
    stilted = {
        "en": "Recognition presupposes substantial equivalence of qualifications.",
        "nl": "Erkenning veronderstelt wezenlijke gelijkwaardigheid van beroepskwalificaties.",
        "fr": "La reconnaissance présuppose une équivalence substantielle des qualifications professionnelles.",
        "de": "Anerkennung setzt wesentliche Gleichwertigkeit der Berufsqualifikationen voraus.",
    }
    for lang, locale in LOCALES.items():
        textstat.set_lang(locale)
        assert textstat.flesch_reading_ease(plain[lang]) >= PLAIN > textstat.flesch_reading_ease(stilted[lang])


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.whole)])
def test_verdict_and_next_steps_are_plain(client: TestClient, lang: str, count: int) -> None:
    found = scores(client, lang, count)
    values = [score for score, _ in found.values()]
    print(f"{lang}: {count} answers, easiest {max(values):.0f}, median {median(values):.0f}, hardest {min(values):.0f}")
    assert {asked: told for asked, told in found.items() if told[0] < PLAIN} == {}
