"""The professions by name, as forms offer them."""

from __future__ import annotations

from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris, select
from graph_api.store.things import Text, label, read_things


def profession_names(store: GraphStore, lang: str) -> list[tuple[str, Text]]:
    """The slugs of all professions with their names, by name."""
    rows = select(store, "professions", page=(1000, 0))
    things = read_things(store, "labels", thing=iris([row["thing"] for row in rows])) if rows else {}
    found = [(iri.rpartition("/")[2], label(item, lang)) for iri, item in things.items()]
    return sorted(found, key=lambda item: (item[1][0] or "").lower())
