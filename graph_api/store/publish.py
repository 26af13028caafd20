"""Loads a built version into a SPARQL engine: `passerelle publish ENDPOINT`.

Graph by graph, each counted on arrival, so that a broken-off run goes on where it stopped. Readers see nothing of it
until the catalogue is replaced in one request; from then on every query sees the new version. The version that was
current before stays until the next run, for those who read it just now.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from graph_api.errors import GraphError, NoGraph, StoreUnavailable
from graph_api.rdf.terms import DATASET
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.remote import CATALOGUE, CURRENT, HAS_GRAPH, Edition, prefix_there

_GRAPH_STORE_PART: Final = 20_000
_UPDATE_PART: Final = 500
_SECONDS: Final = 600.0

Progress = Callable[[str, int, int], None]
"""Called with the name of a graph, the number of its statements that are there, and that of all of them."""


@dataclass(frozen=True)
class Engine:
    """The addresses of an engine; without a Graph Store address, statements go there as updates."""

    query: str
    update: str | None = None
    graph_store: str | None = None
    user: str | None = None
    password: str = ""


@dataclass(frozen=True)
class Published:
    """What a run did."""

    version: str
    graphs: int
    statements: int
    """In all named graphs; the union is stored besides."""
    sent: int
    """How many graphs had to be sent; the others were there."""
    dropped: int
    """How many graphs of superseded versions were dropped."""


def publish(directory: Path, engine: Engine, progress: Progress = lambda *_: None) -> Published:
    """Load the built version in the directory into the engine and make it the current one there.

    Raises StoreUnavailable when the engine does not answer or refuses, GraphError when it holds another number of
    statements than were sent. Then the version that was current there stays so, and the next run goes on.
    """
    built = _Built(directory)
    door = _Door(engine)
    writer: _Writer = _GraphStoreWriter(door) if engine.graph_store else _UpdateWriter(door)
    sent = total = 0
    for graph in built.graphs:
        sent += _bring(built, graph, door, writer, progress)
        total += built.size(graph) if isinstance(graph, NamedNode) else 0
    before = _catalogue(door)
    writer.replace(CATALOGUE, _catalogue_text(built, before))
    dropped = _drop_superseded(built.edition.version, before, writer)
    return Published(built.edition.version, len(built.graphs) - 1, total, sent, dropped)


class _Built:
    """A built version on disk, under the names that it has on the engine."""

    def __init__(self, directory: Path) -> None:
        report = directory / "report.json"
        if not report.is_file():
            raise NoGraph(f"{directory} holds no built graph; run `passerelle build`")
        self._store = Store.read_only(str(directory / "store"))
        named = sorted(self._store.named_graphs(), key=lambda graph: graph.value)
        self.graphs: list[NamedNode | DefaultGraph] = [*(graph for graph in named if isinstance(graph, NamedNode))]
        self.graphs.append(DefaultGraph())
        version: str = json.loads(report.read_text(encoding="utf-8"))["version"]
        self.edition = Edition(version)
        self.edition = Edition(version, tuple(self.name_there(graph) for graph in self.graphs[:-1]))

    def name_there(self, graph: NamedNode | DefaultGraph) -> str:
        return self.edition.there(graph.value) if isinstance(graph, NamedNode) else self.edition.union

    def size(self, graph: NamedNode | DefaultGraph) -> int:
        return sum(1 for _ in self._store.quads_for_pattern(None, None, None, graph))

    def parts(self, graph: NamedNode | DefaultGraph, most: int) -> Iterator[tuple[int, str]]:
        """The statements as N-Triples, so many at a time; those with blank nodes share their names in one part."""
        quads = list(self._store.quads_for_pattern(None, None, None, graph))
        blank = [quad for quad in quads if _has_blank(quad)]
        if blank:
            yield len(blank), self._text(blank)
        rest = (quad for quad in quads if not _has_blank(quad))
        while part := list(islice(rest, most)):
            yield len(part), self._text(part)

    def _text(self, quads: Sequence[Quad]) -> str:
        triples = (Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
        return self.edition.there((serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode())


def _has_blank(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _bring(built: _Built, graph: NamedNode | DefaultGraph, door: _Door, writer: _Writer, progress: Progress) -> bool:
    """Make sure that the engine holds the graph; whether it had to be sent. Raises GraphError."""
    name, size = built.name_there(graph), built.size(graph)
    title = graph.value if isinstance(graph, NamedNode) else "the union of all graphs"
    held = _count(door, name)
    if held == size:
        progress(title, size, size)
        return False
    if held:
        writer.drop(name)
    done = 0
    for count, text in built.parts(graph, writer.part):
        writer.add(name, text)
        done += count
        progress(title, done, size)
    held = _count(door, name)
    if held != size:
        raise GraphError(
            f"{title} has {size} statements, of which the engine holds {held}; run publish again, and if the numbers "
            "stay, the engine takes some of them for the same"
        )
    return True


def _count(door: _Door, name: str) -> int:
    rows = door.select(f"SELECT (COUNT(*) AS ?held) WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
    return int(rows[0]["held"]["value"]) if rows else 0


def _catalogue(door: _Door) -> dict[str, list[str]]:
    """Edition -> its graphs, the current one last."""
    text = (
        f"SELECT ?edition ?graph ?current WHERE {{ GRAPH <{CATALOGUE}> {{ ?edition <{HAS_GRAPH}> ?graph . "
        f"OPTIONAL {{ ?current <{CURRENT}> ?edition }} }} }}"
    )
    found: dict[str, list[str]] = {}
    for row in sorted(door.select(text), key=lambda row: ("current" in row, row["graph"]["value"])):
        found.setdefault(row["edition"]["value"], []).append(row["graph"]["value"])
    return found


def _catalogue_text(built: _Built, before: dict[str, list[str]]) -> str:
    """The new catalogue: this version as the current one, and the one that was current until now."""
    edition = prefix_there(built.edition.version)
    kept = {name: graphs for name, graphs in list(before.items())[-1:] if name != edition}
    kept[edition] = list(built.edition.graphs)
    lines = [f"<{DATASET}> <{CURRENT}> <{edition}> ."]
    lines += [f"<{name}> <{HAS_GRAPH}> <{graph}> ." for name, graphs in kept.items() for graph in graphs]
    return "\n".join(lines) + "\n"


def _drop_superseded(version: str, before: dict[str, list[str]], writer: _Writer) -> int:
    """Drop the versions that were superseded already before this run."""
    dropped = 0
    for name, graphs in list(before.items())[:-1]:
        if name != prefix_there(version):
            for graph in (*graphs, f"{name}union"):
                writer.drop(graph)
                dropped += 1
    return dropped


class _Writer(Protocol):
    """How statements get into an engine."""

    part: int

    def add(self, graph: str, text: str) -> None:
        """Add statements, written as N-Triples, to a graph."""

    def replace(self, graph: str, text: str) -> None:
        """Replace a graph, in one request."""

    def drop(self, graph: str) -> None:
        """Drop a graph; one that is not there is no error."""


class _GraphStoreWriter:
    """SPARQL 1.1 Graph Store HTTP Protocol."""

    part = _GRAPH_STORE_PART

    def __init__(self, door: _Door) -> None:
        self._door = door

    def add(self, graph: str, text: str) -> None:
        self._send("POST", graph, text)

    def replace(self, graph: str, text: str) -> None:
        self._send("PUT", graph, text)

    def drop(self, graph: str) -> None:
        self._send("DELETE", graph, None)

    def _send(self, method: str, graph: str, text: str | None) -> None:
        address = f"{self._door.engine.graph_store}?{urllib.parse.urlencode({'graph': graph})}"
        body = None if text is None else text.encode()
        missing = (404,) if method == "DELETE" else ()
        self._door.send(method, address, body, "application/n-triples", also_fine=missing)


class _UpdateWriter:
    """SPARQL 1.1 Update."""

    part = _UPDATE_PART

    def __init__(self, door: _Door) -> None:
        self._door = door

    def add(self, graph: str, text: str) -> None:
        self._update(f"INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}")

    def replace(self, graph: str, text: str) -> None:
        self._update(
            f"DELETE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} INSERT {{ GRAPH <{graph}> {{ {text} }} }} "
            f"WHERE {{ OPTIONAL {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} }}"
        )

    def drop(self, graph: str) -> None:
        self._update(f"DROP SILENT GRAPH <{graph}>")

    def _update(self, text: str) -> None:
        address = self._door.engine.update or self._door.engine.query
        self._door.send("POST", address, text.encode(), "application/sparql-update")


class _Door:
    """HTTP to the engine, with the account where it wants one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._opener = urllib.request.build_opener(*_accounts(engine))

    def select(self, text: str) -> list[dict[str, dict[str, str]]]:
        body = urllib.parse.urlencode({"query": text}).encode()
        form = "application/x-www-form-urlencoded"
        answer: Any = json.loads(self.send("POST", self.engine.query, body, form))
        rows: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
        return rows

    def send(
        self, method: str, address: str, body: bytes | None, media_type: str, also_fine: Sequence[int] = ()
    ) -> bytes:
        headers = {"Accept": f"{JSON_RESULTS}, */*;q=0.1", "Content-Type": media_type}
        request = urllib.request.Request(address, data=body, method=method, headers=headers)
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                answer: bytes = response.read()
        except urllib.error.HTTPError as error:
            said = " ".join(error.read().decode("utf-8", "replace").split())[:300]
            if error.code in also_fine:
                return b""
            raise StoreUnavailable(_refusal(address, error.code, said)) from None
        except (OSError, HTTPException) as error:
            raise StoreUnavailable(f"{address} did not answer: {error}") from None
        return answer


def _accounts(engine: Engine) -> list[urllib.request.BaseHandler]:
    """What answers when the engine asks who is writing: digest or basic, as it likes."""
    if not engine.user:
        return []
    accounts = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    for address in filter(None, (engine.query, engine.update, engine.graph_store)):
        accounts.add_password(None, address, engine.user, engine.password)
    return [urllib.request.HTTPDigestAuthHandler(accounts), urllib.request.HTTPBasicAuthHandler(accounts)]


def _refusal(address: str, status: int, said: str) -> str:
    if status in (401, 403):
        return f"{address} wants an account that may write ({status}); give --user, and its password in the environment"
    return f"{address} refused ({status}): {said}"
