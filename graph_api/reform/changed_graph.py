"""The served graph while a reform is laid over it: what comes and goes, and what must be concluded and checked anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse

from graph_api.build import checks, entailment, pipeline, rules
from graph_api.build.concern import Asked, concerned, feeds, said_of
from graph_api.build.rules import Rule
from graph_api.errors import Defect
from graph_api.rdf import nquads
from graph_api.rdf.terms import GRAPH, RDF_TYPE, quad_in

_TABLES: Final = (f"<{GRAPH}mappings/".encode(), f"<{pipeline.VOCABULARY.value}>".encode())
"""The graphs at which the shapes look in every build: before anything is concluded."""
_DESCRIPTION: Final = f" <{GRAPH}description> .\n".encode()
_INFERRED: Final = f" {entailment.INFERRED} .\n".encode()


class ChangedGraph:
    """A graph in memory as a build has left it, that changes table by table and rule by rule."""

    def __init__(self, served: Path) -> None:
        with nquads.opened(served / "dump.nq.gz") as file:
            lines = file.read().splitlines(keepends=True)
        self._inferred = [line for line in lines if line.endswith(_INFERRED)]
        self._description = [line for line in lines if line.endswith(_DESCRIPTION)]
        self._store = _loaded([line for line in lines if not line.endswith((_INFERRED, _DESCRIPTION))])
        """Without what is worked out of all the rest, as it is when the rules of a build conclude."""
        self._gone: set[Quad] = set()
        self._new: set[Quad] = set()
        self._said: dict[Any, set[Asked]] = {}
        self._gone_of: dict[Any, list[Triple]] = {}

    @property
    def gone(self) -> list[Quad]:
        """The statements that are no longer there."""
        return list(self._gone)

    @property
    def new(self) -> list[Quad]:
        """The statements that were not there."""
        return list(self._new)

    def replace(self, graphs: Collection[NamedNode], quads: Iterable[Quad]) -> None:
        """Put these statements in the place of all that stood in the graphs."""
        after = set(quads)
        before = {quad for graph in graphs for quad in self._store.quads_for_pattern(None, None, None, graph)}
        self._change(before - after, after - before)

    def conclude(self, law: Iterable[Rule], gone: Iterable[Rule]) -> list[Rule]:
        """Take away what rules concluded that are gone; let those conclude anew that changes concern; which ones."""
        for rule in gone:
            self.replace([rule.graph], ())
        again = list[Rule]()
        for together in rules.strata(law):
            concluded = self._settle(together)
            again += [rule for rule in together if rule.name in concluded]
        return again

    def entail(self) -> None:
        """Work out anew what the vocabulary adds to what is said of the things that changed."""
        changed = {term for triple in self._changed() for term in (triple.subject, triple.object)}
        things, after = entailment.entailed_of(self._store, pipeline.VOCABULARY, changed)
        names = {str(thing).encode() for thing in things}
        before = set(nquads.quads(line for line in self._inferred if line.split(b" ", 1)[0] in names))
        inferred = {quad_in(triple, entailment.INFERRED) for triple in after}
        self._store.bulk_load(b"".join([*self._inferred, *self._description]), RdfFormat.N_QUADS, lenient=True)
        self._change(before - inferred, inferred - before)

    def check(self, folder: Path) -> list[Defect]:
        """What the checks find that the changes concern; the others found nothing when the graph was built."""
        changed = self._changed()
        asked = [
            path for path in checks.defect_checks(folder) if concerned(path.read_text("utf-8"), changed, self._names)
        ]
        with ThreadPoolExecutor(2) as beside:
            found = beside.map(lambda path: checks.run_check(self._store, path), asked)
            return [defect for defects in found for defect in defects]

    def shape_defects(self, shapes: Path) -> list[Defect]:
        """What the shapes find of the things that changed, and of those that point at one, before rules conclude."""
        changed = {triple.subject for triple in self._changed()}
        pointing = (
            quad.subject for thing in changed for quad in self._store.quads_for_pattern(None, None, thing, None)
        )
        about = changed | set(pointing)
        small = Store()
        for thing in about:
            small.extend(filter(_of_tables, self._store.quads_for_pattern(thing, None, None, None)))
        for thing in {quad.object for quad in small if isinstance(quad.object, NamedNode)} - about:
            small.extend(filter(_of_tables, self._store.quads_for_pattern(thing, RDF_TYPE, None, None)))
        small.extend(self._store.quads_for_pattern(None, None, None, pipeline.VOCABULARY))
        return checks.Shapes(small, shapes, about).defects()

    def _settle(self, together: Sequence[Rule]) -> set[str]:
        """Let those conclude anew, of rules that may feed each other, that the changes concern; which they were."""
        changed = self._changed()
        waiting = [rule for rule in together if self._is_fresh(rule) or self._concerns(rule, changed)]
        concluded: set[str] = set()
        while waiting:
            rule = waiting.pop(0)
            concluded.add(rule.name)
            changed = self._run(rule)
            waiting += [other for other in together if other not in waiting and self._concerns(other, changed)]
        if concluded and self._is_circle(together):
            self._conclude_from_nothing(together)
            return {rule.name for rule in together}
        return concluded

    def _is_fresh(self, rule: Rule) -> bool:
        return next(self._store.quads_for_pattern(rule.graph, RDF_TYPE, None, rule.graph), None) is None

    def _concerns(self, rule: Rule, changed: Collection[Triple]) -> bool:
        return bool(changed) and concerned(rule.text, changed, self._names)

    def _run(self, rule: Rule) -> set[Triple]:
        """Put what the rule concludes in the place of what it concluded; what of this differs."""
        law = {quad.triple for quad in rules.law_of(rule)}
        now = {quad.triple for quad in self._store.quads_for_pattern(None, None, None, rule.graph)}
        lines = b"".join(rules.conclusions(self._store, rule))
        after = {*law, *(quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))}
        gone, new = ({quad_in(triple, rule.graph) for triple in found} for found in (now - after, after - now))
        self._change(gone, new)
        return now ^ after

    def _is_circle(self, together: Sequence[Rule]) -> bool:
        """Whether what the rules concluded, now or before, comes back to a rule that it rests on."""
        following = {
            rule.name: {other.name for other in together if feeds(self._store, other.graph, rule.text)}
            for rule in together
            if rule.reads_anything or any(not rule.reads.isdisjoint(other.says) for other in together)
        }
        try:
            TopologicalSorter(following).prepare()
        except CycleError:
            return True
        return False

    def _conclude_from_nothing(self, together: Sequence[Rule]) -> None:
        """Let rules that feed each other conclude from nothing, since what they concluded may stand on itself."""
        graphs = [rule.graph for rule in together]
        before = {quad for graph in graphs for quad in self._store.quads_for_pattern(None, None, None, graph)}
        for graph in graphs:
            self._store.remove_graph(graph)
        rules.conclude(self._store, together)
        after = {quad for graph in graphs for quad in self._store.quads_for_pattern(None, None, None, graph)}
        self._note(before - after, after - before)

    def _change(self, gone: set[Quad], new: set[Quad]) -> None:
        self._note(gone, new)
        for quad in gone:
            self._store.remove(quad)
        self._store.extend(new)

    def _note(self, gone: set[Quad], new: set[Quad]) -> None:
        self._gone, self._new = (self._gone - new) | (gone - self._new), (self._new - gone) | (new - self._gone)
        self._said.clear()

    def _changed(self) -> set[Triple]:
        """What is said now and was not, or the other way round, in whatever graph."""
        gone, new = ({quad.triple for quad in quads} for quads in (self._gone, self._new))
        return gone ^ new

    def _names(self, thing: Any) -> set[Asked]:
        """What is said of a thing, before or after."""
        if not self._said:
            self._gone_of = {}
            for quad in self._gone:
                self._gone_of.setdefault(quad.subject, []).append(quad.triple)
        if thing not in self._said:
            now = (quad.triple for quad in self._store.quads_for_pattern(thing, None, None, None))
            self._said[thing] = said_of([*now, *self._gone_of.get(thing, ())])
        return self._said[thing]


def _of_tables(quad: Quad) -> bool:
    return str(quad.graph_name).encode().startswith(_TABLES)


def _loaded(lines: Iterable[bytes]) -> Store:
    """A store of these statements; blank nodes keep their names, which the engine changes where it loads in bulk."""
    store, plain, blank = Store(), list[bytes](), list[bytes]()
    for line in lines:
        (blank if b"_:" in line else plain).append(line)
    store.bulk_load(b"".join(plain), RdfFormat.N_QUADS, lenient=True)
    store.extend(nquads.quads(blank))
    return store
