"""Which queries a change can concern: never one too few, held against an oracle that asks each before and after."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from graph_api.build.checks import defect_checks
from graph_api.build.concern import by_property, concerned, feeds, patterns_of, said_of
from graph_api.build.rules import Rule, read_rules, strata
from graph_api.rdf.terms import RDF_TYPE
from tests.conftest import ROOT

E = "https://example.org/"
QUERIES = [
    "?a e:p ?b ; e:q ?c",
    "?a a e:Kind ; e:p e:y",
    "?a e:p ?b OPTIONAL { ?a e:q ?c . ?c a e:Kind }",
    "OPTIONAL { ?a e:q ?c } ?a e:p ?b",
    "?a e:p ?b MINUS { ?a e:q ?b . ?b a e:Kind }",
    "?a e:p ?b FILTER NOT EXISTS { ?a e:q ?b ; a e:Kind }",
    "?a a e:Kind FILTER (EXISTS { ?a e:p ?b } || !EXISTS { ?b e:q ?a })",
    "{ ?a e:p ?b } UNION { ?a e:q ?b . ?a a e:Kind }",
    "?a a e:Kind { SELECT ?b (COUNT(*) AS ?n) WHERE { ?a e:p ?b } GROUP BY ?b }",
    "VALUES ?how { e:p e:q } ?a ?how ?b ; a e:Kind .",
    "VALUES (?b ?n) { (e:x 1) (e:y UNDEF) } ?a e:p ?b , ?c ; e:r ?n .",
    "?a e:p 'text' . # e:q ?c\n ?a e:r 3 BIND (IF(?a = e:x, 1, 2) AS ?z)",
    "?a e:p ?b . ?b e:q ?c . ?c e:r ?d",
    "?a e:p ?b . ?b a e:Kind MINUS { ?c e:q ?b }",
    "?a e:p ?b OPTIONAL { ?b e:q ?a } FILTER NOT EXISTS { ?c e:r ?b }",
    "VALUES ?b { e:x e:y } ?a e:p ?b OPTIONAL { ?b e:q ?c }",
    "?a e:p ?b { VALUES ?b { e:x e:y } ?b e:q ?c } UNION { ?b e:r ?c }",
    'VALUES (?b ?c) { (e:x 3) (e:y "text") (e:z UNDEF) } ?a e:p ?b ; e:r ?c',
    "?a (e:p|e:q)/e:r ?b",
    "GRAPH ?g { ?a e:p ?b }",
]


def text_of(pattern: str) -> str:
    return f"PREFIX e: <{E}>\nSELECT * WHERE {{ {pattern} }}"


def anything(chance: random.Random) -> Triple:
    subject, verb = NamedNode(E + chance.choice("xyzw")), NamedNode(E + chance.choice("ppqqr"))
    if chance.random() < 0.25:
        return Triple(subject, RDF_TYPE, NamedNode(f"{E}Kind"))
    value: Any = chance.choice([*(NamedNode(E + name) for name in "xyzw"), Literal("text"), Literal(3)])
    return Triple(subject, verb, value)


def found(store: Store, text: str) -> list[str]:
    results = store.query(text)
    assert isinstance(results, QuerySolutions)
    return sorted(str(row) for row in results)


@pytest.mark.parametrize("pattern", QUERIES)
def test_a_query_that_finds_something_else_after_a_change_is_concerned(pattern: str) -> None:
    chance, text, spared = random.Random(pattern), text_of(pattern), 0
    for _ in range(300):
        store = Store()
        store.extend(Quad(*anything(chance)) for _ in range(chance.randint(0, 14)))
        changed = {anything(chance) for _ in range(chance.randint(1, 2))}
        before, said = found(store, text), [quad.triple for quad in store]
        for triple in changed:
            (store.remove if Quad(*triple) in store else store.add)(Quad(*triple))
        said += [quad.triple for quad in store]
        told = concerned(text, by_property(changed), lambda thing, asked: (thing, asked) in said_of(said))  # noqa: B023
        assert told or found(store, text) == before, (changed, said)
        spared += not told
    assert spared or patterns_of(text) is None, "a test that always says yes is no help"


def test_nearly_all_rules_and_checks_are_read() -> None:
    texts = [rule.text for rule in read_rules(ROOT / "ontology" / "rules")]
    texts += [path.read_text(encoding="utf-8") for path in defect_checks(ROOT / "ontology" / "checks")]
    assert sum(patterns_of(text) is None for text in texts) <= 2


def test_a_graph_feeds_a_query_that_asks_for_what_it_says() -> None:
    graph, x = NamedNode(f"{E}graph"), NamedNode(f"{E}x")
    said = [Quad(x, NamedNode(f"{E}p"), x, graph), Quad(x, RDF_TYPE, NamedNode(f"{E}Other"))]
    store = Store()
    store.extend([*said, *(Quad(*quad.triple) for quad in said)])
    assert feeds(store, graph, text_of("?a e:p ?b"))
    assert not feeds(store, graph, text_of("?a e:p ?b ; a e:Kind"))
    assert not feeds(store, graph, text_of("?a a e:Kind OPTIONAL { ?a e:p ?b }"))


def test_rules_come_after_those_that_feed_them_and_circles_stay_together() -> None:
    def rule(name: str, says: str, reads: str) -> Rule:
        return Rule(name, {}, f"CONSTRUCT {{ ?a {says} ?b }} WHERE {{ ?a {reads} ?b }}")

    rules = [rule("a", "e:four", "e:three"), rule("b", "e:two", "e:one"), rule("c", "e:three", "e:two")]
    rules += [rule("d", "e:two", "e:three"), rule("e", "e:one", "e:none")]
    assert [[each.name for each in together] for together in strata(rules)] == [["e"], ["b"], ["c", "d"], ["a"]]
