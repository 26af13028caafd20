"""Gates and rules tell one story: a route exists exactly where all gates of its regime hold.

Gates explain why a regime is closed; rules derive where it is open. Both are written by hand, so each is tested against
the other, over every qualification and every profession of every host.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pytest
from pyoxigraph import NamedNode, Store

from graph_api.rdf.terms import ID, PAS
from tests.cases import implemented_regimes
from tests.conftest import ROOT

ANYONE = f"{PAS}Anyone"
Pair = tuple[str, str]
NAMES = (
    *("state", "profession", "regulation", "regulates", "requiredLevel", "annexVPoint", "annexIVList", "inGroup"),
    *("europeanProfessionalCard", "degree", "art11Level", "listedAs", "perhapsListedAs", "equatedUnder"),
    *("grantsAccessTo", "trainsFor", "hasParty", "regulatedBy", "specialityListedIn"),
)


@dataclass(frozen=True)
class Facts:
    """The graph as sets, read once."""

    graph: Store

    def of(self, name: str) -> dict[str, frozenset[str]]:
        """Subject -> values of a property of ours, read once."""
        if name not in self._read:
            self._read[name] = self._reading(name)
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, dict[str, frozenset[str]]]:
        return {}

    def _reading(self, name: str) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        quad: Any
        for quad in self.graph.quads_for_pattern(None, NamedNode(PAS + name), None, None):
            found.setdefault(quad.subject.value, set()).add(quad.object.value)
        return {subject: frozenset(values) for subject, values in found.items()}

    def kind(self, name: str) -> list[str]:
        return sorted(iri for iri in self.of("state") if iri.startswith(f"{ID}{name}/"))

    @cached_property
    def qualifications(self) -> list[str]:
        return self.kind("qualification")

    @cached_property
    def places(self) -> list[str]:
        """National professions to which routes lead, and the jurisdictions that decide."""
        decide = self.of("decides")
        hosts = [iri for iri in self.kind("jurisdiction") if "true" in decide.get(iri, ())]
        own = self.of("ownRoutes")
        return [iri for iri in self.kind("national-profession") if iri in own] + hosts

    @cached_property
    def properties(self) -> dict[str, dict[str, frozenset[str]]]:
        return {name: self.of(name) for name in NAMES}

    def get(self, subject: str, name: str) -> frozenset[str]:
        return self.properties[name].get(subject, frozenset())

    def profession(self, place: str) -> str:
        return next(iter(self.get(place, "profession")), "")

    def parties(self, subject: str) -> frozenset[str]:
        states = self.get(subject, "state")
        return frozenset(act for act, parties in self.properties["hasParty"].items() if parties & states)

    def of_place(self, fact: str, place: str) -> frozenset[str]:
        """A fact that only the place decides."""
        profession = self.profession(place)
        simple = {
            "profession.id": frozenset({profession}),
            "profession.annex_v_point": self.get(profession, "annexVPoint"),
            "profession.annex_iv_list": self.get(profession, "annexIVList"),
            "profession.group": self.get(profession, "inGroup"),
            "host.regulation": self.get(place, "regulation"),
            "host.regulates": self.get(place, "regulates"),
            "host.regulated_by": self.get(place, "regulatedBy"),
            "host.required_level": self.get(place, "requiredLevel"),
            "host.state": self.get(place, "state"),
        }
        return self.parties(place) if fact == "host.party" else simple[fact]

    def of_title(self, fact: str, title: str) -> frozenset[str]:
        """A fact that only the title decides."""
        names = {
            "qualification.degree": "degree",
            "qualification.level": "art11Level",
            "qualification.equated_under": "equatedUnder",
            "qualification.grants_access": "grantsAccessTo",
        }
        return self.parties(title) if fact == "home.party" else self.get(title, names[fact])

    def of_pairs(self, fact: str, title: str) -> dict[str, frozenset[str]]:
        """A fact that title and place decide together: for each value the places of which it holds."""
        if fact == "qualification.listing":
            listed, perhaps = self._doing(title, "listedAs"), self._doing(title, "perhapsListedAs")
            return {"yes": listed, "perhaps": perhaps - listed, "no": self.all_places - listed - perhaps}
        if fact == "pair.same_state":
            holds = self.all_places & self.having("state", self.get(title, "state"))
        elif fact == "pair.same_profession":
            holds = self.all_places & self.having("profession", self.get(title, "grantsAccessTo"))
        elif fact == "pair.trained_for":
            trained = self.get(title, "grantsAccessTo") | self.get(title, "trainsFor")
            holds = self.all_places & self.having("profession", trained)
        elif fact == "pair.speciality_listed":
            entries = self.get(title, "listedAs") | self.get(title, "perhapsListedAs")
            listing = [states for entry in entries if (states := self.get(entry, "specialityListedIn"))]
            groups = (found for own, found in self._by_state.items() if all(own <= states for states in listing))
            holds = frozenset().union(*groups)
        else:
            raise KeyError(fact)
        return {"true": holds, "false": self.all_places - holds}

    def _doing(self, title: str, name: str) -> frozenset[str]:
        """The places of the professions that the title stands for."""
        evidence = self.get(title, name)
        return self.all_places & self.having(
            "profession", {it for one in evidence for it in self.get(one, "profession")}
        )

    @cached_property
    def all_places(self) -> frozenset[str]:
        return frozenset(self.places)

    @cached_property
    def _by_state(self) -> dict[frozenset[str], set[str]]:
        found: dict[frozenset[str], set[str]] = {}
        for place in self.places:
            found.setdefault(self.get(place, "state"), set()).add(place)
        return found

    @cache  # noqa: B019
    def _by_value(self, name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for subject, values in self.properties[name].items():
            for value in values:
                found.setdefault(value, set()).add(subject)
        return found

    def having(self, name: str, values: Iterable[str]) -> frozenset[str]:
        """Whatever has one of the values of a property."""
        return frozenset().union(*(self._by_value(name).get(value, ()) for value in values))


@pytest.fixture(scope="module")
def facts(stored: Store) -> Facts:
    return Facts(stored)


@dataclass(frozen=True)
class Gate:
    fact: str
    test: str
    values: frozenset[str]

    def holds(self, known: Iterable[str]) -> bool:
        """The four tests that gates use, on the local names of what is known."""
        names = {value.rsplit("/", 1)[-1].rsplit("#", 1)[-1] for value in known}
        if self.test == "exists":
            return bool(names)
        met = bool(names & self.values)
        return not met if self.test == "is_not" else met


def gates_of(facts: Facts, regime: str) -> list[Gate]:
    tables = {name: facts.of(name) for name in ("ofRegime", "fact", "test", "value")}
    gates = [iri for iri, regimes in tables["ofRegime"].items() if regime in regimes and iri.startswith(f"{ID}gate/")]
    return [_gate(iri, tables) for iri in sorted(gates)]


def _gate(iri: str, tables: dict[str, dict[str, frozenset[str]]]) -> Gate:
    (fact,), (test,) = tables["fact"][iri], tables["test"][iri]
    return Gate(fact, test, tables["value"].get(iri, frozenset()))


def open_by_gates(facts: Facts, regime: str, places: list[str]) -> set[Pair]:
    gates = gates_of(facts, regime)
    of_place = [gate for gate in gates if gate.fact.startswith(("host.", "profession."))]
    of_pair = [gate for gate in gates if gate.fact.startswith("pair.") or gate.fact == "qualification.listing"]
    of_title = [gate for gate in gates if gate not in of_place and gate not in of_pair]
    good = [place for place in places if all(gate.holds(facts.of_place(gate.fact, place)) for gate in of_place)]
    titles = [
        title
        for title in facts.qualifications
        if all(gate.holds(facts.of_title(gate.fact, title)) for gate in of_title)
    ]
    return {(title, place) for title in titles for place in _left(facts, title, frozenset(good), of_pair)}


def _left(facts: Facts, title: str, places: frozenset[str], gates: list[Gate]) -> frozenset[str]:
    """The places that the gates leave to a title."""
    for gate in gates:
        if places:
            told = facts.of_pairs(gate.fact, title)
            places &= frozenset().union(*(found for value, found in told.items() if gate.holds([value])))
    return places


def open_by_rules(facts: Facts, regime: str) -> tuple[set[Pair], bool]:
    """The pairs with a route, counting what anyone may do for every title; and whether routes lead to jurisdictions."""
    routes = {iri for iri, regimes in facts.of("underRegime").items() if regime in regimes}
    starts, ends = facts.of("routeFrom"), facts.of("routeTo")
    titles_of: dict[str, list[str]] = {ANYONE: facts.qualifications}
    pairs: set[Pair] = set()
    for route in routes & starts.keys():
        start, (end,) = min(starts[route]), ends[route]
        if start.startswith((f"{ID}national-profession/", f"{ID}joint-programme/")):
            continue  # a step onward from another state's recognition, or a programme, not a title
        pairs |= {(title, end) for title in titles_of.get(start, [start])}
    return pairs, any(end.startswith(f"{ID}jurisdiction/") for _, end in pairs)


@pytest.mark.long
@pytest.mark.parametrize("regime", list(implemented_regimes(ROOT / "mappings" / "regimes.csv")))
def test_a_route_exists_exactly_where_all_gates_hold(facts: Facts, regime: str) -> None:
    derived, to_jurisdictions = open_by_rules(facts, f"{ID}regime/{regime}")
    kind = "jurisdiction" if to_jurisdictions else "national-profession"
    places = [place for place in facts.places if place.startswith(f"{ID}{kind}/")]
    gated = open_by_gates(facts, f"{ID}regime/{regime}", places)
    assert sorted(derived - gated)[:5] == [], "a route where a gate is shut"
    assert sorted(gated - derived)[:5] == [], "no route though every gate is open"


def test_every_gate_belongs_to_a_regime_that_asks_it(facts: Facts) -> None:
    implemented = {f"{ID}regime/{slug}" for slug in implemented_regimes(ROOT / "mappings" / "regimes.csv")}
    kinds = facts.of("regimeKind")
    gated = {
        regime for gate, regimes in facts.of("ofRegime").items() if gate.startswith(f"{ID}gate/") for regime in regimes
    }
    assert {regime for regime in gated - implemented if "ground" in kinds[regime]} == set()
