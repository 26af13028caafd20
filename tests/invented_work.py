"""A small invented world of work in memory: titles, outcomes, skills, courses, mappings, and perhaps a release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from graph_api.rdf.terms import GRAPH, ID
from graph_api.store.graph_store import Dataset
from graph_api.store.local import graphs_of, serialize

PREFIXES = f"""
@prefix pas: <https://w3id.org/passerelle/def#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix esco: <http://data.europa.eu/esco/model#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sssom: <https://w3id.org/sssom/> .
@prefix semapv: <https://w3id.org/semapv/vocab/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix void: <http://rdfs.org/ns/void#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix s: <http://data.europa.eu/esco/skill/> .
@prefix o: <http://data.europa.eu/esco/occupation/> .
@base <{ID}> .
"""
TABLES, RELEASE = f"{GRAPH}mappings/all", f"{GRAPH}releases/esco-9.9"
SKILL, OCCUPATION = "http://data.europa.eu/esco/skill/", "http://data.europa.eu/esco/occupation/"


class InventedStore:
    """The GraphStore seam over Turtle by named graph; the default graph is their union."""

    version = "invented"

    def __init__(self, graphs: Iterable[tuple[str, str]]) -> None:
        self._store = Store()
        for name, turtle in graphs:
            for quad in parse(PREFIXES + turtle, format=RdfFormat.TURTLE):
                triple = (quad.subject, quad.predicate, quad.object)
                self._store.add(Quad(*triple, NamedNode(name)))
                self._store.add(Quad(*triple, DefaultGraph()))

    def query(self, text: str, media_type: str, dataset: Dataset | None = None) -> bytes:
        return serialize(self._store.query(text, **graphs_of(dataset)), media_type)


def place(slug: str, state: str | None = None, decides: bool = True) -> str:
    return (
        f'<jurisdiction/{slug}> a pas:Jurisdiction ; pas:code "{slug.upper()}" ; skos:prefLabel "{slug}"@en ; '
        f"pas:state <jurisdiction/{state or slug}> ; pas:decides {str(decides).lower()} ."
    )


def title(slug: str, issued_in: str, state: str, *outcomes: tuple[str, str, str, float], until: str = "") -> str:
    """A title for the profession `smith`; an outcome is a skill, a relation, a kind of match and a confidence."""
    lines = [
        f'<qualification/{slug}> a pas:Qualification ; skos:prefLabel "{slug}"@en ; '
        f"pas:issuedIn <jurisdiction/{issued_in}> ; pas:state <jurisdiction/{state}> ; "
        f"pas:grantsAccessTo <profession/smith> ."
    ]
    if until:
        lines.append(f'<qualification/{slug}> pas:validTo "{until}"^^xsd:date .')
    for number, (skill, relation, match, confidence) in enumerate(outcomes):
        outcome = f"<learning-outcome/{slug}-{number}>"
        lines.append(f"{outcome} a pas:LearningOutcome ; pas:outcomeOf <qualification/{slug}> .")
        lines.append(
            f"<outcome-match/{slug}-{number}> a pas:OutcomeMatch ; pas:ofOutcome {outcome} ; pas:competence s:{skill} ; "
            f'pas:relation "{relation}" ; pas:matchPredicate skos:{match}Match ; pas:confidence {confidence:.2f} .'
        )
    return "\n".join(lines)


def essentials(*skills: str) -> Sequence[tuple[str, str, str, float]]:
    return [(skill, "essential", "exact", 1.0) for skill in skills]


def module(slug: str, host: str, *skills: str) -> str:
    closes = " , ".join(f"s:{skill}" for skill in skills)
    return (
        f'<bridging-module/{slug}> a pas:BridgingModule ; skos:prefLabel "{slug}"@en ; '
        f"pas:host <jurisdiction/{host}> ; pas:closesGap {closes} ."
    )


SMITH = '<profession/smith> a pas:Profession ; skos:prefLabel "smith"@en ; skos:exactMatch o:smith .'
RELEASE_HEAD = (
    f'<{RELEASE}> a pas:Release ; owl:versionInfo "9.9" ; pas:acknowledgement "Thank the moon."@en .\n'
    "<esco-collection/green> a skos:Collection .\n"
)


def green(*skills: str) -> str:
    return "\n".join(f"<esco-collection/green> skos:member s:{skill} ." for skill in skills)


def occupation(name: str, essential: Sequence[str], optional: Sequence[str] = ()) -> str:
    lines = [f'o:{name} a esco:Occupation ; skos:prefLabel "{name}"@en .']
    lines += [f"o:{name} esco:relatedEssentialSkill s:{skill} ." for skill in essential]
    lines += [f"o:{name} esco:relatedOptionalSkill s:{skill} ." for skill in optional]
    return "\n".join(lines)


def below(narrow: str, wide: str) -> str:
    """Both are skills, one above the other."""
    return f"s:{narrow} a esco:Skill ; skos:broaderTransitive s:{wide} . s:{wide} a esco:Skill ."
