"""Rules run to rest, whatever their order; their law stands in the graph; OWL 2 RL agrees with an independent reasoner."""

from __future__ import annotations

from pathlib import Path

import owlrl
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse, serialize
from rdflib import Graph, URIRef

from graph_api.build import rules
from graph_api.build.entailment import entail
from graph_api.errors import BadTable
from graph_api.rdf.terms import PAS, RDF_TYPE, pas, thing
from tests.conftest import ROOT

BASE = NamedNode("https://example.org/base")
LAW = "#+ regime: general-system\n#+ basis: http://data.europa.eu/eli/dir/2005/36/oj\n#+ article: 13(1)\n#+ since: 2007-10-20\n"
PREFIX = f"PREFIX pas: <{PAS}>\n"


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.rq").write_text(text, encoding="utf-8")
    return tmp_path


def chain_store(length: int) -> Store:
    store = Store()
    for number in range(length):
        store.add(Quad(thing("x", str(number)), pas("partOf"), thing("x", str(number + 1)), BASE))
    return store


TRANSITIVE = f"#+ summary: parts of parts are parts\n{PREFIX}CONSTRUCT {{ ?a pas:within ?c }} WHERE {{ {{ ?a pas:partOf ?c }} UNION {{ ?a pas:within ?b . ?b pas:partOf ?c }} }}"
READS_IT = f"#+ summary: whoever lies within something\n{PREFIX}CONSTRUCT {{ ?a pas:inside true }} WHERE {{ ?a pas:within ?b }}"


def test_a_rule_that_feeds_itself_runs_until_nothing_is_new(tmp_path: Path) -> None:
    store = chain_store(5)
    found = rules.conclude(store, rules.read_rules(folder(tmp_path, a_reads=READS_IT, z_within=TRANSITIVE)))
    pairs = sum(1 for _ in store.quads_for_pattern(None, pas("within"), None, None))
    inside = sum(1 for _ in store.quads_for_pattern(None, pas("inside"), None, None))
    assert (pairs, inside, found) == (15, 5, 20)


MARKED = f"#+ summary: whoever has a mark\n{PREFIX}CONSTRUCT {{ ?a pas:marked true }} WHERE {{ VALUES ?mark {{ pas:inside pas:flag }} ?a ?mark true }}"
SAID = f"#+ summary: whatever is said of it\n{PREFIX}CONSTRUCT {{ ?a pas:spoken true }} WHERE {{ ?a ?how true FILTER (?how != pas:spoken) }}"


def test_a_rule_whose_property_is_a_variable_wakes_when_what_it_can_be_changes(tmp_path: Path) -> None:
    """By the list of its values, or where there is none by anything; whatever its name, so whatever its turn."""
    store = chain_store(1)
    rules.conclude(
        store, rules.read_rules(folder(tmp_path, a_marked=MARKED, a_said=SAID, m_inside=READS_IT, z_within=TRANSITIVE))
    )
    for name in ("marked", "spoken"):
        assert [quad.subject for quad in store.quads_for_pattern(None, pas(name), None, None)] == [thing("x", "0")]


HEARD = f"#+ summary: what holds whoever is spoken of\n{PREFIX}CONSTRUCT {{ ?b pas:heard true }} WHERE {{ ?a pas:spoken true ; pas:partOf ?b }}"

ANYTHING = f"#+ summary: whatever is said of it\n{PREFIX}CONSTRUCT {{ ?a pas:spoken true }} WHERE {{ ?a ?how true }}"


def test_a_rule_that_reads_anything_wakes_when_what_it_does_not_name_changes(tmp_path: Path) -> None:
    """It comes last, and what follows from it may be news to it: the whole is spoken of because its part is."""
    store = chain_store(2)
    rules.conclude(
        store,
        rules.read_rules(folder(tmp_path, a_said=ANYTHING, m_inside=READS_IT, t_heard=HEARD, z_within=TRANSITIVE)),
    )
    spoken = {quad.subject for quad in store.quads_for_pattern(None, pas("spoken"), None, None)}
    assert spoken == {thing("x", "0"), thing("x", "1"), thing("x", "2")}


def test_a_rule_runs_after_those_that_feed_it(tmp_path: Path) -> None:
    order: list[str] = []
    read = rules.read_rules(folder(tmp_path, a_marked=MARKED, m_inside=READS_IT, z_within=TRANSITIVE))
    rules.conclude(chain_store(1), read, order.append)
    assert order[-2:] == ["m_inside", "a_marked"]
    assert set(order[:-2]) == {"z_within"}


@pytest.mark.long
def test_running_only_what_changed_concludes_the_same_as_running_everything(graph: Store) -> None:
    """The oracle runs every rule in every round, over the graph as it was built."""
    for rule in rules.read_rules(ROOT / "ontology" / "rules"):
        concluded = {f"{quad.triple} .\n".encode() for quad in graph.quads_for_pattern(None, None, None, rule.graph)}
        assert rules.conclusions(graph, rule) <= concluded, rule.name


def test_a_conclusion_that_lost_its_ground_goes(tmp_path: Path) -> None:
    read = rules.read_rules(folder(tmp_path, within=TRANSITIVE))
    store = chain_store(2)
    rules.conclude(store, read)
    store.remove(Quad(thing("x", "1"), pas("partOf"), thing("x", "2"), BASE))
    rules.conclude(store, read)
    assert [quad.object for quad in store.quads_for_pattern(None, pas("within"), None, None)] == [thing("x", "1")]


def test_the_header_becomes_statements_about_the_conclusions(tmp_path: Path) -> None:
    read = rules.read_rules(
        folder(tmp_path, general=f"#+ summary: The general system\n{LAW}{READS_IT.partition(chr(10))[2]}")
    )
    store = chain_store(1)
    rules.conclude(store, read)
    graph = NamedNode("https://w3id.org/passerelle/graph/rules/general")
    said = {(quad.predicate.value, quad.object) for quad in store.quads_for_pattern(graph, None, None, graph)}
    date = NamedNode("http://www.w3.org/2001/XMLSchema#date")
    assert {
        (f"{PAS}concludesUnder", thing("regime", "general-system")),
        (f"{PAS}basis", NamedNode("http://data.europa.eu/eli/dir/2005/36/oj")),
        (f"{PAS}article", Literal("13(1)")),
        (f"{PAS}validFrom", Literal("2007-10-20", datatype=date)),
    } <= said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONSTRUCT {} WHERE {}", r"ontology/rules/broken\.rq: the header lacks 'summary'"),
        ("#+ summary: x\n#+ regime: general-system\nCONSTRUCT {} WHERE {}", "the header lacks 'basis'"),
        (f"#+ summary: x\n{LAW}SELECT", r"broken\.rq: is not SPARQL 1.1"),
        (f"#+ summary: x\n{LAW}SELECT * WHERE {{}}", "is no CONSTRUCT"),
    ],
)
def test_a_rule_that_cannot_run_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadTable, match=message):
        rules.conclude(Store(), rules.read_rules(folder(tmp_path, broken=text)))


def test_rules_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    flip = f"#+ summary: never at rest\n{PREFIX}CONSTRUCT {{ ?a pas:flag true }} WHERE {{ ?a pas:partOf ?b FILTER NOT EXISTS {{ ?a pas:flag true }} }}"
    with pytest.raises(BadTable, match="the rules never come to rest; look for a loop among flip"):
        rules.conclude(chain_store(1), rules.read_rules(folder(tmp_path, flip=flip)))


ONTOLOGY = """
@prefix : <https://example.org/o#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:Nurse rdfs:subClassOf :Worker . :Worker rdfs:subClassOf :Person . :Listed a owl:Class ; owl:equivalentClass
  [ a owl:Restriction ; owl:onProperty :listedAs ; owl:someValuesFrom :Entry ] .
:Free a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty :rule ; owl:hasValue :none ] .
:partOf a owl:ObjectProperty , owl:TransitiveProperty ; owl:inverseOf :hasPart . :within rdfs:subPropertyOf :partOf .
"""
FACTS = """
@prefix : <https://example.org/o#> .
:a a :Nurse ; :within :b ; :listedAs :e ; :rule :none . :b :partOf :c . :e a :Entry . :d :hasPart :c . :c :rule :other .
"""


def test_owl_entailment_agrees_with_an_independent_reasoner() -> None:
    vocabulary = NamedNode("https://example.org/vocabulary")
    store = Store()
    for text, graph in ((ONTOLOGY, vocabulary), (FACTS, BASE)):
        store.extend(Quad(*quad.triple, graph) for quad in parse(text, format=RdfFormat.TURTLE))
    entail(store, vocabulary)
    ours = {quad.triple for quad in store if quad.graph_name != vocabulary}
    oracle = Graph().parse(data=ONTOLOGY + FACTS, format="turtle")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(oracle)
    people = [URIRef(f"https://example.org/o#{name}") for name in "abcde"]
    theirs = Graph()
    for triple in oracle:
        named = isinstance(triple[2], URIRef) and triple[0] in people
        if named and "owl#" not in str(triple[1]) and "owl#" not in str(triple[2]):
            theirs.add(triple)
    expected = {quad.triple for quad in parse(theirs.serialize(format="nt"), format=RdfFormat.N_TRIPLES)}
    assert ours == expected
    assert any(triple.predicate == RDF_TYPE and triple.object.value.endswith("#Listed") for triple in ours)
    assert len(serialize(ours, format=RdfFormat.N_TRIPLES) or b"") > 500
