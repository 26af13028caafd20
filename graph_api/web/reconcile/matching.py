"""A name, an identifier or values of properties -> candidates, best first, with a score from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from graph_api.errors import BadRequest
from graph_api.rdf.terms import local_name
from graph_api.search.index import LONGEST_QUERY, Hit
from graph_api.search.stemming import fold
from graph_api.store.kept_things import read_names
from graph_api.store.things import called
from graph_api.web.reconcile.entities import identifier, iri_of, kind_of
from graph_api.web.reconcile.properties import Door, Settings, Value, is_way, values

MOST_CANDIDATES: Final = 50
_USUAL: Final = 5
_LOOKED_AT: Final = 25
"""How many hits are held against conditions, when there are any."""


@dataclass(frozen=True)
class Condition:
    """A property whose values are compared; a candidate that fails a required one is left out."""

    property: str
    values: tuple[str, ...]
    required: bool = False
    quantifier: Literal["any", "all", "none"] = "any"


@dataclass(frozen=True)
class Wanted:
    """One row of a spreadsheet: its text, or identifiers, of which types, and what else is known."""

    text: str = ""
    ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    limit: int = _USUAL


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant; `match` where it is surely the one."""

    id: str
    name: str
    lang: str
    kind: str
    score: float
    match: bool
    matched: str
    """The label that resembled the text."""
    features: dict[str, float | bool] = field(default_factory=dict)


def candidates(door: Door, wanted: Wanted, lang: str) -> list[Candidate]:
    """The things that may be meant, best first. A sure match is an identifier, or the only whole label that fits."""
    for condition in wanted.conditions:
        if is_way(condition.property):
            raise BadRequest("properties", f"'{condition.property}' is fetched, not matched; extend what was matched")
    found = [*_identified(door, wanted, lang), *_searched(door, wanted, lang)]
    first = {candidate.id: candidate for candidate in reversed(found)}
    ordered = sorted(first.values(), key=lambda candidate: (-candidate.score, candidate.id))
    held = list(_held(door, ordered, wanted.conditions, lang)) if wanted.conditions else ordered
    held.sort(key=lambda candidate: (-candidate.score, candidate.id))
    return held[: max(1, min(wanted.limit, MOST_CANDIDATES))]


def _identified(door: Door, wanted: Wanted, lang: str) -> Iterable[Candidate]:
    known = {iri: text for text in (wanted.text.strip(), *wanted.ids) if (iri := iri_of(text))}
    names = read_names(door.services.store, known)
    for iri in known:
        own = identifier(iri)
        if own and iri in names and kind_of(iri) in wanted.kinds:
            name, language = called(names, iri, lang)
            yield Candidate(own, name, language or lang, kind_of(iri), 100.0, True, own)


def _searched(door: Door, wanted: Wanted, lang: str) -> list[Candidate]:
    text = wanted.text or " ".join(value for condition in wanted.conditions for value in condition.values[:1])
    if not fold(text):
        return []
    limit = _LOOKED_AT if wanted.conditions else min(max(wanted.limit, 2), MOST_CANDIDATES)
    hits = (
        door.services.index.current().search(text[:LONGEST_QUERY], kinds=wanted.kinds, lang=lang, limit=limit).results
    )
    sure = [hit for hit in hits if hit.matched.how == "exact"]
    return [
        _candidate(hit, own, match=len(sure) == 1 and hit is sure[0])
        for hit in hits
        if (own := identifier(hit.id)) is not None
    ]


def _candidate(hit: Hit, own: str, *, match: bool) -> Candidate:
    score = round(100 * max(0.0, min(1.0, hit.score)), 2)
    features: dict[str, float | bool] = {"label": score, "exact": hit.matched.how == "exact"}
    return Candidate(own, hit.label, hit.lang, hit.kind, score, match, hit.matched.label, features)


def _held(door: Door, found: Sequence[Candidate], conditions: Sequence[Condition], lang: str) -> Iterable[Candidate]:
    """The candidates held against the conditions: each that fails costs its share of half the score."""
    asked = [(condition.property, Settings(content="outcome")) for condition in conditions]
    cells = values(door, [candidate.id for candidate in found], asked, lang, "")
    for candidate in found:
        fits = [_fits(condition, cells[candidate.id][condition.property]) for condition in conditions]
        if any(condition.required and not fit for condition, fit in zip(conditions, fits, strict=True)):
            continue
        share = sum(fits) / len(fits)
        features = {**candidate.features, **{c.property: fit for c, fit in zip(conditions, fits, strict=True)}}
        score = round(candidate.score * (1 + share) / 2, 2)
        yield replace(candidate, score=score, match=candidate.match and share == 1, features=features)


def _fits(condition: Condition, cells: Sequence[Value]) -> bool:
    said = {folded for cell in cells for folded in _texts(cell)}
    hits = [bool(said & {fold(value), fold(local_name(value))}) for value in condition.values]
    match condition.quantifier:
        case "all":
            return all(hits)
        case "none":
            return not any(hits)
        case _:
            return any(hits)


def _texts(cell: Value) -> Iterable[str]:
    for value in cell.values():
        yield fold(str(value))
        yield fold(local_name(str(value)))


def as_text(value: Any) -> str:
    """The value of a condition as text: a cell that was reconciled counts by its identifier."""
    return str(value.get("id", "")) if isinstance(value, dict) else str(value)
