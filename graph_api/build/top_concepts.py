"""Which concepts stand at the top of a scheme, worked out when the graph is built: no query finds it fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pyoxigraph import NamedNode, Quad, Store

from graph_api.rdf.namespaces import SKOS

_BROADER: Final = NamedNode(f"{SKOS}broader")
_IN_SCHEME: Final = NamedNode(f"{SKOS}inScheme")
_TOP: Final = NamedNode(f"{SKOS}topConceptOf")
_HAS_TOP: Final = NamedNode(f"{SKOS}hasTopConcept")
MADE_OF: Final = frozenset({_BROADER, _IN_SCHEME})
SAID: Final = frozenset({_TOP, _HAS_TOP})
"""By what properties it is known, and by which it is said."""


def top_concepts(store: Store, graph: NamedNode) -> Iterator[Quad]:
    """For each scheme the concepts with none above them in it, in both directions, as quads of the graph.

    In a scheme without levels that is every concept: browsers of SKOS begin there (SKOS Reference, 4.6.1).
    """
    members: dict[str, set[str]] = {}
    schemes: dict[str, set[str]] = {}
    for quad in store.quads_for_pattern(None, _IN_SCHEME, None, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            members.setdefault(quad.object.value, set()).add(quad.subject.value)
            schemes.setdefault(quad.subject.value, set()).add(quad.object.value)
    held: dict[str, set[str]] = {}
    for quad in store.quads_for_pattern(None, _BROADER, None, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            concept = quad.subject.value
            for scheme in schemes.get(concept, set()) & schemes.get(quad.object.value, set()):
                held.setdefault(scheme, set()).add(concept)
    for scheme, concepts in sorted(members.items()):
        whole = NamedNode(scheme)
        for concept in sorted(concepts - held.get(scheme, set())):
            yield Quad(NamedNode(concept), _TOP, whole, graph)
            yield Quad(whole, _HAS_TOP, NamedNode(concept), graph)
