"""How well a label answers what was typed: words, forms, likeness; and which of the rows that match are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from graph_api.search.labels import CODE
from graph_api.search.stemming import FUNCTION_WORDS, fold, stem, stems, written_out

_LABELS_KEPT: Final = 4000


class Row(NamedTuple):
    """A label that may match, with its concept."""

    number: int
    text: str
    lang: str
    role: int
    words: str
    concept: int
    iri: str
    kind: str
    slug: str
    rank: int
    opened: int
    """How many titles open it."""


class Graded(NamedTuple):
    """A label with its verdict; the smaller sorts first."""

    worse: float
    unnamed: bool
    rank: int
    differs: bool
    role: int
    size: int
    slug: str
    how: str
    row: Row


@dataclass
class Term:
    """A word of the question, what it weighs, and the known words it may stand for."""

    word: str
    weight: float
    similar: dict[str, float] = field(default_factory=dict)
    compound: frozenset[str] = frozenset()
    root: str = field(init=False)

    def __post_init__(self) -> None:
        self.root = stem(self.word)

    def match(self, loose: bool) -> str:
        """The word for FTS5: itself, longer words, its stem, and those that it may stand for."""
        alternatives = [f'"{self.word}"*', f'"{self.root}"']
        if loose:
            alternatives += [f'"{known}"' for known in self.similar]
        return f"({' OR '.join(alternatives)})"

    def likeness(self, word: str) -> tuple[float, str]:
        """How much a word of a label is this word, from 0 to 1, and what that is called."""
        if word == self.word:
            return 1.0, "folded"
        root = stem(word)
        if root == self.root:
            return 0.95, "folded"
        if len(self.word) > 2 and word.startswith(self.word):
            return 0.9, "folded"
        likeness = max(self.similar.get(word, 0.0), self.similar.get(root, 0.0))
        return likeness, "folded" if word in self.compound or root in self.compound else "typo"


@dataclass
class Typed:
    asked: str
    terms: list[Term]
    words: str = field(init=False)
    stems: str = field(init=False)
    key: str = field(init=False)
    stem_key: str = field(init=False)
    _compared: dict[str, list[tuple[float, str]]] = field(init=False, default_factory=dict)
    """A word that labels hold -> how much it is each of the terms; many labels hold the same words."""

    def __post_init__(self) -> None:
        self.words = fold(self.asked)
        self.stems = stems(self.words)
        self.key = "=" + self.words.replace(" ", "")
        self.stem_key = "~" + self.stems.replace(" ", "")

    def counted(self) -> list[Term]:
        """The words that a label must hold: those that say something, or all when none does."""
        telling = [term for term in self.terms if term.word not in FUNCTION_WORDS]
        return telling or self.terms

    def grade(self, row: Row) -> tuple[float, str]:
        """How well a label answers, from 0 to 1, and how it matched."""
        if row.text.lower() == self.asked.lower():
            return 1.0, "exact"
        if row.words.replace(" ", "") == self.key[1:]:
            return 0.97, "folded"
        folded, stemmed = _forms(row.text, row.words, row.role < CODE)
        if self.key[1:] in (form.replace(" ", "") for form in folded):
            return 0.95, "folded"
        if self.stem_key[1:] in (form.replace(" ", "") for form in stemmed):
            return _WHOLE, "folded"
        begins = max(map(self._begins, folded, stemmed))
        if begins:
            return 0.8 + begins, "prefix"
        return max(self._by_words(form.split()) for form in folded)

    def _begins(self, form: str, stemmed: str) -> float:
        """How much of a label the text is when the label begins with it; more when it ends with a word."""
        share = 0.05 * len(self.words) / len(form)
        if f"{form} ".startswith(f"{self.words} "):
            return share + 0.05
        if f"{stemmed} ".startswith(f"{self.stems} "):
            return share + 0.04
        return share if form.replace(" ", "").startswith(self.key[1:]) else 0.0

    def _by_words(self, label: Sequence[str]) -> tuple[float, str]:
        """How many of the question's words the label holds, how little else, whether it begins with one."""
        total = sum(term.weight for term in self.terms)
        found, how, used = 0.0, "folded", set()
        compared = [self._compared.get(word) or self._compare(word) for word in label]
        for term, likenesses in zip(self.terms, zip(*compared, strict=True), strict=True):
            likeness, name = most = max(likenesses)
            if likeness > 0:
                found += term.weight * likeness
                used.add(likenesses.index(most))
                how = "typo" if name == "typo" else how
        telling = sum(word not in FUNCTION_WORDS or place in used for place, word in enumerate(label))
        closeness = 0.6 + 0.3 * len(used) / max(1, telling) + 0.1 * (0 in used)
        return 0.78 * (found / total) ** 1.5 * closeness, how

    def _compare(self, word: str) -> list[tuple[float, str]]:
        found = self._compared[word] = [term.likeness(word) for term in self.terms]
        return found


@lru_cache(_LABELS_KEPT)
def _forms(text: str, words: str, spoken: bool) -> tuple[list[str], list[str]]:
    """A label written out, folded and as stems; a search meets the same label in several ways."""
    folded = written_out(text, words, spoken)
    return folded, [stems(form) for form in folded]


_WHOLE: Final = 0.94


_FAINTEST: Final = 0.2


_PREFERENCE: Final = (0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.0, 0.0, 0.0, -0.01, -0.02, -0.02)
"""What is added to a score for the place of its kind, where the label as a whole was not what was asked."""


_OPENED: Final = 0.01
"""At most this is added for what titles open: the profession that many hold before one that few do."""


def keep_best(best: dict[int, Graded], question: Typed, rows: Iterable[Row]) -> None:
    """Grade the rows and keep the best label of each concept."""
    seen: set[int] = set()
    for row in rows:
        if row.number in seen:
            continue
        seen.add(row.number)
        score, how = question.grade(row)
        if score < _WHOLE:
            score += _PREFERENCE[row.rank] + _OPENED * row.opened / (1 + row.opened)
        if score < _FAINTEST:
            continue
        unnamed = row.slug.casefold() != question.asked.casefold()
        differs = row.text != question.asked
        graded = Graded(-score, unnamed, row.rank, differs, row.role, len(row.text), row.slug, how, row)
        if row.concept not in best or graded < best[row.concept]:
            best[row.concept] = graded
