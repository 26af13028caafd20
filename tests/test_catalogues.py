"""The words of the pages: every one is there in every language, and says the same with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from graph_api.rdf.dates import no_time
from graph_api.store.things import LANGUAGES
from graph_api.web import i18n, layout
from graph_api.web.negotiation import language_of
from tests.conftest import ROOT

TRANSLATED = [lang for lang in LANGUAGES if lang != "en"]
TEMPLATES = layout.HERE / "templates"
_OPTIONS = {
    "**.html": {
        "extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols",
        "trimmed": "true",
        "silent": "false",
    }
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def test_the_shapes_and_the_check_of_labels_know_the_languages_of_readers() -> None:
    shapes = (ROOT / "ontology" / "shapes.ttl").read_text(encoding="utf-8")
    lists = re.findall(r"sh:languageIn \(([^)]+)\)", shapes)
    assert lists and all(tuple(re.findall(r'"(\w+)"', found)) == LANGUAGES for found in lists)
    counts = re.findall(r"sh:minCount (\d+) ; sh:uniqueLang true ; sh:languageIn", shapes)
    assert counts and set(counts) == {str(len(LANGUAGES))}
    check = (ROOT / "ontology" / "checks" / "label-missing.rq").read_text(encoding="utf-8")
    (values,) = re.findall(r"VALUES \?lang\w* \{([^}]+)\}", check)
    assert tuple(re.findall(r'"(\w+)"', values)) == LANGUAGES


def messages() -> set[str | tuple[str, ...]]:
    """Every text that a template asks the catalogues for; plurals as pairs."""
    found = extract_from_dir(TEMPLATES, [("**.html", "jinja2")], _OPTIONS)
    return {text if isinstance(text, str) else tuple(part for part in text if part) for _, _, text, _, _ in found}


def read(lang: str) -> Catalog:
    with (i18n.FOLDER / lang / "passerelle.po").open("rb") as file:
        return read_po(file, locale=lang)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_translated_and_nothing_is_left_over(lang: str) -> None:
    known = {message.id if isinstance(message.id, str) else tuple(message.id) for message in read(lang) if message.id}
    assert known == messages()


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_translation_is_empty_fuzzy_or_forgets_a_placeholder(lang: str) -> None:
    wrong = []
    for message in read(lang):
        if not message.id:
            continue
        originals = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        needed = set(_PLACEHOLDER.findall(originals[-1]))
        for text in texts:
            if message.fuzzy or not text.strip() or set(_PLACEHOLDER.findall(text)) != needed:
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_plurals_follow_the_language(lang: str) -> None:
    catalogue_ = read(lang)
    plurals = [message for message in catalogue_ if message.id and not isinstance(message.id, str)]
    assert plurals
    assert all(len(message.string) == catalogue_.num_plurals for message in plurals)


def test_no_template_holds_words_outside_the_catalogues() -> None:
    """A text between tags is a placeholder, a name, a code or a symbol; words go through gettext."""
    loose = {
        (path.name, text)
        for path in sorted(TEMPLATES.glob("*.html"))
        for text in _loose_words(path)
        if text not in _NAMES
    }
    assert loose == set()


_NAMES = {"Passerelle", "SOLVIT", "SPARQL", "OpenAPI", "Turtle", "JSON-LD", "N-Triples", "EQF", "ISCO", "pas"} | {
    "JSON",
    "CSV",
    "TSV",
    "XML",
    "SHA-256",
}


def _loose_words(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "\x00", text, flags=re.DOTALL)
    text = re.sub(r"<(pre|script|title)\b.*?</\1>", "", text, flags=re.DOTALL)
    parts = re.sub(r"<[^>]*>", "\x01", text).replace("\x00", "\x01").split("\x01")
    words = [re.sub(r"&\w+;|&#\d+;|[^\w\s-]", " ", part).strip() for part in parts]
    return [word for word in words if re.search(r"[A-Za-zÀ-ÿ]{3,}", word)]


@pytest.mark.parametrize(
    ("asked", "accepted", "lang", "why"),
    [
        ("fr", "de", "fr", "the address wins over the browser"),
        (None, "de-AT, en;q=0.5", "de", "a region is understood as its language"),
        (None, "en;q=0.3, nl;q=0.9", "nl", "weights are read"),
        (None, "pt, ja", "en", "what is not spoken here falls back to English"),
        (None, "fr;q=0, de", "de", "a weight of nought refuses"),
        ("xx", "", "en", "an unknown language in the address is no language"),
        (None, ";;,q=,", "en", "a header that cannot be read harms nobody"),
    ],
)
def test_language_of_a_page(asked: str | None, accepted: str, lang: str, why: str) -> None:
    assert language_of(asked, accepted) == lang, why


@pytest.mark.parametrize(
    ("text", "lang", "written"),
    [
        ("P3M", "en", "3 months"),
        ("P1M", "de", "1 Monat"),
        ("P4M15D", "fr", "4 mois et 15 jours"),
        ("P2Y", "nl", "2 jaar"),
        ("P0D", "en", "0 days"),
        ("soon", "en", "soon"),
    ],
)
def test_time_in_words(text: str, lang: str, written: str) -> None:
    assert i18n.written_duration(text, lang).replace("\xa0", " ") == written


def test_a_time_of_nought_is_none() -> None:
    assert [no_time(text) for text in ("P0D", "PT0S", "P1D", "P10D", "none")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("lowest", "highest", "currency", "lang", "written"),
    [
        ("85", "85", "EUR", "en", "85 €"),
        ("60", "120.5", "EUR", "de", "60 € – 120,50 €"),
        ("80", None, "EUR", "fr", "80 €"),
        (None, None, "EUR", "en", None),
        ("80", "80", None, "en", None),
    ],
)
def test_fee_in_words(
    lowest: str | None, highest: str | None, currency: str | None, lang: str, written: str | None
) -> None:
    found = i18n.written_fee(lowest, highest, currency, lang)
    assert (found and found.replace("\xa0", " ").replace("\u202f", " ")) == written
