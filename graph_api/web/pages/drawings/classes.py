"""The classes of a vocabulary as a drawing: boxes with their main properties, and arrows from kinds to the general."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph_api.rdf.terms import local_name
from graph_api.store.things import Thing

WIDTH: Final = 352
LINE: Final = 18
_HEAD: Final = 40
_PADDING: Final = 10
_GAP: Final = 26
_INDENT: Final = 34
_SHOWN: Final = 10


@dataclass(frozen=True)
class ClassBox:
    """A class in its place, and the properties that lead from it to other classes."""

    name: str
    label: str
    lang: str | None
    properties: Sequence[tuple[str, Sequence[str]]]
    more: int
    """How many further properties there are."""
    below: str | None
    """The class of which it is a kind."""
    x: float = 0
    y: float = 0

    @property
    def width(self) -> float:
        return WIDTH - (_INDENT if self.below else 0)

    @property
    def height(self) -> float:
        lines = len(self.properties) + (1 if self.more else 0)
        return _HEAD + (lines * LINE + _PADDING if lines else 0)

    def line(self, number: int) -> float:
        """The height at which the property with this number stands."""
        return self.y + _HEAD + LINE * (number + 0.8)


@dataclass(frozen=True)
class ClassDiagram:
    """The whole drawing; arrows go from a kind, by way of a corner, to the general class above it."""

    width: float
    height: float
    boxes: Sequence[ClassBox]
    arrows: Sequence[tuple[float, float, float, float]]
    standing: bool


def boxes_of(terms: Mapping[str, Thing], labels: Mapping[str, tuple[str, str | None]]) -> list[list[ClassBox]]:
    """Each class that has no other of the vocabulary above it, with the classes below it; the richest first."""
    classes = {iri: term for iri, term in terms.items() if "Class" in map(local_name, term.get("type", ()))}
    links = _links(terms, classes)
    families: dict[str, list[ClassBox]] = {}
    for iri, term in classes.items():
        above = next((name for name in term.get("subClassOf", ()) if name in classes), None)
        root = above or iri
        found = links.get(iri, [])
        text, language = labels[iri]
        box = ClassBox(
            local_name(iri),
            text,
            language,
            found[:_SHOWN],
            max(0, len(found) - _SHOWN),
            local_name(above) if above else None,
        )
        families.setdefault(root, []).append(box)
    for family in families.values():
        family.sort(key=lambda box: (box.below is not None, box.name))
    return sorted(families.values(), key=lambda family: (-sum(box.height for box in family), family[0].name))


def _links(terms: Mapping[str, Thing], classes: Mapping[str, Thing]) -> dict[str, list[tuple[str, list[str]]]]:
    """For each class the object properties said of it, with the classes that they lead to."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for iri, term in sorted(terms.items()):
        targets = [name for key in ("range", "rangeIncludes") for name in term.get(key, ()) if name in classes]
        for key in ("domain", "domainIncludes"):
            for name in term.get(key, ()):
                if name in classes and targets:
                    found.setdefault(name, []).append((local_name(iri), sorted({local_name(t) for t in targets})))
    return found


def draw(families: Sequence[Sequence[ClassBox]], columns: int) -> ClassDiagram:
    """The families side by side, each in the column that is the shortest so far."""
    heights = [0.0] * columns
    boxes: list[ClassBox] = []
    arrows: list[tuple[float, float, float, float]] = []
    for family in families:
        column = heights.index(min(heights))
        left, y = column * (WIDTH + _GAP) + 1, heights[column] + 1
        root_bottom = y + family[0].height
        for box in family:
            x = left + (_INDENT if box.below else 0)
            boxes.append(ClassBox(**{**vars(box), "x": x, "y": y}))
            if box.below:
                arrows.append((x, y + box.height / 2, left + _INDENT / 2, root_bottom))
            y += box.height + _PADDING
        heights[column] = y + _GAP - _PADDING
    return ClassDiagram(columns * (WIDTH + _GAP) - _GAP + 2, max(heights) - _GAP + 2, boxes, arrows, columns == 1)
