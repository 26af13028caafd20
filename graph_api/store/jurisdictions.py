"""The jurisdictions of the graph: their codes and names, which belong together, and which decide."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from graph_api.errors import BadRequest
from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import PerVersion
from graph_api.store.things import Thing, label, one, read_things


@dataclass(frozen=True)
class Jurisdiction:
    """A state or a part of one: its code, its name in the reader's language, and whether one can ask about it."""

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
    is_state: bool
    """Whether it is a state or lies in one; a union of states does not."""


@dataclass(frozen=True)
class Region:
    """A border region: from where titles can come, and who decides there."""

    homes: Set[str]
    hosts: Set[str]

    def holds(self, home: str, host: str) -> bool:
        """Whether both lie in it."""
        return home in self.homes and host in self.hosts


class Jurisdictions:
    """All jurisdictions of the store, in the order of their names in a language."""

    def __init__(self, store: GraphStore, lang: str) -> None:
        things = read_things(store, "jurisdictions")
        wider = {
            part for thing in things.values() if one(thing, "decides") == "true" for part in thing.get("partOf", ())
        }
        found = [_jurisdiction(iri, thing, lang, iri in wider) for iri, thing in things.items()]
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

    def with_code(self, code: str | None) -> Jurisdiction | None:
        """The jurisdiction with the code, in any case."""
        return self._by_code.get((code or "").upper())

    def asked(self, code: str, parameter: str) -> Jurisdiction:
        """The jurisdiction with the code, in any case. Raises BadRequest, of the parameter that holds it."""
        found = self.with_code(code)
        if found is None:
            known = ", ".join(sorted(place.code for place in self.deciding))
            raise BadRequest(parameter, f"'{code}' is no country of this graph; write one of {known}")
        return found

    def code_of(self, iri: str) -> str:
        """The code of a jurisdiction, or the last part of an address that is none."""
        found = self.by_iri.get(iri)
        return found.code if found else local_name(iri)

    def state_of(self, iri: str) -> str:
        """The state that a jurisdiction is or belongs to."""
        found = self.by_iri.get(iri)
        return found.state if found else iri

    @property
    def hosts(self) -> list[Jurisdiction]:
        """Where one can ask to work."""
        return [place for place in self.all if place.host]

    @property
    def deciding(self) -> list[Jurisdiction]:
        """Those that decide on recognition."""
        return [place for place in self.all if place.decides]

    @property
    def deciding_states(self) -> list[str]:
        """The states that decide on recognition, themselves or by their parts, by code."""
        return sorted({place.state for place in self.deciding}, key=self.code_of)

    @property
    def homes(self) -> list[Jurisdiction]:
        """Where a title can come from: any state, and the parts of states that decide; a union issues none."""
        return [place for place in self.all if place.is_state and (not place.part or place.decides)]

    @property
    def home_options(self) -> list[tuple[str, str]]:
        """Code and name of where a title can come from."""
        return [(place.code, place.name) for place in self.homes]

    @property
    def state_options(self) -> list[tuple[str, str]]:
        """Code and name of every state."""
        return [(place.code, place.name) for place in self.all if not place.part and place.is_state]


def _jurisdiction(iri: str, thing: Thing, lang: str, has_parts: bool) -> Jurisdiction:
    name, language = label(thing, lang)
    code = one(thing, "code") or local_name(iri)
    decides = one(thing, "decides") == "true"
    return Jurisdiction(
        iri,
        code,
        name or code,
        language,
        decides,
        host=decides or has_parts,
        part="partOf" in thing,
        union=one(thing, "inUnion") == "true",
        state=one(thing, "state") or iri,
        is_state="state" in thing,
    )


def jurisdictions_of(store: GraphStore) -> PerVersion[str, Jurisdictions]:
    """The jurisdictions of a store by the reader's language, read once for each version of the data."""
    return PerVersion(store, lambda lang: Jurisdictions(store, lang))
