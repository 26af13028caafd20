"""Side by side: qualifications and professions by their competences, and a profession across countries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from typing import Any, Final

from graph_api.competences.coverage import POLICY, Coverage, Profile, coverage, extra, read_profiles
from graph_api.competences.gaps import Gaps, target_json
from graph_api.competences.profiles import Demand, Descriptions, Names, release_json
from graph_api.errors import BadRequest
from graph_api.rdf.terms import kind_and_slug, local_name, thing
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_names
from graph_api.store.queries import iris, select
from graph_api.store.records import known_record
from graph_api.store.things import Thing, label, one, read_things

MOST_COMPARED: Final = 8


@dataclass(frozen=True)
class Side:
    """One of the things compared: what it gives or asks, and the professions that it opens or is."""

    iri: str
    profile: Profile
    professions: frozenset[str]
    target: Demand | None = None
    """Set where the side is a profession: it is asked for, and holds nothing."""


class Comparisons:
    """Compares titles with each other and with professions, over one store."""

    def __init__(self, descriptions: Descriptions) -> None:
        self._all, self._store = descriptions, descriptions.store
        self._gaps = Gaps(descriptions)

    def compare(
        self, qualifications: Sequence[str], profession: str | None, country: str | None, lang: str, day: date
    ) -> dict[str, Any]:
        """What the titles share, what each has alone, and how far each covers the others and the profession.

        Raises UnknownIdentifier for a slug that is not in the graph, BadRequest where there is nothing to compare.
        """
        wanted = [thing("qualification", slug).value for slug in dict.fromkeys(qualifications)]
        if len(wanted) + bool(profession) < 2:
            raise BadRequest("qualification", "give two different qualifications, or one and a profession")
        if len(wanted) > MOST_COMPARED:
            raise BadRequest("qualification", f"give at most {MOST_COMPARED} qualifications")
        records = [known_record(self._store, "qualification", local_name(iri), lang) for iri in wanted]
        held = read_profiles(self._store, wanted)
        facts = read_things(self._store, "listed", thing=iris(wanted))
        sides = [Side(iri, held[iri], frozenset(facts.get(iri, {}).get("grantsAccessTo", ()))) for iri in wanted]
        states = [state for iri in wanted for state in facts.get(iri, {}).get("state", ())]
        place = self._all.place(country).iri if country else None
        if profession:
            known_record(self._store, "profession", profession, lang)
            sides.append(self._asked(thing("profession", profession).value, place, day))
        names = Names(self._names(sides), lang)
        return {
            "qualifications": records,
            "profession": self._profession_json(sides[-1], place, names) if profession else None,
            "described": sorted(side.iri for side in sides if side.profile.entries),
            "not_described": sorted(side.iri for side in sides if not side.profile.entries),
            **_common(sides, names),
            "pairs": [self._pair(a, b, place, lang, names) for a, b in permutations(sides, 2) if a.target is None],
            "law": self._laws(sides, [*states, self._all.state(place)] if place else states, lang),
            "credit": dict(POLICY),
            "release": release_json(self._all.release()),
        }

    def _asked(self, profession: str, place: str | None, day: date) -> Side:
        target = self._all.target(profession, place, day)
        return Side(profession, target.profile, frozenset({profession}), target)

    def _names(self, sides: Sequence[Side]) -> dict[str, Thing]:
        wanted = {iri for side in sides for iri in (side.iri, *side.profile.entries)}
        known = read_names(self._store, wanted)
        for side in sides:
            known |= side.target.names if side.target else {}
        return known

    def _profession_json(self, side: Side, place: str | None, names: Names) -> dict[str, Any] | None:
        if side.target is None:
            return None
        country = self._all.code(place) if place else None
        return {"id": side.iri, "label": names.label(side.iri), "country": country, **target_json(side.target, names)}

    def _pair(self, held: Side, asked: Side, place: str | None, lang: str, names: Names) -> dict[str, Any]:
        """How far the one covers the other; nothing but that it is not known where either is not described."""
        common = not held.professions.isdisjoint(asked.professions)
        ends = {"from": held.iri, "to": asked.iri, "same_profession": common}
        if not held.profile.entries or not asked.profile.entries:
            return {**ends, "known": False}
        essential = coverage(held.profile, asked.profile, "essential")
        optional = coverage(held.profile, asked.profile, "optional")
        own = asked.target.grounds if asked.target else ()
        covers = self._gaps.closing(held.profile, asked.profile, place, own)
        titles = [item.iri for cover in covers.values() for item in cover.chosen]
        wider = Names({**read_names(self._store, titles), **names.things}, lang)
        return {
            **ends,
            "known": True,
            "essential": essential.as_json(),
            "optional": optional.as_json(),
            "partly": _partly(essential, optional, names),
            "missing": names.shown(essential.missing),
            "missing_optional": names.shown(optional.missing),
            "extra": names.shown(extra(held.profile, asked.profile)),
            "closing": {name: self._gaps.cover_json(cover, wider, lang) for name, cover in covers.items()},
        }

    def _laws(self, sides: Sequence[Side], states: Sequence[str], lang: str) -> list[dict[str, Any]]:
        """For each profession common to all sides, what only the law of one of the states permits."""
        shared = sorted(frozenset.intersection(*(side.professions for side in sides)))
        laws = (self._gaps.law(iri, list(dict.fromkeys(states)), lang) for iri in shared)
        return [law for law in laws if law is not None]

    def equivalents(self, slug: str, country: str | None, lang: str, limit: int) -> dict[str, Any]:
        """The titles nearest to one, with how far each covers the other; those that nobody described stand apart.

        Looked at are the 200 titles that share most competences with it. Raises UnknownIdentifier, BadRequest.
        """
        iri = thing("qualification", slug).value
        record = known_record(self._store, "qualification", slug, lang)
        place = self._all.place(country).iri if country else None
        held = self._all.profile(iri)
        rows = select(self._store, "qualifications_with", competence=iris(held.entries)) if held.entries else []
        near = [row["qualification"] for row in rows if row.get("qualification", iri) != iri]
        professions = {item["id"] for item in record["properties"].get("grants_access_to", ())}
        others = [title.iri for profession in sorted(professions) for title in self._all.titles(profession)]
        facts = read_things(self._store, "listed", thing=iris(sorted({*near, *others, iri})))
        here = [item for item in near if _is_in(facts.get(item, {}), place)]
        profiles = read_profiles(self._store, here)
        found = [self._equivalent(held, profiles[item], facts[item], professions, lang) for item in here]
        silent = {
            title.iri
            for profession in professions
            for title in self._all.titles(profession)
            if not title.described and title.iri != iri and _is_in(facts.get(title.iri, {}), place)
        }
        found.sort(key=lambda item: (-(item["score"] or 0.0), item["id"]))
        return {
            "qualification": record,
            "known": bool(held.entries),
            "country": self._all.code(place) if place else None,
            "results": found[:limit],
            "not_described": Names(facts, lang).shown(silent),
            "credit": dict(POLICY),
            "release": release_json(self._all.release()),
        }

    def _equivalent(
        self, held: Profile, other: Profile, facts: Thing, professions: set[str], lang: str
    ) -> dict[str, Any]:
        there, back = coverage(held, other, "essential"), coverage(other, held, "essential")
        kind = kind_and_slug(other.iri)
        return {
            "id": other.iri,
            "slug": kind[1] if kind else local_name(other.iri),
            "label": label(facts, lang)[0],
            "country": self._all.code(one(facts, "issuedIn") or ""),
            "same_profession": not professions.isdisjoint(facts.get("grantsAccessTo", ())),
            "covers": there.as_json(),
            "covered_by": back.as_json(),
            "extra": len(extra(held, other)),
            "score": _balance(there.share, back.share),
        }


def _balance(there: float | None, back: float | None) -> float | None:
    """The harmonic mean of two coverages: high only where each covers the other. None where either asks nothing."""
    if there is None or back is None:
        return None
    return round(2 * there * back / (there + back), 3) if there + back else 0.0


def _is_in(facts: Thing, place: str | None) -> bool:
    return place is None or place in facts.get("issuedIn", ()) or place in facts.get("state", ())


def _partly(essential: Coverage, optional: Coverage, names: Names) -> list[dict[str, Any]]:
    """What is held in part, by which competence, and why it counts less."""
    found = []
    for relation, asked in (("essential", essential), ("optional", optional)):
        for item in names.shown(asked.partly):
            earned = asked.credits[item["id"]]
            by = {"id": earned.by, "label": names.label(earned.by or "")}
            found.append({**item, "relation": relation, "credit": earned.value, "how": earned.how, "by": by})
    return found


def _common(sides: Sequence[Side], names: Names) -> dict[str, Any]:
    """What all sides have, and what each has that no other has; by the very same competence."""
    held = {side.iri: set(side.profile.entries) for side in sides}
    described = [found for found in held.values() if found]
    shared = set.intersection(*described) if len(described) == len(sides) else set()
    alone = {
        iri: found - {item for other, theirs in held.items() if other != iri for item in theirs}
        for iri, found in held.items()
    }
    return {"shared": names.shown(shared), "only": {iri: names.shown(found) for iri, found in alone.items()}}


def competences(store: GraphStore, qualifications: Sequence[str]) -> dict[str, dict[str, str]]:
    """Qualification -> competence -> "essential" or "optional" (essential wins)."""
    held: dict[str, dict[str, str]] = {iri: {} for iri in qualifications}
    for row in select(store, "competences_of", qualification=iris(qualifications)):
        relation = local_name(row["relation"]).removesuffix("Competence")
        known = held[row["qualification"]]
        if known.get(row["competence"]) != "essential":
            known[row["competence"]] = relation
    return held
