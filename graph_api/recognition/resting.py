"""What rests on a provision: everything that cites it, and the routes that would change with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph_api.rdf.terms import local_name
from graph_api.recognition.law import Reference
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import iris, select
from graph_api.store.things import every, one, read_things


@dataclass(frozen=True)
class Routes:
    """The routes under one regime that rest on a provision, and the question that one of them answers."""

    regime: str
    count: int
    question: Mapping[str, str]


@dataclass(frozen=True)
class Resting:
    """What cites a provision, by class (`Regime`, `Condition`, …), and the routes that rest on it."""

    things: Mapping[str, Sequence[str]]
    routes: Sequence[Routes]


def resting_on(store: GraphStore, reference: Reference, provision: str) -> Resting:
    """Everything that rests on a provision."""
    things: dict[str, list[str]] = {}
    for row in select(store, "rests_on", provision=iris([provision])):
        things.setdefault(local_name(row["kind"]), []).append(row["thing"])
    rows = [row for row in select(store, "routes_resting_on", provision=iris([provision])) if "regime" in row]
    found = {row["regime"]: (int(row["routes"]), row["example"]) for row in rows}
    for regime, (count, example) in _by_national_law(store, reference, things.get("NationalLaw", ())).items():
        found[regime] = max(found.get(regime, (0, "")), (count, example))
    asked = _questions(store, [example for _, example in found.values()])
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return Resting(things, [Routes(regime, count, asked.get(example, {})) for regime, (count, example) in ordered])


def _by_national_law(store: GraphStore, reference: Reference, laws: Sequence[str]) -> dict[str, tuple[int, str]]:
    """By regime, the routes that an answer gives one of these rows of national law for: how many, and one of them."""
    rows = [reference.things[law] for law in laws if law in reference.things]
    regimes = sorted({regime for row in rows for regime in every(row, "ofRegime")})
    if not regimes:
        return {}
    aims = [row for row in select(store, "routes_by_target", regime=iris(regimes)) if "regime" in row]
    professions = (
        read_things(store, "statements", thing=iris(sorted({row["profession"] for row in aims}))) if aims else {}
    )
    found: dict[str, tuple[int, str]] = {}
    for row in aims:
        law = reference.national_law(row["jurisdiction"], row["regime"], professions[row["profession"]])
        if one(law, "iri") in laws:
            count, example = found.get(row["regime"], (0, row["example"]))
            found[row["regime"]] = (count + int(row["routes"]), example)
    return found


def counts_of_act(store: GraphStore, act: str) -> list[tuple[str, str, int]]:
    """The provisions of an act that the tables cite: each with its article, and how many things rest on it."""
    rows = select(store, "provisions_of_act", act=iris([act]))
    found = [row["provision"] for row in rows]
    cited: dict[str, set[str]] = {}
    for row in select(store, "rests_on", provision=iris(found)) if found else ():
        cited.setdefault(row["provision"], set()).add(row["thing"])
    return [(row["provision"], row["article"], len(cited.get(row["provision"], ()))) for row in rows]


def _questions(store: GraphStore, routes: Sequence[str]) -> dict[str, dict[str, str]]:
    """By route, the parameters of a question that it answers; a route from no title of its own asks for none."""
    rows = select(store, "route_question", route=iris(routes)) if routes else ()
    found = {}
    for row in rows:
        asked = {"profession": local_name(row["profession"]), "country": row["host"]}
        if "/qualification/" in row["from"]:
            asked["qualification"] = local_name(row["from"])
        found[row["route"]] = asked
    return found
