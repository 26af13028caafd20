"""From a concept of a classification to questions: the professions to which it, or what is above it, is mapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import iris, select
from graph_api.store.things import called


@dataclass(frozen=True)
class Askable:
    """A profession to ask about, and whether only something wider than the concept is mapped to it."""

    slug: str
    name: str
    lang: str | None
    wider: bool


def questions_about(store: GraphStore, concept: str, above: Sequence[str], lang: str) -> list[Askable]:
    """The professions mapped to a concept; where there are none, those of the nearest concept above it.

    `above` holds what stands above the concept, from the scheme down.
    """
    rows = select(store, "professions_matched", concept=iris([concept, *above]))
    by_concept: dict[str, list[str]] = {}
    for row in rows:
        by_concept.setdefault(row["concept"], []).append(row["profession"])
    nearest = next((iri for iri in (concept, *reversed(above)) if iri in by_concept), None)
    if nearest is None:
        return []
    found = list(dict.fromkeys(by_concept[nearest]))
    names = read_labels(store, found)
    asked = [Askable(local_name(iri), *called(names, iri, lang), nearest != concept) for iri in found]
    return sorted(asked, key=lambda item: item.name.casefold())
