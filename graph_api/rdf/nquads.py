"""Statements as lines of N-Quads: chosen, read, and cut into pieces that the engine loads."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

_AT_ONCE: Final = 2**18
_PIECE: Final = 100_000


def graph_of(line: bytes) -> bytes:
    """The graph of a line of N-Quads, in angle brackets."""
    return line[line.rindex(b" <") + 1 : -3]


def triples(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The statements of sorted N-Quads, each once: what stands in two graphs stands on neighbouring lines."""
    before = b""
    for line in lines:
        triple = line[: line.rindex(b" <")] + b" .\n"
        if triple != before:
            yield triple
        before = triple


def speaking_of(lines: Iterable[bytes], properties: Iterable[NamedNode]) -> Iterator[bytes]:
    """The lines whose property is one of these."""
    wanted = frozenset(str(each).encode() for each in properties)
    return (line for line in lines if line.split(b" ", 2)[1] in wanted)


def quads(lines: Iterable[bytes]) -> Iterator[Quad]:
    """The lines read."""
    return parse(cast(IO[bytes], Stream(lines)), format=RdfFormat.N_QUADS)


def parted(lines: bytes, *marks: bytes) -> list[bytes]:
    """The lines of N-Quads without any of the marks, then those with the first of them, with the second, and so on.

    >>> parted(b"a 1\\nb 2\\na 3\\nc 4\\n", b"a ", b"c ")
    [b'b 2\\n', b'a 1\\na 3\\n', b'c 4\\n']
    """
    spans = dict(span for number, mark in reversed([*enumerate(marks, 1)]) for span in _marked(lines, mark, number))
    whole, parts, begun = memoryview(lines), [list[memoryview]() for _ in range(len(marks) + 1)], 0
    for start, (end, number) in sorted(spans.items()):
        parts[0].append(whole[begun:start])
        parts[number].append(whole[start:end])
        begun = end
    parts[0].append(whole[begun:])
    return [b"".join(part) for part in parts]


def _marked(lines: bytes, mark: bytes, number: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Where each line with the mark begins, where it ends, and the number of the mark."""
    end = 0
    while (place := lines.find(mark, end)) >= 0:
        start, end = lines.rfind(b"\n", end, place) + 1 or end, lines.find(b"\n", place) + 1 or len(lines)
        yield start, (end, number)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The lines of a packed file."""
    with gzip.open(path) as file:
        yield cast(IO[bytes], file)


@dataclass(frozen=True)
class Pieces:
    """Statements in files that the engine loads alone, outside Python: other work goes on, and memory stays flat."""

    form: RdfFormat
    files: tuple[str, ...]
    nameless: bytes
    """The few lines with blank nodes: the engine gives these new names whenever it loads a file."""

    def load(self, store: Store, graph: NamedNode | DefaultGraph | None = None) -> None:
        """Load them: triples into the graph, quads each into its own. What they say was checked when it was written."""
        for file in self.files:
            store.bulk_load(path=file, format=self.form, to_graph=graph, lenient=True)
        if self.nameless:
            read = parse(self.nameless, format=self.form)
            store.extend(q if graph is None else Quad(q.subject, q.predicate, q.object, graph) for q in read)


class Cutter:
    """Cuts packed files of N-Quads into pieces in a folder; a file is cut once, however often it is loaded."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._done: dict[tuple[Path, RdfFormat], Pieces] = {}

    def quads(self, path: Path) -> Pieces:
        """The statements, each with its graph."""
        return self._pieces(path, RdfFormat.N_QUADS)

    def triples(self, path: Path) -> Pieces:
        """The statements without their graphs."""
        return self._pieces(path, RdfFormat.N_TRIPLES)

    def _pieces(self, path: Path, form: RdfFormat) -> Pieces:
        if (path, form) not in self._done:
            with opened(path) as lines:
                chosen = lines if form == RdfFormat.N_QUADS else triples(lines)
                self._done[path, form] = self._cut(iter(chosen), form)
        return self._done[path, form]

    def _cut(self, lines: Iterator[bytes], form: RdfFormat) -> Pieces:
        files, nameless = [], list[bytes]()
        while batch := list(islice(lines, _PIECE)):
            apart = {line for line in batch if line.startswith(b"_:") or b" _:" in line}
            nameless += sorted(apart)
            number, name = tempfile.mkstemp(dir=self._folder)
            files.append(name)
            with os.fdopen(number, "wb") as file:
                file.writelines([line for line in batch if line not in apart] if apart else batch)
        return Pieces(form, tuple(files), b"".join(nameless))


class Stream:
    """Lines as a file that can be read once."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self._rest = iter(lines), b""

    def read(self, size: int = -1) -> bytes:
        wanted = _AT_ONCE if size < 0 else size
        pieces, held = [self._rest], len(self._rest)
        for line in self._lines:
            pieces.append(line)
            held += len(line)
            if held >= wanted:
                break
        whole = b"".join(pieces)
        self._rest = whole[wanted:]
        return whole[:wanted]


def write_packed(path: Path, lines: Iterable[bytes]) -> None:
    """Write the lines packed; the same lines give the same bytes."""
    level = 6
    with path.open("wb") as raw, gzip.GzipFile("", "wb", level, raw, mtime=0) as packed:
        packed.write(b"".join(lines))
