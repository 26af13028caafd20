"""Loads a built version into a SPARQL engine: `passerelle publish ENDPOINT`.

An engine has two places. One holds the current version; into the other the next one comes, graph by graph, each counted
on arrival. What was brought there is noted with its checksum, so graphs that did not change do not travel again, and a
broken-off run goes on where it stopped. Of those that changed, only what differs travels, where the version that the
place held before is still on this disk and the engine takes updates. Readers see nothing of it until the catalogue is
replaced in one request; from then on every query sees the new version. The version that was current before stays until
the next run, for those who read it just now.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from http.client import HTTPException
from itertools import filterfalse, islice, starmap
from pathlib import Path
from typing import IO, Any, Final, Protocol, cast

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, RdfFormat, Store, Triple, serialize

from graph_api.errors import GraphError, NoGraph, StoreUnavailable
from graph_api.rdf.terms import DATASET, NAMESPACE
from graph_api.store import whole
from graph_api.store.graph_store import JSON_RESULTS
from graph_api.store.remote import CATALOGUE, CURRENT, HAS_GRAPH, VERSION, Edition, place_of, prefix_there

_PLACES: Final = ("one", "two")
_LEDGER: Final = f"{CATALOGUE}/graphs"
_CHECKSUM: Final = f"{NAMESPACE}def#checksum"
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
    place: str
    """Where the version stands on the engine."""
    graphs: int
    statements: int
    """In all named graphs; the union is stored besides."""
    sent: int
    """How many graphs had to be sent or changed, the union among them; the others were there."""
    travelled: int
    """How many statements were sent for that, or taken back."""
    dropped: int
    """How many graphs of superseded versions were dropped."""


Graph = NamedNode | DefaultGraph


def publish(directory: Path, engine: Engine, progress: Progress = lambda *_: None) -> Published:
    """Load the built version in the directory into the engine and make it the current one there.

    Raises StoreUnavailable when the engine does not answer or refuses, GraphError when it holds another number of
    statements than were sent. Then the version that was current there stays so, and the next run goes on.
    """
    door = _Door(engine)
    writer: _Writer = _GraphStoreWriter(door) if engine.graph_store else _UpdateWriter(door)
    editions, ledger = _catalogue(door), _Ledger(door, writer)
    version = _version_of(directory)
    place = _place_for(version, editions)
    built, held = (
        _Built(directory, place),
        next((each for each in editions if each.prefix == prefix_there(place)), None),
    )
    before = _built_before(directory, held)
    if held and held is not editions[-1]:  # what it holds is a version no longer, as soon as a graph of it has changed
        writer.replace(CATALOGUE, _catalogue_text(editions[-1:]))
    there = ledger.under(built.edition.prefix)
    names = {graph: built.name_there(graph) for graph in built.graphs}
    fresh = {graph: built.checksum(graph) for graph in built.graphs}
    ledger.forget([name for name in there if name not in names.values()])
    ledger.forget([names[graph] for graph in built.graphs if there.get(names[graph]) not in (None, fresh[graph])])
    bringing = _Bringing(built, before, door, writer, progress)
    for graph, name in names.items():
        if bringing.is_there(graph, noted=there.get(name) == fresh[graph]):
            continue
        bringing.bring(graph, there.get(name))
        ledger.note(name, fresh[graph])
        progress(_title(graph), built.size(graph), built.size(graph))
    kept = [each for each in editions[-1:] if each.prefix != built.edition.prefix]
    writer.replace(CATALOGUE, _catalogue_text([*kept, built.edition]))
    staying = {*names.values(), *(name for each in kept for name in (*each.graphs, each.union))}
    leaving = {*there, *(name for each in editions for name in (*each.graphs, each.union))} - staying
    for name in sorted(leaving):
        writer.drop(name)
    total = sum(built.size(graph) for graph in built.graphs if isinstance(graph, NamedNode))
    done = bringing.graphs, bringing.statements, len(leaving)
    return Published(version, place, len(built.graphs) - 1, total, *done)


def _place_for(version: str, editions: Sequence[Edition]) -> str:
    """Where a version comes: where it stands already as the current one, else in the place that is not current."""
    current = editions[-1] if editions else None
    if current and current.version == version:
        return current.place
    return next(place for place in _PLACES if not current or place != current.place)


def _built_before(directory: Path, held: Edition | None) -> _Built | None:
    """The version that the place holds, where it is still beside the one that is published, and whole."""
    for folder in sorted(directory.resolve().parent.glob("[!.]*")) if held else ():
        if held and not whole.watch(folder).faults() and _says(folder, held.version):
            return _Built(folder, held.place)
    return None


def _says(folder: Path, version: str) -> bool:
    try:
        return _version_of(folder) == version
    except (NoGraph, ValueError, KeyError):
        return False


def _version_of(directory: Path) -> str:
    report = directory / "report.json"
    if not report.is_file():
        raise NoGraph(f"{directory} holds no built graph; run `passerelle build`")
    version: str = json.loads(report.read_text(encoding="utf-8"))["version"]
    return version


class _Built:
    """A built version on disk, under the names that it has in its place on the engine."""

    def __init__(self, directory: Path, place: str) -> None:
        self.store = Store.read_only(str(directory / "store"))
        named = sorted(self.store.named_graphs(), key=lambda graph: graph.value)
        self.graphs: list[Graph] = [*(graph for graph in named if isinstance(graph, NamedNode))]
        self.graphs.append(DefaultGraph())
        self.edition = Edition(_version_of(directory), (), place)
        self.edition = replace(self.edition, graphs=tuple(self.name_there(graph) for graph in self.graphs[:-1]))
        self._known: dict[Graph, _Digest] = {}

    def name_there(self, graph: Graph) -> str:
        return self.edition.statements_there(graph.value) if isinstance(graph, NamedNode) else self.edition.union

    def size(self, graph: Graph) -> int:
        return self._measured(graph).lines

    def checksum(self, graph: Graph) -> str:
        """Of what the graph says: the engine on disk gives the same statements in the same order."""
        return self._measured(graph).found.hexdigest()

    def _measured(self, graph: Graph) -> _Digest:
        if graph not in self._known:
            self._known[graph] = _Digest()
            self.store.dump(cast(IO[bytes], self._known[graph]), RdfFormat.N_TRIPLES, from_graph=graph)
        return self._known[graph]

    def triples(self, graph: Graph, subject: Any = None) -> set[Triple]:
        return {quad.triple for quad in self.store.quads_for_pattern(subject, None, None, graph)}

    def parts(self, graph: Graph, most: int) -> Iterator[tuple[int, str]]:
        """The statements as N-Triples, so many at a time; those with blank nodes share their names in one part."""
        with tempfile.TemporaryFile() as file:
            self.store.dump(file, RdfFormat.N_TRIPLES, from_graph=graph)
            file.seek(0)
            if blank := list(filter(_may_have_blank, file)):
                yield len(blank), self.edition.statements_there(b"".join(blank).decode())
            file.seek(0)
            left = filterfalse(_may_have_blank, file)
            while part := list(islice(left, most)):
                yield len(part), self.edition.statements_there(b"".join(part).decode())

    def cut(self, triples: Iterable[Triple], most: int) -> Iterator[tuple[int, str]]:
        """The triples as N-Triples, so many at a time."""
        left = iter(triples)
        while part := list(islice(left, most)):
            yield (
                len(part),
                self.edition.statements_there((serialize(part, format=RdfFormat.N_TRIPLES) or b"").decode()),
            )


class _Digest:
    """A file of which nothing is kept but its checksum, and how many lines it has."""

    def __init__(self) -> None:
        self.found, self.lines = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        """Take the bytes in."""
        self.found.update(data)
        self.lines += data.count(b"\n")
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""


def _may_have_blank(line: bytes) -> bool:
    return line.startswith(b"_:") or b" _:" in line


def _has_blank(triple: Triple) -> bool:
    return isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode)


def _title(graph: Graph) -> str:
    return graph.value if isinstance(graph, NamedNode) else "the union of all graphs"


class _Bringing:
    """Brings graphs to the engine; how many, and how many statements travelled for them."""

    def __init__(self, built: _Built, before: _Built | None, door: _Door, writer: _Writer, progress: Progress) -> None:
        self._built, self._before, self._door, self._writer, self._progress = built, before, door, writer, progress
        takes_updates = door.engine.update or not door.engine.graph_store
        self._updates = _UpdateWriter(door) if takes_updates else None
        self.graphs = self.statements = 0

    @cached_property
    def _touched(self) -> set[Any]:
        """The things of which some named graph says something else than before."""
        found: set[Any] = set()
        for graph in {*self._built.graphs, *(self._before.graphs if self._before else ())} - {DefaultGraph()}:
            if self._before and self._before.checksum(graph) != self._built.checksum(graph):
                differing = self._before.triples(graph) ^ self._built.triples(graph)
                found |= {triple.subject for triple in differing}
        return found

    def is_there(self, graph: Graph, *, noted: bool) -> bool:
        """Whether the engine holds the graph as it was noted, every statement of it."""
        size = self._built.size(graph)
        found = noted and _count(self._door, self._built.name_there(graph)) == size
        if found:
            self._progress(_title(graph), size, size)
        return found

    def bring(self, graph: Graph, noted: str | None) -> None:
        """Make sure that the engine holds the graph, in which it has what was `noted`. Raises GraphError."""
        self.graphs += 1
        difference = self._difference(graph, noted)
        if difference and self._updates:
            self._change(graph, *difference, self._updates)
            if self._held(graph) == self._built.size(graph):
                return
        self._send(graph)
        if (held := self._held(graph)) != self._built.size(graph):
            raise GraphError(
                f"{_title(graph)} has {self._built.size(graph)} statements, of which the engine holds {held}; run "
                "publish again, and if the numbers stay, the engine takes some of them for the same"
            )

    def _held(self, graph: Graph) -> int:
        return _count(self._door, self._built.name_there(graph))

    def _difference(self, graph: Graph, noted: str | None) -> tuple[set[Triple], set[Triple]] | None:
        """What leaves the graph and what comes; None where that is not known, or cannot be said in an update."""
        if not self._updates or not self._before or self._before.checksum(graph) != noted:
            return None
        if isinstance(graph, NamedNode):
            was, now = self._before.triples(graph), self._built.triples(graph)
        else:  # one label of several gives way in the union, so all that is said of these things is compared
            was, now = (
                {triple for thing in self._touched for triple in each.triples(graph, thing)}
                for each in (self._before, self._built)
            )
        gone, new = was - now, now - was
        return None if any(map(_has_blank, gone | new)) else (gone, new)

    def _change(self, graph: Graph, gone: set[Triple], new: set[Triple], updates: _UpdateWriter) -> None:
        name = self._built.name_there(graph)
        for count, text in self._built.cut(gone, updates.part):
            updates.take_back(name, text)
            self.statements += count
        for count, text in self._built.cut(new, updates.part):
            updates.add(name, text)
            self.statements += count

    def _send(self, graph: Graph) -> None:
        name, done = self._built.name_there(graph), 0
        self._writer.drop(name)
        for count, text in self._built.parts(graph, self._writer.part):
            self._writer.add(name, text)
            done += count
            if done < self._built.size(graph):
                self._progress(_title(graph), done, self._built.size(graph))
        self.statements += done


def _count(door: _Door, name: str) -> int:
    rows = door.select(f"SELECT (COUNT(*) AS ?held) WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
    return int(rows[0]["held"]["value"]) if rows else 0


class _Ledger:
    """Which graphs the engine holds as they were brought, each with the checksum of what was brought."""

    def __init__(self, door: _Door, writer: _Writer) -> None:
        rows = door.select(f"SELECT ?graph ?sum WHERE {{ GRAPH <{_LEDGER}> {{ ?graph <{_CHECKSUM}> ?sum }} }}")
        self._noted = {row["graph"]["value"]: row["sum"]["value"] for row in rows}
        self._writer = writer

    def under(self, prefix: str) -> dict[str, str]:
        """The graphs of a place."""
        return {name: noted for name, noted in self._noted.items() if name.startswith(prefix)}

    def forget(self, names: Sequence[str]) -> None:
        """Graphs that are about to change are no longer as they were brought."""
        if self._noted.keys() & set(names):
            self._noted = {name: noted for name, noted in self._noted.items() if name not in names}
            self._writer.replace(_LEDGER, "".join(starmap(_noted, self._noted.items())))

    def note(self, name: str, checksum: str) -> None:
        """A graph is there."""
        self._noted[name] = checksum
        self._writer.add(_LEDGER, _noted(name, checksum))


def _noted(name: str, checksum: str) -> str:
    return f'<{name}> <{_CHECKSUM}> "{checksum}" .\n'


def _catalogue(door: _Door) -> list[Edition]:
    """What the engine holds, the current version last."""
    text = (
        f"SELECT ?edition ?graph ?version ?current WHERE {{ GRAPH <{CATALOGUE}> {{ ?edition <{HAS_GRAPH}> ?graph . "
        f"OPTIONAL {{ ?edition <{VERSION}> ?version }} OPTIONAL {{ ?current <{CURRENT}> ?edition }} }} }}"
    )
    found: dict[str, Edition] = {}
    for row in sorted(door.select(text), key=lambda row: ("current" in row, row["graph"]["value"])):
        place = place_of(row["edition"]["value"])
        version = row["version"]["value"] if "version" in row else place
        known = found.get(place, Edition(version, (), place))
        found[place] = replace(known, graphs=(*known.graphs, row["graph"]["value"]))
    return list(found.values())


def _catalogue_text(editions: Sequence[Edition]) -> str:
    """A catalogue of these, the current version last."""
    lines = [f"<{DATASET}> <{CURRENT}> <{editions[-1].prefix}> ."]
    for edition in editions:
        lines.append(f'<{edition.prefix}> <{VERSION}> "{edition.version}" .')
        lines += [f"<{edition.prefix}> <{HAS_GRAPH}> <{graph}> ." for graph in edition.graphs]
    return "\n".join(lines) + "\n"


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
        # DELETE, INSERT and WHERE with OPTIONAL add nothing in Virtuoso where the graph is empty
        self._update(f"CLEAR SILENT GRAPH <{graph}> ; INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}")

    def drop(self, graph: str) -> None:
        self._update(f"DROP SILENT GRAPH <{graph}>")

    def take_back(self, graph: str, text: str) -> None:
        """Take statements, written as N-Triples, out of a graph."""
        self._update(f"DELETE DATA {{ GRAPH <{graph}> {{ {text} }} }}")

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
