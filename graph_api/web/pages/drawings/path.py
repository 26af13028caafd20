"""A path as a drawing: boxes and arrows get their places here, their looks from the style sheet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

WIDTH: Final = 248
GAP: Final = 44
LINE: Final = 19
PADDING: Final = 16
SMALL_LINE: Final = 16
MOST_LINES: Final = 7
SIZE: Final = 15
SMALL_SIZE: Final = 13
ROOM: Final = WIDTH - 2 * PADDING
"""How much of a box's width its text may fill."""

# Advance widths in hundredths of the font size, rounded up: of DejaVu Sans Bold, the widest of the faces that the style
# sheet may end at. A text that fits in it fits in the others.
_ADVANCES: Final = {
    32: "'",
    36: " ijl",
    40: ",./:;IJ\\|·‘’",
    44: "-f",
    48: "!()[]t",
    52: "_`r§°–",
    56: '"*',
    60: "?csz",
    64: "L",
    68: "aekvxy«»„“”",
    72: "0123456789$EFTbdghnopqu{}ßø€",
    76: "CPSYZ",
    80: "ABKRVX",
    84: "#+<=>DGHNU^~",
    88: "&OQØ",
    96: "w",
    100: "@M—…",
    104: "%",
    108: "mæ",
    112: "WÆœ",
    120: "Œ",
}
_WIDEST: Final = 124
_ADVANCE: Final = {letter: advance / 100 for advance, letters in _ADVANCES.items() for letter in letters}

Role = Literal["title", "law", "place"]


@dataclass(frozen=True)
class Stop:
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
        """Half-way across."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Diagram:
    """The whole drawing; `arrows` are from-to pairs of points."""

    width: float
    height: float
    boxes: Sequence[Box]
    arrows: Sequence[tuple[float, float, float, float]]
    standing: bool


def draw(nodes: Sequence[Stop], *, standing: bool) -> Diagram:
    """Boxes in a row, or one below the other, joined by arrows.

    >>> drawing = draw([Stop("title", "held", "from"), Stop("place", "wanted", "to")], standing=False)
    >>> len(drawing.boxes), len(drawing.arrows)
    (2, 1)
    """
    texts = [(node, wrapped(node.text, ROOM, SIZE), wrapped(node.below, ROOM, SMALL_SIZE)) for node in nodes]
    heights = [2 * PADDING + LINE * len(lines) + SMALL_LINE * len(below) for _, lines, below in texts]
    tallest = max(heights, default=0.0)
    boxes: list[Box] = []
    x, y = 1.0, 1.0
    for (node, lines, below), height in zip(texts, heights, strict=True):
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


def _box(node: Stop, corner: tuple[float, float], height: float, lines: Sequence[str], below: Sequence[str]) -> Box:
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


def width_of(text: str, size: float) -> float:
    """How wide the text is at most, at a font size, in any of the faces of the style sheet.

    >>> width_of("Diploma", 10)
    47.6
    """
    return round(sum(_advance(letter) for letter in text) * size, 2)


def _advance(letter: str) -> float:
    """The width of a letter; one with accents is as wide as without."""
    plain = unicodedata.normalize("NFD", letter)[0]
    return _ADVANCE.get(letter) or _ADVANCE.get(plain) or _WIDEST / 100


def wrapped(text: str, width: float, size: float, most: int = MOST_LINES) -> list[str]:
    """The text in lines that are no wider than that; what does not fit in so many lines ends in an ellipsis.

    >>> wrapped("Diplôme d'Etat d'infirmier", 100, 10)
    ["Diplôme d'Etat", "d'infirmier"]
    """
    lines = list(_lines(text, width, size))
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width_of(f"{last} …", size) > width:
        last = last[:-1].rstrip()
    return [*lines[: most - 1], f"{last} …"]


def _lines(text: str, width: float, size: float) -> Iterator[str]:
    line = ""
    for word in (part for whole in text.split() for part in _parts(whole, width, size)):
        longer = f"{line} {word}".lstrip()
        if line and width_of(longer, size) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _parts(word: str, width: float, size: float) -> Iterator[str]:
    """The word itself, or the parts of one that is wider than a line."""
    while width_of(word, size) > width:
        end = max(n for n in range(1, len(word)) if n == 1 or width_of(f"{word[:n]}-", size) <= width)
        joint = max(word.rfind(mark, 0, end) for mark in "-/") + 1
        yield word[:joint] if joint else f"{word[:end]}-"
        word = word[joint or end :]
    yield word
