"""Names of things: the one prefix map, and the way between an IRI, a kind and a slug."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from graph_api import PACKAGE
from graph_api.rdf.namespaces import RDF, RDFS, SKOS

NAMESPACE: Final = "https://w3id.org/passerelle/"
PAS: Final = f"{NAMESPACE}def#"
ID: Final = f"{NAMESPACE}id/"
GRAPH: Final = f"{NAMESPACE}graph/"
DATASET: Final = f"{NAMESPACE}dataset"
ESCO: Final = "http://data.europa.eu/esco/"
ESCO_KINDS: Final = {
    "competence": "skill",
    "occupation": "occupation",
    "isco-group": "isco",
    "field-of-education": "isced-f",
    "esco-scheme": "concept-scheme",
}
"""The kinds under which this server shows the concepts of ESCO, and how their own addresses go on."""

RDF_TYPE: Final = NamedNode(f"{RDF}type")
RDFS_LABEL: Final = NamedNode(f"{RDFS}label")
PREF_LABEL: Final = NamedNode(f"{SKOS}prefLabel")

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def packaged(folder: str) -> Path:
    """The folder `ontology` or `mappings`: inside the installed package, or beside it in a checkout."""
    inside = PACKAGE / "sources" / folder
    return inside if inside.is_dir() else PACKAGE.parent / folder


@cache
def prefixes(ontology: Path | None = None) -> Mapping[str, str]:
    """The prefixes of `context.jsonld`, for Turtle, SPARQL, CURIEs and JSON-LD alike."""
    path = (ontology or packaged("ontology")) / "context.jsonld"
    context = json.loads(path.read_text(encoding="utf-8"))["@context"]
    return {name: iri for name, iri in context.items() if isinstance(iri, str) and not name.startswith("@")}


def pas(name: str) -> NamedNode:
    """A term of our vocabulary.

    >>> pas("Qualification").value
    'https://w3id.org/passerelle/def#Qualification'
    """
    return NamedNode(PAS + name)


def thing(kind: str, slug: str) -> NamedNode:
    """The canonical IRI of a thing.

    >>> thing("profession", "midwife").value
    'https://w3id.org/passerelle/id/profession/midwife'
    """
    return NamedNode(f"{ID}{kind}/{slug}")


def is_slug(text: str) -> bool:
    """Whether the text can be a slug: lower-case letters, digits and single hyphens."""
    return _SLUG.match(text) is not None


@lru_cache(maxsize=100_000)
def local_name(iri: str) -> str:
    """What stands after the last `#` or `/`.

    >>> local_name("https://w3id.org/passerelle/def#Regulated")
    'Regulated'
    """
    return iri[max(iri.rfind("#"), iri.rfind("/")) + 1 :]


def kind_and_slug(iri: str) -> tuple[str, str] | None:
    """The kind and slug of one of our things; None for any other IRI."""
    if not iri.startswith(ID):
        return None
    kind, _, slug = iri[len(ID) :].partition("/")
    return (kind, slug) if kind and slug else None


def local_path(iri: str) -> str | None:
    """The path under which this server answers for one of our IRIs; None for the IRIs of others.

    >>> local_path("https://w3id.org/passerelle/id/profession/midwife")
    '/id/profession/midwife'
    """
    return "/" + iri[len(NAMESPACE) :] if iri.startswith(NAMESPACE) else None


def curie(iri: str, mapping: Mapping[str, str] | None = None) -> str:
    """The short form with the longest fitting prefix, or the IRI itself."""
    best = ""
    for prefix, start in (mapping or prefixes()).items():
        if iri.startswith(start) and len(start) > len(best):
            best, name = start, prefix
    return f"{name}:{iri[len(best) :]}" if best else iri


VOCABULARY: Final = NamedNode(f"{GRAPH}vocabulary")
DESCRIPTION: Final = NamedNode(f"{GRAPH}description")


def quad_in(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    """A triple as a statement of a graph."""
    return Quad(triple.subject, triple.predicate, triple.object, graph)
