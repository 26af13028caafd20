"""How many path answers hang on a thing: pairs of a title and a place whose standing route rests on it.

A route counts once for each title that it can start from: the title itself, the titles of a profession at home or of a
listed evidence, and for a route open to anyone the titles that open the profession somewhere. What a national
profession brings into an answer (its procedure with its steps, its authority, its act) weighs as much as the routes
that lead there, a profession as much as its national ones, a title as much as the routes from its home profession too.
On a suggestion that a title opens a profession hangs one answer for each place that organises that profession.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from graph_api.rdf.terms import PAS, local_name
from graph_api.review.facts import Fact
from graph_api.store.graph_store import GraphStore
from graph_api.store.queries import select

_ANYONE = f"{PAS}Anyone"
Links = Mapping[str, Mapping[str, list[str]]]


def answers_on(store: GraphStore, facts: Iterable[Fact]) -> Mapping[str, int]:
    """How many path answers hang on each fact, by its key; on what is not there nothing is known to hang."""
    things, places = _weighed(store)
    found = {}
    for fact in facts:
        counts = places if fact.kind in ("match", "suggestion") else things
        found[fact.key] = counts.get(fact.hangs_on or fact.thing, 0)
    return found


def _weighed(store: GraphStore) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """By IRI, how many path answers hang on a thing; and of professions, how many places organise them."""
    routes = _read(select(store, "routes_weighed"), "route", "fact")
    leaning = _read(select(store, "leaning"), "thing", "value")
    titles = _titles(leaning)
    found: Counter[str] = Counter()
    to: Counter[str] = Counter()
    start: Counter[str] = Counter()
    for route in routes.values():
        places = route.get("routeTo", [])
        count = sum(_starts(each, places, titles, leaning) for each in route.get("routeFrom", []))
        for cited in {fact for facts in route.values() for fact in facts}:
            found[cited] += count
        to.update(dict.fromkeys(places, count))
        start.update(dict.fromkeys(route.get("routeFrom", []), len(places)))
    _inherit(found, to, start, leaning)
    return found, Counter(each for links in leaning.values() for each in links.get("profession", ()))


def _read(rows: Iterable[Mapping[str, str]], thing: str, value: str) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row[thing], {}).setdefault(local_name(row["property"]), []).append(row[value])
    return found


def _titles(leaning: Links) -> Counter[str]:
    """How many titles belong to a national profession, are listed as an evidence, or open a profession."""
    found: Counter[str] = Counter()
    for links in leaning.values():
        for name in ("homeProfession", "listedAs", "grantsAccessTo"):
            found.update(set(links.get(name, ())))
    return found


def _starts(start: str, places: Iterable[str], titles: Mapping[str, int], leaning: Links) -> int:
    """How many titles can take a route that starts there."""
    if start == _ANYONE:
        professions = {each for place in places for each in leaning.get(place, {}).get("profession", ())}
        return max(1, sum(titles[each] for each in professions))
    return max(1, titles[start])


def _inherit(found: Counter[str], to: Mapping[str, int], start: Mapping[str, int], leaning: Links) -> None:
    """What is brought into an answer weighs as much as what brings it."""
    procedures: Counter[str] = Counter()
    for thing, links in leaning.items():
        for name in ("profession", "competentAuthority", "regulatedBy"):
            for each in links.get(name, ()):
                found[each] += to.get(thing, 0)
        procedures.update(dict.fromkeys(links.get("procedure", ()), to.get(thing, 0)))
        found[thing] += sum(start.get(each, 0) for each in links.get("homeProfession", ()))
        found[thing] += sum(start.get(each, 0) for each in links.get("listedAs", ()))
    for procedure, count in procedures.items():
        found[procedure] += count
        for name in ("ofProcedure", "authority", "requiresDocument"):
            for each in leaning.get(procedure, {}).get(name, ()):
                found[each] += count
