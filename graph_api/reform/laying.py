"""A reform laid over the served graph -> a version of its own beside it, which takes over what is not changed.

The tables that the reform changes are read anew with its rows; the rules that this concerns conclude anew; what they
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
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, serialize

from graph_api import durable
from graph_api.build import basis, kept, pipeline, rules
from graph_api.build.changed_graph import ChangedGraph
from graph_api.build.rules import Rule
from graph_api.errors import CheckFailed, Defect, GraphError, NoGraph
from graph_api.inputs.folders import Sources, alone
from graph_api.rdf import nquads
from graph_api.rdf.namespaces import OWL
from graph_api.rdf.terms import DATASET, GRAPH
from graph_api.reform.folder import Reform, data_of
from graph_api.reform.rows import lay
from graph_api.store import whole

Progress = Callable[[str], None]


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
        (Path(folder) / "rows").mkdir()
        laid = lay(sources.mappings, reform, Path(folder) / "rows")
        law = _rules_of(sources, reform)
        graph, again = ChangedGraph(served), list[Rule]()
        if laid.graphs or law.gone or law.own:  # a law in the tables already changes the day alone
            clock.stage("rules")
            graph.replace(laid.graphs, laid.reading.quads)
            _refuse(graph.shape_defects(sources.ontology / "shapes.ttl"))
            again = graph.conclude(law.rules, law.gone)
            graph.entail()
            graph.keep_description()
            clock.stage("checks")
            _refuse(graph.check(sources.ontology / "checks"))
        clock.stage("store")
        work = Path(folder) / "built"
        built = _write(served, work, report, reform, graph, again)
        clock.stage("switch")
        _switch(served, work, own, built.version)
    built.seconds = clock.seconds
    return built


def _served_report(served: Path, sources: Sources) -> dict[str, Any]:
    """The report of the served version. Raises NoGraph, GraphError."""
    if whole.faults(served, {"report.json", "dump.nq.gz"}):
        raise NoGraph("there is no whole graph to lay a reform over; run `passerelle build`")
    if pipeline.made_of(served) != pipeline.fingerprint(sources):
        raise GraphError("the served graph was made of other tables or rules than these; run `passerelle build` first")
    report: dict[str, Any] = json.loads((served / "report.json").read_text(encoding="utf-8"))
    return report


@dataclass(frozen=True)
class _Law:
    """The rules with the reform in force, and those of the law in force that are no longer among them."""

    rules: list[Rule]
    own: list[Rule]
    gone: list[Rule]


def _rules_of(sources: Sources, reform: Reform) -> _Law:
    known = {rule.name: rule for rule in rules.read_rules(sources.ontology / "rules")}
    own = rules.read_rules(reform.rules) if reform.rules.is_dir() else []
    missing = [name for name in reform.head.ends_rules if name not in known]
    if missing:
        message = f"ends_rules names '{missing[0]}', and there is no such rule; name it as its file without .rq"
        raise CheckFailed([Defect(f"reforms/{reform.name}/README.md", message)])
    gone = [known.pop(name) for name in {*reform.head.ends_rules, *(rule.name for rule in own)} if name in known]
    proposed: list[Rule] = [ReformRule(rule, reform.name) for rule in own]
    return _Law([*known.values(), *proposed], proposed, gone)


def _refuse(defects: list[Defect]) -> None:
    if defects:
        raise CheckFailed(defects)


def _write(
    served: Path, work: Path, report: dict[str, Any], reform: Reform, graph: ChangedGraph, again: list[Rule]
) -> Built:
    """Write the version: the served store with what differs, the index as it is, the differences and the report."""
    base, difference = str(report["version"]), hashlib.sha256()
    work.mkdir()
    for name, quads in (("removed", graph.gone), ("added", graph.new)):
        lines = sorted((serialize(quads, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
        nquads.write_packed(work / f"{name}.nq.gz", lines)
        difference.update(b"".join([name.encode(), *lines]))
    version = hashlib.sha256(f"{base} {reform.name} {difference.hexdigest()}".encode()).hexdigest()[:12]
    shutil.copytree(served / "store", work / "store", copy_function=basis.linked)
    _change_store(work / "store", graph, base, version)
    os.link(served / "search.db", work / "search.db")
    sizes = Counter(report["graphs"])
    for quads, sign in ((graph.gone, -1), (graph.new, 1)):
        for quad in quads:
            sizes[str(quad.graph_name)[1:-1]] += sign
    told = {
        **{name: value for name, value in report.items() if name not in ("seconds", "dump")},
        "version": version,
        "base": base,
        "reform": reform.name,
        "in_force": reform.head.in_force.isoformat(),
        "built": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "graphs": {name: size for name, size in sizes.items() if size},
        "triples": sizes.total(),
    }
    (work / "report.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return Built(version, base, sorted(rule.name for rule in again), len(graph.new), len(graph.gone))


def _change_store(folder: Path, graph: ChangedGraph, base: str, version: str) -> None:
    """Take away and add what differs, in its graph and in the union; a triple of another graph stays in the union."""
    store = Store(str(folder))
    version_info = NamedNode(f"{OWL}versionInfo")
    was, is_now = (Quad(NamedNode(DATASET), version_info, Literal(name), pipeline.BUILD) for name in (base, version))
    basis.change(store, [*graph.gone, was], [*graph.new, is_now])
    store.flush()
    del store


def _switch(served: Path, work: Path, own: Path, version: str) -> None:
    work.chmod(0o755)
    before = whole.led_to(own / "current")
    known = kept.whole_folder(own / kept.GRAPHS, version)
    if known is None:
        known = kept.free_place(own / kept.GRAPHS, version)
        whole.seal(work, like=served)
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
