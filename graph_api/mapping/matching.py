"""A title against all clues: which professions it may open, how much each kind of evidence says so, and which clue."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from graph_api.mapping.knowledge import Clue, Knowledge, Method, Title
from graph_api.search.stemming import FUNCTION_WORDS, fold, forms, stem

_FAINTEST: Final = 0.5
"""Evidence that scores less is none."""
_ABBREVIATION: Final = re.compile(r"[^\W\d_a-zß-ÿ]+")
_REMARK: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")


@dataclass(frozen=True)
class Evidence:
    """The best clue of a kind for a profession, and how much it says, from 0 to 1."""

    method: Method
    score: float
    clue: Clue


@dataclass
class Reading:
    """A profession that a title may open, or an occupation that it names, with the best evidence of each kind."""

    target: str
    by: dict[Method, Evidence] = field(default_factory=dict)

    @property
    def best(self) -> Evidence:
        return max(self.by.values(), key=lambda evidence: (evidence.score, evidence.method))


@dataclass(frozen=True)
class _Entry:
    clue: Clue
    words: frozenset[str]
    weight: float


@lru_cache(maxsize=100_000)
def words_of(text: str) -> tuple[frozenset[str], ...]:
    """What a name says, once for each way of writing it out: the stems of its telling words.

    An abbreviation in a remark is no name: what “(CAP)” stands for, hundreds of titles are.
    """
    others = (each for each in forms(text) if not _ABBREVIATION.fullmatch(each))
    written = [text, _REMARK.sub("", text), *others]
    sets = (frozenset(stem(word) for word in fold(each).split() if word not in FUNCTION_WORDS) for each in written)
    return tuple(dict.fromkeys(words for words in sets if words))


class Matcher:
    """Reads titles by the clues of one knowledge, without those of the state that is hidden."""

    def __init__(self, knowledge: Knowledge, hidden: str = "", without: frozenset[str] = frozenset()) -> None:
        self._reached = knowledge.reached
        self._without = without
        self._weights = {lang: _Weights(knowledge, lang) for lang in {c.lang for c in knowledge.clues}}
        self._entries: dict[str, list[_Entry]] = {}
        self._holding: dict[tuple[str, str], list[int]] = {}
        for clue in knowledge.clues:
            if clue.state and clue.state == hidden:
                continue
            entries = self._entries.setdefault(clue.lang, [])
            for words in words_of(clue.text):
                for word in words:
                    self._holding.setdefault((clue.lang, word), []).append(len(entries))
                entries.append(_Entry(clue, words, self._weights[clue.lang].of(words)))

    def read(self, title: Title) -> list[Reading]:
        """The professions that a title may open, the likeliest of any kind first."""
        found: dict[str, Reading] = {}
        for evidence, target in [*self._by_names(title), *self._by_codes(title)]:
            if target in self._without:
                continue
            by = found.setdefault(target, Reading(target)).by
            before = by.get(evidence.method)
            if before is None or evidence.score > before.score:
                by[evidence.method] = evidence
        return sorted(found.values(), key=lambda reading: (-reading.best.score, reading.target))

    def _by_names(self, title: Title) -> Iterator[tuple[Evidence, str]]:
        for text, lang in title.texts:
            weights = self._weights.get(lang)
            if weights is None:
                continue
            for words in words_of(text):
                own = weights.of(words)
                for entry in self._sharing(words, lang, own):
                    if entry.clue.of == title.iri:
                        continue
                    both = weights.of(words & entry.words)
                    score = 2 * both / (own + entry.weight) * entry.clue.strength
                    if score >= _FAINTEST:
                        for target in entry.clue.targets:
                            yield Evidence(entry.clue.method, round(min(score, 1.0), 4), entry.clue), target

    def _sharing(self, words: frozenset[str], lang: str, own: float) -> list[_Entry]:
        """The entries that may share enough: one that holds none of the weightier words shares too little."""
        weights, left = self._weights[lang], own
        numbers: set[int] = set()
        for word in sorted(words, key=lambda each: (-weights[each], each)):
            if left < own * _FAINTEST / (2 - _FAINTEST):
                break
            numbers.update(self._holding.get((lang, word), ()))
            left -= weights[word]
        return [self._entries[lang][number] for number in sorted(numbers)]

    def _by_codes(self, title: Title) -> Iterator[tuple[Evidence, str]]:
        for concept, _ in title.concepts:
            professions = self._reached.get(concept, {})
            for profession, strength in professions.items():
                clue = Clue(concept, "", "code", frozenset([profession]), strength, concept)
                yield Evidence("code", round(strength / len(professions), 4), clue), profession


class _Weights:
    """How much each word tells in a language: little where many titles have it."""

    def __init__(self, knowledge: Knowledge, lang: str) -> None:
        texts = {text for title in knowledge.titles for text, language in title.texts if language == lang}
        held = Counter(word for text in texts for word in set().union(*words_of(text)))
        most = math.log(len(texts) + 2)
        self._weights = {word: max(0.05, (most - math.log(count + 1)) / most) for word, count in held.items()}

    def __getitem__(self, word: str) -> float:
        return self._weights.get(word, 1.0)

    def of(self, words: Iterable[str]) -> float:
        return sum(self[word] for word in words)


def ranked(readings: Sequence[Reading], method: Method) -> list[tuple[str, float]]:
    """The professions by one kind of evidence alone, the likeliest first."""
    found = [(reading.target, reading.by[method].score) for reading in readings if method in reading.by]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))
