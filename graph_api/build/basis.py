"""The served version as the basis of the next one, where few statements of our own differ between them.

Loading every statement anew, and the imported releases with them, is most of what a build costs after one row has
changed. The store begins as a copy of the served one, made of hard links, in which only what differs is written; the
files of labels are taken over where no label differs. What comes of it is what a whole build makes of the same tables.
"""

from __future__ import annotations

import os
import shutil
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph_api.build import kept, lookups
from graph_api.build.labels import MAPPING
from graph_api.build.top_concepts import MADE_OF as SCHEMES
from graph_api.rdf import nquads
from graph_api.rdf.terms import PREF_LABEL, RDF_TYPE, kind_and_slug, quad_in
from graph_api.search.labels import CONCEPT, INDEXED, NOT_SEARCHED
from graph_api.search.literals import SEARCHED
from graph_api.store import whole

FILES: Final = ("dump.nq.gz", "titles.nq.gz")
"""What a version says of its own, as sorted statements."""
_MOST: Final = 100_000
"""Where more statements differ, loading everything at once is faster than one by one."""
_BLOCK: Final = 2**20


class _NoBasisError(Exception):
    """The served version cannot be the basis of the one that is built."""


@dataclass(frozen=True)
class Basis:
    """A served version, and the statements in which the version that is built differs from it."""

    folder: Path
    gone: Sequence[Quad]
    new: Sequence[Quad]

    def store(self, target: Path) -> Store:
        """The served store as a new one in which what differs is written; what the build adds is still as it was."""
        shutil.copytree(self.folder / "store", target, copy_function=linked)
        store = Store(str(target))
        change(store, self.gone, self.new)
        return store

    @property
    def relabelled(self) -> set[NamedNode] | None:
        """The things of whose preferred labels another may have to give way; None for all."""
        if any(quad.predicate == RDF_TYPE and quad.object == MAPPING for quad in self._differing()):
            return None
        said = (quad.subject for quad in self._differing() if quad.predicate == PREF_LABEL)
        return {subject for subject in said if isinstance(subject, NamedNode)}

    @property
    def same_schemes(self) -> bool:
        """Whether in both versions the same concepts stand at the top of their schemes."""
        return not any(quad.predicate in SCHEMES for quad in self._differing())

    @property
    def same_index(self) -> bool:
        """Whether an index of labels of both versions is the same."""
        return not any(map(_is_indexed, self._differing()))

    @property
    def same_literals(self) -> bool:
        """Whether the file of literals of both versions is the same."""
        return not any(quad.predicate.value in SEARCHED for quad in self._differing())

    @property
    def same_routes(self) -> bool:
        """Whether the lookups of routes of both versions are the same."""
        return not any(map(lookups.tells_of_routes, self._differing()))

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
            _Side(files.enter_context(nquads.opened(path)) if path.is_file() else None) for path in (before, after)
        ]
        while sum(side.filled() for side in sides):
            if _passed(sides):
                continue
            taken = _up_to_the_same(sides)
            for side, (lines, others) in enumerate((taken, reversed(taken))):
                known = frozenset(others)
                for line in lines:
                    if line not in known:
                        number += 1
                        if number > _MOST or b"_:" in line:  # a blank node has another name in every store
                            raise _NoBasisError
                        yield side, line


class _Side:
    """One of two files that are compared: what was read of it and is not compared yet."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file, self.held, self.ended = file, b"", file is None

    def filled(self) -> bool:
        """Read on until a block and a line are held, or the end is; whether anything is."""
        while self._file and not self.ended and (len(self.held) < _BLOCK or b"\n" not in self.held):
            piece = self._file.read(_BLOCK)
            self.held, self.ended = self.held + piece, not piece
        return bool(self.held)


def _passed(sides: Sequence[_Side]) -> bool:
    """Let go of the lines with which both begin, where all that is held of the shorter is such; whether it is."""
    length = min(len(side.held) for side in sides)
    if not length or sides[0].held[:length] != sides[1].held[:length]:
        return False
    end = sides[0].held.rfind(b"\n", 0, length) + 1
    for side in sides:
        side.held = side.held[end:]
    return end > 0


def _up_to_the_same(sides: Sequence[_Side]) -> list[list[bytes]]:
    """Take from each side the lines up to the last that both are known to have reached."""
    ends = [None if side.ended else side.held.rfind(b"\n") + 1 for side in sides]
    lines = [side.held[:end].splitlines(keepends=True) for side, end in zip(sides, ends, strict=True)]
    if any(each != sorted(each) for each in lines):
        raise _NoBasisError
    last = min((each[-1] for each, side in zip(lines, sides, strict=True) if not side.ended), default=None)
    taken = [each if last is None else each[: bisect_right(each, last)] for each in lines]
    for side, each in zip(sides, taken, strict=True):
        side.held = side.held[sum(map(len, each)) :]
    return taken


def _is_indexed(quad: Quad) -> bool:
    """Whether the index of labels is made of the statement too."""
    if quad.predicate not in INDEXED or (quad.predicate == RDF_TYPE and quad.object != NamedNode(CONCEPT)):
        return False
    name = kind_and_slug(quad.subject.value) if isinstance(quad.subject, NamedNode) else None
    return name is None or name[0] not in NOT_SEARCHED


def change(store: Store, gone: Collection[Quad], new: Iterable[Quad]) -> None:
    """Take statements out of their graphs and put others there, and likewise in the union, in which a triple stays that
    another graph still states; a graph in which nothing is left goes."""
    union, leaving, coming = DefaultGraph(), set(gone), list(new)
    nowhere = [
        quad_in(quad.triple, union)
        for quad in leaving
        if leaving.issuperset(
            left
            for left in store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
            if not isinstance(left.graph_name, DefaultGraph)
        )
    ]
    for quad in [*leaving, *nowhere]:
        store.remove(quad)
    store.extend([*coming, *(quad_in(quad.triple, union) for quad in coming)])
    for graph in {quad.graph_name for quad in leaving}:
        if isinstance(graph, NamedNode) and next(store.quads_for_pattern(None, None, None, graph), None) is None:
            store.remove_graph(graph)


def linked(source: str, target: str) -> None:
    """The engine never changes a table file that it has written, so it is linked; everything else is copied."""
    if source.endswith(".sst"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
