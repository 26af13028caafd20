"""A profession across countries: its national forms, the titles that open it, and the names of what they point to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.queries import iris
from graph_api.store.things import Text, Thing, label, one, read_things

LINKED: Final = ("regulation", "regulates", "regulatedBy", "competentAuthority", "requiredLevel")
"""What a national form points to, aspect by aspect."""


@dataclass(frozen=True)
class Across:
    """A profession as the jurisdictions organise it."""

    forms: Mapping[str, Thing]
    """The national professions, by IRI, with what is compared of them."""
    titles: Mapping[str, Thing]
    """The qualifications that open it anywhere, by IRI."""
    names: Mapping[str, Text]
    """What the forms and everything that they point to are called."""

    def in_jurisdiction(self, place: str) -> list[Thing]:
        """The forms of the profession in one jurisdiction."""
        return [item for item in self.forms.values() if place in item.get("inJurisdiction", ())]


def read_across(store: GraphStore, profession: str, lang: str) -> Across:
    """The profession with this IRI across countries."""
    forms = read_things(store, "profession_forms", profession=iris([profession]))
    titles = read_things(store, "titles_of", profession=iris([profession]))
    linked = {value for item in forms.values() for name in LINKED for value in item.get(name, ())}
    things = read_labels(store, linked)
    return Across(forms, titles, {iri: label(item, lang) for iri, item in (things | forms).items()})


def current_first(titles: Iterable[Thing]) -> list[Thing]:
    """Titles that a list of the directive names first, then the newest; those that are issued no more last."""
    newest = sorted(titles, key=lambda item: one(item, "validFrom") or "", reverse=True)
    return sorted(newest, key=lambda item: ("replacedBy" in item, "validTo" in item, "listedAs" not in item))
