"""What points at a thing: how much by each property, and who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import cells, iris, select

_FEW: Final = 100
"""At most so many statements are read whole; more are counted."""


@dataclass(frozen=True)
class Pointing:
    """The statements that point at a thing."""

    iri: str
    counts: Mapping[str, int]
    """How many there are, by property."""
    things: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Whom they speak of, by property, in the order of the store; known where they are few, and nothing if not."""

    def by(self, store: GraphStore, property_: str, page: tuple[int, int]) -> list[str]:
        """A page (size and offset) of the things that point by a property."""
        size, offset = page
        if property_ in self.things:
            return list(self.things[property_][offset : offset + size])
        rows = select(store, "incoming_by", page=page, target=iris([self.iri]), property=iris([property_]))
        return [row["thing"] for row in rows]


def read_pointing(store: GraphStore, iri: str) -> Pointing:
    """What points at the thing with this IRI."""
    rows = cells(store, "pointing", page=(_FEW, 0), target=iris([iri]))
    if len(rows) == _FEW:
        counted = select(store, "incoming_kinds", target=iris([iri]))
        return Pointing(iri, {row["property"]: int(row["things"]) for row in counted if "property" in row})
    things: dict[str, list[str]] = {}
    for row in rows:
        of_property = things.setdefault(row["property"]["value"], [])
        if row["thing"]["type"] == "uri":
            of_property.append(row["thing"]["value"])
    return Pointing(iri, Counter(row["property"]["value"] for row in rows), things)
