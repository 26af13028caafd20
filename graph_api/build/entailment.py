"""What follows from the vocabulary alone: the OWL 2 RL conclusions that readers need, in a named graph of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple, serialize

from graph_api.rdf.namespaces import OWL, RDFS
from graph_api.rdf.terms import GRAPH, RDF_TYPE, pas, quad_in

INFERRED: Final = NamedNode(f"{GRAPH}inferred")
_LEFT_OUT: Final = {f"{RDFS}domain", f"{RDFS}range", f"{OWL}disjointWith", f"{OWL}sameAs"}


def entail(store: Store, vocabulary: NamedNode) -> int:
    """What OWL 2 RL adds to the store by the vocabulary's classes, subproperties, inverses and transitivity; how much.

    The conclusions stand in a graph of their own. Domains and ranges are left to the reasoner of `check`: they would
    only repeat the types that the tables give.
    """
    new = _concluded(store, vocabulary, _relevant(store, _terms(store, vocabulary)))
    store.extend(quad_in(triple, INFERRED) for triple in new)
    return len(new)


def entailed_of(store: Store, vocabulary: NamedNode, changed: Iterable[Any]) -> tuple[set[Any], set[Triple]]:
    """The things for which a change of what is said of some can matter, and what the vocabulary adds to what is said of
    them: those some, and what hangs together with them by the properties of which an axiom speaks. The store holds no
    conclusions of this kind."""
    terms = _terms(store, vocabulary)
    about = {term.subject for term in terms}
    properties, found, left = set(_active(terms)), set[Any](), list(changed)
    while left:
        thing = left.pop()
        if thing in found or thing in about or isinstance(thing, Literal):
            continue
        found.add(thing)
        for each in properties:
            left += [quad.object for quad in store.quads_for_pattern(thing, each, None, None)]
            left += [quad.subject for quad in store.quads_for_pattern(None, each, thing, None)]
    properties.add(RDF_TYPE)
    said = [
        quad.triple
        for thing in found
        for each in properties
        for quad in store.quads_for_pattern(thing, each, None, None)
    ]
    relevant = [*_axioms(terms), *(triple for triple in said if triple.object != pas("TableRow"))]
    return found, {triple for triple in _concluded(store, vocabulary, relevant) if triple.subject in found}


def _terms(store: Store, vocabulary: NamedNode) -> list[Triple]:
    return [quad.triple for quad in store.quads_for_pattern(None, None, None, vocabulary)]


def _concluded(store: Store, vocabulary: NamedNode, relevant: Iterable[Triple]) -> set[Triple]:
    """What the reasoner concludes from these statements that is news of things of which the store says something."""
    import reasonable

    reasoner = reasonable.PyReasoner()
    with tempfile.NamedTemporaryFile(suffix=".ttl") as file:
        serialize(relevant, file, format=RdfFormat.N_TRIPLES)
        file.flush()
        reasoner.load_file(file.name)
        concluded = [_triple(*triple) for triple in reasoner.reason()]
    about = {triple.subject for triple in _terms(store, vocabulary)}
    described = {subject for subject in _subjects(concluded) - about if _says(store, subject)}
    return {triple for triple in concluded if triple and triple.subject in described and not _says(store, *triple)}


def _subjects(triples: Iterable[Triple | None]) -> set[Any]:
    return {triple.subject for triple in triples if triple}


def _says(store: Store, subject: Any, predicate: Any = None, value: Any = None) -> bool:
    """Whether some graph of the store says this, or anything, of the subject."""
    return any(True for _ in store.quads_for_pattern(subject, predicate, value, None))


def _relevant(store: Store, terms: list[Triple]) -> Iterator[Triple]:
    """The vocabulary's axioms, and those statements that they can add to."""
    yield from _axioms(terms)
    active = {RDF_TYPE} | set(_active(terms))
    for predicate in active:
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if quad.object != pas("TableRow"):
                yield quad.triple


def _axioms(terms: Iterable[Triple]) -> Iterator[Triple]:
    """What the vocabulary says that can add to a statement."""
    return (term for term in terms if term.predicate.value not in _LEFT_OUT and not isinstance(term.object, Literal))


def _active(terms: Iterable[Triple]) -> Iterator[Any]:
    """The properties that some axiom speaks of."""
    for term in terms:
        name = term.predicate.value
        if name in (f"{RDFS}subPropertyOf", f"{OWL}inverseOf") or term.object == NamedNode(f"{OWL}TransitiveProperty"):
            yield term.subject
        if name in (f"{OWL}onProperty", f"{OWL}inverseOf"):
            yield term.object


def _triple(subject: Any, predicate: Any, value: Any) -> Triple | None:
    """A conclusion of the reasoner; None for what is no news: blank nodes, literals, sameAs, owl:Thing."""
    names = [str(term) for term in (subject, predicate, value)]
    if any(type(term).__name__ != "URIRef" for term in (subject, predicate, value)):
        return None
    if names[1] in _LEFT_OUT or names[2] == f"{OWL}Thing":
        return None
    return Triple(*(NamedNode(name) for name in names))
