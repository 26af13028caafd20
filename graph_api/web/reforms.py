"""Reforms for the doors: what there is, the version built of each, and what each would change. Never law in force."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from graph_api.errors import BadRequest, NoGraph, UnknownIdentifier
from graph_api.obstacles.figures import Figure
from graph_api.obstacles.kept import Map
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Question
from graph_api.reform import folder
from graph_api.reform.changes import VERDICTS, Change, Comparison, Verdict, compare
from graph_api.reform.folder import Reform
from graph_api.store.graph_store import GraphStore
from graph_api.store.jurisdictions import Region
from graph_api.store.local import CurrentStore, EmbeddedStore
from graph_api.store.versions import Versions
from graph_api.web.maps import Making, Maps

_KEPT: Final = 4
"""How many comparisons are kept: a reader turns pages, and several readers look at a few reforms."""
Wanted = Callable[[Figure], bool]
"""Which answers are asked for."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison of two days: the day, and the version of the data; None: that which is served."""

    day: date
    version: str | None = None


@dataclass(frozen=True)
class InForce:
    """The law with a reform in force: its graph, and who answers from it."""

    reform: Reform
    store: EmbeddedStore
    finder: PathFinder
    base: str
    """The version of the law in force over which it was built."""

    def on_its_day(self, question: Question, given: bool) -> Question:
        """The question on a day on which the reform is in force. Raises BadRequest for a day before."""
        begins = self.reform.head.in_force
        if question.as_of >= begins:
            return question
        if given:
            message = f"the reform would enter into force on {begins}; ask for that day or a later one"
            raise BadRequest("as_of", message)
        return question.model_copy(update={"as_of": begins})

    def told(self, lang: str) -> dict[str, Any]:
        """What an answer says of the law under which it was given."""
        head = self.reform.head
        return {
            "name": self.reform.name,
            "title": head.title.in_(lang),
            "status": head.status,
            "in_force": head.in_force.isoformat(),
            "base_version": self.base,
        }


class Reforms:
    """The reforms beside the sources, and the versions that were built of them."""

    def __init__(self, reforms: Path, data: Path, store: GraphStore, versions: Versions, maps: Maps) -> None:
        self._folder, self._data, self._store = reforms, data, store
        self._versions, self._maps = versions, maps
        self._lock = threading.Lock()
        self._opened: dict[str, InForce] = {}
        self._compared: dict[tuple[str, date, str, date], _Whole] = {}

    def all(self) -> Sequence[Reform]:
        """The reforms, by name."""
        return [folder.read_reform(self._folder / name) for name in folder.names_in(self._folder)]

    def named(self, name: str) -> Reform:
        """The reform of that name. Raises UnknownIdentifier."""
        return folder.named(self._folder, name)

    def is_built(self, name: str) -> bool:
        """Whether a version was built of the reform."""
        return (folder.data_of(self._data, name) / "current").exists()

    def in_force(self, name: str) -> InForce:
        """The law with the reform in force. Raises UnknownIdentifier, also where it was not built."""
        reform = self.named(name)
        try:
            store = CurrentStore(folder.data_of(self._data, name)).opened()
        except NoGraph:
            built = [each for each in folder.names_in(self._folder) if self.is_built(each)]
            raise UnknownIdentifier("reform built here", name, built) from None
        with self._lock:
            known = self._opened.get(name)
            if known is None or known.store.directory != store.directory or known.reform != reform:
                base = json.loads((store.directory / "report.json").read_text(encoding="utf-8"))["base"]
                known = self._opened[name] = InForce(reform, store, PathFinder(store), base)
        return known

    def changes(self, name: str, wanted: Wanted, client: str) -> Comparison | Making:
        """Which of the wanted answers the reform would change on the day on which it enters into force; or the map that
        is being made.

        Raises UnknownIdentifier, also where it was not built.
        """
        reformed = self.in_force(name)
        day = reformed.reform.head.in_force
        base = self._versions.opened(reformed.base)
        sides = (
            self._maps.get(self._data, base, day, client),
            self._maps.get(folder.data_of(self._data, name), reformed.store, day, client),
        )
        return self._narrowed(*sides, wanted)

    def between(self, sides: Sequence[Side], wanted: Wanted, client: str) -> Comparison | Making:
        """What of the wanted answers differs between two days, in one version or in two. Raises UnknownIdentifier."""
        stores = [self._versions.opened(side.version) for side in sides]
        maps = [self._maps.get(self._data, store, side.day, client) for store, side in zip(stores, sides, strict=True)]
        return self._narrowed(maps[0], maps[1], wanted)

    def _narrowed(self, before: Map | Making, after: Map | Making, wanted: Wanted) -> Comparison | Making:
        """What differs of the wanted answers between two maps; two that were compared lately are not compared anew."""
        if isinstance(before, Making):
            return before
        if isinstance(after, Making):
            return after
        key = (before.version, before.day, after.version, after.day)
        whole = self._compared.get(key) or _Whole.of(before, after)
        with self._lock:
            kept = [item for item in self._compared.items() if item[0] != key]
            self._compared = dict([*kept, (key, whole)][-_KEPT:])
        compared = sum(map(wanted, whole.asked))
        return Comparison(compared, [change for change in whole.changes if wanted(change.figure)])


@dataclass(frozen=True)
class _Whole:
    """All that was asked on either side of a comparison, once each, and all that changes."""

    asked: Sequence[Figure]
    changes: Sequence[Change]

    @classmethod
    def of(cls, before: Map, after: Map) -> _Whole:
        """The comparison of two maps."""
        asked = {figure.key: figure for side in (before, after) for figure in side.figures}
        return cls(list(asked.values()), compare(before.figures, after.figures).changes)


Counted = list[tuple[tuple[str, str], Mapping[Verdict, int]]]
"""Changes counted by home and host, with their verdicts; those with most losers first."""


def _by_places(changes: Comparison, state: Mapping[str, str]) -> Counted:
    counted = changes.counted(lambda figure: f"{state.get(figure.home, figure.home)} {figure.host}")
    return [((pair.split(" ")[0], pair.split(" ")[1]), counts) for pair, counts in counted]


def by_pair(changes: Comparison, states: Mapping[str, str]) -> Counted:
    """The changes by the state from which the title comes and the jurisdiction that decides."""
    return _by_places(changes, states)


def by_region(changes: Comparison, regions: Mapping[str, Region]) -> list[tuple[str, Mapping[Verdict, int]]]:
    """The changes within each border region where something changes; a pair can lie in several, and in none."""
    pairs = _by_places(changes, {})
    within = {slug: [counts for pair, counts in pairs if region.holds(*pair)] for slug, region in regions.items()}
    return [
        (slug, {verdict: sum(counts[verdict] for counts in listed) for verdict in VERDICTS})
        for slug, listed in within.items()
        if listed
    ]


def days_of(reform: Reform) -> tuple[date, date] | None:
    """Of a law that is adopted, the day before it enters into force and that day: between them the tables, in which it
    stands already, tell what it changes. None for a proposal."""
    begins = reform.head.in_force
    return (begins - timedelta(days=1), begins) if reform.head.status == "passed" else None
