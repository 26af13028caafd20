"""What a change of law changes: the same questions before and after, answer by answer, those that get worse first.

The same comparison serves a reform, two days, and two versions of the data: each side is a map of figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from graph_api.obstacles.figures import Figure
from graph_api.recognition.findings import NONE, UNKNOWN

Verdict = Literal["worse", "mixed", "better", "other"]
VERDICTS: Final[tuple[Verdict, ...]] = ("worse", "mixed", "better", "other")
"""In the order in which they are told."""
_NOT_COMPARED: Final = {"unread", "unknown", "open_conditions"}
_SURE: Final[Mapping[str, int]] = {"open": 0, "open_if": 1}
"""Whether nothing is left to show, or conditions are."""
_AMOUNTS: Final = ("months", "days", "cost", "papers", "steps", "recognitions")


@dataclass(frozen=True)
class Change:
    """One answer that changes. A side is None where the question has no answer there: a title is new, or gone."""

    before: Figure | None
    after: Figure | None

    @property
    def figure(self) -> Figure:
        """The answer after the change, or the last one."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def verdict(self) -> Verdict:
        """Worse where something that is known on both sides gets harder and nothing easier; mixed where both happen."""
        signs = set(self._signs())
        if signs == {1}:
            return "worse"
        if signs == {-1}:
            return "better"
        return "mixed" if signs else "other"

    def saved(self, name: str) -> float | None:
        """By how much an amount gets smaller; None where one of the two is not known."""
        old, new = (getattr(side, name) if side else None for side in (self.before, self.after))
        return None if old is None or new is None else float(old - new)

    def _signs(self) -> Iterator[int]:
        """1 for each thing that gets harder, -1 for each that gets easier."""
        if self.before is None or self.after is None:
            return
        pairs: list[tuple[float | None, float | None]] = [(_hardness(self.before), _hardness(self.after))]
        if self.before.way and self.after.way:
            pairs.append((_measure(self.before), _measure(self.after)))
            pairs.append((_SURE.get(self.before.status or ""), _SURE.get(self.after.status or "")))
            pairs += [(getattr(self.before, name), getattr(self.after, name)) for name in _AMOUNTS]
        for old, new in pairs:
            if old is not None and new is not None and old != new:
                yield 1 if new > old else -1


def _hardness(figure: Figure) -> int | None:
    """Nothing is asked, one declares, an authority decides, there is no way; None where that is not known."""
    if figure.outcome == UNKNOWN:
        return None
    if figure.outcome == NONE:
        return 3
    return 0 if figure.free else 2 if figure.decided else 1


def _measure(figure: Figure) -> int | None:
    """No measure, one that the applicant chooses, one that the host chooses; None where it is not known."""
    if figure.measures is None:
        return None
    if not figure.measures:
        return 0
    return {"applicant": 1, "host": 2}.get(figure.chosen_by or "")


@dataclass(frozen=True)
class Comparison:
    """What differs between two sides."""

    compared: int
    changes: Sequence[Change]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many answers change, by verdict."""
        found = Counter(change.verdict for change in self.changes)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def outcomes(self) -> Mapping[tuple[str | None, str | None], int]:
        """How many answers go from one outcome to another, the most first."""
        sides = ((change.before, change.after) for change in self.changes)
        found = Counter(tuple(side.outcome if side else None for side in pair) for pair in sides)
        return {(key[0], key[1]): count for key, count in found.most_common()}

    def most_saved(self, name: str) -> float | None:
        """The most that an amount gets smaller in any answer."""
        return max((saved for change in self.changes if (saved := change.saved(name)) is not None), default=None)

    def measures_gone(self) -> int:
        """In how many answers a measure that could be imposed no longer can."""
        return sum(
            bool(each.before and each.after and each.before.measures and each.after.measures == ())
            for each in self.changes
        )

    def counted(self, key: Callable[[Figure], str]) -> list[tuple[str, Mapping[Verdict, int]]]:
        """The changes by what the key says of each, with their verdicts; those with most losers first."""
        found: dict[str, Counter[Verdict]] = {}
        for change in self.changes:
            found.setdefault(key(change.figure), Counter())[change.verdict] += 1
        listed = [(name, {verdict: counts[verdict] for verdict in VERDICTS}) for name, counts in found.items()]
        return sorted(listed, key=lambda item: (*(-item[1][verdict] for verdict in VERDICTS), item[0]))


def compare(before: Iterable[Figure], after: Iterable[Figure]) -> Comparison:
    """The answers that differ, the losers first."""
    old, new = ({figure.key: figure for figure in side} for side in (before, after))
    keys = sorted(old.keys() | new.keys())
    found = [Change(old.get(key), new.get(key)) for key in keys]
    changes = [change for change in found if _told(change.before) != _told(change.after)]
    changes.sort(key=lambda change: (VERDICTS.index(change.verdict), change.figure.key))
    return Comparison(len(keys), changes)


def _told(figure: Figure | None) -> dict[str, Any] | None:
    """What is compared of an answer: what it says, not how much of it was read."""
    if figure is None:
        return None
    return {each.name: getattr(figure, each.name) for each in fields(figure) if each.name not in _NOT_COMPARED}
