"""Nobody is sent to an office that compares diplomas where another one decides on the right to work."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Store


def step(client: TestClient, **question: str) -> Any:
    answer = client.get("/api/v1/paths", params={"nationality": "EU", "as_of": "2026-11-23", **question}).json()
    return answer["paths"][0]["steps"][-1]


def test_a_statement_of_comparability_decides_on_no_regulated_profession(client: TestClient) -> None:
    """The French row speaks of professions that nobody regulates: for surveyors the office is not known."""
    found = step(client, issued_in="NL", profession="surveyor", country="FR")
    assert found["regime"]["id"] == "R15"
    assert "ENIC-NARIC" not in str(found["authority"])
    assert "ENIC-NARIC" not in str(found["procedure"])


def test_a_road_of_its_own_is_decided_by_its_own_body(client: TestClient) -> None:
    found = step(client, issued_in="DE", profession="lawyer", country="FR")
    assert found["regime"]["id"] == "R35"
    assert found["authority"]["label"] == "Conseil national des barreaux"
    assert found["procedure"] == []


def test_a_general_row_that_decides_fills_gaps_still(client: TestClient) -> None:
    """The Luxembourg act of 28 October 2016 names one ministry for whatever no other act decides (Art. 7, 51)."""
    found = step(client, issued_in="FR", profession="dietitian", country="LU")
    assert found["authority"] is not None


GENERAL = """PREFIX pas: <https://w3id.org/passerelle/def#>
SELECT ?procedure { ?procedure a pas:Procedure FILTER NOT EXISTS { ?procedure pas:profession|pas:forGroup|pas:land ?any } }"""
FALLEN_BACK_ON = """PREFIX pas: <https://w3id.org/passerelle/def#>
SELECT ?place { ?place pas:generalProcedure ?procedure FILTER NOT EXISTS { ?procedure pas:fillsGaps true } }"""
OWN_ROAD = """PREFIX pas: <https://w3id.org/passerelle/def#>
SELECT ?place { ?place pas:generalProcedure ?any ; pas:profession ?profession . ?own a pas:OwnRegime ; pas:profession ?profession }"""


@pytest.mark.parametrize("wrong", [FALLEN_BACK_ON, OWN_ROAD])
def test_no_profession_falls_back_on_a_row_that_does_not_decide(stored: Store, wrong: str) -> None:
    found: Any = stored.query(GENERAL)
    assert len(list(found)) == 7
    places: Any = stored.query(wrong)
    assert list(places) == []
