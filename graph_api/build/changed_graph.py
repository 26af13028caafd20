"""The served graph while tables change or a reform is laid over it: what comes and goes, and what must be concluded and
checked anew."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse

from graph_api.build import checks, entailment, rules, void
from graph_api.build.concern import Asked, Changes, by_property, concerned, feeds, said_of, says_so
from graph_api.build.rules import Rule
from graph_api.errors import Defect
from graph_api.rdf import nquads
from graph_api.rdf.terms import DESCRIPTION, GRAPH, RDF_TYPE, VOCABULARY, quad_in

_TABLES: Final = (f"<{GRAPH}mappings/".encode(), f"<{VOCABULARY.value}>".encode())
"""The graphs at which the shapes look in every build: before anything is concluded."""
_INFERRED: Final = f" {entailment.INFERRED} .\n".encode()
_DESCRIPTION: Final = f" {DESCRIPTION} .\n".encode()


class ChangedGraph:
    """A graph in memory as a build has left it, that changes table by table and rule by rule."""

    def __init__(self, served: Path) -> None:
        self._dump = served / "dump.nq.gz"
        self._gone: set[Quad] = set()
        self._new: set[Quad] = set()
        self._known: dict[tuple[Any, Asked], bool] = {}
        self._inferred = self._description = b""

    @cached_property
    def _store(self) -> Store:
        """Without what is worked out of all the rest, as it is when the rules of a build conclude."""
        dump = gzip.decompress(self._dump.read_bytes())
        lines, self._inferred, self._description, blank = nquads.parted(dump, _INFERRED, _DESCRIPTION, b"_:")
        del dump
        store = Store()
        store.bulk_load(lines, RdfFormat.N_QUADS, lenient=True)
        store.extend(parse(blank, format=RdfFormat.N_QUADS))  # whose names the engine changes where it loads in bulk
        return store

    @property
    def gone(self) -> list[Quad]:
        """The statements that are no longer there."""
        return list(self._gone)

    @property
    def new(self) -> list[Quad]:
        """The statements that were not there."""
        return list(self._new)

    @property
    def store(self) -> Store:
        """The graph as it is now."""
        return self._store

    def replace(self, graphs: Collection[NamedNode], quads: Iterable[Quad]) -> None:
        """Put these statements in the place of all that stood in the graphs."""
        before = {quad for graph in graphs for quad in self._store.quads_for_pattern(None, None, None, graph)}
        after = set(quads)
        fresh = Store()  # which writes numbers and moments as every store does
        fresh.extend(after - before)
        new = set(fresh)
        self._change(before - after - new, new - before)

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
        changed = {term for triple in self._changed for term in (triple.subject, triple.object)}
        things, after = entailment.entailed_of(self._store, VOCABULARY, changed)
        names = {str(thing).encode() for thing in things}
        lines = self._inferred.splitlines(keepends=True)
        before = set(nquads.quads(line for line in lines if line.split(b" ", 1)[0] in names))
        now = {quad_in(triple, entailment.INFERRED) for triple in after}
        self._store.bulk_load(self._inferred, RdfFormat.N_QUADS, lenient=True)
        self._change(before - now, now - before)

    def keep_description(self) -> None:
        """Let the graph be described as it was before."""
        self._store.bulk_load(self._description, RdfFormat.N_QUADS, lenient=True)

    def describe(self, ontology: Path) -> None:
        """Describe the graph anew. Raises BadTable."""
        after = list(void.describe(self._store, ontology))
        self.keep_description()
        self.replace([DESCRIPTION], after)

    def check(self, folder: Path) -> list[Defect]:
        """What the checks find that the changes concern; the others found nothing when the graph was built."""
        asked = [
            path for path in checks.defect_checks(folder) if self._concerns(path.read_text("utf-8"), self._changes)
        ]
        with ThreadPoolExecutor(2) as beside:
            found = beside.map(lambda path: checks.run_check(self._store, path), asked)
            return [defect for defects in found for defect in defects]

    def shape_defects(self, shapes: Path) -> list[Defect]:
        """What the shapes find of the things that changed, and of those that point at one, before rules conclude."""
        changed = {triple.subject for triple in self._changed}
        pointing = (
            quad.subject for thing in changed for quad in self._store.quads_for_pattern(None, None, thing, None)
        )
        about = changed | set(pointing)
        small = Store()
        for thing in about:
            small.extend(filter(_of_tables, self._store.quads_for_pattern(thing, None, None, None)))
        for thing in {quad.object for quad in small if isinstance(quad.object, NamedNode)} - about:
            small.extend(filter(_of_tables, self._store.quads_for_pattern(thing, RDF_TYPE, None, None)))
        small.extend(self._store.quads_for_pattern(None, None, None, VOCABULARY))
        return checks.Shapes(small, shapes, about).defects()

    def _settle(self, together: Sequence[Rule]) -> set[str]:
        """Let those conclude anew, of rules that may feed each other, that the changes concern; which they were."""
        waiting = [rule for rule in together if self._is_fresh(rule) or self._concerns(rule.text, self._changes)]
        concluded: set[str] = set()
        while waiting:
            rule = waiting.pop(0)
            concluded.add(rule.name)
            changes = by_property(self._run(rule))
            waiting += [other for other in together if other not in waiting and self._concerns(other.text, changes)]
        if concluded and self._is_circle(together):
            self._conclude_from_nothing(together)
            return {rule.name for rule in together}
        return concluded

    def _is_fresh(self, rule: Rule) -> bool:
        return next(self._store.quads_for_pattern(rule.graph, RDF_TYPE, None, rule.graph), None) is None

    def _concerns(self, text: str, changes: Changes) -> bool:
        return bool(changes) and concerned(text, changes, self._says)

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
        self._known.clear()
        for name in ("_changed", "_changes", "_said_before"):
            self.__dict__.pop(name, None)

    @cached_property
    def _changed(self) -> set[Triple]:
        """What is said now and was not, or the other way round, in whatever graph."""
        gone, new = ({quad.triple for quad in quads} for quads in (self._gone, self._new))
        return gone ^ new

    @cached_property
    def _changes(self) -> Changes:
        return by_property(self._changed)

    @cached_property
    def _said_before(self) -> set[tuple[Any, Asked]]:
        return said_of(quad.triple for quad in self._gone)

    def _says(self, thing: Any, asked: Asked) -> bool:
        """Whether this is said of a thing, before or after."""
        known = self._known.get((thing, asked))
        if known is None:
            known = (thing, asked) in self._said_before or says_so(self._store, thing, asked)
            self._known[thing, asked] = known
        return known


def _of_tables(quad: Quad) -> bool:
    return str(quad.graph_name).encode().startswith(_TABLES)
