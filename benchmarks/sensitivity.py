"""How much the index of obstacles depends on its weights: `python -m benchmarks.sensitivity`, into docs/obstacles.md.

Weights are drawn evenly from all that sum to one; the order of the answers, and that of the pairs of jurisdictions, is
held against the order that our weights give (Spearman's rank correlation; 1: the same order, 0: none in common).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import put
from graph_api.obstacles import kept
from graph_api.obstacles.figures import Figure
from graph_api.obstacles.index import WEIGHTS, groups, scored
from graph_api.settings import from_environment

PAGE: Final = Path(__file__).parents[1] / "docs" / "obstacles.md"
BEGIN: Final = "<!-- sensitivity: written by python -m benchmarks.sensitivity -->"
END: Final = "<!-- end of the sensitivity -->"
DRAWS: Final = 200
_SEED: Final = 18


def drawn(chance: random.Random) -> dict[str, float]:
    """Weights drawn evenly from all that sum to one."""
    parts = {name: chance.expovariate(1.0) for name in WEIGHTS}
    return {name: part / sum(parts.values()) for name, part in parts.items()}


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value; equal values share the mean of their ranks.

    >>> ranks([3.0, 1.0, 3.0])
    [2.5, 1.0, 2.5]
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    found, start = [0.0] * len(values), 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            found[place] = (start + end) / 2 + 1
        start = end + 1
    return found


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation.

    >>> correlation([1.0, 2.0, 3.0], [10.0, 20.0, 30.0]), correlation([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    (1.0, -1.0)
    """
    one, two = ranks(first), ranks(second)
    mean = (len(one) + 1) / 2
    both = sum((a - mean) * (b - mean) for a, b in zip(one, two, strict=True))
    alone = [sum((rank - mean) ** 2 for rank in side) for side in (one, two)]
    return round(both / (alone[0] * alone[1]) ** 0.5, 6) if all(alone) else 0.0


def _indices(figures: Sequence[Figure], weights: Mapping[str, float]) -> list[float | None]:
    return [scored(figure, weights).index for figure in figures]


def _of_pairs(figures: Sequence[Figure], weights: Mapping[str, float]) -> list[float | None]:
    found = groups((scored(figure, weights) for figure in figures), lambda figure: (figure.home, figure.host))
    return [group.index for group in found]


def _compared(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float:
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    return correlation([a for a, _ in both], [b for _, b in both])


def measure(figures: Sequence[Figure]) -> list[tuple[str, list[float]]]:
    """The correlations of all draws: of the answers to which there is a way and something is asked, and of pairs."""
    asked, chance = [figure for figure in figures if figure.way and not figure.free], random.Random(_SEED)
    draws = [drawn(chance) for _ in range(DRAWS)]
    answers, pairs = _indices(asked, WEIGHTS), _of_pairs(figures, WEIGHTS)
    return [
        ("answers where something is asked", [_compared(answers, _indices(asked, each)) for each in draws]),
        (
            "pairs of jurisdictions, by the mean of all answers",
            [_compared(pairs, _of_pairs(figures, each)) for each in draws],
        ),
    ]


def main() -> None:
    data = from_environment().data
    path = sorted(kept.folder_of(data).glob("*.ndjson.gz"))[0]
    found = kept.read(path)
    lines = ["| order of | median | lowest tenth | lowest |", "|---|---|---|---|"]
    for name, values in measure(found.usual):
        values.sort()
        middle, tenth, least = values[len(values) // 2], values[len(values) // 10], values[0]
        lines.append(f"| {name} | {middle:.2f} | {tenth:.2f} | {least:.2f} |")
    table = "\n".join([f"Version `{found.version}`, {found.day}, {DRAWS} draws.", "", *lines])
    put(PAGE, BEGIN, END, table)
    print(table)


if __name__ == "__main__":
    main()
