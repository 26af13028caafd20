"""What rests on a provision: what the tables cite, counted and linked, as a page and as a lookup.

Article 14(3) of Directive 2005/36/EC lets the host choose the compensation measure; Article 21(1) recognises the titles of Annex V.
"""

from __future__ import annotations

import csv

import pytest
from fastapi.testclient import TestClient

from tests.conftest import ROOT

CHOICE = "dir-2005-36-14-3"
ANNEX_V = "dir-2005-36-21-1"


def citing(table: str, column: str, provision: str) -> set[str]:
    """The rows of a table that cite a provision, by their first column."""
    with (ROOT / "mappings" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
        return {next(iter(row.values())) for row in csv.DictReader(file) if provision in row[column].split(";")}


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [("compensation", "provision", "CompensationMeasure"), ("regimes", "legal_basis", "Regime")],
)
def test_what_cites_a_provision_are_the_rows_that_name_it(
    client: TestClient, table: str, column: str, kind: str
) -> None:
    found = client.get(f"/api/v1/provisions/{CHOICE}/rests-on").json()["things"][kind]
    assert {item["slug"] for item in found["results"]} == citing(table, column, CHOICE)
    assert found["count"] == len(found["results"])


def test_routes_are_counted_by_regime_with_a_question_that_is_answered(client: TestClient) -> None:
    routes = client.get(f"/api/v1/provisions/{ANNEX_V}/rests-on").json()["routes"]
    by_regime = {item["regime"].rpartition("/")[2]: item for item in routes}
    annex_v = by_regime["automatic-annex-v"]
    assert annex_v["count"] > 100
    answer = client.get("/api/v1/paths", params=annex_v["question"]).json()
    assert any(
        basis["provision"].endswith(ANNEX_V) for path in answer["paths"] for basis in path["steps"][-1]["legal_basis"]
    )


def test_routes_of_a_row_of_national_law_are_those_whose_answers_cite_it(client: TestClient) -> None:
    """§ 41 PflBG carries the general recognition of nurses out in Germany: answers for nurses there cite it."""
    routes = client.get("/api/v1/provisions/de-pflbg-41-1/rests-on").json()["routes"]
    assert routes
    question = next(item["question"] for item in routes if item["regime"].endswith("/automatic-annex-v"))
    answer = client.get("/api/v1/paths", params=question).json()
    cited = {basis["provision"] for path in answer["paths"] for basis in path["steps"][-1]["legal_basis"]}
    assert any(provision.endswith("/de-pflbg-41-1") for provision in cited)


def test_the_page_of_a_provision_names_text_state_and_what_rests_on_it(client: TestClient) -> None:
    text = client.get(f"/page/provision/{ANNEX_V}?lang=en").text
    assert "What rests on this provision" in text
    assert 'href="http://data.europa.eu/eli/dir/2005/36/oj"' in text
    assert "State of the text that was read" in text
    assert "/path?profession=" in text
    assert f"/api/v1/provisions/{ANNEX_V}/rests-on" in text


def test_the_page_of_an_act_counts_what_rests_on_each_provision(client: TestClient) -> None:
    found = client.get("/api/v1/legal-acts/de-pflbg/rests-on").json()["provisions"]
    with (ROOT / "mappings" / "provisions.csv").open(newline="", encoding="utf-8") as file:
        listed = {row["provision"] for row in csv.DictReader(file) if row["act"] == "de-pflbg"}
    assert {item["id"].rpartition("/")[2] for item in found} == listed
    assert all(item["article"] for item in found)
    assert 'id="rests"' in client.get("/page/legal-act/de-pflbg").text


@pytest.mark.parametrize("path", ["/api/v1/provisions/nobody/rests-on", "/api/v1/legal-acts/nobody/rests-on"])
def test_what_is_not_in_the_graph_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
