"""What is known before a title is read: titles, and clues, each a name in a language that stands for professions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from graph_api.rdf.languages import LANGUAGES
from graph_api.rdf.terms import kind_and_slug
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, one, read_things

Method = Literal["profession", "title", "classification", "code"]
"""By what kind of evidence: names of our professions, titles of other states, labels of classifications, codes."""

_BATCH: Final = 500
_RELATIONS: Final = ("exactMatch", "closeMatch", "narrowMatch", "broadMatch")
_STRENGTH: Final[Mapping[str, float]] = {
    "exactMatch": 1.0,
    "closeMatch": 0.95,
    "narrowMatch": 1.0,
    "narrower": 0.95,
    "broadMatch": 0.6,
}
"""How surely the name of a concept stands for a profession that is matched with it: a narrower one wholly, a wider one
among others."""
_OF_CODES: Final = (*_RELATIONS, "relatedMatch")
_WEAKEST: Final = 0.5


@dataclass(frozen=True)
class Title:
    """A title as its state or register names it."""

    iri: str
    texts: tuple[tuple[str, str], ...]
    """Each name with its language."""
    state: str
    opens: frozenset[str]
    """The professions that our tables say it opens."""
    only_trains: bool
    """Whether our tables say that it trains for a profession that it does not open."""
    level: int | None
    """Its highest level in the European framework; None where it is not known."""
    concepts: tuple[tuple[str, str], ...]
    """The concepts of other classifications that it is tied to, each with the relation."""


@dataclass(frozen=True)
class Clue:
    """A name that stands for professions, or for an occupation of ESCO."""

    text: str
    lang: str
    method: Method
    targets: frozenset[str]
    """The professions, or the one occupation, that it stands for."""
    strength: float
    of: str
    """Whose name it is."""
    state: str = ""
    """The state whose law or curators gave it; empty where it is of none."""


@dataclass(frozen=True)
class Knowledge:
    """All titles and clues of one graph, and by concept the professions that it leads to."""

    titles: tuple[Title, ...]
    clues: tuple[Clue, ...]
    reached: Mapping[str, Mapping[str, float]]
    """By concept, the professions with which official tables tie it, and how strongly."""
    listed: frozenset[str]
    """The professions of Annex V, whose titles the directive lists one by one."""


def read_knowledge(store: GraphStore) -> Knowledge:
    """Everything that a reading rests on, in a fixed order."""
    titles = tuple(_titles(read_things(store, "map_titles")))
    named = read_things(store, "map_names")
    reached = _reached(store, named)
    labels = _labels(store, reached)
    occupations = read_things(store, "map_occupations")
    clues = [*_own_names(named), *_of_titles(titles), *_of_concepts(labels, reached), *_of_occupations(occupations)]
    listed = frozenset(iri for iri, thing in named.items() if "annexVPoint" in thing)
    return Knowledge(titles, tuple(clues), reached, listed)


def _titles(found: Mapping[str, Thing]) -> Iterator[Title]:
    for iri, thing in sorted(found.items()):
        texts = tuple((text, lang) for lang in LANGUAGES for text in thing.get(f"prefLabel@{lang}", ()))
        opens = frozenset(thing.get("grantsAccessTo", ()))
        concepts = tuple((concept, name) for name in _OF_CODES for concept in thing.get(name, ()))
        level = max(map(int, thing.get("eqfLevel", ())), default=None)
        if texts:
            yield Title(iri, texts, one(thing, "state") or "", opens, "trainsFor" in thing, level, concepts)


def _own_names(named: Mapping[str, Thing]) -> Iterator[Clue]:
    """The names of professions, and those that they have in the law of each state."""
    for iri, thing in sorted(named.items()):
        professions = frozenset(thing.get("profession", (iri,)))
        for lang in LANGUAGES:
            for role in ("prefLabel", "altLabel", "hiddenLabel"):
                for text in thing.get(f"{role}@{lang}", ()):
                    yield Clue(text, lang, "profession", professions, 1.0, iri, one(thing, "state") or "")


def _of_titles(titles: Iterable[Title]) -> Iterator[Clue]:
    for title in titles:
        if title.opens:
            for text, lang in title.texts:
                yield Clue(text, lang, "title", title.opens, 1.0, title.iri, title.state)


def _of_concepts(labels: Mapping[str, Thing], reached: Mapping[str, Mapping[str, float]]) -> Iterator[Clue]:
    for iri, thing in sorted(labels.items()):
        for profession, strength in sorted(reached[iri].items()):
            for text, lang in _names(thing):
                yield Clue(text, lang, "classification", frozenset([profession]), strength, iri)


def _of_occupations(occupations: Mapping[str, Thing]) -> Iterator[Clue]:
    for iri, thing in sorted(occupations.items()):
        for text, lang in _names(thing):
            yield Clue(text, lang, "classification", frozenset([iri]), 1.0, iri)


def _names(thing: Thing) -> Iterator[tuple[str, str]]:
    for lang in LANGUAGES:
        for text in dict.fromkeys([*thing.get(f"prefLabel@{lang}", ()), *thing.get(f"altLabel@{lang}", ())]):
            yield text, lang


def _reached(store: GraphStore, named: Mapping[str, Thing]) -> Mapping[str, Mapping[str, float]]:
    """By concept, the professions matched with it by our tables or, one step on, by official ones or as their jobs."""
    reached: dict[str, dict[str, float]] = {}
    for iri, thing in named.items():
        if (kind_and_slug(iri) or ("", ""))[0] == "profession":
            for name in _RELATIONS:
                for concept in thing.get(name, ()):
                    _keep(reached, concept, iri, _STRENGTH[name])
    first = {concept: dict(professions) for concept, professions in reached.items()}
    for rows in _batches(store, "map_concepts", sorted(first)):
        for row in rows:
            relation = row["predicate"].rpartition("#")[2]
            for profession, strength in first[row["concept"]].items():
                if row["other"] not in named:
                    _keep(reached, row["other"], profession, strength * _STRENGTH[relation])
    return reached


def _keep(reached: dict[str, dict[str, float]], concept: str, profession: str, strength: float) -> None:
    if strength >= _WEAKEST:
        professions = reached.setdefault(concept, {})
        professions[profession] = max(professions.get(profession, 0.0), strength)


def _labels(store: GraphStore, concepts: Iterable[str]) -> Mapping[str, Thing]:
    found: dict[str, Thing] = {}
    wanted = sorted(concepts)
    for start in range(0, len(wanted), _BATCH):
        found |= read_things(store, "map_labels", thing=iris(wanted[start : start + _BATCH]))
    return found


def _batches(store: GraphStore, query: str, concepts: list[str]) -> Iterator[list[dict[str, str]]]:
    for start in range(0, len(concepts), _BATCH):
        yield select(store, query, concept=iris(concepts[start : start + _BATCH]))
