"""How an act and its article are cited in the reader's language."""

from __future__ import annotations

import re
from typing import Final

from graph_api.rdf.languages import word

_KINDS: Final = ("delegated_regulation", "implementing_regulation", "directive", "regulation")
_FOUNDERS: Final = ("EC", "EU")
_WORDS_ALONE: Final = re.compile(r"[^\d§]*[a-z]{4,}[^\d§]*")


def act_name(name: str | None, lang: str) -> str:
    """The name of an act; one of the Union as the language calls it.

    >>> act_name("Directive 1999/1/EC", "nl"), act_name("Delegated Regulation (EU) 2099/1", "fr")
    ('Richtlijn 1999/1/EG', 'règlement délégué (UE) 2099/1')
    >>> act_name("HwO", "fr")
    'HwO'
    """
    text = name or ""
    kind = next((kind for kind in _KINDS if text.startswith(f"{word(kind, 'en')} ")), None)
    if kind is None or not re.search(r"(/|\()E[CU]\b", text):
        return text
    number = text.removeprefix(word(kind, "en"))
    for founder in _FOUNDERS:
        number = re.sub(rf"\b{founder}\b", word(founder, lang), number)
    return word(kind, lang) + number


def written_article(text: str, lang: str) -> str:
    """An article as the language cites it; English words in the place of a number are said in English alone.

    >>> written_article("21(1)", "nl"), written_article("Annex V 5.2.2", "de"), written_article("§ 40a", "fr")
    ('art. 21(1)', 'Anhang V 5.2.2', '§ 40a')
    >>> written_article("13(1), text before 2016-01-18", "fr"), written_article("list", "de")
    ('art. 13(1), texte d’avant 2016-01-18', '')
    """
    if lang != "en" and _WORDS_ALONE.fullmatch(text) and not text.startswith("Annex "):
        return ""
    text = text.replace("text before", word("text_before", lang))
    if text.startswith("Annex "):
        return text.replace("Annex", word("annex", lang), 1)
    return f"{word('article', lang)} {text}" if text[:1].isdigit() else text
