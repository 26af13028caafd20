"""How the words of titles resemble each other: folding, gendered forms, endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# a mark such as "/in", "(ère)", "·e", ":in" that adds the other gender to the word before it
_MARK: Final = re.compile(
    r"(?P<word>\w{3,})(?:[/:*_·•∙]-?|\(-?)"
    r"(?P<ending>innen|in|ière|iere|ère|ere|trice|rice|euse|ienne|enne|ive|ée|ne|le|se|te|ster|es|e|r|er|mann|frau|vrouw)\b\)?"
)
_SEVERAL: Final = re.compile(r"[/:;*_·•∙(\[]|[a-zäöüß]In(nen)?\b")
_INNER_CAPITAL: Final = re.compile(r"(?<=[a-zäöüß])In(nen)?\b")
_ABBREVIATION: Final = re.compile(r"\b[A-ZÄÖÜ]{3,}\b")
_REMARK: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_ALTERNATIVES: Final = re.compile(r"\s*[/;]\s*")
_APPENDED: Final = ("in", "innen", "e", "r", "er", "ne", "le", "se", "te", "es", "ster")
_GENDERED_ENDS: Final = ("mann", "frau", "vrouw", "man")

# feminine, plural and neutral endings -> the ending that stands for all; the first that fits is used
_ENDINGS: Final = (
    *(
        (end, "man")
        for end in ("maenner", "kraefte", "frauen", "vrouwen", "woman", "women", "person", "leute", "lieden")
    ),
    *((end, "man") for end in ("manner", "krafte", "kraft", "frau", "vrouw", "mann", "lui", "men")),
    *((end, "pfleger") for end in ("schwestern", "schwester")),
    *((end, "teur") for end in ("trices", "trice")),
    *((end, "eur") for end in ("euses", "euse", "eurs")),
    *((end, "ier") for end in ("ieres", "iere", "iers")),
    *((end, "ien") for end in ("iennes", "ienne", "iens")),
    *((end, "on") for end in ("onnes", "onne", "ons")),
    *((end, "if") for end in ("ives", "ive", "ifs")),
    *((end, "aar") for end in ("aressen", "ares", "aren")),
    *((end, "er") for end in ("erinnen", "erin", "eressen", "eres", "eren", "ere")),
    *((end, "") for end in ("innen", "in")),
)
_INFLECTIONS: Final = ("ing", "ern", "er", "en", "em", "es", "ed", "e", "n", "s")
_SHORTEST_STEM: Final = 4
_SHORTEST_ROOT: Final = 3

# words that join others and say nothing by themselves
DIPLOMA_WORDS: Final = frozenset(
    [
        *("diploma", "certificate", "degree", "exam", "examination", "qualification", "level"),
        *("getuigschrift", "attest", "examen", "niveau", "registratie", "titel"),
        *("diplome", "titre", "attestation", "brevet"),
        *(
            "diplom",
            "zeugnis",
            "abschluss",
            "staatsexamen",
            "staatl",
            "staatlich",
            "anerkannt",
            "anerkannte",
            "gepruft",
        ),
    ]
)
"""Words that say of a title only that it is one, as `fold` writes them."""
FUNCTION_WORDS: Final = frozenset(
    [
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"),
        *("aan", "bij", "de", "den", "een", "en", "het", "met", "op", "te", "tot", "van", "voor"),
        *(
            "au",
            "aux",
            "d",
            "dans",
            "des",
            "du",
            "et",
            "l",
            "la",
            "le",
            "les",
            "ou",
            "par",
            "pour",
            "sur",
            "un",
            "une",
        ),
        *(
            "als",
            "am",
            "auf",
            "aus",
            "bei",
            "das",
            "dem",
            "der",
            "die",
            "ein",
            "eine",
            "fur",
            "im",
            "mit",
            "oder",
        ),
        *("und", "von", "zu", "zum", "zur"),
    ]
)


def fold(text: str) -> str:
    """The words of a text in small letters, without accents and signs, one blank between them.

    >>> fold("Diplôme d'État d'infirmier(ère), Straßenbau")
    'diplome d etat d infirmier ere strassenbau'
    """
    text = text.casefold()
    if not text.isascii():
        text = text.replace("œ", "oe").replace("æ", "ae").replace("ø", "o").replace("ł", "l")
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))


def forms(label: str) -> list[str]:
    """What a label says in one breath, written out: both genders, alternatives, abbreviations in remarks.

    >>> forms("Staatlich anerkannte/r Erzieher/in (Bachelor)")
    ['Staatlich anerkannte Erzieher', 'Staatlich anerkannter Erzieherin']
    >>> forms("technicien/technicienne")
    ['technicien', 'technicienne']
    """
    if not _SEVERAL.search(label):
        return []
    text = _INNER_CAPITAL.sub(lambda end: "/in" + (end[1] or ""), label)
    whole = [_MARK.sub(r"\g<word>", text), _MARK.sub(_other_gender, text)]
    plain = [_REMARK.sub("", form).strip() for form in whole]
    parts = [part for form in plain for part in _ALTERNATIVES.split(form)]
    short = [name for remark in _REMARK.findall(label) for name in _ABBREVIATION.findall(remark)]
    wanted = dict.fromkeys([*plain, *parts, *short])
    return [form for form in wanted if form and form != label and not _ALTERNATIVES.search(form)]


def _other_gender(mark: re.Match[str]) -> str:
    word, ending = mark["word"], mark["ending"]
    if ending in _GENDERED_ENDS:
        stem = next((word.removesuffix(end) for end in _GENDERED_ENDS if word.endswith(end)), word)
        return stem + ending
    if ending in _APPENDED:
        return (word.removesuffix("e") if ending.startswith("in") else word) + ending
    # the ending replaces from its own first letter on: conducteur(trice), coiffeur/euse, infirmier(ère)
    first = fold(ending)[0]
    start = fold(word).rfind(first, len(word) - 5) if len(fold(word)) == len(word) else -1
    return word[:start] + ending if start > 0 else word + ending


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What the masculine, feminine, plural and neutral forms of a folded word share.

    >>> stem("infirmiere") == stem("infirmier"), stem("pflegefachkraft") == stem("pflegefachfrau")
    (True, True)
    >>> stem("baecker") == stem("backer")
    True
    """
    if len(word) <= _SHORTEST_STEM or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_ROOT:
            word = word.removesuffix(ending) + instead
            break
    for ending in _INFLECTIONS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word.removesuffix(ending)
            break
    # umlauts may be written as two letters
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def stems(folded: str) -> str:
    """The stems of folded words, in the same order."""
    return " ".join(map(stem, folded.split()))


def written_out(text: str, words: str, spoken: bool) -> list[str]:
    """The folded forms of a label; a code has one."""
    return [words, *filter(None, map(fold, forms(text)))] if spoken else [words]


def keys_of(folded: Iterable[str]) -> set[str]:
    """What a whole label is found by: its letters without blanks, and its stems likewise."""
    return {"=" + words.replace(" ", "") for words in folded} | {
        "~" + stems(words).replace(" ", "") for words in folded
    }
