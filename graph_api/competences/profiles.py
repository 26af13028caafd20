"""What the graph says of work: titles that open a profession, what they teach, what law permits, what courses add.

Read from the store by named queries, and kept for the version that is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Final, Literal

from graph_api.competences.coverage import (
    Entry,
    Profile,
    Relation,
    profiles_from,
    read_above,
    read_profiles,
    together,
    with_above,
)
from graph_api.rdf.dates import within
from graph_api.rdf.terms import local_name, thing
from graph_api.store.graph_store import GraphStore
from graph_api.store.jurisdictions import Jurisdiction, Jurisdictions, jurisdictions_of
from graph_api.store.kept_things import read_names
from graph_api.store.per_version import Current, PerVersion
from graph_api.store.queries import iris, select
from graph_api.store.things import LANGUAGES, Thing, label, read_things

Source = Literal["host_qualifications", "occupation", "other_countries", "all_countries", "none"]
GREEN: Final = thing("esco-collection", "green").value
_MATCHES: Final = ("exactMatch", "closeMatch", "narrowMatch", "broadMatch")


@dataclass(frozen=True)
class Title:
    """A qualification that opens a profession; `described` says whether its learning outcomes are in the graph."""

    iri: str
    issued_in: str
    state: str
    described: bool
    valid_from: str = ""
    valid_to: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it is issued on the day; an end that is not known does not bound it."""
        return within(self.valid_from, self.valid_to, day)


@dataclass(frozen=True)
class Demand:
    """What a profession asks of a holder, and on what that rests."""

    source: Source
    grounds: Sequence[str]
    """The titles or occupations that describe the work."""
    profile: Profile
    each: Mapping[str, Profile]
    """What each of the grounds asks for by itself."""
    names: Mapping[str, Thing]
    """What the grounds and the competences are called."""


@dataclass(frozen=True)
class Module:
    """A course: what it is called, what it closes, where it is offered."""

    iri: str
    facts: Thing
    closes: frozenset[str]
    hosts: frozenset[str]


@dataclass(frozen=True)
class Act:
    """An act of care or craft, and what the law of each place says of it: permission and its words."""

    iri: str
    permissions: Mapping[str, tuple[str, str | None]]


@dataclass(frozen=True)
class Described:
    """The titles of which learning outcomes are known, and the professions that one of them opens."""

    titles: frozenset[str]
    professions: frozenset[str]


@dataclass(frozen=True)
class EscoRelease:
    """The release of ESCO that is loaded, and what its user must show."""

    iri: str
    version: str
    acknowledgement: str | None


class Descriptions:
    """Reads one store; what many questions share is kept for the version that is served."""

    def __init__(self, store: GraphStore, jurisdictions: PerVersion[str, Jurisdictions] | None = None) -> None:
        self.store = store
        self._jurisdictions = jurisdictions or jurisdictions_of(store)
        self._titles = PerVersion(store, self._read_titles)
        self._described = Current(store, self._read_described)
        self._profiles = PerVersion(store, self._read_profiles)
        self._targets = PerVersion(store, self._read_target)
        self._occupations = PerVersion(store, self._read_occupation)
        self._held: Current[dict[str, Profile]] = Current(store, dict)
        self._modules = Current(store, self._read_modules)
        self._acts = PerVersion(store, self._read_acts)
        self._releases = PerVersion(store, self._read_release)
        self._members = PerVersion(store, self._read_members)

    def read_ahead(self, places: Iterable[str]) -> None:
        """Read what every question about competences needs, and what the professions that are described ask for in
        these places: it is little, and whoever asks for it first would wait for it."""
        _ = self.modules(), self._places
        for profession, place in product(sorted(self._described.get().professions), places):
            self.target(profession, place, date.today())

    def place(self, code: str, parameter: str = "country") -> Jurisdiction:
        """The jurisdiction with the code, in any case. Raises BadRequest."""
        return self._places.asked(code, parameter)

    def code(self, place: str) -> str:
        """The code of a jurisdiction."""
        return self._places.code_of(place)

    def state(self, place: str) -> str:
        """The state that a jurisdiction is or belongs to."""
        return self._places.state_of(place)

    def deciding_states(self) -> list[str]:
        """The states that decide on recognition, themselves or by their parts, by code."""
        return self._places.deciding_states

    @property
    def _places(self) -> Jurisdictions:
        return self._jurisdictions.get(LANGUAGES[0])

    def titles(self, profession: str) -> Sequence[Title]:
        """Every qualification that opens the profession."""
        return self._titles.get(profession)

    def _read_titles(self, profession: str) -> Sequence[Title]:
        rows = select(self.store, "qualifications_opening", profession=iris([profession]))
        return [
            Title(iri, row["issued"], row["state"], int(row["outcomes"]) > 0, row.get("from", ""), row.get("until", ""))
            for row in rows
            if (iri := row.get("qualification"))
        ]

    def profiles(self, profession: str) -> Mapping[str, Profile]:
        """The profiles of all described titles of a profession, by title."""
        return self._profiles.get(profession)

    def _read_profiles(self, profession: str) -> Mapping[str, Profile]:
        if profession not in self._described.get().professions:
            return {}
        return read_profiles(self.store, [title.iri for title in self.titles(profession) if title.described])

    def current(self, profession: str, day: date) -> list[Title]:
        """The described titles in force on the day; where a state has none in force, all its described ones."""
        if profession not in self._described.get().professions:
            return []
        described = [title for title in self.titles(profession) if title.described]
        fresh = {title.state for title in described if title.in_force(day)}
        return [title for title in described if title.in_force(day) or title.state not in fresh]

    def profile(self, qualification: str, profession: str | None = None) -> Profile:
        """What one title gives. Empty where no learning outcome of it is in the graph, which means not known.

        A profession that it may open spares the reading: those profiles are kept.
        """
        if qualification not in self._described.get().titles:
            return Profile(qualification)
        kept = self.profiles(profession).get(qualification) if profession else None
        if kept is not None:
            return kept
        rows = select(self.store, "competence_matches", qualification=iris([qualification]))
        found = profiles_from(rows, [qualification])[qualification]
        return with_above(found, read_above(self.store, found.entries)) if self.release() else found

    def _read_described(self) -> Described:
        rows = select(self.store, "titles_described")
        return Described(
            frozenset(row["qualification"] for row in rows),
            frozenset(row["profession"] for row in rows if "profession" in row),
        )

    def profiles_of(self, titles: Sequence[str]) -> dict[str, Profile]:
        """What each title gives; read once for each version of the data."""
        held = self._held.get()
        held.update(read_profiles(self.store, [title for title in titles if title not in held]))
        return {title: held[title] for title in titles}

    def target(self, profession: str, place: str | None, day: date) -> Demand:
        """What the profession asks for in a place, or in all countries together.

        From the titles that the place itself issues for the profession, else from the ESCO occupation that the
        profession is, else from the titles of the other countries. Essential is what most of them make essential.
        """
        titles = self.current(profession, day)
        own = _issued_in(titles, place, self.state(place)) if place else []
        if own:
            return self._targets.get(("host_qualifications", profession, tuple(title.iri for title in own)))
        occupation = self.occupation(profession)
        if occupation and (place or not titles):
            return occupation
        source: Source = "none" if not titles else "other_countries" if place else "all_countries"
        return self._targets.get((source, profession, tuple(title.iri for title in titles)))

    def _read_target(self, key: tuple[Source, str, tuple[str, ...]]) -> Demand:
        source, profession, grounds = key
        if not grounds:
            return self._target(source, profession, {}, {})
        profiles = self.profiles(profession)
        each = {iri: profiles[iri] for iri in grounds}
        if source == "host_qualifications":
            return self._target(source, profession, each, each)
        titles = [title for title in self.titles(profession) if title.iri in grounds]
        return self._target(source, profession, each, self.by_state(profession, titles))

    def _target(
        self, source: Source, profession: str, each: Mapping[str, Profile], merged: Mapping[str, Profile]
    ) -> Demand:
        profile = together(profession, list(merged.values()))
        return Demand(source, list(each), profile, each, read_names(self.store, {*each, *profile.entries}))

    def by_state(self, profession: str, titles: Sequence[Title]) -> dict[str, Profile]:
        """One profile for each state that has a described title among the given."""
        profiles = self.profiles(profession)
        found: dict[str, list[Profile]] = {}
        for title in titles:
            found.setdefault(title.state, []).append(profiles[title.iri])
        return {state: together(state, held) for state, held in sorted(found.items())}

    def occupation(self, profession: str) -> Demand | None:
        """What ESCO asks of the occupations that the profession matches most closely; None where it is not loaded."""
        return self._occupations.get(profession)

    def _read_occupation(self, profession: str) -> Demand | None:
        rows = select(self.store, "occupation_skills", profession=iris([profession]))
        for match in _MATCHES:
            found = _occupations([row for row in rows if local_name(row["match"]) == match])
            if found:
                above = read_above(self.store, {iri for item in found for iri in item.entries})
                each = {item.iri: with_above(item, above) for item in found}
                return self._target("occupation", profession, each, each)
        return None

    def modules(self) -> Mapping[str, Module]:
        """The bridging modules that a source supports."""
        return self._modules.get()

    def _read_modules(self) -> Mapping[str, Module]:
        found = read_things(self.store, "bridging_modules")
        return {
            iri: Module(iri, facts, frozenset(facts.get("closesGap", ())), frozenset(facts.get("host", ())))
            for iri, facts in found.items()
        }

    def acts(self, profession: str) -> Mapping[str, Act]:
        """What the law of each place permits in the profession, act by act."""
        return self._acts.get(profession)

    def _read_acts(self, profession: str) -> Mapping[str, Act]:
        found: dict[str, dict[str, tuple[str, str | None]]] = {}
        for row in select(self.store, "acts_permitted", profession=iris([profession])):
            found.setdefault(row["act"], {})[row["place"]] = (row["permission"], row.get("text"))
        return {iri: Act(iri, permissions) for iri, permissions in found.items()}

    def release(self) -> EscoRelease | None:
        """The release of ESCO that is loaded, told by its green collection."""
        return self._releases.get(GREEN)

    def _read_release(self, collection: str) -> EscoRelease | None:
        rows = select(self.store, "collection_release", collection=iris([collection]))
        if not rows:
            return None
        return EscoRelease(rows[-1]["release"], rows[-1]["version"], rows[-1].get("acknowledgement"))

    def green(self) -> frozenset[str]:
        """The skills of ESCO's green collection; empty where none is loaded."""
        return self._members.get(GREEN)

    def _read_members(self, collection: str) -> frozenset[str]:
        rows = select(self.store, "collection_members", collection=iris([collection]))
        return frozenset(row["competence"] for row in rows)


def _issued_in(titles: Sequence[Title], place: str, state: str) -> list[Title]:
    """The titles of the place and of its whole state; where there are none, those of the state's other parts."""
    whole = [title for title in titles if title.state == state]
    own = [title for title in whole if title.issued_in in (place, state)]
    return whole if place == state else own or whole


def _occupations(rows: Sequence[Mapping[str, str]]) -> list[Profile]:
    entries: dict[str, dict[str, Entry]] = {}
    for row in rows:
        relation: Relation = "essential" if local_name(row["relation"]) == "relatedEssentialSkill" else "optional"
        entries.setdefault(row["occupation"], {}).setdefault(row["competence"], Entry(relation, 1.0, 1.0))
    return [Profile(iri, held) for iri, held in sorted(entries.items())]


class Names:
    """Labels of things in the reader's language, from what was read at once."""

    def __init__(self, things: Mapping[str, Thing], lang: str) -> None:
        self.things, self._lang = things, lang

    def label(self, iri: str) -> str:
        """The label of a thing; the last part of its address where it has none."""
        return label(self.things.get(iri, {}), self._lang)[0] or local_name(iri)

    def shown(self, wanted: Iterable[str]) -> list[dict[str, Any]]:
        """The things with their labels, by label."""
        items = [{"id": iri, "label": self.label(iri)} for iri in set(wanted)]
        return sorted(items, key=lambda item: (item["label"].casefold(), item["id"]))


def release_json(release: EscoRelease | None) -> dict[str, Any] | None:
    """The loaded release as answers show it, with the words that its user must show."""
    if release is None:
        return None
    return {"id": release.iri, "version": release.version, "acknowledgement": release.acknowledgement}
