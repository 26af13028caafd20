"""Ten queries that a researcher of this field asks, each request with another binding."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Store

Request = tuple[str, str]
"""The name of a query, and its text."""

PREFIXES = """\
PREFIX pas: <https://w3id.org/passerelle/def#>
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


@dataclass(frozen=True)
class Research:
    """A query with $x where the binding stands, and the query that finds bindings."""

    name: str
    text: str
    bindings: str


OCCUPATIONS = "SELECT DISTINCT ?x { ?x esco:relatedEssentialSkill ?skill }"
QUALIFICATIONS = "SELECT DISTINCT ?x { ?x a pas:Qualification }"
RESEARCH = (
    Research(
        "skills of an occupation",
        """SELECT ?skill ?label { $x esco:relatedEssentialSkill ?skill . ?skill skos:prefLabel ?label
           FILTER (LANG(?label) = "fr") }""",
        OCCUPATIONS,
    ),
    Research(
        "occupations that need a skill",
        """SELECT ?occupation ?label ?group { ?occupation esco:relatedEssentialSkill $x ; skos:prefLabel ?label ;
           esco:memberOfISCOGroup ?group FILTER (LANG(?label) = "en") }""",
        "SELECT DISTINCT ?x { ?occupation esco:relatedEssentialSkill ?x }",
    ),
    Research(
        "occupations most like one",
        """SELECT ?other (COUNT(?skill) AS ?shared) { $x esco:relatedEssentialSkill ?skill .
           ?other esco:relatedEssentialSkill ?skill FILTER (?other != $x) }
           GROUP BY ?other ORDER BY DESC(?shared) ?other LIMIT 10""",
        OCCUPATIONS,
    ),
    Research(
        "skills under a group",
        """SELECT ?skill ?label { ?skill skos:broaderTransitive $x ; a esco:Skill ; skos:prefLabel ?label
           FILTER (LANG(?label) = "nl") }""",
        """SELECT ?x (COUNT(*) AS ?n) { ?skill skos:broaderTransitive ?x ; a esco:Skill } GROUP BY ?x
           HAVING (COUNT(*) > 9 && COUNT(*) < 300)""",
    ),
    Research(
        "an ISCO group in four languages",
        """SELECT ?occupation ?label ?text { ?occupation esco:memberOfISCOGroup $x ; skos:prefLabel ?label
           OPTIONAL { ?occupation dcterms:description ?text FILTER (LANG(?text) = LANG(?label)) } }""",
        "SELECT DISTINCT ?x { ?occupation esco:memberOfISCOGroup ?x }",
    ),
    Research(
        "routes of a title, by regime",
        """SELECT ?id (COUNT(?route) AS ?routes) { ?route pas:routeFrom $x ; pas:underRegime ?regime .
           ?regime dcterms:identifier ?id } GROUP BY ?id ORDER BY ?id""",
        QUALIFICATIONS,
    ),
    Research(
        "conditions on the way to a profession",
        """SELECT ?condition ?label (COUNT(?route) AS ?routes) { ?route pas:routeTo $x ; pas:hasCondition ?condition .
           ?condition skos:prefLabel ?label FILTER (LANG(?label) = "en") }
           GROUP BY ?condition ?label ORDER BY DESC(?routes) ?condition""",
        "SELECT DISTINCT ?x { ?route pas:routeTo ?x . ?x a pas:NationalProfession }",
    ),
    Research(
        "occupations that a title's skills fit",
        """SELECT ?occupation (COUNT(?skill) AS ?skills) { $x pas:essentialCompetence ?skill .
           ?occupation esco:relatedEssentialSkill ?skill }
           GROUP BY ?occupation ORDER BY DESC(?skills) ?occupation LIMIT 10""",
        "SELECT DISTINCT ?x { ?x pas:essentialCompetence ?skill }",
    ),
    Research(
        "skills with a word in the label",
        """SELECT ?skill ?label { ?skill a esco:Skill ; skos:prefLabel ?label
           FILTER (LANG(?label) = "en" && CONTAINS(LCASE(?label), $x)) }""",
        """SELECT DISTINCT (STRBEFORE(STR(?label), " ") AS ?x) { ?skill a esco:Skill ; skos:prefLabel ?label
           FILTER (LANG(?label) = "en" && STRLEN(STRBEFORE(STR(?label), " ")) > 4) }""",
    ),
    Research(
        "a title with its sources",
        """SELECT ?property ?value ?source { $x ?property ?value ; dcterms:source ?given .
           ?given rdfs:label ?source }""",
        QUALIFICATIONS,
    ),
)


@dataclass(frozen=True)
class Requests:
    """What systems are asked; no two requests are alike."""

    warm: list[Request]
    """One of each query, of which nothing is kept."""
    alone: list[Request]
    """For one client; the queries take turns."""
    together: list[Request]
    """As many, for four clients."""


def requests(directory: Path, each: int) -> Requests:
    """So many of each query, as far as the data have bindings for them."""
    store, chance = Store.read_only(str(directory / "store")), random.Random(5)
    found = Requests([], [], [])
    for research in RESEARCH:
        results: Any = store.query(PREFIXES + research.bindings)
        terms = sorted(str(row["x"]) for row in results)
        chance.shuffle(terms)
        asked = [(research.name, PREFIXES + research.text.replace("$x", term)) for term in terms]
        half = min(each, (len(asked) - 1) // 2)
        if half < 1:
            continue
        found.alone.extend(asked[:half])
        found.together.extend(asked[half : 2 * half])
        found.warm.append(asked[2 * half])
    chance.shuffle(found.alone)
    chance.shuffle(found.together)
    return found
