"""Classifications as one browses them: their schemes, what stands above a concept, and what stands below it.

Which concepts stand at the top of a scheme is worked out when the graph is built, for no query finds it fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph_api.rdf.namespaces import SKOS
from graph_api.rdf.terms import ID
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_labels
from graph_api.store.per_version import PerVersion
from graph_api.store.pointing import Pointing
from graph_api.store.queries import Term, iris, select
from graph_api.store.things import Thing, label, read_things, short

_DEEPEST: Final = 20
_LONG: Final = 500
"""From how many concepts on a level is not put in the order of its names."""


@dataclass(frozen=True)
class Concept:
    """A concept or scheme in its place: what it is called, its code, and how many concepts stand below it."""

    iri: str
    label: str
    lang: str | None
    code: str | None = None
    below: int = 0


@dataclass(frozen=True)
class Level:
    """One page of the concepts directly below a concept, or at the top of a scheme."""

    nodes: Sequence[Concept]
    total: int
    offset: int
    size: int
    of_concept: bool = True
    """Whether it is the level below a concept, not the top of a scheme."""

    @property
    def more(self) -> bool:
        """Whether further concepts follow."""
        return self.offset + self.size < self.total


@dataclass(frozen=True)
class Classification:
    """A scheme, how many concepts it has, and at its top; `mapped` says that the graph knows its codes."""

    iri: str
    label: str
    lang: str | None
    concepts: int
    tops: int
    mapped: bool

    @property
    def has_levels(self) -> bool:
        """Whether one can walk down in it; some lists order only a few of their concepts."""
        return 0 < 2 * self.tops <= self.concepts


class Classifications:
    """The classifications of one store, with what is worked out once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._schemes: PerVersion[str, list[Classification]] = PerVersion(store, lambda lang: _schemes(store, lang))
        self._named: PerVersion[tuple[str, str], Concept] = PerVersion(
            store, lambda key: self._nodes([key[0]], key[1])[0]
        )

    def schemes(self, lang: str) -> list[Classification]:
        """All schemes: those with levels first, then plain lists, then those that are only named; the largest first."""
        return self._schemes.get(lang)

    def path(self, thing: Thing, lang: str) -> list[Concept]:
        """From the scheme to what stands directly above the concept; where several do, the first by its address."""
        iri = thing["iri"][0]
        above = self._above(iri, [each for each in thing.get("broader", ()) if each != iri])
        memberships = {iri: thing.get("inScheme", ()), **(_schemes_of(self._store, above) if above else {})}
        scheme = _scheme(memberships, [iri, *above])
        return [*([self._named.get((scheme, lang))] if scheme else []), *self._nodes(above[::-1], lang)]

    def _above(self, iri: str, steps: Sequence[str]) -> list[str]:
        """What stands above a concept that stands directly below these, the nearest first."""
        found: list[str] = []
        while steps and len(found) < _DEEPEST:
            found.append(steps[0])
            rows = select(self._store, "concepts_above", concept=iris([steps[0]]))
            steps = [row["above"] for row in rows if row["above"] not in found and row["above"] != iri]
        return found

    def level(self, pointing: Pointing, lang: str, page: tuple[int, int]) -> Level:
        """A page (size and offset) of what stands directly below a concept, or at the top of a scheme.

        Everything below a concept or in a scheme points at it.

        By code, then by name; a long level in the order of the store, for to read all its names would take too long.
        """
        size, offset = page
        query, parameter, total = _asked(pointing.counts)
        of_concept = parameter == "concept"
        if not total:
            return Level([], 0, offset, size, of_concept)
        long = total > _LONG
        terms: dict[str, Iterable[Term]] = {parameter: iris([pointing.iri])}
        rows = select(self._store, query, page=(size, offset) if long else (_LONG, 0), **terms)
        nodes = self._nodes([row["below"] for row in rows], lang)
        if not long:
            nodes = sorted(nodes, key=lambda node: (node.code or "", node.label.casefold()))[offset : offset + size]
        return Level(self._counted(nodes), total, offset, size, of_concept)

    def _nodes(self, listed: Sequence[str], lang: str) -> list[Concept]:
        if not listed:
            return []
        labels = read_labels(self._store, listed)
        codes = {row["concept"]: row["code"] for row in select(self._store, "codes", concept=iris(listed)) if row}
        found = []
        for iri in listed:
            text, language = label(labels.get(iri, {}), lang)
            found.append(Concept(iri, text or short(iri), language, codes.get(iri)))
        return found

    def _counted(self, nodes: Sequence[Concept]) -> list[Concept]:
        """The nodes with the number of concepts below each."""
        counts = _counts(self._store, [node.iri for node in nodes])
        return [replace(node, below=counts.get(node.iri, 0)) for node in nodes]


def _schemes(store: GraphStore, lang: str) -> list[Classification]:
    rows = select(store, "scheme_sizes")
    things = read_labels(store, [row["scheme"] for row in rows])
    coded = read_things(store, "schemes")
    found = []
    for row in rows:
        text, language = label(things.get(row["scheme"], {}), lang)
        foreign = any(not space.startswith(ID) for space in coded.get(row["scheme"], {}).get("uriSpace", ()))
        size, tops = int(row.get("concepts", 0)), int(row.get("tops", 0))
        found.append(Classification(row["scheme"], text or short(row["scheme"]), language, size, tops, foreign))
    return sorted(found, key=lambda scheme: (not scheme.has_levels, -scheme.concepts, scheme.label.casefold()))


def _schemes_of(store: GraphStore, concepts: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in select(store, "schemes_of", concept=iris(concepts)):
        found.setdefault(row["concept"], []).append(row["scheme"])
    return found


def _scheme(memberships: Mapping[str, Sequence[str]], chain: Sequence[str]) -> str | None:
    """The scheme of the whole way up where there is one, else of the concept itself."""
    own = memberships.get(chain[0], [])
    whole = [scheme for scheme in own if all(scheme in memberships.get(concept, ()) for concept in chain)]
    return next(iter((*whole, *own)), None)


def _asked(counts: Mapping[str, int]) -> tuple[str, str, int]:
    """Which query lists what is below, by which parameter, and how many concepts it will find."""
    below, tops, size = (counts.get(f"{SKOS}{name}", 0) for name in ("broader", "topConceptOf", "inScheme"))
    if below:
        return "concepts_below", "concept", below
    return ("top_concepts", "scheme", tops) if tops else ("scheme_concepts", "scheme", size)


def _counts(store: GraphStore, concepts: Sequence[str]) -> dict[str, int]:
    """For each concept that has some below it, how many."""
    rows = select(store, "below_counts", concept=iris(concepts)) if concepts else []
    return {row["concept"]: int(row["concepts"]) for row in rows if "concept" in row}
