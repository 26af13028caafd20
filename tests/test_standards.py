"""Live answers held against the schemas and shapes of the standards; docs/interfaces.md says how many hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rdflib
from fastapi.testclient import TestClient
from jsonschema import ValidationError
from rdflib.namespace import RDF, SH

from tests.conftest import ROOT, in_turn, official
from tests.test_dataset import SHAPES
from tests.test_reconcile import NEW, OLD, conforms

OF_A_TYPE = {
    "profession": "profession/midwife",
    "qualification": "qualification/fr-dei",
    "competence": "profession/midwife",  # a graph without a release holds none; the answer has empty cells
    "authority": "authority/fr-ars",
    "regime": "regime/automatic-annex-v",
}
"""The types that are offered, and a thing to fetch values of."""
NAMES = {
    "profession": "nurse",
    "qualification": "infirmier",
    "competence": "care",
    "authority": "ministry",
    "regime": "automatic",
}


def old_answers(client: TestClient) -> Iterator[tuple[str, Any]]:
    """A schema of version 0.2, and a live answer that it describes."""
    yield "manifest", client.get(OLD)
    for kind, thing in OF_A_TYPE.items():
        query = {"q": {"query": NAMES[kind], "type": kind, "limit": 5}, "r": {"query": thing}}
        proposals = client.get(f"{OLD}/properties?type={kind}")
        properties = [{"id": each["id"]} for each in proposals.json()["properties"]]
        yield "data-extension-property-proposal", proposals
        yield "reconciliation-result-batch", client.post(OLD, data={"queries": json.dumps(query)})
        asked = json.dumps({"ids": [thing, "nothing"], "properties": properties})
        yield "data-extension-response", client.post(OLD, data={"extend": asked})
        yield "suggest-entities-response", client.get(f"{OLD}/suggest/entity?prefix={NAMES[kind][:4]}&type={kind}")
    yield "suggest-properties-response", client.get(f"{OLD}/suggest/property?prefix=e")
    yield "suggest-types-response", client.get(f"{OLD}/suggest/type?prefix=")


def new_answers(client: TestClient) -> Iterator[tuple[str, Any]]:
    """The same of the draft of version 1.0."""
    yield "manifest", client.get(NEW)
    for kind, thing in OF_A_TYPE.items():
        name = {"matchType": "name", "propertyValue": NAMES[kind]}
        query = {"queries": [{"type": kind, "limit": 5, "conditions": [name]}]}
        proposals = client.get(f"{NEW}/extend/propose?type={kind}")
        properties = [{"id": each["id"]} for each in proposals.json()["properties"]]
        yield "data-extension-property-proposal", proposals
        yield "reconciliation-result-batch", client.post(f"{NEW}/match", json=query)
        asked = {"ids": [thing, "nothing"], "properties": properties}
        yield "data-extension-response", client.post(f"{NEW}/extend", json=asked)
        yield "suggest-entities-response", client.get(f"{NEW}/suggest/entity?prefix={NAMES[kind][:4]}&type={kind}")
    yield "suggest-properties-response", client.get(f"{NEW}/suggest/property?prefix=e")
    yield "suggest-types-response", client.get(f"{NEW}/suggest/type?prefix=")


def held(version: str, answers: Iterator[tuple[str, Any]]) -> tuple[int, int]:
    """How many answers keep to their schema, and how many there are."""
    passed = total = 0
    for schema, answer in answers:
        total += 1
        try:
            conforms(version, f"{schema}.json", answer.json())
        except ValidationError:
            continue
        passed += answer.status_code == 200
    return passed, total


def shaped(graph: rdflib.Graph, shapes: rdflib.Graph) -> tuple[int, int]:
    """Of the properties that the shapes ask of classes that occur, how many hold everywhere, and how many there are."""
    from pyshacl import validate

    for node, shape in list(shapes.subject_objects(SH.property)):
        if (shape, None, None) not in shapes:  # the official file names two shapes that it does not define
            shapes.remove((node, SH.property, shape))
    asked = {
        shape
        for node, kind in shapes.subject_objects(SH.targetClass)
        if (None, RDF.type, kind) in graph
        for shape in shapes.objects(node, SH.property)
    }
    _, found, _ = validate(graph, shacl_graph=shapes, advanced=False)
    assert isinstance(found, rdflib.Graph)
    broken = set(found.objects(None, SH.sourceShape))
    return len(asked - broken), len(asked)


def loq(client: TestClient) -> tuple[int, int]:
    """The export of all qualifications, by the shapes of the Qualifications Dataset Register."""
    shapes = rdflib.Graph().parse(official("data", "national", "eu", "elm", "shacl", "LOQ-constraints.ttl"))
    body = client.get("/api/v1/elm/qualifications").text
    return shaped(rdflib.Graph().parse(data=body, format="json-ld"), shapes)


def dcat(client: TestClient) -> tuple[int, int]:
    """The catalogue, by the shapes of DCAT-AP."""
    served = rdflib.Graph().parse(data=client.get("/.well-known/void").text, format="turtle")
    return shaped(served, rdflib.Graph().parse(official(*SHAPES)))


STANDARDS: dict[str, Callable[[TestClient], tuple[int, int]]] = {
    "Reconciliation Service API 0.2, JSON Schema": lambda client: held("0.2", old_answers(client)),
    "Reconciliation Service API 1.0-draft, JSON Schema": lambda client: held("1.0-draft", new_answers(client)),
    "European Learning Model 3, LOQ profile, SHACL": loq,
    "DCAT-AP 3.0.1, SHACL": dcat,
}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
@pytest.mark.parametrize("standard", in_turn(STANDARDS, 4))
def test_live_answers_keep_to_the_standard_and_the_documentation_says_how_many(
    client: TestClient, standard: str
) -> None:
    passed, total = STANDARDS[standard](client)
    assert 0 < passed == total, f"{standard}: {passed} of {total}"
    lines = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith(f"| {standard} |")]
    told = [int(number) for number in row.split("|")[-2].split("/")]
    assert told[0] == told[1] <= total  # dumps that were made add classes to the catalogue


def test_what_breaks_a_shape_is_counted() -> None:
    nameless = rdflib.Graph().add((rdflib.BNode(), RDF.type, rdflib.DCAT.Catalog))
    passed, total = shaped(nameless, rdflib.Graph().parse(official(*SHAPES)))
    assert 0 < passed < total


def test_what_breaks_a_schema_is_counted(client: TestClient) -> None:
    assert held("0.2", iter([("manifest", client.get(NEW)), ("manifest", client.get(OLD))])) == (1, 2)
