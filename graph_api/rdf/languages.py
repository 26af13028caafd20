"""The languages of readers, a row each of `languages.csv`; a text that lacks the others is there in the first.

A row holds what a language is called, and the words that answers need wherever they are given: units of time, the
kinds of acts of the Union, how an article is cited. The words of pages stand in the catalogues.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Final


def _rows() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "languages.csv").open(encoding="utf-8", newline="") as file:
        return {row["language"]: row for row in csv.DictReader(file)}


WORDS: Final[Mapping[str, Mapping[str, str]]] = _rows()
"""Language -> its words, by column."""
LANGUAGES: Final = tuple(WORDS)


def word(name: str, lang: str) -> str:
    """A word in the language; in the first one where none of ours was asked for.

    >>> word("annex", "nl"), word("annex", "xx")
    ('bijlage', 'Annex')
    """
    return WORDS.get(lang, WORDS[LANGUAGES[0]])[name]
