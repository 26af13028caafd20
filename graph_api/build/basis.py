"""The served version as the basis of the next one, where few statements of our own differ between them.

Loading every statement anew, and the imported releases with them, is most of what a build costs after one row has
changed. The store begins as a copy of the served one, made of hard links, in which only what differs is written; the
files of labels are taken over where no label differs. What comes of it is what a whole build makes of the same tables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph_api.build import kept
from graph_api.rdf import nquads
from graph_api.rdf.terms import PREF_LABEL, RDF_TYPE, kind_and_slug, quad_in
from graph_api.search.labels import CONCEPT, INDEXED, NOT_SEARCHED
from graph_api.search.literals import SEARCHED
from graph_api.store import whole

FILES: Final = ("dump.nq.gz", "titles.nq.gz")
"""What a version says of its own, as sorted statements."""
_MOST: Final = 100_000
"""Where more statements differ, loading everything at once is faster than one by one."""


class _NoBasisError(Exception):
    """The served version cannot be the basis of the one that is built."""


@dataclass(frozen=True)
class Basis:
    """A served version, and the statements in which the version that is built differs from it."""

    folder: Path
    gone: Sequence[Quad]
    new: Sequence[Quad]

    def store(self, target: Path, said: NamedNode) -> Store:
        """A store of the new version as if it had been loaded; `said` is the graph in which the build speaks."""
        shutil.copytree(self.folder / "store", target, copy_function=linked)
        store, union = Store(str(target)), DefaultGraph()
        for quad in list(store.quads_for_pattern(None, None, None, said)):
            take_out(store, quad)
        shown = {quad.triple for quad in store.quads_for_pattern(None, PREF_LABEL, None, union)}
        stated = {quad.triple for quad in store.quads_for_pattern(None, PREF_LABEL, None, None)}
        store.extend(quad_in(triple, union) for triple in stated - shown)  # those that had given way come back
        for quad in self.gone:
            take_out(store, quad)
        store.extend([*self.new, *(quad_in(quad.triple, union) for quad in self.new)])
        for graph in {quad.graph_name for quad in self.gone} | {said}:
            if isinstance(graph, NamedNode) and next(store.quads_for_pattern(None, None, None, graph), None) is None:
                store.remove_graph(graph)
        return store

    @property
    def same_index(self) -> bool:
        """Whether an index of labels of both versions is the same."""
        return not any(map(_is_indexed, self._differing()))

    @property
    def same_literals(self) -> bool:
        """Whether the file of literals of both versions is the same."""
        return not any(quad.predicate.value in SEARCHED for quad in self._differing())

    def link(self, name: str, work: Path) -> None:
        """Take a file over."""
        os.link(self.folder / name, work / name)

    def _differing(self) -> Iterator[Quad]:
        yield from self.gone
        yield from self.new


def find(served: Path, work: Path) -> Basis | None:
    """The served version as the basis of the one whose statements are in `work`; None where it is not whole, or where
    too much differs."""
    if whole.faults(served) or not kept.is_opened(served):
        return None
    try:
        lines = [list(_differing(served / name, work / name)) for name in FILES]
    except _NoBasisError:
        return None
    gone, new = ([line for each in lines for first, line in each if first == side] for side in (0, 1))
    return Basis(served, list(nquads.quads(gone)), list(nquads.quads(new)))


def _differing(before: Path, after: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that only one of two sorted files has, with 0 for the first and 1 for the second."""
    number = 0
    with ExitStack() as files:
        sides = [
            _in_order(files.enter_context(nquads.opened(path)), side)
            for side, path in enumerate((before, after))
            if path.is_file()
        ]
        for line, same in groupby(merge(*sides), key=lambda each: each[0]):
            found = {side for _, side in same}
            if len(found) == 1:
                number += 1
                if number > _MOST or b"_:" in line:  # a blank node has another name in every store
                    raise _NoBasisError
                yield found.pop(), line


def _in_order(lines: Iterable[bytes], side: int) -> Iterator[tuple[bytes, int]]:
    before = b""
    for line in lines:
        if line < before:
            raise _NoBasisError
        yield line, side
        before = line


def _is_indexed(quad: Quad) -> bool:
    """Whether the index of labels is made of the statement too."""
    if quad.predicate not in INDEXED or (quad.predicate == RDF_TYPE and quad.object != NamedNode(CONCEPT)):
        return False
    name = kind_and_slug(quad.subject.value) if isinstance(quad.subject, NamedNode) else None
    return name is None or name[0] not in NOT_SEARCHED


def take_out(store: Store, quad: Quad) -> None:
    """Take a statement out of its graph, and out of the union unless another graph states it."""
    store.remove(quad)
    named = store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
    if all(isinstance(left.graph_name, DefaultGraph) for left in named):
        store.remove(quad_in(quad.triple, DefaultGraph()))


def linked(source: str, target: str) -> None:
    """The engine never changes a table file that it has written, so it is linked; everything else is copied."""
    if source.endswith(".sst"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
