"""The jurisdictions as forms and tables name them."""

from __future__ import annotations

from dataclasses import dataclass

from graph_api.store.local import GraphStore
from graph_api.store.per_version import Kept
from graph_api.store.things import Thing, named, one, read_things


@dataclass(frozen=True)
class Place:
    """A jurisdiction: its code, its name in the reader's language, and whether one can ask about it."""

    iri: str
    code: str
    name: str
    lang: str | None
    decides: bool
    host: bool
    """Whether it decides, or some part of it does."""
    part: bool
    """Whether it is part of another."""
    union: bool
    state: str


class Places:
    """All jurisdictions of the store, in the order of their names."""

    def __init__(self, store: GraphStore, lang: str) -> None:
        things = read_things(store, "jurisdictions")
        wider = {
            part for thing in things.values() if one(thing, "decides") == "true" for part in thing.get("partOf", ())
        }
        found = [_place(iri, thing, lang, iri in wider) for iri, thing in things.items()]
        self.all = sorted(found, key=lambda place: (place.name, place.code))
        self.by_iri = {place.iri: place for place in self.all}
        self._by_code = {place.code.upper(): place for place in self.all}

    def named(self, code: str | None) -> str:
        """The name of the jurisdiction with the code; the code itself when there is none."""
        found = self._by_code.get((code or "").upper())
        return found.name if found else code or ""

    def iri_of(self, code: str) -> str | None:
        """The IRI of the jurisdiction with the code."""
        found = self.with_code(code)
        return found.iri if found else None

    def with_code(self, code: str | None) -> Place | None:
        return self._by_code.get((code or "").upper())

    @property
    def hosts(self) -> list[Place]:
        """Where one can ask to work."""
        return [place for place in self.all if place.host]

    @property
    def deciding(self) -> list[Place]:
        return [place for place in self.all if place.decides]

    @property
    def home_options(self) -> list[tuple[str, str]]:
        return [(place.code, place.name) for place in self.homes]

    @property
    def state_options(self) -> list[tuple[str, str]]:
        return [(place.code, place.name) for place in self.all if not place.part]

    @property
    def homes(self) -> list[Place]:
        """Where a title can come from: any state, and the parts of states that decide."""
        return [place for place in self.all if not place.part or place.decides]


def _place(iri: str, thing: Thing, lang: str, has_parts: bool) -> Place:
    name, language = named(thing, lang)
    code = one(thing, "code") or ""
    decides = one(thing, "decides") == "true"
    union = one(thing, "inUnion") == "true"
    return Place(
        iri,
        code,
        name or code,
        language,
        decides,
        decides or has_parts,
        "partOf" in thing,
        union,
        one(thing, "state") or iri,
    )


def places_of(store: GraphStore) -> Kept[str, Places]:
    """The jurisdictions of a store by the reader's language, read once for each version of the data."""
    return Kept(store, lambda lang: Places(store, lang))
