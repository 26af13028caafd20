"""What a version of the graph holds, counted: statements, rows, things of each class, and how much is verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph_api.rdf.terms import GRAPH, local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select

PARTS: Final = ("mappings", "rules", "releases", "vocabulary", "inferred", "build")


@dataclass(frozen=True)
class Figures:
    """What a version of the graph holds."""

    version: str
    statements: int
    parts: Mapping[str, int]
    graphs: Mapping[str, int]
    tables: Mapping[str, Mapping[str, int]]
    kinds: Mapping[str, int]

    @property
    def rows(self) -> int:
        """How many table rows there are."""
        return sum(sum(marks.values()) for marks in self.tables.values())

    @property
    def groups(self) -> Mapping[str, Mapping[str, int]]:
        """The tables by the folder that they lie in, those in none by their own name: marks counted together."""
        found: dict[str, dict[str, int]] = {}
        for label, marks in self.tables.items():
            name = label.removeprefix("mappings/").partition("/")[0].removesuffix(".csv")
            held = found.setdefault(name, {})
            for mark, rows in marks.items():
                held[mark] = held.get(mark, 0) + rows
        return found

    @property
    def verified(self) -> float:
        """The share of table rows that were read in their source."""
        read = sum(marks.get("yes", 0) for marks in self.tables.values())
        return read / self.rows if self.rows else 0.0


def read_figures(store: GraphStore) -> Figures:
    """Count what the store holds now."""
    version = store.version
    graphs = {row["graph"]: int(row["statements"]) for row in select(store, "graph_sizes")}
    parts = dict.fromkeys(PARTS, 0)
    for graph, size in graphs.items():
        part = graph.removeprefix(GRAPH).partition("/")[0]
        parts[part] = parts.get(part, 0) + size
    tables: dict[str, dict[str, int]] = {}
    for row in select(store, "verified_share"):
        tables.setdefault(row["label"], {})[row["verified"]] = int(row["rows"])
    kinds = {local_name(row["kind"]): int(row["things"]) for row in select(store, "kinds") if "kind" in row}
    return Figures(version, sum(graphs.values()), {k: v for k, v in parts.items() if v}, graphs, tables, kinds)
