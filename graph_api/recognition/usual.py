"""The usual title of a profession in a state: what is assumed, and said, where somebody names only the state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from graph_api.rdf.terms import local_name
from graph_api.recognition.law import Reference
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import iris
from graph_api.store.things import Thing, in_force, one, read_things


class UsualTitles:
    """Reads the titles of each profession once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._titles: PerVersion[str, dict[str, Thing]] = PerVersion(
            store, lambda profession: read_things(store, "path_titles", profession=iris([profession]))
        )

    def of(self, profession: str, place: str, day: date, reference: Reference, needed: str | None) -> Thing | None:
        """The usual title of a profession in a jurisdiction, or in the whole state, on a day.

        One in the list of Annex V comes first, then one of the level that the place asks for; of several the lowest,
        so that nobody is promised what a higher title gives, and of these the youngest.
        """
        found = [title for title in self._titles.get(profession).values() if _of_place(title, place)]
        current = [title for title in found if in_force(title, day)]
        return min(current, key=lambda title: _rarity(title, reference.things, needed), default=None)


def _of_place(title: Thing, place: str) -> bool:
    return place in title.get("issuedIn", ()) or place in title.get("state", ())


def _rarity(title: Thing, things: Mapping[str, Thing], needed: str | None) -> tuple[bool, bool, bool, str, int, str]:
    level = one(title, "art11Level") or ""
    too_low = needed is not None and local_name(level) < local_name(needed)
    begun = (one(title, "validFrom") or "0000")[:4]
    listed, perhaps = "listedAs" in title, "perhapsListedAs" in title
    return not (listed or perhaps), not listed, too_low, local_name(level) or "z", -int(begun), title["iri"][0]
