"""Common training frameworks (Article 49a of the directive): what the countries' trainings already share.

A country teaches a competence where most of its described titles for the profession make it essential. A country
without a described title is not known; it is never counted as teaching nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from graph_api.competences.coverage import Entry, Profile, coverage
from graph_api.competences.gaps import verdict
from graph_api.competences.profiles import Descriptions, Names, Title, release_json
from graph_api.errors import BadRequest
from graph_api.rdf.terms import thing
from graph_api.store.kept_things import read_names
from graph_api.store.records import known_record


class Frameworks:
    """Explores, for a profession, what a common training framework could rest on."""

    def __init__(self, descriptions: Descriptions) -> None:
        self._all, self._store = descriptions, descriptions.store

    def framework(self, slug: str, min_countries: int | None, lang: str, day: date) -> dict[str, Any]:
        """The competences of all countries, of `min_countries` or more, of some, of one; how far each is from the core.

        Without `min_countries`: more than half of the described countries. Raises UnknownIdentifier, BadRequest.
        """
        iri = thing("profession", slug).value
        record = known_record(self._store, "profession", slug, lang)
        titles = self._all.current(iri, day)
        taught = {state: _firm(profile) for state, profile in self._all.by_state(iri, titles).items()}
        least = _least(min_countries, len(taught))
        where = _where(taught)
        names = Names(read_names(self._store, {*where, *(title.iri for title in self._all.titles(iri))}), lang)
        core = [competence for competence, states in where.items() if taught and len(states) >= least]
        return {
            "profession": {"id": iri, "slug": slug, "label": record["label"]},
            "known": bool(taught),
            "min_countries": least,
            "described": [self._all.code(state) for state in sorted(taught, key=self._all.code)],
            "not_described": [self._all.code(state) for state in self._all.deciding_states() if state not in taught],
            "shared_by_all": names.shown([item for item in core if len(where[item]) == len(taught)]),
            "core": self._core(core, where, names),
            "some": self._core([item for item in where if 1 < len(where[item]) < least], where, names),
            "only_one": self._only_one(where, taught, names),
            "countries": [self._country(state, iri, titles, taught, core, names) for state in self._states(taught)],
            "acts": self._acts(iri, least, lang),
            "release": release_json(self._all.release()),
        }

    def _states(self, taught: Mapping[str, Profile]) -> list[str]:
        states = {*self._all.deciding_states(), *taught}
        return sorted(states, key=self._all.code)

    def _core(self, core: Sequence[str], where: Mapping[str, Sequence[str]], names: Names) -> list[dict[str, Any]]:
        """The shared competences with the countries that teach them, the most widely shared first."""
        shown = [
            {**item, "countries": sorted(self._all.code(state) for state in where[item["id"]])}
            for item in names.shown(core)
        ]
        return sorted(shown, key=lambda item: -len(item["countries"]))

    def _only_one(
        self, where: Mapping[str, Sequence[str]], taught: Mapping[str, Profile], names: Names
    ) -> dict[str, list[dict[str, Any]]]:
        alone = {state: [item for item, states in where.items() if list(states) == [state]] for state in taught}
        return {self._all.code(state): names.shown(alone[state]) for state in sorted(alone, key=self._all.code)}

    def _country(
        self,
        state: str,
        profession: str,
        titles: Sequence[Title],
        taught: Mapping[str, Profile],
        core: Sequence[str],
        names: Names,
    ) -> dict[str, Any]:
        """A country's titles, and how far its training is from the core; no distance where none is described."""
        used = {title.iri for title in titles}
        mine = [title for title in self._all.titles(profession) if title.state == state]
        about = {
            "country": self._all.code(state),
            "known": state in taught,
            "qualifications": names.shown(title.iri for title in mine if title.iri in used),
            "not_described": names.shown(title.iri for title in mine if not title.described),
            "superseded": names.shown(title.iri for title in mine if title.described and title.iri not in used),
        }
        if state not in taught:
            return {**about, "taught": None, "distance": None, "coverage": None, "missing": [], "partly": []}
        asked = Profile("core", {item: Entry("essential", 1.0, 1.0) for item in core}, _above(taught))
        found = coverage(taught[state], asked, "essential")
        return {
            **about,
            "taught": len(taught[state].entries),
            "distance": None if found.share is None else round(1 - found.share, 3),
            "coverage": found.share,
            "missing": names.shown(found.missing),
            "partly": names.shown(found.partly),
            "beyond": len(set(taught[state].entries) - set(core)),
        }

    def _acts(self, profession: str, least: int, lang: str) -> dict[str, Any] | None:
        """The acts that the law permits in all countries of the table, in enough of them, in one only.

        None where no permitted act of the profession is in the graph. An act of which some country's answer is
        not known counts where enough others are known.
        """
        acts = self._all.acts(profession)
        if not acts:
            return None
        places = sorted({place for act in acts.values() for place in act.permissions}, key=self._all.code)
        verdicts = {iri: {place: verdict(act, place) for place in places} for iri, act in acts.items()}
        allowing = {iri: [place for place in places if said[place]] for iri, said in verdicts.items()}
        certain = {iri for iri, said in verdicts.items() if None not in said.values()}
        names = Names(read_names(self._store, acts), lang)
        return {
            "countries": [self._all.code(place) for place in places],
            "allowed_by_all": names.shown(iri for iri in acts if len(allowing[iri]) == len(places)),
            "allowed_by_enough": names.shown(iri for iri in acts if len(allowing[iri]) >= least),
            "only_one": {
                self._all.code(place): names.shown(iri for iri in certain if allowing[iri] == [place])
                for place in places
            },
            "not_settled": names.shown(set(acts) - certain),
        }


def _firm(profile: Profile) -> Profile:
    """The profile without what most titles do not make essential."""
    firm = {iri: entry for iri, entry in profile.entries.items() if entry.relation == "essential"}
    return Profile(profile.iri, firm, {iri: profile.above[iri] for iri in firm if iri in profile.above})


def _where(taught: Mapping[str, Profile]) -> dict[str, list[str]]:
    """Competence -> the states that teach it."""
    found: dict[str, list[str]] = {}
    for state, profile in sorted(taught.items()):
        for competence in profile.entries:
            found.setdefault(competence, []).append(state)
    return found


def _above(taught: Mapping[str, Profile]) -> dict[str, frozenset[str]]:
    return {competence: found for profile in taught.values() for competence, found in profile.above.items()}


def _least(asked: int | None, described: int) -> int:
    if asked is None:
        return described // 2 + 1
    most = max(described, 1)
    if not 1 <= asked <= most:
        message = f"{asked} countries were asked for, but {described} are described; write 1 to {most}"
        raise BadRequest("min_countries", message)
    return asked
