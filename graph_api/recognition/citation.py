"""How an act and its article are cited in the reader's language."""

from __future__ import annotations

import re
from typing import Final

_ACTS_OF_UNION: Final = {
    "Delegated Regulation": {
        "nl": "Gedelegeerde Verordening",
        "fr": "règlement délégué",
        "de": "Delegierte Verordnung",
    },
    "Implementing Regulation": {
        "nl": "Uitvoeringsverordening",
        "fr": "règlement d'exécution",
        "de": "Durchführungsverordnung",
    },
    "Directive": {"nl": "Richtlijn", "fr": "directive", "de": "Richtlinie"},
    "Regulation": {"nl": "Verordening", "fr": "règlement", "de": "Verordnung"},
}
_UNION: Final = {"nl": {"EC": "EG"}, "fr": {"EC": "CE", "EU": "UE"}, "de": {"EC": "EG"}}
_WORDS_ALONE: Final = re.compile(r"[^\d§]*[a-z]{4,}[^\d§]*")
_TEXT_BEFORE: Final = {"nl": "tekst vóór", "fr": "texte d’avant", "de": "Fassung vor"}


def act_name(name: str | None, lang: str) -> str:
    """The name of an act; one of the Union as the language calls it.

    >>> act_name("Directive 1999/1/EC", "nl"), act_name("Delegated Regulation (EU) 2099/1", "fr")
    ('Richtlijn 1999/1/EG', 'règlement délégué (UE) 2099/1')
    >>> act_name("HwO", "fr")
    'HwO'
    """
    kind, number = next(
        ((kind, (name or "").removeprefix(kind)) for kind in _ACTS_OF_UNION if (name or "").startswith(f"{kind} ")),
        ("", ""),
    )
    if not kind or lang == "en" or not re.search(r"(/|\()E[CU]\b", number):
        return name or ""
    for written, local in _UNION[lang].items():
        number = re.sub(rf"\b{written}\b", local, number)
    return _ACTS_OF_UNION[kind][lang] + number


def written_article(text: str, lang: str) -> str:
    """An article as the language cites it; English words in the place of a number are said in English alone.

    >>> written_article("21(1)", "nl"), written_article("Annex V 5.2.2", "de"), written_article("§ 40a", "fr")
    ('art. 21(1)', 'Anhang V 5.2.2', '§ 40a')
    >>> written_article("13(1), text before 2016-01-18", "fr"), written_article("list", "de")
    ('art. 13(1), texte d’avant 2016-01-18', '')
    """
    if lang != "en" and _WORDS_ALONE.fullmatch(text) and not text.startswith("Annex "):
        return ""
    text = text.replace("text before", _TEXT_BEFORE.get(lang, "text before"))
    if text.startswith("Annex "):
        return text.replace("Annex", {"nl": "bijlage", "fr": "annexe", "de": "Anhang"}.get(lang, "Annex"), 1)
    if text[:1].isdigit():
        return {"nl": "art. ", "fr": "art. ", "de": "Art. "}.get(lang, "Art. ") + text
    return text
