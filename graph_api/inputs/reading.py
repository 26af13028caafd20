"""What a folder of tables says while it is read: statements, defects, keys, and where every statement stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad

from graph_api.errors import Defect
from graph_api.rdf.namespaces import DCTERMS, FOAF, PROV
from graph_api.rdf.terms import RDF_TYPE, RDFS_LABEL, pas, thing

SOURCE: Final = NamedNode(f"{DCTERMS}source")
DERIVED: Final = NamedNode(f"{PROV}wasDerivedFrom")
PAGE: Final = NamedNode(f"{FOAF}page")
LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")


_ADDRESS = re.compile(r"https?://[^\s;,()<>\"]+[^\s;,()<>\".:]")


@dataclass
class Row:
    """One line of a table: where it stands, what its cells hold (None = unknown) and how they are written."""

    file: str
    line: int
    cells: dict[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Reading:
    """What a folder of tables says, and everything that is wrong in it."""

    quads: list[Quad] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows each file has."""
    keys: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The values of each key column, by file and column."""
    references: list[tuple[Row, str, str, tuple[str, str]]] = field(default_factory=list)
    """Row, column, value and the file and key column that must hold it."""

    def wrong(self, file: str, message: str, line: int | None = None, column: str | None = None) -> None:
        self.defects.append(Defect(file, message, line, column))


def describe_file(graph: NamedNode, file: str, reading: Reading) -> None:
    prov = NamedNode(f"{PROV}Entity")
    reading.quads += [
        Quad(graph, RDF_TYPE, pas("TableFile"), graph),
        Quad(graph, RDF_TYPE, prov, graph),
        Quad(graph, RDFS_LABEL, Literal(file), graph),
        Quad(graph, NamedNode(f"{DCTERMS}license"), LICENCE, graph),
    ]


def check_references(reading: Reading) -> None:
    """Every cell that names a row of another table must name one that is there."""
    for row, name, value, (url, target) in reading.references:
        if value not in reading.keys.get((url, target), ()):
            what = f"'{value}' is not in {url}; write one of its '{target}' or add it there"
            reading.wrong(row.file, what, row.line, name)


def source_statements(text: str, graph: NamedNode) -> Iterator[Quad]:
    source = source_of(text)
    yield Quad(source, RDF_TYPE, pas("Source"), graph)
    yield Quad(source, RDFS_LABEL, Literal(text), graph)
    for address in _ADDRESS.findall(text):
        yield Quad(source, PAGE, NamedNode(address), graph)


def source_of(text: str) -> NamedNode:
    """The thing that stands for a source text; the same text is the same source everywhere."""
    return thing("source", hashlib.sha256(text.encode()).hexdigest()[:12])


def provenance(subjects: Iterable[NamedNode], row: Row, graph: NamedNode) -> Iterator[Quad]:
    place = NamedNode(f"{graph.value}#row={row.line}")
    yield Quad(place, RDF_TYPE, pas("TableRow"), graph)
    yield Quad(place, pas("ofFile"), graph, graph)
    yield Quad(place, pas("line"), Literal(row.line), graph)
    for subject in subjects:
        yield Quad(subject, DERIVED, place, graph)
