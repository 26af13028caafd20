"""Two sets as two circles whose areas, and whose common area, are as large as the sets and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, pi, sqrt
from typing import Final

from graph_api.web.pages.drawings.path import LINE, SIZE, wrapped

HEIGHT: Final = 240.0
"""How tall the larger circle is."""
WIDTH: Final = 560.0
_NARROWEST: Final = 26.0
"""What a number needs to stand in."""


@dataclass(frozen=True)
class Circle:
    """One set: its circle, its name in lines above it, and where the number stands that is its own."""

    x: float
    y: float
    radius: float
    lines: Sequence[tuple[float, float, str]]
    number: float


@dataclass(frozen=True)
class Overlap:
    """The whole picture; `shared` is where the number of what both have stands, None where they share nothing."""

    width: float
    height: float
    circles: tuple[Circle, Circle]
    shared: float | None


def overlap(names: tuple[str, str], only: tuple[int, int], both: int) -> Overlap:
    """The picture of two sets; each has something.

    >>> picture = overlap(("a", "b"), (10, 10), 10)
    >>> [round(circle.radius) for circle in picture.circles], picture.shared == picture.width / 2
    ([120, 120], True)
    """
    sizes = [own + both for own in only]
    unit = (HEIGHT / 2) / sqrt(max(sizes))
    left, right = (unit * sqrt(size) for size in sizes)
    apart = _distance(left, right, both / max(sizes) * pi * (HEIGHT / 2) ** 2)
    texts = [wrapped(name, WIDTH / 2 - 20, SIZE, 3) for name in names]
    top = LINE * max(len(lines) for lines in texts) + 14
    total = max(left, apart + right) + max(left, right - apart)
    start = (WIDTH - total) / 2 + max(left, right - apart)
    middle = top + HEIGHT / 2
    centres = (start, start + apart)
    inner = (centres[1] - right, centres[0] + left)
    circles = [
        Circle(
            centres[side],
            middle,
            (left, right)[side],
            [(WIDTH / 4 + side * WIDTH / 2, LINE * (line + 1), text) for line, text in enumerate(texts[side])],
            _number(side, centres, (left, right), inner),
        )
        for side in (0, 1)
    ]
    return Overlap(WIDTH, top + HEIGHT + 4, (circles[0], circles[1]), sum(inner) / 2 if both else None)


def _number(side: int, centres: tuple[float, float], radii: tuple[float, float], inner: tuple[float, float]) -> float:
    """Where the number of what only one side has stands: in the middle of its own part, outside where that is thin."""
    if side == 0:
        edge, cut = centres[0] - radii[0], max(inner[0], centres[0] - radii[0])
        return (edge + cut) / 2 if cut - edge > _NARROWEST else edge - _NARROWEST / 2
    edge, cut = centres[1] + radii[1], min(inner[1], centres[1] + radii[1])
    return (edge + cut) / 2 if edge - cut > _NARROWEST else edge + _NARROWEST / 2


def _distance(left: float, right: float, area: float) -> float:
    """How far apart the centres must stand for that common area; found by halving."""
    least, most = abs(left - right), left + right
    for _ in range(40):
        half = (least + most) / 2
        if _lens(left, right, half) > area:
            least = half
        else:
            most = half
    return (least + most) / 2


def _lens(left: float, right: float, apart: float) -> float:
    """The area that two circles have in common."""
    if apart >= left + right:
        return 0.0
    if apart <= abs(left - right):
        return pi * min(left, right) ** 2
    first = left**2 * acos((apart**2 + left**2 - right**2) / (2 * apart * left))
    second = right**2 * acos((apart**2 + right**2 - left**2) / (2 * apart * right))
    sides = (-apart + left + right) * (apart + left - right) * (apart - left + right) * (apart + left + right)
    return first + second - sqrt(sides) / 2
