"""tables + vocabulary + rules -> a built, immutable, versioned graph directory, switched to in one rename.

Layout of the data folder: `graphs/<version>/{store/, dump.nq.gz, report.json}` and `current`, a symbolic link to the
version that is served. A build works in a folder of its own, so a failed or killed build changes nothing.
"""

from __future__ import annotations

import fcntl
import gc
import gzip
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from graph_api import check, dataset, hierarchy, releases, rules, search, tables
from graph_api.errors import BadTable, CheckFailed, Finding, GraphError
from graph_api.sources import Sources
from graph_api.terms import DATASET, GRAPH, XSD

VOCABULARY: Final = NamedNode(f"{GRAPH}vocabulary")
BUILD: Final = NamedNode(f"{GRAPH}build")
STAGES: Final = (
    "tables",
    "vocabulary",
    "shapes",
    "rules",
    "description",
    "checks",
    "dump",
    "store",
    "search",
    "union",
    "switch",
)


@dataclass
class Report:
    """What a build did; kept as report.json beside the graph."""

    version: str = ""
    built: str = ""
    triples: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    graphs: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        text = json.dumps(self.__dict__, indent=1, sort_keys=True, ensure_ascii=False)
        (directory / "report.json").write_text(text + "\n", encoding="utf-8")


Progress = Callable[[str], None]


def build(sources: Sources, data: Path, progress: Progress = lambda _: None) -> Report:
    """Build the graph of the sources in the data folder and switch to it.

    `progress` is called with the name of each stage as it begins. Raises BadTable or CheckFailed with every finding;
    then the graph that was current stays so.
    """
    (data / "graphs").mkdir(parents=True, exist_ok=True)
    with _alone(data), _uncollected(), _workshop(data) as work:
        report = Report(built=datetime.now(UTC).isoformat(timespec="seconds"))
        with _stages(report, progress) as stage:
            store = assemble(sources, report, stage)
            stage("dump")
            report.version = _write_dump(store, work / "dump.nq.gz", releases.current_releases(data))
            _state_version(store, report)
            stage("store")
            on_disk = _write_store(store, work / "store", data)
            _state_tops(on_disk, store)
            report.graphs |= _state_sizes(on_disk, store)
            report.triples = sum(report.graphs.values())
            stage("search")
            search.write_index(on_disk, work / "search.db")
            stage("union")
            _add_union(on_disk, store, data)
            stage("switch")
        report.write(work)
        _switch(work, data, report.version)
    return report


def assemble(sources: Sources, report: Report, stage: Progress = lambda _: None) -> Store:
    """The whole graph in memory: tables, vocabulary, conclusions; checked on the way."""
    store = Store()
    stage("tables")
    reading = tables.read_tables(sources.mappings)
    report.rows = reading.rows
    store.bulk_extend(reading.quads)
    stage("vocabulary")
    store.extend(_vocabulary(sources.ontology))
    stage("shapes")
    _refuse(check.shape_findings(store, sources.ontology / "shapes.ttl"))
    stage("rules")
    rules.conclude(store, rules.read_rules(sources.ontology / "rules"))
    rules.entail(store, VOCABULARY)
    stage("description")
    store.extend(dataset.describe(store, sources.ontology))
    stage("checks")
    _refuse(check.defect_findings(store, sources.ontology / "checks"))
    return store


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise CheckFailed(findings)


def _vocabulary(ontology: Path) -> Iterator[Quad]:
    """The vocabulary with its blank nodes named canonically, so that the same file gives the same dump."""
    path = ontology / "vocabulary.ttl"
    try:
        dataset = Dataset(parse(path=path, format=RdfFormat.TURTLE))
    except SyntaxError as error:
        raise BadTable([Finding("ontology/vocabulary.ttl", f"is not Turtle: {error.msg}", error.lineno)]) from None
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    for quad in dataset:
        yield Quad(quad.subject, quad.predicate, quad.object, VOCABULARY)


def _size(store: Store, graph: Any) -> int:
    return sum(1 for _ in store.quads_for_pattern(None, None, None, graph))


def _write_dump(store: Store, path: Path, imported: Sequence[releases.Release]) -> str:
    """The graph as sorted N-Quads; the version is the hash of its text and of the releases served beside it."""
    text = serialize(store, format=RdfFormat.N_QUADS)
    assert text is not None
    lines = sorted(text.splitlines(keepends=True))
    digest = hashlib.sha256()
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as packed:
        for line in lines:
            digest.update(line)
            packed.write(line)
    for release in imported:
        digest.update(f"{release.name} {release.content}".encode())
    return digest.hexdigest()[:12]


def _state_version(store: Store, report: Report) -> None:
    """The graph says which version it is; these statements are not part of the dump that the version hashes."""
    dataset = NamedNode(DATASET)
    moment = Literal(report.built, datatype=NamedNode("http://www.w3.org/2001/XMLSchema#dateTime"))
    version = NamedNode("http://www.w3.org/2002/07/owl#versionInfo")
    store.add(Quad(dataset, version, Literal(report.version), BUILD))
    store.add(Quad(dataset, NamedNode("http://purl.org/dc/terms/modified"), moment, BUILD))


def _write_store(store: Store, path: Path, data: Path) -> Store:
    """Our named graphs and those of the newest imported releases, on disk."""
    on_disk = Store(str(path))
    on_disk.bulk_extend(store)
    releases.load_into(on_disk, data)
    return on_disk


def _state_tops(on_disk: Store, store: Store) -> None:
    """Where the classifications of the releases and of our tables begin; like the version, not part of the dump."""
    tops = list(hierarchy.top_concepts(on_disk, BUILD))
    on_disk.extend(tops)
    store.extend(tops)


def _state_sizes(on_disk: Store, store: Store) -> dict[str, int]:
    """The number of statements of each named graph, which the graph then says itself, so that nobody need count."""
    graphs = list(on_disk.named_graphs())
    sizes = {graph.value: _size(on_disk, graph) for graph in graphs}
    sizes[BUILD.value] += len(graphs)
    triples, integer = NamedNode(f"{dataset.VOID}triples"), NamedNode(f"{XSD}integer")
    said = [
        Quad(NamedNode(graph), triples, Literal(str(size), datatype=integer), BUILD) for graph, size in sizes.items()
    ]
    on_disk.extend(said)
    store.extend(said)
    return sizes


def _add_union(on_disk: Store, store: Store, data: Path) -> None:
    """The union of the named graphs as the default graph, each triple once; streamed, so that memory stays flat."""
    union = DefaultGraph()
    on_disk.bulk_extend(rules.quad_in(quad.triple, union) for quad in store)
    for path in releases.files(data):
        with gzip.open(path, "rb") as stream:
            statements = parse(cast(IO[bytes], stream), format=RdfFormat.N_QUADS)
            on_disk.bulk_extend(rules.quad_in(quad.triple, union) for quad in statements)
    on_disk.optimize()
    on_disk.flush()


@contextmanager
def _stages(report: Report, progress: Progress) -> Iterator[Progress]:
    """Announces each stage and notes the seconds that it took."""
    running: list[tuple[str, float]] = []

    def finish() -> None:
        if running:
            name, began = running.pop()
            report.seconds[name] = round(time.perf_counter() - began, 3)

    def begin(name: str) -> None:
        finish()
        running.append((name, time.perf_counter()))
        progress(name)

    yield begin
    finish()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cyclic garbage, which costs a build more than it frees."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One build at a time in a data folder; the lock goes with the process, however it ends."""
    with (data / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GraphError(f"another build is running in {data}; wait for it, or give another --data") from None
        yield


@contextmanager
def _workshop(data: Path) -> Iterator[Path]:
    """An empty folder to build in; what killed builds left behind is swept away first."""
    for left in (data / "graphs").glob(".building-*"):
        shutil.rmtree(left)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=data / "graphs"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _switch(work: Path, data: Path, version: str) -> None:
    """Give the finished folder its name and point `current` at it: two renames, each whole or not at all."""
    work.chmod(0o755)
    target = data / "graphs" / version
    if not target.exists():
        work.rename(target)
    link = data / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("graphs") / version)
    link.replace(data / "current")
