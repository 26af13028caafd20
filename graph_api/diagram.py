"""A path as a drawing: boxes and arrows get their places here, their looks from the style sheet."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

WIDTH: Final = 248
GAP: Final = 44
LINE: Final = 19
PADDING: Final = 16
SMALL_LINE: Final = 16
MOST_LINES: Final = 5
_LETTERS: Final = 29
_SMALL_LETTERS: Final = 34
_LAW_LETTERS: Final = 25

Role = Literal["title", "law", "place"]


@dataclass(frozen=True)
class Node:
    """What one box says: a text, and a smaller one below it."""

    role: Role
    text: str
    below: str


@dataclass(frozen=True)
class Box:
    """A box with its lines of text, each with the height at which it stands."""

    role: Role
    x: float
    y: float
    width: float
    height: float
    lines: Sequence[tuple[float, str]]
    below: Sequence[tuple[float, str]]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Diagram:
    """The whole drawing; `arrows` are from-to pairs of points."""

    width: float
    height: float
    boxes: Sequence[Box]
    arrows: Sequence[tuple[float, float, float, float]]
    standing: bool


def draw(nodes: Sequence[Node], *, standing: bool) -> Diagram:
    """Boxes in a row, or one below the other, joined by arrows.

    >>> drawing = draw([Node("title", "Diploma", "FR"), Node("place", "Nurse", "NL")], standing=False)
    >>> len(drawing.boxes), len(drawing.arrows)
    (2, 1)
    """
    wrapped = [(node, _wrap(node.text, _letters(node)), _wrap(node.below, _SMALL_LETTERS)) for node in nodes]
    heights = [2 * PADDING + LINE * len(lines) + SMALL_LINE * len(below) for _, lines, below in wrapped]
    tallest = max(heights, default=0.0)
    boxes: list[Box] = []
    x, y = 1.0, 1.0
    for (node, lines, below), height in zip(wrapped, heights, strict=True):
        top = y if standing else 1.0 + (tallest - height) / 2
        boxes.append(_box(node, (x, top), height, lines, below))
        if standing:
            y += height + GAP
        else:
            x += WIDTH + GAP
    arrows = [_arrow(here, there, standing) for here, there in pairwise(boxes)]
    if standing:
        return Diagram(WIDTH + 2, y - GAP + 1, boxes, arrows, standing)
    return Diagram(x - GAP + 1, tallest + 2, boxes, arrows, standing)


def _letters(node: Node) -> int:
    return _LAW_LETTERS if node.role == "law" else _LETTERS


def _box(node: Node, corner: tuple[float, float], height: float, lines: Sequence[str], below: Sequence[str]) -> Box:
    x, y = corner
    first = y + PADDING + 14
    second = first + LINE * len(lines)
    return Box(
        node.role,
        x,
        y,
        WIDTH,
        height,
        [(first + LINE * number, text) for number, text in enumerate(lines)],
        [(second + SMALL_LINE * number, text) for number, text in enumerate(below)],
    )


def _arrow(here: Box, there: Box, standing: bool) -> tuple[float, float, float, float]:
    if standing:
        return here.middle, here.y + here.height + 3, there.middle, there.y - 9
    middle = here.y + here.height / 2
    return here.x + here.width + 3, middle, there.x - 9, middle


def _wrap(text: str, letters: int) -> list[str]:
    """The text in lines; what does not fit ends in an ellipsis."""
    return textwrap.wrap(text, letters, max_lines=MOST_LINES, placeholder=" …") if text else []
