"""Ten queries that a researcher of this field asks, each request with another binding, over four systems."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import QueryResultsFormat, Store

from benchmarks.systems import Asked, Figures, Request, measure, megabytes, passerelle, rdflib_endpoint, write_union
from graph_api.store.publish import Engine, publish
from graph_api.store.remote import Edition
from tests import virtuoso

PREFIXES = """\
PREFIX pas: <https://w3id.org/passerelle/def#>
PREFIX esco: <http://data.europa.eu/esco/model#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
EACH = 40
"""Requests of each query, and as many again by four clients."""
OF_RDFLIB = 4


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


def requests(directory: Path) -> tuple[list[Request], list[Request]]:
    """For one client and for four: no two requests are alike, and the queries take turns."""
    store, chance = Store.read_only(str(directory / "store")), random.Random(5)
    alone: list[Request] = []
    together: list[Request] = []
    for research in RESEARCH:
        results: Any = store.query(PREFIXES + research.bindings)
        terms = sorted(str(row["x"]) for row in results)
        chance.shuffle(terms)
        texts = [PREFIXES + research.text.replace("$x", term) for term in terms]
        half = min(EACH, len(texts) // 2)
        alone += [(research.name, text) for text in texts[:half]]
        together += [(research.name, text) for text in texts[half : 2 * half]]
    chance.shuffle(alone)
    chance.shuffle(together)
    return alone, together


def few(alone: Sequence[Request]) -> list[Request]:
    """The first requests of each query, for a system that is slow."""
    seen: dict[str, int] = {}
    kept = []
    for name, text in alone:
        seen[name] = seen.get(name, 0) + 1
        if seen[name] <= OF_RDFLIB:
            kept.append((name, text))
    return kept


def run(data: Path, folder: Path, with_rdflib: bool = True) -> list[Figures]:
    """All systems, one after the other, on the current graph of the data folder."""
    directory = (data / "current").resolve()
    alone, together = requests(directory)
    systems = [bare(directory, alone), ours(data, alone, together), virtuosos(directory, folder, alone, together)]
    if with_rdflib:
        systems.append(rdflibs(directory, folder, few(alone)))
    check_same(systems)
    return systems


def ours(data: Path, alone: list[Request], together: list[Request]) -> Figures:
    figures = Figures("Passerelle `/sparql`")
    with passerelle(data) as (address, number, _):
        warm_up(f"{address}/sparql", alone)
        measure(figures, f"{address}/sparql", alone, together)
        figures.megabytes = megabytes(number)
    return figures


def virtuosos(directory: Path, folder: Path, alone: list[Request], together: list[Request]) -> Figures:
    """Virtuoso with the graph as `passerelle publish` puts it there, asked over the graph that holds the union."""
    figures = Figures("Virtuoso 7")
    place = folder / "virtuoso"
    place.mkdir()
    with virtuoso.running(place, megabytes=1500) as server:
        engine = Engine(
            server.query_address, server.update_address, server.graph_store_address, virtuoso.USER, virtuoso.PASSWORD
        )
        began = time.perf_counter()
        version = publish(directory, engine).version
        figures.loaded_in = time.perf_counter() - began
        over = [("default-graph-uri", Edition(version).union)]
        warm_up(server.query_address, alone, over)
        measure(figures, server.query_address, alone, together, over)
        figures.megabytes = megabytes(server.process.pid)
    return figures


def rdflibs(directory: Path, folder: Path, alone: list[Request]) -> Figures:
    figures = Figures("rdflib-endpoint")
    write_union(directory, folder / "union.nt.gz")
    with rdflib_endpoint(folder / "union.nt.gz") as (address, number, seconds):
        figures.loaded_in = seconds
        measure(figures, address, alone, (), most_seconds=120)
        figures.megabytes = megabytes(number)
    return figures


def warm_up(endpoint: str, alone: Sequence[Request], parameters: Sequence[tuple[str, str]] = ()) -> None:
    """Ask each query once, with a binding that is asked again later; nothing is kept of it."""
    measure(Figures("warm-up"), endpoint, few(alone)[: len(RESEARCH)], (), parameters)


def bare(directory: Path, alone: list[Request]) -> Figures:
    """The engine's own call with serialisation, in a fresh process, without HTTP."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_bare, (directory, alone))


def _bare(directory: Path, alone: list[Request]) -> Figures:
    store = Store.read_only(str(directory / "store"))
    figures = Figures("bare pyoxigraph call")
    for name, text in [*few(alone)[: len(RESEARCH)], *alone]:
        began = time.perf_counter()
        results: Any = store.query(text)
        answer = results.serialize(format=QueryResultsFormat.JSON)
        figures.alone.append(Asked(name, time.perf_counter() - began, len(answer)))
    del figures.alone[: len(RESEARCH)]
    figures.megabytes = megabytes(os.getpid())
    return figures


def check_same(systems: Sequence[Figures]) -> None:
    """The comparison is void when a system was asked something else; the order of requests is the same for all."""
    names = [asked.query for asked in systems[0].alone]
    for figures in systems[1:3]:
        asked = [each.query for each in figures.alone]
        assert asked == names[: len(asked)], f"{figures.name} was asked something else"


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
