"""The index of obstacles: a number from 0 to 100 for an answer, with the parts that it is made of.

Each part is a number from 0 (no obstacle) to 1; the index is their mean, weighted as the reader sets it, times 100.
A part that is not known is left out, and the index says which share of the weights is known. Where there is no
way the index is 100, whatever the weights; where it is not known whether there is one, there is no index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.obstacles.figures import Figure
from graph_api.recognition.findings import UNKNOWN

FORMULA: Final = "100 × Σ(weight × part) ÷ Σ(weight), over the parts that are known"
WEIGHTS: Final[Mapping[str, float]] = {"way": 40, "time": 20, "measure": 20, "cost": 10, "papers": 5, "steps": 5}
"""What each part weighs where the reader sets nothing."""
MOST: Final[Mapping[str, float]] = {"time": 365, "cost": 1000, "papers": 20, "steps": 5}
"""From so many days, units of currency, papers and steps on, a part is 1."""


@dataclass(frozen=True)
class Scored:
    """An answer with its index."""

    figure: Figure
    parts: Mapping[str, float | None]
    index: float | None
    known: float
    """Which share of the weights stands on what is known."""


def parts_of(figure: Figure) -> dict[str, float | None]:
    """The parts of the index of an answer to which there is a way; None where one is not known."""
    if not figure.way:
        return dict.fromkeys(WEIGHTS)
    return {
        "way": _way(figure),
        "time": _share("time", figure.days),
        "measure": _measure(figure),
        "cost": _share("cost", figure.cost),
        "papers": _share("papers", figure.papers),
        "steps": _share("steps", figure.steps),
    }


def _way(figure: Figure) -> float:
    """0 where nothing is asked; ¼ where one only declares; ½ where an authority decides; ¼ more where it is not known
    whether the conditions hold."""
    if figure.free:
        return 0.0
    return (0.5 if figure.decided else 0.25) + (0.25 if figure.status == "unknown" else 0.0)


def _measure(figure: Figure) -> float | None:
    """0 where none is possible; ½ where the applicant chooses between them, 1 where the host does."""
    if figure.measures is None:
        return None
    if not figure.measures:
        return 0.0
    return {"applicant": 0.5, "host": 1.0}.get(figure.chosen_by or "")


def _share(name: str, value: float | None) -> float | None:
    return None if value is None else min(1.0, value / MOST[name])


def scored(figure: Figure, weights: Mapping[str, float] = WEIGHTS) -> Scored:
    """The answer with its index for these weights."""
    parts = parts_of(figure)
    if not figure.way:
        return Scored(
            figure, parts, None if figure.outcome == UNKNOWN else 100.0, 1.0 if figure.outcome != UNKNOWN else 0.0
        )
    heavy = {name: weights.get(name, 0.0) for name, value in parts.items() if value is not None}
    total, whole = sum(heavy.values()), sum(weights.values())
    if not total:
        return Scored(figure, parts, None, 0.0)
    index = sum(weight * (parts[name] or 0.0) for name, weight in heavy.items()) / total
    return Scored(figure, parts, round(100 * index, 1), round(total / whole, 3))


@dataclass(frozen=True)
class Group:
    """Several answers together."""

    key: tuple[str, ...]
    answers: int
    unknown: int
    """Answers of which it is not known whether there is a way."""
    incomplete: int
    """Answers of which something is not known."""
    free: int
    closed: int
    index: float | None
    """The mean of the indices that are known."""


def group_of(key: tuple[str, ...], found: Sequence[Scored]) -> Group:
    """Some answers counted."""
    known = [item.index for item in found if item.index is not None]
    return Group(
        key,
        len(found),
        sum(item.figure.outcome == UNKNOWN for item in found),
        sum(bool(item.figure.unknown) for item in found),
        sum(item.figure.free for item in found),
        sum(not item.figure.way and item.figure.outcome != UNKNOWN for item in found),
        round(sum(known) / len(known), 1) if known else None,
    )


def groups(found: Iterable[Scored], key: Callable[[Figure], tuple[str, ...]]) -> list[Group]:
    """The answers by what the key says of each, in the order of the keys."""
    sorted_in: dict[tuple[str, ...], list[Scored]] = {}
    for item in found:
        sorted_in.setdefault(key(item.figure), []).append(item)
    return [group_of(name, items) for name, items in sorted(sorted_in.items())]
