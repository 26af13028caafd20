"""The W3C's SPARQL 1.1 tests: their manifests read, their results compared."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

CONFORMANCE = Path(__file__).parents[2] / "shared" / "data" / "conformance" / "sparql11"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"

Node = NamedNode | BlankNode | Literal
Row = tuple[tuple[str, str], ...]

needs_the_tests = pytest.mark.skipif(
    not CONFORMANCE.is_dir(),
    reason="the W3C's tests are not beside this checkout (../shared/data/conformance)",
)


class Graph:
    """The triples of a file, to walk along."""

    def __init__(self, path: Path) -> None:
        self._values: dict[tuple[object, str], list[Node]] = {}
        self.subjects: list[Node] = []
        for quad in triples_of(path):
            self._values.setdefault((quad.subject, quad.predicate.value), []).append(quad.object)
            self.subjects.append(quad.subject)

    def all(self, subject: Node, predicate: str) -> list[Node]:
        return self._values.get((subject, predicate), [])

    def one(self, subject: Node, predicate: str) -> Node | None:
        return next(iter(self.all(subject, predicate)), None)

    def text(self, subject: Node, predicate: str) -> str | None:
        found = self.one(subject, predicate)
        return None if found is None else found.value

    def items(self, head: Node | None) -> Iterator[Node]:
        """The members of a list."""
        while head is not None and head != NamedNode(f"{RDF}nil"):
            first = self.one(head, f"{RDF}first")
            assert first is not None
            yield first
            head = self.one(head, f"{RDF}rest")


def triples_of(path: Path) -> Iterator[Quad]:
    yield from parse(path=str(path), format=RdfFormat.from_extension(path.suffix[1:]), base_iri=path.as_uri())


def path_of(node: Node) -> Path:
    return Path(node.value.removeprefix("file://"))


@dataclass(frozen=True)
class Evaluation:
    """A query, its data, and the result that it must have; no result: the query must be refused."""

    name: str
    query: Path
    data: tuple[Path, ...]
    graphs: tuple[Path, ...]
    result: Path | None


@cache
def evaluations() -> tuple[Evaluation, ...]:
    """The tests of all folders but the protocol's, in the order of their manifests."""
    if not CONFORMANCE.is_dir():
        return ()
    folders = sorted(path.parent for path in CONFORMANCE.glob("*/manifest.ttl"))
    return tuple(test for folder in folders for test in _evaluations(folder))


def _evaluations(folder: Path) -> Iterator[Evaluation]:
    graph = Graph(folder / "manifest.ttl")
    manifest = NamedNode((folder / "manifest.ttl").as_uri())
    for test in graph.items(graph.one(manifest, f"{MF}entries")):
        action, result = graph.one(test, f"{MF}action"), graph.one(test, f"{MF}result")
        if action is None or graph.one(action, f"{HT}requests"):
            continue
        name = f"{folder.name}/{test.value.partition('#')[2]}"
        if isinstance(action, NamedNode):
            yield Evaluation(name, path_of(action), (), (), None)
            continue
        query = graph.one(action, f"{QT}query")
        assert query is not None
        data = tuple(path_of(node) for node in graph.all(action, f"{QT}data"))
        graphs = tuple(path_of(node) for node in graph.all(action, f"{QT}graphData"))
        yield Evaluation(name, path_of(query), data, graphs, path_of(result) if result else None)


@dataclass(frozen=True)
class Exchange:
    """One request of a protocol test and what must come back."""

    method: str
    address: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statuses: frozenset[str]
    boolean: bool | None
    form: str | None


@dataclass(frozen=True)
class ProtocolTest:
    name: str
    graphs: tuple[tuple[str, Path], ...]
    exchanges: tuple[Exchange, ...]


@cache
def protocol_tests() -> tuple[ProtocolTest, ...]:
    folder = CONFORMANCE / "protocol"
    if not folder.is_dir():
        return ()
    graph = Graph(folder / "manifest.ttl")
    manifest = NamedNode((folder / "manifest.ttl").as_uri())
    return tuple(_protocol_test(graph, test) for test in graph.items(graph.one(manifest, f"{MF}entries")))


def _protocol_test(graph: Graph, test: Node) -> ProtocolTest:
    graphs = []
    for data in graph.all(test, f"{UT}graphData"):
        path, name = graph.one(data, f"{UT}graph"), graph.text(data, f"{RDFS}label")
        assert path is not None and name is not None
        graphs.append((name, path_of(path)))
    action = graph.one(test, f"{MF}action")
    assert action is not None
    requests = graph.items(graph.one(action, f"{HT}requests"))
    exchanges = tuple(_exchange(graph, request) for request in requests)
    return ProtocolTest(test.value.partition("#")[2], tuple(graphs), exchanges)


def _exchange(graph: Graph, request: Node) -> Exchange:
    body = graph.one(request, f"{HT}body")
    content = b""
    if body is not None:
        encoding = graph.text(body, f"{CNT}characterEncoding") or "UTF-8"
        content = (graph.text(body, f"{CNT}chars") or "").encode(encoding)
    response = graph.one(request, f"{HT}resp")
    assert response is not None
    boolean = graph.text(response, f"{MF}expectedBoolean")
    return Exchange(
        method=graph.text(request, f"{HT}methodName") or "GET",
        address=graph.text(request, f"{HT}absolutePath") or "",
        headers=tuple(
            (graph.text(header, f"{HT}fieldName") or "", graph.text(header, f"{HT}fieldValue") or "")
            for header in graph.items(graph.one(request, f"{HT}headers"))
        ),
        body=content,
        statuses=frozenset(node.value[-3:] for node in graph.all(response, f"{MF}expectedStatus")),
        boolean=None if boolean is None else boolean == "true",
        form=graph.text(response, f"{MF}expectedFormat"),
    )


# Results


def media_type(test: Evaluation) -> str:
    """The media type in which the test's result is written."""
    assert test.result is not None
    if test.result.suffix == ".ttl":
        return "text/turtle" if is_graph(test.query) else QueryResultsFormat.XML.media_type
    known = QueryResultsFormat.from_extension(test.result.suffix[1:])
    assert known is not None, test.result
    return known.media_type


def is_graph(query: Path) -> bool:
    return "CONSTRUCT" in query.read_text(encoding="utf-8").upper()


def same(test: Evaluation, answer: bytes) -> bool:
    """Whether the answer is the test's result."""
    assert test.result is not None
    expected = test.result.read_bytes()
    if media_type(test) == "text/turtle":
        return canonical(parse(answer, format=RdfFormat.TURTLE)) == canonical(triples_of(test.result))
    if test.result.suffix == ".csv":
        return _plain_rows(answer) == _plain_rows(expected)
    if test.result.suffix == ".ttl":
        return table(answer, QueryResultsFormat.XML) == described_table(test.result)
    form = QueryResultsFormat.from_extension(test.result.suffix[1:])
    return table(answer, form) == table(expected, form)


def canonical(quads: Iterator[Quad]) -> Dataset:
    dataset = Dataset(quad for quad in quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def table(written: bytes, form: QueryResultsFormat | None) -> bool | tuple[tuple[str, ...], Counter[Row]]:
    """A truth, or the variables and the rows with how often each occurs."""
    results = parse_query_results(written, format=form)
    if not isinstance(results, QuerySolutions):
        return bool(results)
    variables = [variable.value for variable in results.variables]
    rows = [[(name, row[name]) for name in variables if row[name] is not None] for row in results]
    return tuple(sorted(variables)), _counted(rows)


def described_table(path: Path) -> tuple[tuple[str, ...], Counter[Row]]:
    """A result that is written as RDF."""
    graph = Graph(path)
    (head,) = {subject for subject in graph.subjects if graph.all(subject, f"{RS}resultVariable")}
    variables = tuple(sorted(node.value for node in graph.all(head, f"{RS}resultVariable")))
    rows = [
        [_binding(graph, binding) for binding in graph.all(solution, f"{RS}binding")]
        for solution in graph.all(head, f"{RS}solution")
    ]
    return variables, _counted(rows)


def _binding(graph: Graph, binding: Node) -> tuple[str, object]:
    return graph.text(binding, f"{RS}variable") or "", graph.one(binding, f"{RS}value")


def _counted(rows: list[list[tuple[str, object]]]) -> Counter[Row]:
    """The rows, with blank nodes numbered as they first occur in the sorted whole."""
    numbers: dict[object, str] = {}
    rows = [sorted(row, key=lambda pair: pair[0]) for row in rows]
    rows.sort(key=lambda row: [(name, _written(value, {})) for name, value in row])
    return Counter(tuple((name, _written(value, numbers)) for name, value in row) for row in rows)


def _written(value: object, numbers: dict[object, str]) -> str:
    if isinstance(value, BlankNode):
        return numbers.setdefault(value, f"_:b{len(numbers)}")
    if isinstance(value, Literal) and value.datatype.value.removeprefix(XSD) in ("integer", "decimal"):
        return f"{Decimal(value.value).normalize():f} {value.datatype.value}"
    if isinstance(value, Literal) and value.datatype.value.removeprefix(XSD) in ("double", "float"):
        return f"{float(value.value)!r} {value.datatype.value}"
    if isinstance(value, Triple):
        return f"<< {_written(value.subject, numbers)} {value.predicate} {_written(value.object, numbers)} >>"
    return str(value)


def _plain_rows(written: bytes) -> Counter[Row]:
    """The rows of a CSV file. SELECT * leaves open in which order the columns stand."""
    rows = csv.DictReader(io.StringIO(written.decode("utf-8"), newline=""))
    return Counter(
        tuple(sorted((name, "_:" if cell.startswith("_:") else cell) for name, cell in row.items())) for row in rows
    )
