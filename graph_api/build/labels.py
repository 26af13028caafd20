"""One preferred label a language in the union of all graphs (SKOS Reference, S14), whatever its sources say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from graph_api.rdf.namespaces import SKOS, SSSOM
from graph_api.rdf.terms import GRAPH, PREF_LABEL, RDF_TYPE

ALTERNATIVE: Final = NamedNode(f"{SKOS}altLabel")
MAPPING: Final = NamedNode(f"{SSSOM}Mapping")
_RELEASES: Final = f"{GRAPH}releases/"

Rank = tuple[int, str]


def surplus_labels(store: Store, things: Collection[NamedNode] | None = None) -> Iterator[Quad]:
    """The preferred labels of the union that are one too many, as quads of the default graph: of all things, or these.

    Who publishes a scheme names its concepts: a release comes before a table of mappings that repeats its labels, and
    before tables of ours. Within the graphs themselves nothing changes: each says what its source says.
    """
    union = DefaultGraph()
    labels: dict[tuple[str, str | None], list[Quad]] = defaultdict(list)
    for thing in (None,) if things is None else things:
        for quad in store.quads_for_pattern(thing, PREF_LABEL, None, union):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                labels[quad.subject.value, quad.object.language].append(quad)
    ranks: dict[str, Rank] = {}
    for said in labels.values():
        if len(said) > 1:
            kept = min(said, key=lambda quad: (_rank(store, quad, ranks), str(quad.object)))
            yield from (quad for quad in said if quad is not kept)


def as_alternatives(surplus: list[Quad], graph: NamedNode) -> Iterator[Quad]:
    """The labels that gave way, as alternative ones; those of nothing but blanks are not."""
    for quad in surplus:
        if isinstance(quad.object, Literal) and quad.object.value == quad.object.value.strip():
            yield Quad(quad.subject, ALTERNATIVE, quad.object, graph)


def _rank(store: Store, label: Quad, ranks: dict[str, Rank]) -> Rank:
    """The best rank of the graphs that state the label."""
    graphs = store.quads_for_pattern(label.subject, PREF_LABEL, label.object, None)
    named = [quad.graph_name.value for quad in graphs if isinstance(quad.graph_name, NamedNode)]
    return min(_rank_of(store, name, ranks) for name in named)


def _rank_of(store: Store, graph: str, ranks: dict[str, Rank]) -> Rank:
    if graph not in ranks:
        maps = next(store.quads_for_pattern(None, RDF_TYPE, MAPPING, NamedNode(graph)), None) is not None
        ranks[graph] = ((2 if not graph.startswith(_RELEASES) else 1 if maps else 0), graph)
    return ranks[graph]
