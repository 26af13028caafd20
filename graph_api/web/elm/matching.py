"""From an achievement in a credential to the qualifications of the graph that it may be, with a score and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pyoxigraph import NamedNode

from graph_api.errors import BadRequest
from graph_api.search.resolve import Meant, Resolver
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_names
from graph_api.store.queries import select
from graph_api.store.things import LANGUAGES, one
from graph_api.web.elm.reading import Achievement

_MOST: Final = 5
_AGREES: Final = 0.1
"""How much the score gains or loses where country or level agree or not."""


@dataclass(frozen=True)
class Candidate:
    """A qualification that the achievement may be."""

    meant: Meant
    score: float
    reasons: list[str] = field(default_factory=list)
    opens: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The candidate as the answer gives it."""
        return {**self.meant.as_json(), "score": self.score, "reasons": self.reasons, "opens": list(self.opens)}


class Matching:
    """Finds candidates in one store."""

    def __init__(self, store: GraphStore, resolver: Resolver) -> None:
        self._store, self._resolver = store, resolver

    def country(self, iri: str | None) -> tuple[str | None, list[str]]:
        """Our code of a country of the authority table, and its jurisdictions."""
        rows = select(self._store, "country_jurisdictions", country=[NamedNode(iri)]) if iri else []
        return (rows[0]["code"] if rows else None), [row["jurisdiction"] for row in rows]

    def candidates(self, achievement: Achievement, lang: str) -> list[Candidate]:
        """The qualifications that bear such a title in the country of the awarding body, best first.

        A country that is not known is not guessed: then titles of all countries are candidates, and the reasons say so.
        """
        code, places = self.country(achievement.country)
        if achievement.country and not places:
            return []
        found: dict[str, Meant] = {}
        for language, title in achievement.titles.items():
            for meant in self._meant(title, language if language in LANGUAGES else lang, places):
                if meant.score > (found[meant.id].score if meant.id in found else 0.0):
                    found[meant.id] = meant
        things = read_names(self._store, found)
        levels = {iri: one(thing, "eqfLevel") for iri, thing in things.items()}
        made = [self._judged(meant, achievement, code, levels.get(meant.id)) for meant in found.values()]
        return sorted(made, key=lambda each: (-each.score, each.meant.slug))[:_MOST]

    def _meant(self, title: str, lang: str, places: Sequence[str]) -> list[Meant]:
        try:
            return self._resolver.qualifications(title[:200], lang, places)
        except BadRequest:
            return []  # a title without a letter names nothing

    def _judged(self, meant: Meant, achievement: Achievement, code: str | None, level: str | None) -> Candidate:
        reasons = [f"title: {meant.why['how']} match of '{meant.why['label']}'"]
        reasons.append(f"country: {code}" if code else "country: not said in the credential")
        score = meant.score
        if achievement.eqf_level and level:
            agrees = int(level) == achievement.eqf_level
            score += _AGREES if agrees else -_AGREES
            reasons.append(f"EQF level: {level}" + ("" if agrees else f", the credential says {achievement.eqf_level}"))
        return Candidate(meant, round(max(0.0, min(score, 1.0)), 4), reasons, tuple(self._resolver.opened_by(meant.id)))


def as_json(achievement: Achievement) -> dict[str, Any]:
    """What was read, as the answer gives it."""
    return asdict(achievement)
