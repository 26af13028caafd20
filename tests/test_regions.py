"""Border regions as pages: places, offices, advice, and a profession in every direction."""

from __future__ import annotations

import csv

import pytest
from fastapi.testclient import TestClient

from graph_api.store.queries import select
from graph_api.store.things import LANGUAGES
from tests.conftest import ROOT


def test_every_region_of_the_table_has_its_page(client: TestClient) -> None:
    text = client.get("/regions").text
    with (ROOT / "mappings" / "border_regions.csv").open(newline="", encoding="utf-8") as table:
        listed = [row["border_region"] for row in csv.DictReader(table)]
    assert len(listed) > 8
    for slug in listed:
        assert f'href="/regions/{slug}"' in text
        assert client.get(f"/regions/{slug}").status_code == 200


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_region_names_places_offices_and_advice(client: TestClient, lang: str) -> None:
    text = client.get(f"/regions/emr?lang={lang}").text
    for part in ("Aachen", "Maastricht", "Eupen", "Hasselt", "/page/authority/"):
        assert part in text, part


def test_a_profession_is_answered_in_every_direction(client: TestClient) -> None:
    text = client.get("/regions/upper-rhine?profession=nurse-general-care&lang=en").text
    assert "/path?profession=nurse-general-care&amp;issued_in=DE&amp;country=FR" in text
    assert "/path?profession=nurse-general-care&amp;issued_in=FR&amp;country=DE" in text
    assert "Yes, without a comparison of the training" in text


@pytest.mark.parametrize("path", ["/regions/nowhere", "/regions/emr?profession=astrologer"])
def test_what_is_not_known_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_region_is_answered_by_named_queries(client: TestClient) -> None:
    store = client.app.state.services.store  # type: ignore[attr-defined]
    regions = {row["region"] for row in select(store, "border_regions")}
    assert {iri.rpartition("/")[2] for iri in regions} >= {"emr", "upper-rhine", "greater-region"}
