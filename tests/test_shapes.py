"""Every SHACL shape speaks about its bad example, and about nothing else there; the reasoner finds what no shape can."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyshacl
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse, serialize
from rdflib import Graph
from rdflib.namespace import SH

from graph_api.build import checks, consistency
from tests.conftest import ROOT

SHAPES = ROOT / "ontology" / "shapes.ttl"
BAD = sorted((ROOT / "tests" / "cases" / "shapes").glob("*.ttl"))
HERMIT = ROOT / "tests" / "cases" / "hermit"


@cache
def all_shapes() -> Graph:
    return Graph().parse(SHAPES)


def shapes_that_speak(path: Path) -> set[str]:
    shapes = all_shapes()
    conforms, report, _ = pyshacl.validate(Graph().parse(path), shacl_graph=shapes)
    assert conforms is not None
    sources = {
        source for result in report.subjects(SH.resultSeverity) for source in report.objects(result, SH.sourceShape)
    }
    owners = {next(shapes.subjects(SH.property, source), source) for source in sources}
    return {str(owner).rpartition("#")[2].rpartition("/")[2] for owner in owners}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_shape_catches_its_bad_example_and_only_that(path: Path) -> None:
    assert shapes_that_speak(path) == {path.stem}


def test_every_shape_has_a_bad_example() -> None:
    shapes = all_shapes()
    named = {str(shape).rpartition("#")[2].rpartition("/")[2] for shape in shapes.subjects(None, SH.NodeShape)}
    assert named == {path.stem for path in BAD}


def test_the_build_finds_the_same_as_the_plain_shapes() -> None:
    """The build evaluates each property shape once for all things; the defects must be the plain ones."""
    for path in BAD[:12]:
        store = Store()
        store.extend(
            Quad(*quad.triple, NamedNode("https://example.org/g")) for quad in parse(path=path, format=RdfFormat.TURTLE)
        )
        _, report, _ = pyshacl.validate(Graph().parse(path), shacl_graph=all_shapes())
        plain = sorted(str(message) for message in report.objects(None, SH.resultMessage))
        found = checks.shape_defects(store, SHAPES)
        assert len(found) >= 1
        assert all(any(message in str(defect) for message in plain) for defect in found)


def ntriples(folder: Path, *files: Path) -> Path:
    """The vocabulary with the given files, as the reasoner takes it."""
    triples = [
        quad.triple
        for file in (ROOT / "ontology" / "vocabulary.ttl", *files)
        for quad in parse(path=file, format=RdfFormat.TURTLE)
    ]
    serialize(triples, str(folder / "graph.nt"), format=RdfFormat.N_TRIPLES)
    return folder / "graph.nt"


@pytest.mark.whole
def test_the_vocabulary_is_consistent_with_the_whole_graph(graph: Store) -> None:
    assert checks.reasoner_defects(graph) == []


def test_the_reasoner_finds_the_contradiction_and_names_the_culprit(tmp_path: Path) -> None:
    found = consistency.contradictions(ntriples(tmp_path, HERMIT / "inconsistent.ttl"))
    both, twice = sorted(found, reverse=True)
    assert both.startswith("qualification/xa-miller is both a 'national profession'")
    assert twice.startswith("national-profession/xa-baker has 2 values for 'regulation': NotRegulated, Regulated")


@pytest.mark.long
def test_the_reasoner_finds_a_class_that_can_have_no_member(tmp_path: Path) -> None:
    (defect,) = consistency.contradictions(ntriples(tmp_path, HERMIT / "unsatisfiable.ttl"))
    assert defect.startswith("nothing can be a 'paper profession'")
