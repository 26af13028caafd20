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
    import reasonable

    terms = [quad.triple for quad in store.quads_for_pattern(None, None, None, vocabulary)]
    reasoner = reasonable.PyReasoner()
    with tempfile.NamedTemporaryFile(suffix=".ttl") as file:
        serialize(_relevant(store, terms), file, format=RdfFormat.N_TRIPLES)
        file.flush()
        reasoner.load_file(file.name)
        concluded = [_triple(*triple) for triple in reasoner.reason()]
    about = {triple.subject for triple in terms}
    described = {subject for subject in _subjects(concluded) - about if _says(store, subject)}
    new = {triple for triple in concluded if triple and triple.subject in described and not _says(store, *triple)}
    store.extend(quad_in(triple, INFERRED) for triple in new)
    return len(new)


def _subjects(triples: Iterable[Triple | None]) -> set[Any]:
    return {triple.subject for triple in triples if triple}


def _says(store: Store, subject: Any, predicate: Any = None, value: Any = None) -> bool:
    """Whether some graph of the store says this, or anything, of the subject."""
    return any(True for _ in store.quads_for_pattern(subject, predicate, value, None))


def _relevant(store: Store, terms: list[Triple]) -> Iterator[Triple]:
    """The vocabulary's axioms, and those statements that they can add to."""
    yield from (
        term for term in terms if term.predicate.value not in _LEFT_OUT and not isinstance(term.object, Literal)
    )
    active = {RDF_TYPE} | set(_active(terms))
    for predicate in active:
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if quad.object != pas("TableRow"):
                yield quad.triple


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
