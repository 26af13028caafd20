"""The smallest set of courses or titles that closes a gap: an exact search, within a bound.

Set cover is hard in general. Gaps here are small, so the search is exact as long as it takes at most `MOST_STEPS`
steps; beyond that the greedy choice is given, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

MOST_STEPS: Final = 20_000


@dataclass(frozen=True)
class Option:
    """Something that closes a part of a gap; the lower the cost, the rather it is taken."""

    iri: str
    closes: frozenset[str]
    cost: int = 0

    @property
    def rank(self) -> tuple[int, str]:
        """The order in which options are taken: the least cost first."""
        return self.cost, self.iri


@dataclass(frozen=True)
class Cover:
    """What was chosen, what it cannot close, and whether the choice is proved to be the smallest."""

    chosen: tuple[Option, ...]
    left: frozenset[str]
    exact: bool


class _TooManySteps(Exception):
    """The bound was reached."""


def smallest_cover(gap: Collection[str], candidates: Iterable[Option], most_steps: int = MOST_STEPS) -> Cover:
    """The smallest set of candidates that closes everything that any candidate can close.

    Among equally small sets: the one of least cost, then the first by address.
    """
    wanted = frozenset(gap)
    useful = _undominated([Option(item.iri, item.closes & wanted, item.cost) for item in candidates])
    within = frozenset(element for item in useful for element in item.closes)
    search = _Search(useful, most_steps)
    try:
        chosen = search.smallest(within)
        return Cover(tuple(sorted(chosen, key=lambda item: item.iri)), wanted - within, True)
    except _TooManySteps:
        chosen = _greedy(within, useful)
        return Cover(tuple(sorted(chosen, key=lambda item: item.iri)), wanted - within, False)


def _undominated(candidates: Sequence[Option]) -> list[Option]:
    """Without those that another one, taken rather, can stand in for: no best set needs them."""
    ordered = sorted((item for item in candidates if item.closes), key=lambda item: item.rank)
    kept: list[Option] = []
    for item in ordered:
        if not any(item.closes <= other.closes for other in kept):
            kept.append(item)
    return kept


def key_of(chosen: Collection[Option]) -> tuple[int, int, tuple[str, ...]]:
    """What makes one set better than another: fewer members, less cost, then the order of addresses."""
    return len(chosen), sum(item.cost for item in chosen), tuple(sorted(item.iri for item in chosen))


class _Search:
    """Looks for covers of 1, 2, 3 … members, always branching on the element that fewest candidates close."""

    def __init__(self, candidates: Sequence[Option], most_steps: int) -> None:
        self._candidates, self._steps_left = candidates, most_steps
        self._by_element: dict[str, list[Option]] = {}
        for item in candidates:
            for element in item.closes:
                self._by_element.setdefault(element, []).append(item)
        self._widest = max((len(item.closes) for item in candidates), default=1)

    def smallest(self, wanted: frozenset[str]) -> Sequence[Option]:
        size = 0
        while True:
            found = list(self._covers(wanted, size, ()))
            if found:
                return min(found, key=key_of)
            size += 1

    def _covers(self, left: frozenset[str], size: int, chosen: tuple[Option, ...]) -> Iterable[tuple[Option, ...]]:
        self._steps_left -= 1
        if self._steps_left < 0:
            raise _TooManySteps
        if not left:
            yield chosen
        elif len(left) <= size * self._widest:
            rarest = min(left, key=lambda element: (len(self._by_element[element]), element))
            for item in self._by_element[rarest]:
                yield from self._covers(left - item.closes, size - 1, (*chosen, item))


def _greedy(wanted: frozenset[str], candidates: Sequence[Option]) -> list[Option]:
    chosen: list[Option] = []
    left = wanted
    while left:
        best = min(candidates, key=lambda item: (-len(item.closes & left), item.rank))
        chosen.append(best)
        left -= best.closes
    return chosen
