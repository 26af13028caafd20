"""From readings to suggestions: how sure a program may be, and what is too uncertain or too ambiguous to say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.mapping.knowledge import Knowledge, Method, Title
from graph_api.mapping.matching import Reading
from graph_api.rdf.terms import ESCO, ID

MOST: Final = 3
"""So many professions, and so many occupations, are suggested for a title at most."""
_FAINTEST: Final = 0.6
"""What scores less is not suggested."""
_AGREEING: Final = 0.06
"""What each further kind of evidence adds, times its own score."""
OWN: Final[Sequence[Method]] = ("profession", "title")
"""The kinds of evidence that may carry a reading into paths: what law and curators call a profession, or say that a
title opens. Labels of classifications lead to neighbours too often, and only support it."""
_PROFESSION: Final = f"{ID}profession/"
_OCCUPATION: Final = f"{ESCO}occupation/"


@dataclass(frozen=True)
class Band:
    """Readings that are alike, and how many of them are right."""

    name: str
    own: float
    """The least score of evidence of our own."""
    score: float
    """The least score of all evidence together."""
    lead: float
    """By how much it leads before every other profession, and before every occupation that is none of its own."""
    confidence: float
    """The share that is right, where as many titles open no profession of the graph as do: the lower end of what was
    measured when the state of the title was hidden."""


BANDS: Final[Sequence[Band]] = (
    Band("sure", 0.8, 0.0, 0.1, 0.9),
    Band("likely", 0.0, 0.7, 0.1, 0.64),
    Band("perhaps", 0.0, _FAINTEST, -1.0, 0.4),
)
"""The first that fits counts. `python -m benchmarks.mapping DATA` measures them: benchmarks/MAPPING.md."""
LATER: Final = Band("later place", 0.0, _FAINTEST, -1.0, 0.09)
"""What stands in second or third place."""
NAMED: Final = Band("occupation", 0.0, _FAINTEST, -1.0, 0.6)
"""An occupation that a title names."""


@dataclass(frozen=True)
class Suggested:
    """A profession or occupation that a title may be tied to, and what speaks for it."""

    title: Title
    target: str
    reading: Reading
    score: float
    """How much all evidence says together, from 0 to 1."""
    band: Band


def score_of(reading: Reading) -> float:
    """The best evidence, and a little for each other kind that agrees."""
    best, *others = sorted((evidence.score for evidence in reading.by.values()), reverse=True)
    return round(min(1.0, best + _AGREEING * sum(others)), 4)


class Chooser:
    """Orders what was read of titles, and says how sure each reading is."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._asked, self._listed = _lowest_levels(knowledge), knowledge.listed
        self._occupations: dict[str, set[str]] = {}
        for concept, professions in knowledge.reached.items():
            for profession in professions if concept.startswith(_OCCUPATION) else ():
                self._occupations.setdefault(profession, set()).add(concept)

    def professions(self, title: Title, readings: Sequence[Reading]) -> list[Suggested]:
        """The professions that the title may open, the likeliest first; none that nothing clear speaks for."""
        found = _ordered(readings, _PROFESSION)
        suggested = []
        for place, (reading, score) in enumerate(found[:MOST]):
            if score >= _FAINTEST:
                lead = self._lead(found, readings)
                band = LATER if place else _band(reading, score, lead, may_be_sure=self._may_be_sure(title, reading))
                suggested.append(Suggested(title, reading.target, reading, score, band))
        return suggested

    def _may_be_sure(self, title: Title, reading: Reading) -> bool:
        """Whether the profession is none of Annex V, whose titles are listed and not read, and the title is, as far as
        known, as high as some title of its state that opens it: the certificate of an apprentice bears the name of the
        master's."""
        asked = self._asked.get((title.state, reading.target))
        high_enough = title.level is None or asked is None or title.level >= asked
        return high_enough and reading.target not in self._listed

    def _lead(self, found: Sequence[tuple[Reading, float]], readings: Sequence[Reading]) -> float:
        """By how much the first leads before the next profession and before occupations that are none of its own."""
        (first, score), *others = found
        own = self._occupations.get(first.target, set())
        rivals = [each for other, each in _ordered(readings, _OCCUPATION) if other.target not in own]
        return score - max([*(each for _, each in others[:1]), *rivals[:1]], default=0.0)

    def occupations(self, title: Title, readings: Sequence[Reading]) -> list[Suggested]:
        """The occupations of ESCO that the title's name names, the likeliest first."""
        found = _ordered(readings, _OCCUPATION)[:MOST]
        return [
            Suggested(title, reading.target, reading, score, NAMED) for reading, score in found if score >= _FAINTEST
        ]


def _ordered(readings: Iterable[Reading], space: str) -> list[tuple[Reading, float]]:
    found = [(reading, score_of(reading)) for reading in readings if reading.target.startswith(space)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0].target))


def _band(reading: Reading, score: float, lead: float, *, may_be_sure: bool) -> Band:
    own = max((reading.by[method].score for method in OWN if method in reading.by), default=0.0)
    bands = BANDS if may_be_sure else BANDS[1:]
    return next(band for band in bands if own >= band.own and score >= band.score and lead >= band.lead)


def _lowest_levels(knowledge: Knowledge) -> dict[tuple[str, str], int]:
    """By state and profession, the lowest known level of a title that curators say opens it."""
    found: dict[tuple[str, str], int] = {}
    for title in knowledge.titles:
        for pair in ((title.state, profession) for profession in title.opens if title.level is not None):
            found[pair] = min(found.get(pair, 9), title.level or 9)
    return found
