"""A code in other schemes: chains of mappings, through third vocabularies where need be, each step with its reason.

The schemes come from the graph (`mappings/schemes.csv`), the mappings from the crosswalk tables and from imported
releases. `docs/competences.md` says how steps are joined and how strong a chain is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import quote

import pyoxigraph

from graph_api.competences.profiles import Names
from graph_api.errors import BadRequest, UnknownIdentifier
from graph_api.rdf.terms import local_name
from graph_api.store.graph_store import GraphStore
from graph_api.store.kept_things import read_names
from graph_api.store.per_version import Current
from graph_api.store.queries import Row, iris, select
from graph_api.store.things import label, one, read_things

Relation = Literal["exact", "close", "broad", "narrow", "related"]
STRENGTH: Final[Mapping[Relation, float]] = {"exact": 1.0, "close": 0.8, "narrow": 0.6, "broad": 0.6, "related": 0.3}
_FALLS_BACK: Final[Mapping[Relation, Relation]] = {"broad": "narrow", "narrow": "broad"}
_ORDER: Final[Sequence[Relation]] = ("exact", "close", "narrow", "broad", "related")
_DECIDED_BY: Final[Mapping[str, str]] = {
    "ManualMappingCuration": "person",
    "MappingReview": "person",
    "UnspecifiedMatching": "not_said",
}
"""How a mapping was justified -> who decided; every other justification names a method of a program."""
MOST_STEPS: Final = 4
_JOINED: Final[Mapping[tuple[Relation, Relation], Relation]] = {
    ("close", "close"): "close",
    ("close", "broad"): "broad",
    ("broad", "close"): "broad",
    ("broad", "broad"): "broad",
    ("close", "narrow"): "narrow",
    ("narrow", "close"): "narrow",
    ("narrow", "narrow"): "narrow",
    ("narrow", "broad"): "related",
    ("related", "close"): "related",
    ("close", "related"): "related",
}


def join(first: Relation, then: Relation) -> Relation | None:
    """What two steps say together; None where they say nothing, as up to a group and down to another of its members.

    >>> join("broad", "close"), join("broad", "narrow")
    ('broad', None)
    """
    if first == "exact":
        return then
    return first if then == "exact" else _JOINED.get((first, then))


@dataclass(frozen=True)
class Scheme:
    """A classification: what it is called in addresses, how its concepts' addresses begin, which country keeps it."""

    iri: str
    slug: str
    space: str
    places: frozenset[str]
    names: Mapping[str, list[str]] = field(compare=False, hash=False)


class Schemes:
    """The schemes that the graph describes."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._kept: Current[Mapping[str, Scheme]] = Current(store, self._read)

    def all(self) -> Mapping[str, Scheme]:
        """Every scheme, by slug."""
        return self._kept.get()

    def _read(self) -> Mapping[str, Scheme]:
        found = {}
        for iri, item in sorted(read_things(self._store, "schemes").items()):
            slug, space = one(item, "identifier"), one(item, "uriSpace")
            if slug and space:
                found[slug] = Scheme(iri, slug, space, frozenset(item.get("inJurisdiction", ())), item)
        return found

    def named(self, slug: str, parameter: str) -> Scheme:
        """The scheme of that name. Raises BadRequest."""
        found = self.all().get(slug)
        if found is None:
            known = ", ".join(sorted(self.all()))
            raise BadRequest(parameter, f"'{slug}' is no scheme of this graph; write one of {known}")
        return found

    def of(self, iri: str) -> Scheme | None:
        """The scheme that the concept's address belongs to: the one with the longest fitting beginning."""
        fitting = [scheme for scheme in self.all().values() if iri.startswith(scheme.space)]
        return max(fitting, key=lambda scheme: len(scheme.space), default=None)


@dataclass(frozen=True)
class Stated:
    """One mapping as its table or release states it, seen from the concept that the walk comes from."""

    mapping: str
    start: str
    end: str
    relation: Relation
    refused: bool
    backwards: bool
    confidence: float | None
    said: Row = field(compare=False, hash=False)

    @property
    def strength(self) -> float:
        """How much the mapping says: its relation times the confidence in it."""
        return round(STRENGTH[self.relation] * (1.0 if self.confidence is None else self.confidence), 3)

    @property
    def decided_by(self) -> str:
        """`person`, `program`, or `not_said`."""
        return _DECIDED_BY.get(local_name(self.said.get("justification", "UnspecifiedMatching")), "program")

    def as_json(self) -> dict[str, Any]:
        """As answers show it."""
        return {
            "mapping": self.mapping,
            "from": self.start,
            "to": self.end,
            "predicate": f"{self.relation}Match",
            "stated_backwards": self.backwards,
            "refused": self.refused,
            "confidence": self.confidence,
            "strength": self.strength,
            "decided_by": self.decided_by,
            "justification": self.said.get("justification"),
            "author": self.said.get("author"),
            "reviewer": self.said.get("reviewer"),
            "reason": self.said.get("comment"),
            "graph": self.said.get("graph"),
        }


@dataclass(frozen=True)
class Link:
    """From one concept to another: the record that counts or refuses, and every record of the pair."""

    chosen: Stated
    records: Sequence[Stated] = field(compare=False, hash=False)

    def as_json(self) -> dict[str, Any]:
        """As answers show it."""
        others = [record.as_json() for record in self.records if record is not self.chosen]
        return {**self.chosen.as_json(), "other_records": others}


@dataclass(frozen=True)
class Chain:
    """Steps from the start to a concept, what they say together, and the strength of the weakest."""

    end: str
    relation: Relation = "exact"
    strength: float = 1.0
    steps: tuple[Link, ...] = ()

    def then(self, step: Link) -> Chain | None:
        """The chain with one step more; None where the steps would say nothing together."""
        relation = join(self.relation, step.chosen.relation)
        if relation is None:
            return None
        strength = min(self.strength, step.chosen.strength)
        return Chain(step.chosen.end, relation, strength, (*self.steps, step))

    @property
    def order(self) -> tuple[float, int, int, tuple[str, ...]]:
        """Strongest first, then shortest, then closest, then by address."""
        path = tuple(step.chosen.end for step in self.steps)
        return -self.strength, len(self.steps), _ORDER.index(self.relation), path


class Crosswalk:
    """Walks the mappings of one store."""

    def __init__(self, store: GraphStore, schemes: Schemes) -> None:
        self._store, self._schemes = store, schemes

    def walk(self, scheme: str, code: str, to: str | None, lang: str, limit: int) -> dict[str, Any]:
        """The strongest chain from a code to each concept that mappings lead to; refusals of the code stand apart.

        Raises BadRequest for a scheme that is not known, UnknownIdentifier where no mapping speaks of the code.
        """
        start_scheme = self._schemes.named(scheme, "scheme")
        aim = self._schemes.named(to, "to") if to else None
        start = self._start(start_scheme, code)
        chains, refused = strongest_chains(start, self._steps_from)
        if not chains and not refused:
            raise UnknownIdentifier(f"mapped code of {scheme}", code)
        arrived = (chain for chain in chains if aim is None or self._schemes.of(chain.end) == aim)
        found = sorted(arrived, key=lambda chain: chain.order)
        wanted = found[:limit]
        ends = {step.chosen.end for step in (*refused, *(step for chain in wanted for step in chain.steps))}
        names = Names(read_names(self._store, {start, *ends}), lang)
        return {
            "from": {"id": start, "scheme": scheme, "code": code, "label": names.label(start)},
            "to": to,
            "most_steps": MOST_STEPS,
            "total": len(found),
            "results": [self._chain_json(chain, names) for chain in wanted],
            "refused": [{"label": names.label(step.chosen.end), **step.as_json()} for step in refused],
        }

    def _start(self, scheme: Scheme, code: str) -> str:
        """The concept with the code: at its address, or by its notation where the address has no code in it."""
        by_address = scheme.space + quote(code, safe="-._~")
        if not select(self._store, "mapping_steps", concept=iris([by_address])):
            rows = select(self._store, "concepts_with_code", scheme=iris([scheme.iri]), code=[pyoxigraph.Literal(code)])
            if rows:
                return rows[0]["concept"]
        return by_address

    def _steps_from(self, frontier: Sequence[str]) -> tuple[list[Link], list[Link]]:
        """The steps that lead on from the concepts, and what was refused of them; two queries for all of them."""
        rows = select(self._store, "mapping_steps", concept=iris(frontier))
        above = select(self._store, "concepts_above", concept=iris(frontier))
        return steps_of([*records_from(rows, frontier), *_upwards(above)])

    def _chain_json(self, chain: Chain, names: Names) -> dict[str, Any]:
        scheme = self._schemes.of(chain.end)
        return {
            "id": chain.end,
            "label": names.label(chain.end),
            "scheme": scheme.slug if scheme else None,
            "code": chain.end[len(scheme.space) :] if scheme else None,
            "predicate": f"{chain.relation}Match",
            "strength": chain.strength,
            "weakest": min(chain.steps, key=lambda step: step.chosen.strength).chosen.mapping,
            "steps": [
                {"label": names.label(step.chosen.end), "from_label": names.label(step.chosen.start), **step.as_json()}
                for step in chain.steps
            ],
        }

    def schemes_json(self, lang: str) -> list[dict[str, Any]]:
        """The schemes that can be asked for."""
        return [
            {"slug": slug, "id": scheme.iri, "label": label(scheme.names, lang)[0], "uri_space": scheme.space}
            for slug, scheme in sorted(self._schemes.all().items())
        ]


def records_from(rows: Iterable[Row], frontier: Sequence[str]) -> list[Stated]:
    """The mappings as seen from each end that lies in the frontier; read backwards, narrow and broad change places."""
    found = []
    starts = frozenset(frontier)
    for row in rows:
        for backwards, start, end in ((False, row["subject"], row["object"]), (True, row["object"], row["subject"])):
            if start in starts:
                found.append(_record(row, start, end, backwards))
    return found


def _record(row: Row, start: str, end: str, backwards: bool) -> Stated:
    relation = _relation(row["predicate"])
    if backwards:
        relation = _FALLS_BACK.get(relation, relation)
    confidence = float(row["confidence"]) if "confidence" in row else None
    return Stated(row["mapping"], start, end, relation, row.get("modifier") == "Not", backwards, confidence, row)


def _relation(predicate: str) -> Relation:
    name = local_name(predicate).removesuffix("Match")
    return next((relation for relation in _ORDER if relation == name), "related")


def _upwards(rows: Iterable[Row]) -> list[Stated]:
    """One step up a scheme's own hierarchy: the group is broader. Down again would lead to mere neighbours."""
    return [Stated(row["above"], row["concept"], row["above"], "broad", False, False, None, _HIERARCHY) for row in rows]


_HIERARCHY: Final[Row] = {
    "justification": "http://www.w3.org/2004/02/skos/core#broader",
    "comment": "the group that holds it in its own scheme",
}


def steps_of(records: Iterable[Stated]) -> tuple[list[Link], list[Link]]:
    """One step for each pair of concepts, and the refusals.

    Where persons decided on a pair, the strongest of their records counts, else the strongest of all. A refused
    relation is not walked, whoever else states it; the refusal and the statement are both shown.
    """
    pairs: dict[tuple[str, str], list[Stated]] = {}
    for record in sorted(set(records), key=lambda record: (record.mapping, record.start, record.end)):
        pairs.setdefault((record.start, record.end), []).append(record)
    steps: list[Link] = []
    refused: list[Link] = []
    for _, held in sorted(pairs.items()):
        denied = {record.relation for record in held if record.refused}
        refused += [Link(record, held) for record in held if record.refused]
        stated = [record for record in held if not record.refused and record.relation not in denied]
        stated = [record for record in stated if record.decided_by == "person"] or stated
        if stated:
            chosen = min(stated, key=lambda record: (-record.strength, _ORDER.index(record.relation), record.mapping))
            steps.append(Link(chosen, held))
    return steps, refused


StepsFrom = Callable[[Sequence[str]], tuple[list[Link], list[Link]]]
"""Gives the steps that lead on from concepts, and the refusals of them."""


def strongest_chains(start: str, steps_from: StepsFrom, most_steps: int = MOST_STEPS) -> tuple[list[Chain], list[Link]]:
    """To each concept within so many steps the chain whose weakest step is strongest, the shortest of equals.

    What a chain says decides where it may go on,
    so the strongest is kept for each concept and relation. Also gives the refusals at the start.
    """
    known: dict[str, list[Link]] = {}
    refused: list[Link] = []
    kept: dict[tuple[str, Relation], Chain] = {}
    frontier = [Chain(start)]
    for _ in range(most_steps):
        unread = sorted({chain.end for chain in frontier} - set(known))
        if unread:
            steps, denied = steps_from(unread)
            known |= {concept: [step for step in steps if step.chosen.start == concept] for concept in unread}
            refused += [step for step in denied if step.chosen.start == start]
        frontier = _longer(frontier, known, kept, start)
    best: dict[str, Chain] = {}
    for chain in kept.values():
        if chain.end not in best or chain.order < best[chain.end].order:
            best[chain.end] = chain
    return list(best.values()), refused


def _longer(
    frontier: Iterable[Chain],
    known: Mapping[str, Sequence[Link]],
    kept: dict[tuple[str, Relation], Chain],
    start: str,
) -> list[Chain]:
    """The chains one step longer that are stronger than those kept for the same concept and relation."""
    found: dict[tuple[str, Relation], Chain] = {}
    for chain in frontier:
        for step in known[chain.end]:
            longer = chain.then(step)
            if longer is None or longer.end == start:
                continue
            key = (longer.end, longer.relation)
            before = kept.get(key)
            rival = found.get(key)
            if (before is None or longer.strength > before.strength) and (rival is None or longer.order < rival.order):
                found[key] = longer
    kept |= found
    return sorted(found.values(), key=lambda chain: chain.order)
