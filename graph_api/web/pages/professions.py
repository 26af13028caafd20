"""The professions by name, as forms offer them."""

from __future__ import annotations

from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import select
from graph_api.store.things import Text, label


def profession_names(store: GraphStore, lang: str) -> list[tuple[str, Text]]:
    """The slugs of all professions with their names, by name."""
    rows = select(store, "professions", page=(1000, 0))
    things = read_labels(store, [row["thing"] for row in rows])
    found = [(iri.rpartition("/")[2], label(item, lang)) for iri, item in things.items()]
    return sorted(found, key=lambda item: (item[1][0] or "").lower())
