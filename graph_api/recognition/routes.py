"""The routes that the rules derived, by where they start and where they lead; read as far as a case asks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import attrgetter
from typing import Final, NamedTuple

from pyoxigraph import NamedNode

from graph_api.rdf.terms import PAS
from graph_api.store.graph_store import GraphStore
from graph_api.store.lookups import lookups_of, things_for_each
from graph_api.store.per_version import Current, PerVersion
from graph_api.store.queries import iris, select
from graph_api.store.things import Thing, every, one, read_things

_PLACES: Final = [NamedNode(PAS + "NationalProfession"), NamedNode(PAS + "Jurisdiction")]
"""What a route may lead to."""
_FEW: Final = 20
"""So many places are asked for by name; of a title that is asked about more, all routes are read."""
_IRI: Final = attrgetter("iri")


class Leg(NamedTuple):
    """A route with what one asks of it first: its regime, the place to which it leads, and its conditions."""

    iri: str
    regime: str
    place: str
    asked: tuple[str, ...]
    route: Thing

    def __hash__(self) -> int:
        return hash(self.iri)


class RouteReader:
    """Reads routes from one store, each once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._of: PerVersion[str | None, Routes] = PerVersion(store, self._routes)
        self._standing = Current(store, lambda: StandingRoutes(store))

    def of(self, qualification: str | None) -> Routes:
        """The routes that matter to the holder of a qualification."""
        return self._of.get(qualification)

    def _routes(self, qualification: str | None) -> Routes:
        return Routes(self._store, qualification, self._standing.get())


class StandingRoutes:
    """The routes that start from no qualification, read place by place as cases ask for them, and shared by all."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._to: dict[str, dict[str, list[Leg]]] = {}

    def to(self, places: Iterable[str]) -> Mapping[str, Mapping[str, list[Leg]]]:
        """By place, at least for those asked: its routes by where they start."""
        with self._lock:
            new = [place for place in places if place not in self._to]
            if new:
                found = self._read(new)
                self._to.update({place: {} for place in new})
                for (start, place), routes in found.items():
                    self._to[place][start] = routes
            return self._to

    def _read(self, places: Sequence[str]) -> dict[tuple[str, str], list[Leg]]:
        return _by_ends(things_for_each(self._store, "path_standing_routes", places, to=iris(places)))


class Routes:
    """The routes of a qualification, read place by place as they are asked for, and all that start from none."""

    def __init__(self, store: GraphStore, qualification: str | None, standing: StandingRoutes) -> None:
        self._store, self._qualification, self._standing = store, qualification, standing
        self._own: dict[tuple[str, str], list[Leg]] = {}
        self._asked: set[str] = set()
        self._complete = False

    def between(self, starts: Iterable[str], places: Iterable[str]) -> list[Leg]:
        """The routes from any of the starts to any of the places, in a fixed order."""
        froms, tos = dict.fromkeys(starts), dict.fromkeys(places)
        if self._qualification in froms:
            self._read_own(tos)
        standing = self._standing.to(tos)
        found: list[Leg] = []
        for start, place in product(froms, tos):
            found += standing[place].get(start, ())
            found += self._own.get((start, place), ())
        return sorted(found, key=_IRI)

    def of_all(self, places: Iterable[str]) -> Iterator[Thing]:
        """The routes to the places that start from no qualification."""
        wanted = dict.fromkeys(places)
        standing = self._standing.to(wanted)
        yield from (leg.route for place in wanted for legs in standing[place].values() for leg in legs)

    def read_all(self) -> None:
        """Read the routes to every place at once, for those who ask about many professions."""
        if not self._complete:
            places = [row["thing"] for row in select(self._store, "slugs", kind=_PLACES)]
            self._standing.to(places)
            self._read_own(places)
            self._complete = True

    def _read_own(self, places: Iterable[str]) -> None:
        """A title leads to dozens of places; only those of this case are read, each once."""
        new = [place for place in places if place not in self._asked]
        if not new or self._qualification is None:
            return
        query, kept = "path_routes", lookups_of(self._store)
        found = kept.get(query, self._qualification, new if len(new) <= _FEW else ()) if kept else None
        if found is None:
            terms = {"from": iris([self._qualification]), "to": iris(new)}
            found = read_things(self._store, query, **terms)
        self._own.update(_by_ends(found))
        self._asked.update(new)


def _by_ends(routes: Mapping[str, Thing]) -> dict[tuple[str, str], list[Leg]]:
    """The routes by where they start and where they lead."""
    found: dict[tuple[str, str], list[Leg]] = {}
    for iri, route in routes.items():
        regime, place = one(route, "underRegime") or "", one(route, "routeTo") or ""
        leg = Leg(iri, regime, place, tuple(every(route, "hasCondition")), route)
        for pair in product(every(route, "routeFrom"), every(route, "routeTo")):
            found.setdefault(pair, []).append(leg)
    return found
