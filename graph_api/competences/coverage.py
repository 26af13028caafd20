"""What titles and occupations give, by ESCO competence, and how much of one stands in another.

The rules of credit, in one place; `docs/competences.md` says them in words:

- a match that says *exact*, *close* or *narrow* gives the whole competence, *broad* gives half of it, because the
  outcome is only a part of that skill;
- a competence that only some holders have (*optional*) counts half;
- a skill one or more steps narrower or wider in ESCO's hierarchy earns half of what the skill itself would earn;
- credit is what is held over what is asked, and never more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import Row, iris, select

Relation = Literal["essential", "optional"]
How = Literal["same", "narrower", "broader"]

PART: Final[Mapping[str, float]] = {"exactMatch": 1.0, "closeMatch": 1.0, "narrowMatch": 1.0, "broadMatch": 0.5}
"""How much of a competence a match of this kind gives."""
OPTIONAL: Final = 0.5
NEAR: Final[Mapping[How, float]] = {"same": 1.0, "narrower": 0.5, "broader": 0.5}
POLICY: Final[Mapping[str, float]] = {**PART, "optional": OPTIONAL, "narrower": 0.5, "broader": 0.5}
"""The factors as an answer shows them."""
_ORDER: Final[Mapping[How, int]] = {"same": 0, "narrower": 1, "broader": 2}


@dataclass(frozen=True)
class Entry:
    """One competence in a profile: whether every holder has it, how much of it, how surely."""

    relation: Relation
    part: float
    confidence: float

    @property
    def strength(self) -> float:
        """How much of the competence a holder is sure to have."""
        return self.part * (1.0 if self.relation == "essential" else OPTIONAL)


@dataclass(frozen=True)
class Profile:
    """The competences of a title, of several titles together, or of an occupation."""

    iri: str
    entries: Mapping[str, Entry] = field(default_factory=dict)
    above: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Competence -> the wider skills above it; empty where no hierarchy is loaded."""

    def only(self, relation: Relation) -> list[str]:
        """The competences of one relation, sorted."""
        return sorted(iri for iri, entry in self.entries.items() if entry.relation == relation)


@dataclass(frozen=True)
class Credit:
    """How far one asked competence is held, through which held one, and how surely."""

    value: float
    how: How | None = None
    by: str | None = None
    confidence: float = 0.0


NOTHING: Final = Credit(0.0)


def profiles_from(rows: Iterable[Row], qualifications: Sequence[str]) -> dict[str, Profile]:
    """The profiles that rows of `competence_matches` describe; a title without a row has an empty one.

    Of several matches with one competence, essential wins over optional, then the larger part, then the surer.
    """
    found: dict[str, dict[str, Entry]] = {iri: {} for iri in qualifications}
    for row in rows:
        relation: Relation = "essential" if row["relation"] == "essential" else "optional"
        entry = Entry(relation, PART[local_name(row["predicate"])], float(row["confidence"]))
        held = found[row["qualification"]]
        held[row["competence"]] = _better(held.get(row["competence"]), entry)
    return {iri: Profile(iri, entries) for iri, entries in found.items()}


def _better(known: Entry | None, entry: Entry) -> Entry:
    if known is None:
        return entry
    return max(known, entry, key=lambda item: (item.relation == "essential", item.part, item.confidence))


def read_profiles(store: GraphStore, qualifications: Sequence[str]) -> dict[str, Profile]:
    """The profiles of titles, with the skills above theirs."""
    if not qualifications:
        return {}
    rows = select(store, "competence_matches", qualification=iris(qualifications))
    found = profiles_from(rows, qualifications)
    above = read_above(store, {competence for profile in found.values() for competence in profile.entries})
    return {iri: with_above(profile, above) for iri, profile in found.items()}


def read_above(store: GraphStore, competences: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each competence the wider skills above it."""
    wanted = sorted(set(competences))
    found: dict[str, set[str]] = {}
    for row in select(store, "broader_skills", competence=iris(wanted)) if wanted else ():
        found.setdefault(row["competence"], set()).add(row["above"])
    return {competence: frozenset(above) for competence, above in found.items()}


def with_above(profile: Profile, above: Mapping[str, frozenset[str]]) -> Profile:
    """The profile with its part of the hierarchy."""
    return Profile(profile.iri, profile.entries, {iri: above[iri] for iri in profile.entries if iri in above})


def together(iri: str, profiles: Sequence[Profile]) -> Profile:
    """One profile for several: essential is what most of them make essential, optional is the rest."""
    entries: dict[str, Entry] = {}
    for competence in sorted({found for profile in profiles for found in profile.entries}):
        held = [profile.entries[competence] for profile in profiles if competence in profile.entries]
        firm = [entry for entry in held if entry.relation == "essential"]
        essential = 2 * len(firm) > len(profiles)
        best = max(firm or held, key=lambda entry: (entry.part, entry.confidence))
        entries[competence] = Entry("essential" if essential else "optional", best.part, best.confidence)
    above = {competence: found for profile in profiles for competence, found in profile.above.items()}
    return Profile(iri, entries, above)


def credit(held: Profile, asked: Profile, competence: str) -> Credit:
    """How far the held profile covers one competence of the asked one: the best that any held competence earns."""
    wanted = asked.entries[competence]
    if competence in held.entries:
        same = _earned(held, competence, "same", wanted)
        if same.value == 1.0:
            return same
    earned = [_earned(held, iri, how, wanted) for iri, how in _near(held, asked, competence)]
    return min(earned, key=_preference, default=NOTHING)


def _near(held: Profile, asked: Profile, competence: str) -> Iterable[tuple[str, How]]:
    """What is held of the competence itself, below it and above it."""
    if competence in held.entries:
        yield competence, "same"
    for iri, above in held.above.items():
        if competence in above:
            yield iri, "narrower"
    for iri in asked.above.get(competence, ()):
        if iri in held.entries:
            yield iri, "broader"


def _earned(held: Profile, iri: str, how: How, wanted: Entry) -> Credit:
    entry = held.entries[iri]
    value = min(1.0, entry.strength / wanted.strength) * NEAR[how]
    return Credit(value, how, iri, min(entry.confidence, wanted.confidence))


def _preference(item: Credit) -> tuple[float, int, float, str]:
    """Most credit first; then the competence itself before narrower and wider ones, the surer, the first by address."""
    return -item.value, _ORDER[item.how or "same"], -item.confidence, item.by or ""


@dataclass(frozen=True)
class Coverage:
    """How much of an asked profile is held: the credit of each asked competence of one relation."""

    credits: Mapping[str, Credit]

    @property
    def share(self) -> float | None:
        """The mean credit; None where nothing is asked."""
        return _mean([item.value for item in self.credits.values()])

    @property
    def sure(self) -> float | None:
        """The mean of credit times confidence."""
        return _mean([item.value * item.confidence for item in self.credits.values()])

    @property
    def covered(self) -> list[str]:
        """What is held entirely."""
        return sorted(iri for iri, item in self.credits.items() if item.value == 1.0)

    @property
    def partly(self) -> list[str]:
        """What is held in part."""
        return sorted(iri for iri, item in self.credits.items() if 0.0 < item.value < 1.0)

    @property
    def missing(self) -> list[str]:
        """What is not held at all."""
        return sorted(iri for iri, item in self.credits.items() if item.value == 0.0)

    def as_json(self) -> dict[str, Any]:
        """The figures as answers show them."""
        return {
            "asked": len(self.credits),
            "covered": len(self.covered),
            "partly": len(self.partly),
            "missing": len(self.missing),
            "coverage": self.share,
            "confident_coverage": self.sure,
        }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def coverage(held: Profile, asked: Profile, relation: Relation) -> Coverage:
    """How much of the asked profile's competences of one relation the held one covers."""
    return Coverage({iri: credit(held, asked, iri) for iri in asked.only(relation)})


def extra(held: Profile, asked: Profile) -> list[str]:
    """What is held beyond what is asked: neither asked itself nor narrower or wider than something asked."""
    used = set(asked.entries)
    used |= {iri for iri, above in held.above.items() if not above.isdisjoint(asked.entries)}
    used |= {iri for above in asked.above.values() for iri in above}
    return sorted(set(held.entries) - used)
