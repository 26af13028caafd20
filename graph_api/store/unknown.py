"""What the graph does not know: national professions that lack something, cells that nobody read, rows not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import Row, select
from graph_api.store.things import Text, label

LACKS: Final = ("status", "level", "authority", "procedure", "title", "unread")
"""What can be missing of a national profession; last, a cell that is filled and that nobody read in its source."""


@dataclass(frozen=True)
class Share:
    """How many rows of a table speak of a state, and how many of them were read in their source."""

    table: str
    state: str
    rows: int
    read: int


@dataclass(frozen=True)
class Point:
    """A point of Annex V: how many entries we have, how many nobody read, and the day of the newest text read."""

    point: str
    entries: int
    unread: int
    newest: str | None


@dataclass(frozen=True)
class Unknown:
    """What is not known in one version of the graph."""

    gaps: Sequence[Row]
    """Each with `lack`, `state`, `place`, `thing`, and where there is one `profession` and `property`."""
    shares: Sequence[Share]
    annex: Sequence[Point] = ()

    @cached_property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many gaps there are, by lack and state."""
        return Counter((gap["lack"], gap["state"]) for gap in self.gaps)

    def chosen(self, lack: str | None, place: str | None) -> list[Row]:
        """The gaps of one kind, in one state or jurisdiction; all where nothing is chosen."""
        return [
            gap
            for gap in self.gaps
            if lack in (None, gap["lack"]) and (place is None or place in (gap["state"], gap["place"]))
        ]


def read_unknown(store: GraphStore) -> Unknown:
    """What the store does not know now."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for row in select(store, "unread"):
        table = row["table"].removeprefix("mappings/").partition("/")[0].removesuffix(".csv")
        counted.setdefault((table, row["state"]), Counter())[row["verified"]] += int(row["rows"])
    shares = [Share(table, state, marks.total(), marks["yes"]) for (table, state), marks in sorted(counted.items())]
    annex = [
        Point(row["point"], int(row["entries"]), int(row["doubtful"]), row["newest"] or None)
        for row in select(store, "annex_v_dates")
    ]
    return Unknown(select(store, "unknown"), shares, annex)


def names_in(store: GraphStore, gaps: Sequence[Row], lang: str) -> dict[str, Text]:
    """What the things, professions and properties of some gaps are called."""
    named = {gap[part] for gap in gaps for part in ("thing", "profession", "property") if part in gap}
    things = read_labels(store, named)
    return {iri: label(thing, lang) for iri, thing in things.items()}
