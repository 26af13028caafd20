"""A reform laid over the served graph -> a version of its own beside it, which takes over what is not changed.

The tables that the reform changes are read anew with its rows; the rules that this can concern conclude anew; what they
and the rows say is checked as in every build. The store is a copy of the served one made of hard links, in which only
what differs is written. The search index is the served one: what a reform adds is not found by its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, serialize

from graph_api import durable
from graph_api.build import checks, entailment, kept, pipeline, rules
from graph_api.build.rules import Rule
from graph_api.errors import CheckFailed, Defect, GraphError, NoGraph
from graph_api.inputs.folders import Sources, alone
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import OWL
from graph_api.rdf.terms import DATASET, GRAPH, quad_in
from graph_api.reform.folder import Reform, data_of
from graph_api.reform.rows import Laid, lay
from graph_api.store import whole

Progress = Callable[[str], None]
_PROVENANCE: Final = {"wasDerivedFrom", "ofFile", "line", "TableRow", "TableFile", "Entity", "license", "label", "type"}
"""What the place of a row is told with: that a row stands elsewhere concerns no rule."""


class ReformRule(Rule):
    """A rule of a reform, whose conclusions stand in a graph of the reform's own."""

    def __init__(self, rule: Rule, reform: str) -> None:
        super().__init__(rule.name, rule.header, rule.text)
        object.__setattr__(self, "_reform", reform)

    @property
    def graph(self) -> NamedNode:
        return NamedNode(f"{GRAPH}rules/reforms/{vars(self)['_reform']}/rules/{self.name}")


@dataclass
class Built:
    """What building a reform did."""

    version: str
    base: str
    rules: list[str]
    """Those that concluded anew."""
    added: int
    removed: int
    seconds: dict[str, float] = field(default_factory=dict)


def build_reform(sources: Sources, data: Path, reform: Reform, progress: Progress = lambda _: None) -> Built:
    """Build a version of the served graph in which the reform is in force, and point the reform's folder at it.

    Raises NoGraph where nothing is served, GraphError where what is served was made of other tables, BadTable and
    CheckFailed with every defect; then what was built before of the reform stays.
    """
    served = whole.led_to(data / "current")
    own = data_of(data, reform.name)
    (own / kept.GRAPHS).mkdir(parents=True, exist_ok=True)
    with alone(own, "build"), _Clock(progress) as clock, tempfile.TemporaryDirectory(dir=own / kept.GRAPHS) as folder:
        report = _served_report(served, sources)
        clock.stage("tables")
        before = _lines(served)
        store = _loaded(before)
        (Path(folder) / "rows").mkdir()
        laid = lay(sources.mappings, reform, Path(folder) / "rows")
        clock.stage("rules")
        again = _conclude(store, sources, reform, laid)
        clock.stage("checks")
        shapes = checks.Shapes(_tables_alone(before, laid), sources.ontology / "shapes.ttl")
        _refuse([*shapes.defects(), *checks.query_defects(store, sources.ontology / "checks")])
        clock.stage("store")
        after = sorted((serialize(store, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
        work = Path(folder) / "built"
        built = _write(served, work, report, reform, before, after, store, again)
        clock.stage("switch")
        _switch(work, own, built.version)
    built.seconds = clock.seconds
    return built


def _served_report(served: Path, sources: Sources) -> dict[str, Any]:
    """The report of the served version. Raises NoGraph, GraphError."""
    if whole.faults(served, {"report.json", "dump.nq.gz"}):
        raise NoGraph("there is no whole graph to lay a reform over; run `passerelle build`")
    report: dict[str, Any] = json.loads((served / "report.json").read_text(encoding="utf-8"))
    if report.get("sources") != pipeline.fingerprint(sources):
        raise GraphError("the served graph was made of other tables or rules than these; run `passerelle build` first")
    return report


def _lines(served: Path) -> list[bytes]:
    with nquads.opened(served / "dump.nq.gz") as lines:
        return list(lines)


def _loaded(lines: Iterable[bytes]) -> Store:
    """A store of these statements; blank nodes keep their names, which the engine changes where it loads in bulk."""
    store, plain, blank = Store(), list[bytes](), list[bytes]()
    for line in lines:
        (blank if b"_:" in line else plain).append(line)
    store.bulk_load(b"".join(plain), RdfFormat.N_QUADS, lenient=True)
    store.extend(nquads.quads(blank))
    return store


def _conclude(store: Store, sources: Sources, reform: Reform, laid: Laid) -> list[Rule]:
    """Put the changed tables in their place and let the rules conclude that this can concern; which they were."""
    changed = _replace_tables(store, laid)
    known = {rule.name: rule for rule in rules.read_rules(sources.ontology / "rules")}
    new = [ReformRule(rule, reform.name) for rule in _own_rules(reform)]
    gone = [known.pop(name) for name in [*reform.head.ends_rules, *(rule.name for rule in new)] if name in known]
    missing = [name for name in reform.head.ends_rules if name not in {rule.name for rule in gone}]
    if missing:
        message = f"ends_rules names '{missing[0]}', and there is no such rule; name it as its file without .rq"
        raise CheckFailed([Defect(f"reforms/{reform.name}/README.md", message)])
    for rule in gone:
        changed |= rule.says
        store.remove_graph(rule.graph)
    changed |= {name for rule in new for name in rule.says}
    again = [*rules.concerned(known.values(), changed), *new]
    if changed:
        store.remove_graph(entailment.INFERRED)
    for rule in again:
        store.remove_graph(rule.graph)
    rules.conclude(store, again)
    if changed:
        entailment.entail(store, pipeline.VOCABULARY)
    return again


def _own_rules(reform: Reform) -> list[Rule]:
    return rules.read_rules(reform.rules) if reform.rules.is_dir() else []


def _replace_tables(store: Store, laid: Laid) -> set[str]:
    """Put what the tables say with the reform in the place of what they said; the names of what changed."""
    before = {quad.triple for graph in laid.graphs for quad in store.quads_for_pattern(None, None, None, graph)}
    for graph in laid.graphs:
        store.remove_graph(graph)
    store.extend(laid.reading.quads)
    after = {quad.triple for quad in laid.reading.quads}
    lines = (f"{triple} .\n".encode() for triple in before ^ after)
    return rules.names_in(lines) - _PROVENANCE


def _tables_alone(before: Iterable[bytes], laid: Laid) -> Store:
    """What the shapes look at in every build: tables and vocabulary, before anything is concluded."""
    changed = {f"<{graph.value}>".encode() for graph in laid.graphs}
    ours = (f"<{GRAPH}mappings/".encode(), f"<{pipeline.VOCABULARY.value}>".encode())
    graphs = ((line, nquads.graph_of(line)) for line in before)
    store = _loaded(line for line, graph in graphs if graph.startswith(ours) and graph not in changed)
    store.extend(laid.reading.quads)
    return store


def _refuse(defects: list[Defect]) -> None:
    if defects:
        raise CheckFailed(defects)


def _write(
    served: Path,
    work: Path,
    report: dict[str, Any],
    reform: Reform,
    before: list[bytes],
    after: list[bytes],
    graph: Store,
    again: list[Rule],
) -> Built:
    """Write the version: the served store with what differs, the index as it is, the dump and the report."""
    old, new = set(before), set(after)
    dump = hashlib.sha256(b"".join(after)).hexdigest()
    base = str(report["version"])
    version = hashlib.sha256(f"{base} {reform.name} {dump}".encode()).hexdigest()[:12]
    work.mkdir()
    nquads.write_packed(work / "dump.nq.gz", after)
    shutil.copytree(served / "store", work / "store", copy_function=_linked)
    _change_store(work / "store", graph, list(_quads(old - new)), list(_quads(new - old)), base, version)
    os.link(served / "search.db", work / "search.db")
    sizes = Counter(map(nquads.graph_of, after))
    graphs = {name: size for name, size in report["graphs"].items() if name.startswith(f"{GRAPH}releases/")}
    graphs |= {name[1:-1].decode(): size for name, size in sizes.items()}
    told = {
        **{name: value for name, value in report.items() if name != "seconds"},
        "version": version,
        "base": base,
        "reform": reform.name,
        "in_force": reform.head.in_force.isoformat(),
        "built": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dump": dump,
        "graphs": graphs,
        "triples": sum(graphs.values()),
    }
    (work / "report.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return Built(version, base, sorted(rule.name for rule in again), len(new - old), len(old - new))


def _quads(lines: Iterable[bytes]) -> Iterator[Quad]:
    return nquads.quads(sorted(lines))


def _change_store(folder: Path, graph: Store, gone: list[Quad], new: list[Quad], base: str, version: str) -> None:
    """Take away and add what differs, in its graph and in the union; a triple of another graph stays in the union."""
    store, union = Store(str(folder)), DefaultGraph()
    for quad in gone:
        store.remove(quad)
        if not any(True for _ in graph.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)):
            store.remove(quad_in(quad.triple, union))
    store.extend(new)
    store.extend(quad_in(quad.triple, union) for quad in new)
    said = [
        Quad(NamedNode(DATASET), NamedNode(f"{OWL}versionInfo"), Literal(name), pipeline.BUILD)
        for name in (base, version)
    ]
    for quad in (said[0], quad_in(said[0].triple, union)):
        store.remove(quad)
    store.extend([said[1], quad_in(said[1].triple, union)])
    store.flush()
    del store


def _linked(source: str, target: str) -> None:
    """The engine never changes a table file that it has written; everything else is copied."""
    if source.endswith(".sst"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _switch(work: Path, own: Path, version: str) -> None:
    work.chmod(0o755)
    before = whole.led_to(own / "current")
    known = kept.whole_folder(own / kept.GRAPHS, version)
    if known is None:
        known = kept.free_place(own / kept.GRAPHS, version)
        whole.seal(work)
        durable.settled_rename(work, known)
    kept.point(own, "current", known)
    for folder in (own / kept.GRAPHS).iterdir():
        if folder not in (known, before) and not folder.name.startswith("tmp"):
            shutil.rmtree(folder, ignore_errors=True)


class _Clock:
    """How long each stage takes."""

    def __init__(self, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self._progress, self._name, self._began = progress, "", 0.0

    def __enter__(self) -> _Clock:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._end()
        self._name, self._began = name, time.perf_counter()
        self._progress(name)

    def _end(self) -> None:
        if self._name:
            self.seconds[self._name] = round(time.perf_counter() - self._began, 2)
        self._name = ""
