"""What a page says in the reader's language: gettext catalogues, dates, numbers and spans of time.

`locale/<language>/passerelle.po` ships as it is and is read when a language is first asked for. English is
the language of the templates and needs no catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
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

FOLDER: Final = Path(__file__).parent / "locale"
NAMES: Final = {"en": "English", "nl": "Nederlands", "fr": "Français", "de": "Deutsch"}
LOCALES: Final = {"en": "en_GB", "nl": "nl_NL", "fr": "fr_FR", "de": "de_DE"}
"""What a page is called where a language needs a territory."""
_LOCALES: Final = {"en": "en_GB"}
"""Where a language alone would mean the habits of another continent."""
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T0+S)?\Z")
_UNITS: Final = ("year", "month", "week", "day")
_MONTH = re.compile(r"(\d{4})-(\d{2})\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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


def written_date(text: object, lang: str) -> str:
    """A day, month or year as the language writes it; any other text as it stands.

    >>> written_date("2026-11-23", "de"), written_date("2013-01", "fr"), written_date("1999", "en")
    ('23. November 2026', 'janvier 2013', '1999')
    """
    value, locale = str(text), _LOCALES.get(lang, lang)
    month = _MONTH.match(value)
    if month:
        return format_date(date(int(month[1]), int(month[2]), 1), "LLLL y", locale=locale)
    if _DAY.match(value):
        return format_date(date.fromisoformat(value[:10]), "long", locale=locale)
    return value


def written_duration(text: str, lang: str) -> str:
    """A span of time in words; what is not in whole days as it stands.

    >>> written_duration("P3M", "nl"), written_duration("P1M15D", "en")
    ('3 maanden', '1 month and 15 days')
    """
    match = _DURATION.match(text)
    if match is None:
        return text
    parts = [
        format_unit(int(number), f"duration-{unit}", "long", locale=lang)
        for number, unit in zip(match.groups(), _UNITS, strict=True)
        if number and int(number)
    ]
    return format_list(parts, locale=lang) if parts else format_unit(0, "duration-day", "long", locale=lang)


def written_years(value: object, lang: str) -> str:
    """A number of years in words.

    >>> written_years("1", "en"), written_years("3.5", "de")
    ('1 year', '3,5 Jahre')
    """
    return format_unit(float(str(value)), "duration-year", "long", locale=lang)


def is_none(duration: str) -> bool:
    """Whether a span of time says that there is none, as `P0D` and `PT0S` do."""
    return bool(_DURATION.match(duration)) and not re.search(r"[1-9]", duration)


def written_number(value: object, lang: str) -> str:
    """A number with the marks of the language."""
    return format_decimal(str(value), locale=lang)


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


def language_name(tag: str, lang: str) -> str:
    """The name of a language, in the reader's.

    >>> language_name("fr", "de")
    'Französisch'
    """
    return str(Locale.parse(lang).languages.get(tag.partition("-")[0], tag))
