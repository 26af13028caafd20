"""Every question that a map asks: each profession with the usual title of each jurisdiction, and with each title that
opens it there, in every other jurisdiction; and the level of each title there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from graph_api.obstacles.figures import Figure, figure_of
from graph_api.recognition.law import Reference, slug
from graph_api.recognition.path_finder import PathFinder, class_of
from graph_api.recognition.question import question_from
from graph_api.store.graph_store import GraphStore
from graph_api.store.local import EmbeddedStore
from graph_api.store.queries import select

LEVELS: Final = ""
"""In the place of a profession: no profession is asked for, but the level of the title."""
_ASSUMED: Final = [("country", "EU"), ("nationality", "EU"), ("k", "1")]
"""What all questions say: every jurisdiction at once, a citizen for whom the directive is, the first way."""
Progress = Callable[[int, int], None]


def professions_of(store: GraphStore) -> list[str]:
    """The slugs of all professions, in order."""
    return sorted(slug(row["thing"]) for row in select(store, "slugs", kind=[class_of("profession")]))


class Asking:
    """Asks one store on one day."""

    def __init__(self, store: GraphStore, day: date, finder: PathFinder | None = None) -> None:
        self._finder, self._day = finder or PathFinder(store), day
        self._titles: dict[str, list[str]] = {}
        for row in select(store, "titles_opening"):
            self._titles.setdefault(slug(row["profession"]), []).append(slug(row["title"]))
        self._titles[LEVELS] = sorted(
            slug(row["thing"]) for row in select(store, "slugs", kind=[class_of("qualification")])
        )

    def of(self, profession: str) -> Iterator[Figure]:
        """The answers for one profession, for the usual titles, then for each title; or all levels."""
        reference = self._finder.reference()
        for place in reference.deciding if profession != LEVELS else ():
            yield from self._answers(profession, ("issued_in", reference.code(place)))
        for title in self._titles.get(profession, ()):
            yield from self._answers(profession, ("qualification", title))

    def _answers(self, profession: str, title: tuple[str, str]) -> Iterator[Figure]:
        """The answers in every jurisdiction but the title's own: the one asked, the one that issued it, its state."""
        aim = ("profession", profession) if profession != LEVELS else ("intent", "level")
        given = [aim, ("as_of", self._day.isoformat()), title, *_ASSUMED]
        case = self._finder.everywhere(question_from(given))
        reference, usual = case.reference, title[0] == "issued_in"
        issuer = reference.code(case.home) if case.home else ""
        home = title[1] if usual else issuer
        own = {home} if usual else {home, *_own_parts(reference, case.home)}
        held = slug(case.qualification) if case.qualification else None
        for host, outcome, way in self._finder.first_ways(case):
            if host in own:
                continue
            asked = Figure(profession, home, host, usual, held, outcome)
            regime = way["steps"][-1]["regime"]["iri"] if way else None
            free = regime is not None and not reference.leads_to(regime, "asksPapers")
            decided = regime is not None and reference.leads_to(regime, "decidedByAuthority")
            yield figure_of(asked, way, free, decided)


def _own_parts(reference: Reference, home: str | None) -> Iterator[str]:
    """The code of the state whose title it is, where it decides itself; of a title of the whole state, of its parts."""
    if home is not None:
        state = reference.state(home)
        yield reference.code(state)
        if home == state:
            yield from (reference.code(place) for place in reference.deciding if reference.state(place) == state)


def all_figures(
    directory: Path,
    day: date,
    progress: Progress = lambda *_: None,
    processes: int = 1,
    known: Mapping[str, Sequence[Figure]] | None = None,
) -> Iterator[Figure]:
    """The answers for all professions over a built graph, profession by profession; `progress` is told how many of how
    many are done. Of the professions whose answers are known nothing is asked."""
    known = known or {}
    professions = [*professions_of(EmbeddedStore(directory)), LEVELS]
    done = 0
    progress(done, len(professions))
    asked = _each(directory, day, [profession for profession in professions if profession not in known], processes)
    for profession in professions:
        yield from known[profession] if profession in known else next(asked)
        done += 1
        progress(done, len(professions))


def _each(directory: Path, day: date, professions: Sequence[str], processes: int) -> Iterator[list[Figure]]:
    if not professions:
        return
    if processes == 1 or len(professions) == 1:
        asking = Asking(EmbeddedStore(directory), day)
        yield from (list(asking.of(profession)) for profession in professions)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (directory, day)) as pool:
        yield from pool.map(_ask, professions)


_asking: list[Asking] = []
"""Of a process that asks."""


def _begin(directory: Path, day: date) -> None:
    os.nice(5)
    _asking[:] = [Asking(EmbeddedStore(directory), day)]


def _ask(profession: str) -> list[Figure]:
    return list(_asking[0].of(profession))
