"""tables + vocabulary + rules -> a built, immutable, versioned graph directory, switched to in one rename.

Layout of the data folder: `graphs/<version>/{store/, search.db, lookups.db, literals.db, dump.nq.gz, titles.nq.gz,
registers.csv, report.json, checksums.json}` and `current`, a symbolic link to the version that is served. A build works
in a folder of its own, so a failed or killed build changes nothing. A version that was built before is used again only
where all its files are as they were written; a damaged one is replaced by a folder beside it, `<version>.1`.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Final

from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
    serialize,
)

from graph_api import PACKAGE, durable
from graph_api.build import archive, basis, checks, entailment, kept, lookups, rules, void
from graph_api.build.changed_graph import ChangedGraph
from graph_api.build.labels import ALTERNATIVE, as_alternatives, surplus_labels
from graph_api.build.registered import titles_of_registers
from graph_api.build.top_concepts import SAID, top_concepts
from graph_api.errors import BadTable, CheckFailed, Defect
from graph_api.inputs import releases, tables
from graph_api.inputs.decided import take_out_refused
from graph_api.inputs.folders import Sources, alone
from graph_api.inputs.reading import Reading
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import DCTERMS, OWL, VOID, XSD
from graph_api.rdf.terms import DATASET, GRAPH, PREF_LABEL, VOCABULARY, quad_in
from graph_api.search import writer
from graph_api.search.labels import INDEXED
from graph_api.search.literals import FILE as LITERALS
from graph_api.search.literals import write_literals
from graph_api.settings import KEPT_VERSIONS
from graph_api.store import whole

BUILD: Final = NamedNode(f"{GRAPH}build")
STAGES: Final = (
    "tables",
    "vocabulary",
    "shapes",
    "rules",
    "description",
    "dump",
    "registers",
    "checks",
    "store",
    "search",
    "lookups",
    "switch",
    "archive",
)
_TITLES: Final = "titles.nq.gz"
_INDEX: Final = "search.db"
_FORM: Final = 6
"""Raise it when store, index or what a build adds to the dump change their form: then old versions are not reused."""
_MAKES_THE_GRAPH: Final = ("rdf", "inputs", "build")
_TABLES: Final = f"{GRAPH}mappings/"
_FEW: Final = 10_000
"""Where more statements of the tables differ, concluding everything is faster than what they concern."""
_LIBRARIES: Final = ("pyoxigraph", "reasonable", "pyshacl", "rdflib", "csvw")


@dataclass
class Report:
    """What a build did; kept as report.json beside the graph."""

    version: str = ""
    built: str = ""
    triples: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    registers: dict[str, dict[str, int]] = field(default_factory=dict)
    """For each imported register: `titles` of its own, rows that are `curated` titles, `findings` for the curator."""
    graphs: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each stage took. Side by side run the shapes and the rules, then checks, store, archive and index."""
    sources: str = ""
    """What our own graph was made from: the hash of tables, ontology and program."""
    law: str = ""
    """What concludes from the tables: the hash of ontology and program."""
    dump: str = ""
    """The SHA-256 of our own graph as sorted N-Quads, unpacked."""

    def write(self, directory: Path) -> None:
        text = json.dumps(self.__dict__, indent=1, sort_keys=True, ensure_ascii=False)
        (directory / "report.json").write_text(text + "\n", encoding="utf-8")


Progress = Callable[[str], None]
Checking = Callable[[], list[Defect]]
"""What the checks find, when it is asked."""


def build(
    sources: Sources, data: Path, progress: Progress = lambda _: None, *, reuse: bool = False, keep: int = KEPT_VERSIONS
) -> Report:
    """Build the graph of the sources in the data folder and switch to it; the newest `keep` versions stay.

    `progress` is called with the name of each stage as it begins. With `reuse`, our own graph is taken from the served
    version when that was made from the same sources: nothing is read, concluded and checked a second time when only
    the imported releases changed. The version is the same either way. What experts refused of a machine's readings is
    taken out of its release first. Raises BadTable or CheckFailed with every
    defect; then the graph that was current stays so.
    """
    (data / "graphs").mkdir(parents=True, exist_ok=True)
    with alone(data, "build"), _workshop(data) as work:
        report = Report(built=_now(), sources=fingerprint(sources), law=_fingerprint_of_law(sources))
        with _stages(report, progress) as stage, _uncollected():
            taken_over = reuse and _take_over(data / "current", work, report)
            checking = None if taken_over else _make_own_graph(sources, data, work, report, stage)
            take_out_refused(data, sources.mappings)
            imported = releases.current_releases(data)
            report.version = _version(report.dump, imported)
            report.graphs |= {release.graph: release.triples for release in imported}
            report.graphs |= _take_titles(data, work, report, stage)
            report.graphs[BUILD.value] = len(_statement_of_version(report))
            report.triples = sum(report.graphs.values())
            about = void.describe_archive(sources.ontology)
            known = kept.whole_folder(data / "graphs", report.version)
            others = {name: each for name, each in kept.usable_versions(data, keep).items() if name != report.version}
            served = None if known else _basis(data, work)
            _write_all(data, work, report, served, checking, stage, known=bool(known))
            stage("switch")
            report.write(work)
            _switch(work, data, known or work, report.version, served.folder if served else None)
            if known and _noted(known) != (report.sources, report.law):
                _note_sources(known, report)
            stage("archive")
            current = whole.led_to(data / "current")
            graphs = {**dict(list(others.items())[: keep - 1]), report.version: current}
            _write_archive(data, work, graphs, about)
        kept.let_go(data, current, keep)
    return report


def _take_titles(data: Path, work: Path, report: Report, stage: Progress) -> dict[str, int]:
    """Write the titles of imported registers, with what the curator should see of them; the sizes of their graphs."""
    stage("registers")
    found = titles_of_registers(data, work / "dump.nq.gz")
    if not found.graphs:
        return {}
    nquads.write_packed(work / _TITLES, found.lines)
    found.write_report(work / "registers.csv")
    report.registers = found.counts()
    return found.graphs


def _now() -> str:
    """The moment as xsd:dateTime writes it in its canonical form, so that every store gives it back unchanged."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fingerprint(sources: Sources) -> str:
    """The hash of all that our own graph is made from: tables, ontology, the rooms that make it, libraries."""
    return _hash_of(sources.ontology, sources.mappings)


def _fingerprint_of_law(sources: Sources) -> str:
    """The same without the tables."""
    return _hash_of(sources.ontology)


def _hash_of(*made_from: Path) -> str:
    digest = hashlib.sha256(" ".join(map(installed, _LIBRARIES)).encode())
    folders = [(folder, "*") for folder in made_from]
    folders += [(PACKAGE / room, "*.py") for room in _MAKES_THE_GRAPH]
    for folder, pattern in folders:
        for path in sorted(folder.rglob(pattern)):
            if path.is_file():
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def made_of(version: Path) -> str:
    """The fingerprint of the sources of a whole version: of those that came to it last, as other code may."""
    return _noted(version)[0]


def _noted(version: Path) -> tuple[str, str]:
    """The fingerprints of the sources, and of the law alone, that came last to a whole version."""
    later = version / whole.MADE_OF
    if later.is_file():
        sources, _, law = later.read_text(encoding="ascii", errors="replace").partition(" ")
        return sources, law
    report = json.loads((version / "report.json").read_text(encoding="utf-8"))
    return str(report.get("sources")), str(report.get("law"))


def _note_sources(version: Path, report: Report) -> None:
    fresh = version / f".{whole.MADE_OF}"
    fresh.write_text(f"{report.sources} {report.law}", encoding="ascii")
    durable.settled_rename(fresh, version / whole.MADE_OF)


def _take_over(served: Path, work: Path, report: Report) -> bool:
    """Take our own graph from the served version, when it was made from the same sources and is whole."""
    if whole.faults(whole.led_to(served), {"report.json", "dump.nq.gz"}) or made_of(served) != report.sources:
        return False
    before = json.loads((served / "report.json").read_text(encoding="utf-8"))
    os.link(served / "dump.nq.gz", work / "dump.nq.gz")
    with nquads.opened(work / "dump.nq.gz") as lines:
        _measure(list(lines), report)
    report.rows = before["rows"]
    if report.dump != before.get("dump"):
        (work / "dump.nq.gz").unlink()
        report.graphs.clear()
        return False
    return True


def _make_own_graph(sources: Sources, data: Path, work: Path, report: Report, stage: Progress) -> Callable[[], None]:
    """Write the dump of our own graph; what checks the graph, while other things are made of the dump."""
    store, checking = _conclude(sources, report, stage, whole.led_to(data / "current"))
    stage("dump")
    lines = sorted((serialize(store, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
    nquads.write_packed(work / "dump.nq.gz", lines)
    _measure(lines, report)
    return lambda: _refuse(checking())


def assemble(sources: Sources, report: Report, stage: Progress = lambda _: None) -> Store:
    """The whole graph in memory: tables, vocabulary, conclusions; checked on the way."""
    store, checking = _conclude(sources, report, stage)
    stage("checks")
    _refuse(checking())
    return store


def _conclude(sources: Sources, report: Report, stage: Progress, served: Path | None = None) -> tuple[Store, Checking]:
    """The whole graph in memory, not yet checked beyond its shapes, and its checks.

    Where the same law concluded the `served` graph from tables that say nearly the same, that is concluded and checked
    anew which the difference concerns.
    """
    stage("tables")
    reading = tables.read_tables(sources.mappings)
    report.rows = reading.rows
    changed = _changed(served, reading.quads, report.law) if served else None
    return _conclude_changed(changed, sources, stage) if changed else _conclude_all(reading, sources, report, stage)


def _changed(served: Path, quads: Collection[Quad], law: str) -> ChangedGraph | None:
    """The served graph with what the tables say now; None where another law concluded it, or too much differs."""
    if whole.faults(served, {"report.json", "dump.nq.gz"}):
        return None
    if _noted(served)[1] != law:
        return None
    before = json.loads((served / "report.json").read_text(encoding="utf-8"))
    graph = ChangedGraph(served)
    said = {NamedNode(name) for name in before["graphs"] if name.startswith(_TABLES)}
    graph.replace({*said, *(quad.graph_name for quad in quads if isinstance(quad.graph_name, NamedNode))}, quads)
    return graph if len(graph.gone) + len(graph.new) <= _FEW else None


def _conclude_changed(graph: ChangedGraph, sources: Sources, stage: Progress) -> tuple[Store, Checking]:
    stage("vocabulary")  # is as it was
    stage("shapes")
    _refuse(graph.shape_defects(sources.ontology / "shapes.ttl"))
    stage("rules")
    graph.conclude(rules.read_rules(sources.ontology / "rules"), ())
    graph.entail()
    stage("description")
    graph.describe(sources.ontology)
    return graph.store, lambda: graph.check(sources.ontology / "checks")


def _conclude_all(reading: Reading, sources: Sources, report: Report, stage: Progress) -> tuple[Store, Checking]:
    """Shapes are looked at while the engine concludes."""
    store = Store()
    store.bulk_extend(reading.quads)
    stage("vocabulary")
    store.extend(_vocabulary(sources.ontology))
    stage("shapes")
    with ThreadPoolExecutor(1) as beside:
        shapes = checks.Shapes(store, sources.ontology / "shapes.ttl")
        looking = beside.submit(_timed, lambda: _refuse(shapes.defects()))
        stage("rules")
        rules.conclude(store, rules.read_rules(sources.ontology / "rules"))
        entailment.entail(store, VOCABULARY)
        seconds = looking.result()
    stage("description")
    report.seconds["shapes"] = report.seconds.get("shapes", 0.0) + seconds
    store.extend(void.describe(store, sources.ontology))
    return store, lambda: checks.query_defects(store, sources.ontology / "checks")


def _refuse(defects: list[Defect]) -> None:
    if defects:
        raise CheckFailed(defects)


def _vocabulary(ontology: Path) -> Iterator[Quad]:
    """The vocabulary with its blank nodes named canonically, so that the same file gives the same dump."""
    path = ontology / "vocabulary.ttl"
    try:
        named = Dataset(parse(path=path, format=RdfFormat.TURTLE))
    except SyntaxError as error:
        raise BadTable([Defect("ontology/vocabulary.ttl", f"is not Turtle: {error.msg}", error.lineno)]) from None
    named.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    for quad in named:
        yield Quad(quad.subject, quad.predicate, quad.object, VOCABULARY)


def _measure(lines: Sequence[bytes], report: Report) -> None:
    """Note the hash of a dump and how many statements each graph has."""
    sizes = Counter(map(nquads.graph_of, lines))
    report.dump = hashlib.sha256(b"".join(lines)).hexdigest()
    report.graphs |= {graph[1:-1].decode(): size for graph, size in sizes.items()}


def _version(dump: str, imported: Sequence[releases.Release]) -> str:
    """The hash of our own graph, of the releases served beside it, and of the form in which both are stored."""
    digest = hashlib.sha256(f"{_FORM} {dump}".encode())
    for release in imported:
        digest.update(f"{release.name} {release.content}".encode())
    return digest.hexdigest()[:12]


def _statement_of_version(report: Report) -> list[Quad]:
    """The graph says which version it is; these statements are not part of the dump that the version hashes."""
    itself = NamedNode(DATASET)
    moment = Literal(report.built, datatype=NamedNode(f"{XSD}dateTime"))
    version = NamedNode(f"{OWL}versionInfo")
    return [
        Quad(itself, version, Literal(report.version), BUILD),
        Quad(itself, NamedNode(f"{DCTERMS}modified"), moment, BUILD),
    ]


def _write_all(
    data: Path,
    work: Path,
    report: Report,
    served: basis.Basis | None,
    checking: Callable[[], None] | None,
    stage: Progress,
    *,
    known: bool,
) -> None:
    """Checks and store, for which the engine works alone, and beside them the index; of a `known` version the checks.

    What does not differ from the `served` version is taken over from it.
    """
    with tempfile.TemporaryDirectory(dir=work) as folder, ThreadPoolExecutor(2) as beside:
        jobs = {}
        if checking:
            stage("checks")
            jobs["checks"] = beside.submit(_timed, checking)
        stage("store")
        if not known:
            cutter = nquads.Cutter(Path(folder))
            job = _changing_job(served, work, report) if served else _store_job(data, work, report, cutter)
            jobs["store"] = beside.submit(_timed, job)
        stage("search")
        if served and served.same_index:
            served.link(_INDEX, work)
        elif not known:
            titles = [path for path in (work / _TITLES,) if path.is_file()]
            writer.write_index(indexed([work / "dump.nq.gz", *titles, *releases.files(data)]), work / _INDEX)
        taken = {each: done.result() for each, done in jobs.items()}
        stage("lookups")
        if not known:
            statements = [path for path in (work / "dump.nq.gz", work / _TITLES) if path.is_file()]
            lookups.write(work, statements, served.folder if served and served.same_routes else None)
    report.seconds |= taken


def _write_archive(data: Path, work: Path, graphs: Mapping[str, Path], about: list[Triple]) -> None:
    """The archive with these versions; nobody who asks for what is served waits for it."""
    work.mkdir(exist_ok=True)  # which may have become the served version
    with tempfile.TemporaryDirectory(dir=work) as folder:
        name, write = archive.job(data, graphs, about, nquads.Cutter(Path(folder)), work / "archive")
        write()
    archive.switch(data, name, work / "archive")


def _sizes(report: Report, said: int) -> list[Quad]:
    """How many statements each named graph has, so that nobody need count; these and those said before count too."""
    report.graphs[BUILD.value] = said + len({*report.graphs, BUILD.value})
    report.triples = sum(report.graphs.values())
    triples, integer = NamedNode(f"{VOID}triples"), NamedNode(f"{XSD}integer")
    return [
        Quad(NamedNode(graph), triples, Literal(str(size), datatype=integer), BUILD)
        for graph, size in report.graphs.items()
    ]


def _timed(work: Callable[[], None]) -> float:
    """The seconds that the work took."""
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def _store_job(data: Path, work: Path, report: Report, cutter: nquads.Cutter) -> Callable[[], None]:
    """Writes our graphs and the newest imported releases, each by its name, and their union as the default graph."""
    union, dump = DefaultGraph(), work / "dump.nq.gz"
    imported = [
        (NamedNode(release.graph), cutter.triples(releases.statements_file(data, release)))
        for release in releases.current_releases(data)
    ]
    ours = [(cutter.quads(path), cutter.triples(path)) for path in (dump, work / _TITLES) if path.is_file()]

    def write() -> None:
        store = Store(str(work / "store"))
        for with_graphs, alone_ in ours:
            with_graphs.load(store)
            alone_.load(store, union)
        for graph, pieces in imported:
            pieces.load(store, graph)
            pieces.load(store, union)
        finish_store(store, report)
        write_literals(store, work / LITERALS)

    return write


def _basis(data: Path, work: Path) -> basis.Basis | None:
    """The served version, where it was made in this form and beside the same releases."""
    served = whole.led_to(data / "current")
    if whole.faults(served, {"report.json"}):
        return None
    before = json.loads((served / "report.json").read_text(encoding="utf-8"))
    if before.get("version") != _version(before.get("dump", ""), releases.current_releases(data)):
        return None
    return basis.find(served, work)


def _changing_job(served: basis.Basis, work: Path, report: Report) -> Callable[[], None]:
    """Writes the store as the served one in which only what differs is written."""

    def write() -> None:
        store = served.store(work / "store")
        _finish_changed(store, report, served)
        if served.same_literals:
            served.link(LITERALS, work)
        else:
            write_literals(store, work / LITERALS)

    return write


def finish_store(store: Store, report: Report) -> None:
    """Add what a build says of the statements that are loaded."""
    surplus = list(surplus_labels(store))
    said = [*_statement_of_version(report), *top_concepts(store, BUILD), *as_alternatives(surplus, BUILD)]
    for quad in surplus:
        store.remove(quad)
    basis.change(store, (), [*said, *_sizes(report, len(said))])
    store.optimize()
    store.flush()


def _finish_changed(store: Store, report: Report, served: basis.Basis) -> None:
    """Let what the build says of a store that was taken over be what it says of a store that is loaded: of whatever
    does not differ it says the same."""
    before = set(store.quads_for_pattern(None, None, None, BUILD))
    things = served.relabelled
    stated = (store.quads_for_pattern(each, PREF_LABEL, None, None) for each in ((None,) if things is None else things))
    union = DefaultGraph()
    store.extend({quad_in(quad.triple, union) for quads in stated for quad in quads})  # those that had given way
    surplus = list(surplus_labels(store, things))
    for quad in surplus:
        store.remove(quad)
    labels = [
        quad for quad in before if quad.predicate == ALTERNATIVE and not (things is None or quad.subject in things)
    ]
    tops = [quad for quad in before if quad.predicate in SAID] if served.same_schemes else top_concepts(store, BUILD)
    said = [*_statement_of_version(report), *tops, *labels, *as_alternatives(surplus, BUILD)]
    now = {*said, *_sizes(report, len(said))}
    basis.change(store, before - now, now - before)
    store.flush()


def indexed(files: Sequence[Path]) -> Iterator[Quad]:
    """The statements of packed files that an index of labels is made of."""
    for path in files:
        with nquads.opened(path) as statements:
            yield from nquads.quads(nquads.speaking_of(statements, INDEXED))


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
def _workshop(data: Path) -> Iterator[Path]:
    """An empty folder to build in; what killed builds left behind is swept away first."""
    for left in (data / "graphs").glob(".building-*"):
        shutil.rmtree(left)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=data / "graphs"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _switch(work: Path, data: Path, folder: Path, version: str, like: Path | None) -> None:
    """Give the finished folder its name and point `current` at it: a rename, whole or not at all.

    Whatever the link leads to is on the disk before the link is.
    """
    work.chmod(0o755)
    if folder == work:
        folder = kept.free_place(data / "graphs", version)
        whole.seal(work, like)
        durable.settled_rename(work, folder)
    kept.point(data, "current", folder)
