"""The routes that the rules derived, by where they start and where they lead; read as far as a case asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from graph_api.store.graph_store import GraphStore
from graph_api.store.per_version import PerVersion
from graph_api.store.queries import Term, iris
from graph_api.store.things import Thing, read_things

ByEnds = Mapping[tuple[str, str], list[Thing]]


class RouteReader:
    """Reads routes from one store, each once for each version of the data."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._of: PerVersion[str | None, Routes] = PerVersion(store, self._routes)
        self._standing: PerVersion[str, ByEnds] = PerVersion(store, lambda _: _read(store, "path_standing_routes"))

    def of(self, qualification: str | None) -> Routes:
        """The routes that matter to the holder of a qualification."""
        return self._of.get(qualification)

    def _routes(self, qualification: str | None) -> Routes:
        return Routes(self._store, qualification, self._standing.get(""))


class Routes:
    """The routes of a qualification, read place by place as they are asked for, and all that start from none."""

    def __init__(self, store: GraphStore, qualification: str | None, standing: ByEnds) -> None:
        self._store, self._qualification, self._standing = store, qualification, standing
        self._own: dict[tuple[str, str], list[Thing]] = {}
        self._asked: set[str] = set()
        self._complete = False

    def between(self, starts: Iterable[str], places: Iterable[str]) -> list[Thing]:
        """The routes from any of the starts to any of the places, in a fixed order."""
        froms, tos = dict.fromkeys(starts), dict.fromkeys(places)
        if self._qualification in froms:
            self._read_own(tos)
        pairs = list(product(froms, tos))
        found = (route for ends in (self._standing, self._own) for pair in pairs for route in ends.get(pair, ()))
        return sorted(found, key=lambda route: route["iri"])

    def of_all(self, places: Iterable[str]) -> Iterator[Thing]:
        """The routes to the places that start from no qualification."""
        wanted = set(places)
        yield from (route for (_, place), routes in self._standing.items() if place in wanted for route in routes)

    def read_all(self) -> None:
        """Read the routes of the qualification to every place at once, for those who ask about many professions."""
        if not self._complete:
            self._read_own(dict.fromkeys(place for _, place in self._standing))
            self._complete = True

    def own(self, places: Iterable[str]) -> bool:
        """Whether a route leads from the very qualification to one of the places."""
        tos = list(places)
        self._read_own(tos)
        return any((self._qualification, place) in self._own for place in tos)

    def _read_own(self, places: Iterable[str]) -> None:
        """A title leads to dozens of places; only those of this case are read, each once."""
        new = [place for place in places if place not in self._asked]
        if new and self._qualification:
            own = {"from": iris([self._qualification]), "to": iris(new)}
            self._own.update(_read(self._store, "path_routes", **own))
            self._asked.update(new)


def _read(store: GraphStore, query: str, **terms: Iterable[Term]) -> dict[tuple[str, str], list[Thing]]:
    """The routes that a query finds, by their two ends."""
    found: dict[tuple[str, str], list[Thing]] = {}
    for route in read_things(store, query, **terms).values():
        for pair in product(route.get("routeFrom", ()), route.get("routeTo", ())):
            found.setdefault(pair, []).append(route)
    return found
