"""`ontology/rules/` -> conclusions: one named graph per rule, its law attached.

A rule is a SPARQL CONSTRUCT whose header (`#+ key: value`) names the law. Rules run until nothing changes; each
run replaces what the rule concluded before, so a conclusion that lost its ground goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QueryTriples, RdfFormat, Store

from graph_api.errors import BadTable, Defect
from graph_api.rdf.dates import typed_date
from graph_api.rdf.namespaces import DCTERMS
from graph_api.rdf.query_header import header_of
from graph_api.rdf.terms import GRAPH, RDF_TYPE, RDFS_LABEL, local_name, pas, thing

_NAME = re.compile(r"\b[A-Za-z]*:([A-Za-z][\w-]*)")
_ASIDE = re.compile(r"#[^\n]*|VALUES\s*(?:\([^)]*\)|\?\w+)\s*\{[^}]*\}")
_PROPERTY_VARIABLE = re.compile(r"(?:[{}.]\s*(?:\?\w+|[A-Za-z]*:\S+)|;)\s*\?(\w+)\s+\S")
_VALUES = re.compile(r"VALUES\s*(\([^)]*\)|\?\w+)\s*(\{[^}]*\})")
_WORD = re.compile(r"\w+")
_SAID = re.compile(r"(?:;|[{.]\s*\S+)\s+(?:a\s+)?(\S+)")
_MOST_ROUNDS: Final = 12
_MUST_SAY: Final = ("summary",)
_LAW_MUST_SAY: Final = ("basis", "article", "since")
_AT_ONCE: Final = 2
_TYPE: Final = str(RDF_TYPE).encode()


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
        """The local names of the properties and classes that its conclusions can speak of."""
        template = _ASIDE.sub(" ", self.text.partition("WHERE")[0])
        return frozenset(_NAME.findall(" ".join(_SAID.findall(template))))

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

    A rule runs again only when something that its text names has changed since it ran. Of the rules that wait, those
    come first, side by side, that no other could still feed; in a circle, the one that the fewest could feed.
    """
    rules = sorted(rules, key=lambda rule: rule.name)
    found: dict[str, frozenset[bytes]] = {rule.name: frozenset() for rule in rules}
    waiting = {rule.name: rule for rule in rules}
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        for _ in range(_MOST_ROUNDS * len(rules)):
            if not waiting:
                break
            turn = _next(waiting.values())
            for rule in turn:
                del waiting[rule.name]
                progress(rule.name)
            for rule, lines in zip(turn, beside.map(partial(conclusions, store), turn), strict=True):
                changed = names_in(lines ^ found[rule.name])
                if changed:
                    found[rule.name] = lines
                    _replace(store, rule, lines)
                    waiting |= {other.name: other for other in rules if other.reads & changed or other.reads_anything}
    if waiting:
        names = ", ".join(sorted(waiting))
        raise BadTable([Defect("ontology/rules", f"the rules never come to rest; look for a loop among {names}")])
    for rule in rules:
        store.extend(law_of(rule))
    return sum(map(len, found.values()))


def strata(rules: Iterable[Rule]) -> list[list[Rule]]:
    """The rules, each after all that can feed it; those that feed each other stand together."""
    rules = sorted(rules, key=lambda rule: rule.name)
    after = {
        rule.name: {other.name for other in rules if other.reads_anything or not other.reads.isdisjoint(rule.says)}
        for rule in rules
    }
    for between in rules:
        for reached in after.values():
            if between.name in reached:
                reached.update(after[between.name])
    circles: dict[frozenset[str], list[Rule]] = {}
    for rule in rules:
        around = (name for name in after[rule.name] if rule.name in after[name])
        circles.setdefault(frozenset({rule.name, *around}), []).append(rule)
    before = {names: {name for name in after if names & after[name]} - names for names in circles}
    return [circles[names] for names in sorted(circles, key=lambda names: len(before[names]))]


def _next(waiting: Collection[Rule]) -> list[Rule]:
    """The rules whose turn it is: all that no other of those that wait could still feed; if there is none, one."""
    fed = [((rule.reads_anything, sum(map(rule.follows, waiting)), rule.name), rule) for rule in waiting]
    fed.sort(key=lambda each: each[0])
    return [rule for (anything, by, _), rule in fed if not (anything or by)] or [fed[0][1]]


def _replace(store: Store, rule: Rule, lines: Iterable[bytes]) -> None:
    """Put what the rule concluded in the place of what it concluded before."""
    store.clear_graph(rule.graph)
    store.bulk_load(b"".join(lines), RdfFormat.N_TRIPLES, to_graph=rule.graph, lenient=True)


def names_in(lines: Iterable[bytes]) -> set[str]:
    """The local names of the properties, and of the classes, that lines of N-Triples speak of."""
    said = [line.split(b" ", 2) for line in lines]
    names = {predicate for _, predicate, _ in said}
    names |= {rest[:-3] for _, predicate, rest in said if predicate == _TYPE}
    return {local_name(name[1:-1].decode()) for name in names}


def conclusions(store: Store, rule: Rule) -> frozenset[bytes]:
    """What the rule concludes from the store, as lines of N-Triples; the engine finds and writes them alone."""
    try:
        results = store.query(rule.text, use_default_graph_as_union=True)
    except SyntaxError as error:
        raise BadTable([Defect(f"ontology/rules/{rule.name}.rq", f"is not SPARQL 1.1: {error}")]) from None
    if not isinstance(results, QueryTriples):
        del results  # which the engine lets go only where it was made, in this thread
        raise BadTable([Defect(f"ontology/rules/{rule.name}.rq", "is no CONSTRUCT; a rule constructs triples")])
    return frozenset((results.serialize(format=RdfFormat.N_TRIPLES) or b"").splitlines(keepends=True))


def law_of(rule: Rule) -> Iterator[Quad]:
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
