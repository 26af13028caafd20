"""Titles, cells and dates of Annex V in one form, so that what the typesetter added makes no difference."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from babel.dates import get_month_names

from graph_api.rdf.languages import LANGUAGES

_DASHED: Final = re.compile(r"(?:^|\s)[—–-]\s+")
_NUMBERED: Final = re.compile(r"(?:^|\s)\d\.\s+")
_DELIVERED: Final = re.compile(r"délivré par .*$")


def tidy(text: str) -> str:
    """The text with the marks of the typesetter made equal: quotes, dashes, blanks, a stop at the end."""
    text = re.sub(r"[‘’´`]", "'", unicodedata.normalize("NFC", text))
    text = re.sub(r"\s*[—–]\s*(?=(?:und|en) )", "- ", text)
    text = re.sub(r"\s*[—–]\s*|\s+-\s+", "-", text)
    text = re.sub(r"(?<=\w)- (?!(?:und|en) )(?=[a-zà-ÿ])", "", text)
    return re.sub(r"\s+", " ", text).strip(" ,;.")


def bare(text: str) -> str:
    """Only the letters and digits of a title, without accents or capitals."""
    plain = unicodedata.normalize("NFD", tidy(text).casefold())
    return "".join(char for char in plain if char.isalnum())


def titles_of(*cells: str) -> tuple[str, ...]:
    """The titles in the cells: one per dash or number where a cell begins so, one per slash."""
    items: list[str] = []
    for cell in cells:
        mark = next((mark for mark in (_DASHED, _NUMBERED) if mark.match(cell)), None)
        items += mark.split(cell) if mark else [cell]
    parts = [part for item in items for part in re.split(r"\s*/\s*|; ", _DELIVERED.sub("", item))]
    return tuple(dict.fromkeys(tidy(part) for part in parts if tidy(part)))


def day(text: str) -> str:
    """A reference date as 1976-12-20; an academic year, or what is no date, stays as it is.

    >>> day("20 décembre 1976"), day("29. Juni 1979"), day("1er octobre 1987"), day("1988/1989")
    ('1976-12-20', '1979-06-29', '1987-10-01', '1988/1989')
    """
    text = re.sub(r"\s+", " ", text).strip()
    words = re.fullmatch(r"(\d{1,2})(?:er|\.)? ([^\W\d]+)\.? (\d{4})", text)
    if words and words[2].casefold() in _months():
        return f"{words[3]}-{_months()[words[2].casefold()]:02}-{int(words[1]):02}"
    numbers = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    return f"{numbers[3]}-{int(numbers[2]):02}-{int(numbers[1]):02}" if numbers else text


@cache
def _months() -> dict[str, int]:
    return {
        name.casefold(): number for lang in LANGUAGES for number, name in get_month_names("wide", locale=lang).items()
    }
