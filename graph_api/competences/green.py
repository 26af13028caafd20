"""The green transition: how much of a profession or title is green by ESCO's collection, and what lies within reach.

The collection comes with a release of ESCO. Where none is loaded, the answer says so and gives no figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from graph_api.competences.coverage import Profile, Relation
from graph_api.competences.profiles import Descriptions, Names, release_json
from graph_api.errors import BadRequest
from graph_api.store.kept_things import read_names
from graph_api.store.queries import iris, select
from graph_api.store.records import known_record

_NEAREST: Final = 10
_RELATIONS: Final[tuple[Relation, ...]] = ("essential", "optional")


class Green:
    """Answers questions about green competences from one store."""

    def __init__(self, descriptions: Descriptions) -> None:
        self._all, self._store = descriptions, descriptions.store

    def share(self, profession: str | None, qualification: str | None, lang: str) -> dict[str, Any]:
        """The green share of a profession's occupation or of a title; and for a profession, what it can reach.

        Raises BadRequest unless exactly one is given, UnknownIdentifier where it is not in the graph.
        """
        if (profession is None) == (qualification is None):
            raise BadRequest("profession", "give one profession or one qualification")
        kind, slug = ("profession", profession) if profession else ("qualification", qualification)
        record = known_record(self._store, kind, slug or "", lang)
        about = {"kind": kind, "id": record["id"], "slug": slug, "label": record["label"]}
        release = self._all.release()
        if release is None:
            return {**about, "known": False, "reason": "no_esco_release_loaded", "release": None}
        answer = self._profession(record["id"], lang) if profession else self._title(record["id"], lang)
        return {**about, **answer, "release": release_json(release)}

    def _title(self, iri: str, lang: str) -> dict[str, Any]:
        profile = self._all.profile(iri)
        if not profile.entries:
            return {"known": False, "reason": "qualification_not_described"}
        return {"known": True, "reason": None, **self._shares(profile, lang)}

    def _profession(self, iri: str, lang: str) -> dict[str, Any]:
        target = self._all.occupation(iri)
        if target is None:
            return {"known": False, "reason": "no_occupation_matched"}
        names = Names(target.names, lang)
        return {
            "known": True,
            "reason": None,
            "occupations": names.shown(target.grounds),
            **self._shares(target.profile, lang),
            **self._reachable(target.profile, set(target.grounds), lang),
        }

    def _shares(self, profile: Profile, lang: str) -> dict[str, Any]:
        green = self._all.green()
        found = {relation: [iri for iri in profile.only(relation) if iri in green] for relation in _RELATIONS}
        names = Names(read_names(self._store, {iri for held in found.values() for iri in held}), lang)
        return {
            relation: {
                "asked": len(profile.only(relation)),
                "green": len(found[relation]),
                "share": _share(len(found[relation]), len(profile.only(relation))),
                "competences": names.shown(found[relation]),
            }
            for relation in _RELATIONS
        }

    def _reachable(self, profile: Profile, own: set[str], lang: str) -> dict[str, Any]:
        """Occupations whose essential skills are held or green, some green one being lacking; then the nearest others.

        Held is what the occupation asks, optional skills included. Looked at is what shares an essential skill.
        """
        held = set(profile.entries)
        rows = select(self._store, "occupations_sharing", shared=iris(profile.only("essential")))
        asked: dict[str, set[str]] = {}
        for row in rows:
            if row["occupation"] not in own:
                asked.setdefault(row["occupation"], set()).add(row["competence"])
        every = (_Move(iri, skills - held, self._all.green()) for iri, skills in asked.items())
        steps = sorted((step for step in every if step.add), key=lambda step: step.order)
        within = [step for step in steps if not step.other]
        nearest = [step for step in steps if step.other][:_NEAREST]
        shown = [*within, *nearest]
        names = Names(read_names(self._store, {item for step in shown for item in (step.iri, *step.lacking)}), lang)
        ours = self._professions(step.iri for step in shown)
        return {
            "reachable": [step.as_json(names, ours) for step in within],
            "nearest": [step.as_json(names, ours) for step in nearest],
        }

    def _professions(self, occupations: Iterable[str]) -> Mapping[str, list[str]]:
        wanted = sorted(set(occupations))
        found: dict[str, list[str]] = {}
        for row in select(self._store, "professions_of_occupations", occupation=iris(wanted)) if wanted else ():
            found.setdefault(row["occupation"], []).append(row["profession"])
        return found


class _Move:
    """From one occupation to another: the green skills to add, and what else is lacking."""

    def __init__(self, iri: str, lacking: set[str], green: frozenset[str]) -> None:
        self.iri, self.lacking = iri, lacking
        self.add, self.other = lacking & green, lacking - green

    @property
    def order(self) -> tuple[int, int, str]:
        """Nearest first: least to learn that is not green, then least to learn."""
        return len(self.other), len(self.add), self.iri

    def as_json(self, names: Names, ours: Mapping[str, list[str]]) -> dict[str, Any]:
        return {
            "id": self.iri,
            "label": names.label(self.iri),
            "professions": sorted(ours.get(self.iri, [])),
            "add": names.shown(self.add),
            "also_lacking": names.shown(self.other),
        }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
