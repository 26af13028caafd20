"""What a page says in the reader's language: gettext catalogues, dates, numbers and spans of time.

`locale/<language>/passerelle.po` ships as it is and is read when a language is first asked for. English is
the language of the templates and needs no catalogue.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from babel.units import format_unit

from graph_api.rdf.dates import duration, earliest, known_to
from graph_api.rdf.languages import WORDS, word

_KEPT: Final = 4000
"""So many dates and numbers are kept as they are written; pages say the same ones again and again."""
FOLDER: Final = Path(__file__).parent / "locale"
NAMES: Final = {lang: words["name"] for lang, words in WORDS.items()}
LOCALES: Final = {lang: words["locale"] for lang, words in WORDS.items()}
"""With the territory: alone, English would mean the habits of another continent."""
_NO_STATES: Final = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])
"""Codes of the language data that name no country."""
_DATES: Final = {"date": "long", "gYearMonth": "LLLL y"}
"""How a date is written, by how much of it is known; a year stands as it is."""


@cache
def translations(lang: str) -> NullTranslations:
    """The catalogue of a language."""
    path = FOLDER / lang / "passerelle.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=lang)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(_KEPT, typed=True)
def written_date(text: object, lang: str) -> str:
    """A day, month or year as the language writes it; any other text as it stands.

    >>> written_date("2026-11-23", "de"), written_date("2013-01", "fr"), written_date("1999", "en")
    ('23. November 2026', 'janvier 2013', '1999')
    """
    value, locale = str(text), LOCALES.get(lang, lang)
    pattern = _DATES.get(known_to(value[:10]) or "")
    return format_date(earliest(value[:10]), pattern, locale=locale) if pattern else value


def written_duration(text: str, lang: str, after: str = "") -> str:
    """A span of time in words; what is not in whole days as it stands. `within` is what may stand before it.

    >>> written_duration("P3M", "nl"), written_duration("P1M15D", "en"), written_duration("P84D", "nl")
    ('3 maanden', '1 month and 15 days', '84 dagen')
    >>> written_duration("P3M", "de"), written_duration("P3M", "de", "within")
    ('3 Monate', '3 Monaten')
    """
    try:
        span = duration(text)
    except ValueError:
        return text
    counted = (("year", span.years), ("month", span.months), ("day", span.tdelta.days))
    parts = [_span(int(number), unit, lang, after) for unit, number in counted if number]
    return format_list(parts, locale=lang) if parts else _span(0, "day", lang, after)


def _span(number: int, unit: str, lang: str, after: str) -> str:
    """So many units, in the case that the word before asks for; where the language data lacks the unit, as here."""
    text = format_unit(number, f"duration-{unit}", "long", locale=lang)
    if "duration-" in text:
        text = f"{number} {word(unit if number == 1 else f'{unit}s', lang)}"
    dative = lang == "de" and after == "within" and number != 1 and text.endswith("e")
    return f"{text}n" if dative else text


def written_years(value: object, lang: str) -> str:
    """A number of years in words.

    >>> written_years("1", "en"), written_years("3.5", "de")
    ('1 year', '3,5 Jahre')
    """
    return format_unit(float(str(value)), "duration-year", "long", locale=lang)


@lru_cache(_KEPT, typed=True)
def written_number(value: object, lang: str) -> str:
    """A number with the marks of the language."""
    return format_decimal(str(value), locale=lang)


@lru_cache(_KEPT, typed=True)
def written_share(value: float, lang: str) -> str:
    """A share of one as per cent."""
    return format_percent(value, locale=lang)


def written_list(values: Iterable[object], lang: str, style: str = "standard") -> str:
    """Several things in one sentence; `or` as style for alternatives."""
    texts = [str(value) for value in values]
    return format_list(texts, "or" if style == "or" else "standard", locale=lang)


def written_fee(lowest: str | None, highest: str | None, currency: str | None, lang: str) -> str | None:
    """A fee or a range of fees; None when no amount is known."""
    amounts = [amount for amount in dict.fromkeys((lowest, highest)) if amount]
    if not amounts or not currency:
        return None
    return " – ".join(_amount(amount, currency, lang) for amount in amounts)


def _amount(amount: str, currency: str, lang: str) -> str:
    whole = float(amount) == int(float(amount))
    return format_currency(amount, currency, "#,##0 ¤" if whole else None, locale=lang, currency_digits=not whole)


@cache
def language_name(tag: str, lang: str) -> str:
    """The name of a language, in the reader's.

    >>> language_name("fr", "de")
    'Französisch'
    """
    return str(Locale.parse(lang).languages.get(tag.partition("-")[0], tag))


@cache
def countries(lang: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every country, in the order of the names."""
    names = Locale.parse(lang).territories
    found = [
        (code, str(name))
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_STATES
    ]
    return tuple(sorted(found, key=lambda item: unicodedata.normalize("NFKD", item[1]).casefold()))
