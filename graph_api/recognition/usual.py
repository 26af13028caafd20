"""The usual title of a profession in a state: what is assumed, and said, where somebody names only the state."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from graph_api.rdf.terms import local_name
from graph_api.recognition.law import Reference
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import things_for
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import iris
from graph_api.store.things import Thing, every, in_force, one

_NUMBER: Final = re.compile(r"\d")


class UsualTitles:
    """Reads the titles of each profession and place once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._titles: PerVersion[tuple[str, str], dict[str, Thing]] = PerVersion(store, self._read)

    def _read(self, asked: tuple[str, str]) -> dict[str, Thing]:
        profession, place = asked
        terms = {"profession": iris([profession]), "place": iris([place])}
        return things_for(self._store, "path_titles", " ".join(asked), **terms)

    def of(self, profession: str, place: str, day: date, reference: Reference, form: Thing) -> Thing | None:
        """The usual title of a profession in a jurisdiction, or in the whole state, on a day.

        One in the list of Annex V comes first, then one without a successor, then one of the level that the place asks
        for, by Article 11 and in the European framework. Of several the lowest comes first, so that nobody is promised
        what a higher title gives; of these one of the part of the state with most inhabitants, and the youngest.
        """
        current = [title for title in self._titles.get((profession, place)).values() if in_force(title, day)]
        return min(current, key=lambda title: _rarity(title, reference, form), default=None)


def _rarity(title: Thing, reference: Reference, form: Thing) -> tuple[bool, bool, bool, bool, bool, str, int, int, str]:
    level, needed = one(title, "art11Level") or "", one(form, "requiredLevel")
    begun = (one(title, "validFrom") or "0000")[:4]
    listed, perhaps = "listedAs" in title, "perhapsListedAs" in title
    part, _ = reference.place_among_parts(one(title, "issuedIn") or "")
    levels, usual = set(every(title, "eqfLevel")), set(_NUMBER.findall(one(form, "eqfText") or ""))
    return (
        not (listed or perhaps),
        not listed,
        "replacedBy" in title,
        needed is not None and local_name(level) < local_name(needed),
        bool(levels and usual) and levels.isdisjoint(usual),
        local_name(level) or "z",
        part,
        -int(begun),
        title["iri"][0],
    )
