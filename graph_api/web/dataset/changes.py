"""What changed between two built versions: statements added and removed, counted per named graph and listed in pages.

Both dumps are sorted, so one walk along the two finds the changes; they are kept in `<data>/changes/`.
"""

from __future__ import annotations

import gzip
import heapq
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, Literal

from pyoxigraph import BlankNode, NamedNode, RdfFormat, parse
from pyoxigraph import Literal as RdfLiteral

from graph_api.rdf.nquads import graph_of
from graph_api.store.versions import Version
from graph_api.web.admission import Admission
from graph_api.web.dataset.files import packed, run_apart, written

Kind = Literal["added", "removed"]
KINDS: Final[tuple[Kind, ...]] = ("added", "removed")
_MARKS: Final[Mapping[Kind, bytes]] = {"added": b"+", "removed": b"-"}
_WAITING: Final = 8
_LINE_SECONDS: Final = 120.0
_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


@dataclass(frozen=True)
class Changes:
    """From one version to another: how many statements per graph, and where they are listed."""

    older: Version
    newer: Version
    graphs: Mapping[str, Mapping[str, int]]
    """Graph -> {"added": …, "removed": …}; only graphs that changed."""
    listing: Path

    @property
    def releases(self) -> dict[Kind, list[str]]:
        """The imported releases that only one of the two versions holds; their statements are not listed."""
        before, after = (set(version.graphs) - set(version.own_graphs) for version in (self.older, self.newer))
        return {"added": sorted(after - before), "removed": sorted(before - after)}

    def count(self, kind: Kind, graph: str | None = None) -> int:
        """How many statements were added or removed, in one graph or in all."""
        chosen = self.graphs.values() if graph is None else [self.graphs.get(graph, {})]
        return sum(counts.get(kind, 0) for counts in chosen)

    def page(self, graph: str | None, kind: Kind | None, offset: int, limit: int) -> list[dict[str, Any]]:
        """Some of the changes, in the order of the sorted dumps."""
        with gzip.open(self.listing) as lines:
            return [_written(line) for line in islice(_chosen(lines, graph, kind), offset, offset + limit)]


class ChangeLog:
    """The changes between the versions of a data folder, found when they are first asked for."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "changes"
        self._admission = Admission(1, _WAITING, _LINE_SECONDS)

    def between(self, older: Version, newer: Version) -> Changes:
        """What changed. Raises LimitReached, StoreUnavailable."""
        listing = self._folder / f"{older.name}_{newer.name}.gz"
        summary = listing.with_suffix(".json")
        if not summary.is_file():
            with self._admission.place():
                if not summary.is_file():
                    run_apart(__name__, str(older.dump), str(newer.dump), str(listing), str(summary))
        return Changes(older, newer, json.loads(summary.read_text(encoding="utf-8")), listing)


def compare(older: Iterable[bytes], newer: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that only one of two sorted texts has, marked + or -.

    >>> list(compare([b"a", b"b"], [b"b", b"c"]))
    [b'-a', b'+c']
    """
    marked = heapq.merge(((line, b"-") for line in older), ((line, b"+") for line in newer))
    for line, same in groupby(marked, key=lambda pair: pair[0]):
        marks = {mark for _, mark in same}
        if len(marks) == 1:
            yield marks.pop() + line


def find(older: Path, newer: Path, listing: Path, summary: Path) -> None:
    """Write the changes between two dumps, and their number per graph."""
    graphs: dict[str, dict[str, int]] = {}
    kinds = {mark: kind for kind, mark in _MARKS.items()}
    with gzip.open(older) as before, gzip.open(newer) as after, packed(listing) as output:
        for line in compare(before, after):
            output.write(line)
            counts = graphs.setdefault(graph_of(line)[1:-1].decode(), {"added": 0, "removed": 0})
            counts[kinds[line[:1]]] += 1
    with written(summary) as file:
        file.write(json.dumps(graphs, sort_keys=True, indent=1).encode())


def _chosen(lines: Iterable[bytes], graph: str | None, kind: Kind | None) -> Iterator[bytes]:
    ending = f" <{graph}> .\n".encode() if graph else b"\n"
    start = _MARKS[kind] if kind else b""
    return (line for line in lines if line.startswith(start) and line.endswith(ending))


def _written(line: bytes) -> dict[str, Any]:
    """A change as JSON, its terms as in SPARQL results."""
    (quad,) = parse(line[1:], format=RdfFormat.N_QUADS)
    kind = next(kind for kind, mark in _MARKS.items() if line.startswith(mark))
    terms = {"subject": quad.subject, "predicate": quad.predicate, "object": quad.object}
    return {"change": kind, "graph": graph_of(line)[1:-1].decode()} | {
        name: _cell(term) for name, term in terms.items()
    }


def _cell(term: Any) -> dict[str, str]:
    match term:
        case NamedNode():
            return {"type": "uri", "value": term.value}
        case BlankNode():
            return {"type": "bnode", "value": term.value}
    assert isinstance(term, RdfLiteral), "a term in a dump is an IRI, a blank node or a literal"
    cell = {"type": "literal", "value": term.value}
    if term.language:
        return {**cell, "xml:lang": term.language}
    return cell if term.datatype.value == _XSD_STRING else {**cell, "datatype": term.datatype.value}


if __name__ == "__main__":
    find(*map(Path, sys.argv[1:5]))
