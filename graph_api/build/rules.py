"""`ontology/rules/` -> conclusions: one named graph per rule, its law attached.

A rule is a SPARQL CONSTRUCT whose header (`#+ key: value`) names the law. Rules run until nothing changes; each
run replaces what the rule concluded before, so a conclusion that lost its ground goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, Store, Triple

from graph_api.errors import BadTable, Defect
from graph_api.rdf.dates import typed_date
from graph_api.rdf.namespaces import DCTERMS
from graph_api.rdf.query_header import header_of
from graph_api.rdf.terms import GRAPH, RDF_TYPE, RDFS_LABEL, local_name, pas, quad_in, thing

_NAME = re.compile(r"\b[A-Za-z]*:([A-Za-z][\w-]*)")
_ASIDE = re.compile(r"#[^\n]*|VALUES\s*(?:\([^)]*\)|\?\w+)\s*\{[^}]*\}")
_PROPERTY_VARIABLE = re.compile(r"(?:[{}.]\s*(?:\?\w+|[A-Za-z]*:\S+)|;)\s*\?(\w+)\s+\S")
_VALUES = re.compile(r"VALUES\s*(\([^)]*\)|\?\w+)\s*(\{[^}]*\})")
_WORD = re.compile(r"\w+")
_MOST_ROUNDS: Final = 12
_MUST_SAY: Final = ("summary",)
_LAW_MUST_SAY: Final = ("basis", "article", "since")


@dataclass(frozen=True)
class Rule:
    """A rule file: its name, its header and its query."""

    name: str
    header: dict[str, str]
    text: str

    @property
    def graph(self) -> NamedNode:
        return NamedNode(f"{GRAPH}rules/{self.name}")

    @cached_property
    def reads(self) -> frozenset[str]:
        """The local names that its pattern mentions, and those that a variable in a property's place can be."""
        listed = [names for variables, names in self._values if self._properties.intersection(variables)]
        return frozenset(_NAME.findall("".join([self._pattern, *listed])))

    @cached_property
    def reads_anything(self) -> bool:
        """Whether some property in its pattern can be anything, so that every change may concern it."""
        return not self._properties <= {name for variables, _ in self._values for name in variables}

    @cached_property
    def says(self) -> frozenset[str]:
        """The local names that its conclusions can speak of."""
        return frozenset(_NAME.findall(_ASIDE.sub(" ", self.text.partition("WHERE")[0])))

    def follows(self, other: Rule) -> bool:
        """Whether it names something that the other concludes."""
        return self is not other and not self.reads.isdisjoint(other.says)

    @cached_property
    def _properties(self) -> frozenset[str]:
        """The variables that stand in the place of a property."""
        return frozenset(_PROPERTY_VARIABLE.findall(self._pattern))

    @property
    def _values(self) -> list[tuple[list[str], str]]:
        """Each list of values: its variables and what they can be."""
        found = _VALUES.findall(self.text.partition("WHERE")[2])
        return [(_WORD.findall(variables), names) for variables, names in found]

    @property
    def _pattern(self) -> str:
        """What follows WHERE, without comments and lists of values."""
        return _ASIDE.sub(" ", self.text.partition("WHERE")[2])


def read_rules(folder: Path) -> list[Rule]:
    """The rules of a folder, by name. Raises BadTable where a header lacks what a lawyer looks for."""
    rules, defects = [], []
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        header = header_of(text)
        needed = _MUST_SAY + (_LAW_MUST_SAY if "regime" in header else ())
        defects += [
            Defect(f"ontology/rules/{path.name}", f"the header lacks '{key}'; add a line `#+ {key}: …`")
            for key in needed
            if not header.get(key)
        ]
        rules.append(Rule(path.stem, header, text))
    if defects:
        raise BadTable(defects)
    return rules


def conclude(store: Store, rules: Iterable[Rule], progress: Callable[[str], None] = lambda _: None) -> int:
    """Run the rules over the union of the store's graphs until nothing changes; the number of conclusions.

    A rule runs again only when something that its text names has changed since it ran. Of the rules that wait, the one
    that the fewest others could still feed comes first.
    """
    rules = sorted(rules, key=lambda rule: rule.name)
    found: dict[str, frozenset[Triple]] = {rule.name: frozenset() for rule in rules}
    waiting = {rule.name: rule for rule in rules}
    for _ in range(_MOST_ROUNDS * len(rules)):
        if not waiting:
            break
        rule = min(waiting.values(), key=lambda rule: _turn(rule, waiting.values()))
        del waiting[rule.name]
        progress(rule.name)
        changed = _run(store, rule, found)
        if changed:
            waiting |= {other.name: other for other in rules if other.reads & changed or other.reads_anything}
    if waiting:
        names = ", ".join(sorted(waiting))
        raise BadTable([Defect("ontology/rules", f"the rules never come to rest; look for a loop among {names}")])
    for rule in rules:
        store.extend(_law(rule))
    return sum(len(triples) for triples in found.values())


def _turn(rule: Rule, waiting: Collection[Rule]) -> tuple[bool, int, str]:
    """The smaller the sooner: how many of those that wait could still feed the rule; last, what reads anything."""
    return rule.reads_anything, sum(map(rule.follows, waiting)), rule.name


def _run(store: Store, rule: Rule, found: dict[str, frozenset[Triple]]) -> set[str]:
    """Replace what the rule concluded before; the names that the change speaks of."""
    triples = _conclusions(store, rule)
    changed = _names(triples ^ found[rule.name])
    if changed:
        found[rule.name] = triples
        store.clear_graph(rule.graph)
        store.extend(quad_in(triple, rule.graph) for triple in triples)
    return changed


def _names(triples: Iterable[Triple]) -> set[str]:
    """The local names of the properties, and of the classes, that the triples speak of."""
    names = {local_name(triple.predicate.value) for triple in triples}
    return names | {
        local_name(triple.object.value)
        for triple in triples
        if triple.predicate == RDF_TYPE and isinstance(triple.object, NamedNode)
    }


def _conclusions(store: Store, rule: Rule) -> frozenset[Triple]:
    try:
        results = store.query(rule.text, use_default_graph_as_union=True)
    except SyntaxError as error:
        raise BadTable([Defect(f"ontology/rules/{rule.name}.rq", f"is not SPARQL 1.1: {error}")]) from None
    if not isinstance(results, QueryTriples):
        raise BadTable([Defect(f"ontology/rules/{rule.name}.rq", "is no CONSTRUCT; a rule constructs triples")])
    return frozenset(results)


def _law(rule: Rule) -> Iterator[Quad]:
    """The header as statements about the graph that holds the conclusions."""
    graph, header = rule.graph, rule.header
    yield Quad(graph, RDF_TYPE, pas("RuleGraph"), graph)
    yield Quad(graph, RDFS_LABEL, Literal(f"ontology/rules/{rule.name}.rq"), graph)
    yield Quad(graph, NamedNode(f"{DCTERMS}title"), Literal(header["summary"], language="en"), graph)
    if "regime" in header:
        for slug in header["regime"].split():
            yield Quad(graph, pas("concludesUnder"), thing("regime", slug), graph)
        for basis in header["basis"].split():
            yield Quad(graph, pas("basis"), NamedNode(basis), graph)
        yield Quad(graph, pas("article"), Literal(header["article"]), graph)
        yield Quad(graph, pas("validFrom"), typed_date(header["since"]), graph)
    if header.get("until"):
        yield Quad(graph, pas("validTo"), typed_date(header["until"]), graph)
