"""What is not known is counted and listed as the tables leave it empty: page, lookup and download say the same."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from fastapi.testclient import TestClient

from graph_api.store.queries import Row
from graph_api.store.unknown import Unknown
from graph_api.web.rest.unknown import UnknownAnswer
from tests.conftest import ROOT


def rows_of(table: str) -> list[dict[str, str]]:
    """The rows of all files of a table."""
    found = []
    for path in sorted((ROOT / "mappings" / table).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            found += list(csv.DictReader(lines))
    return found


NATIONALS, TITLES = rows_of("national_professions"), rows_of("qualifications")
with (ROOT / "mappings" / "without_title.csv").open(encoding="utf-8", newline="") as told_of:
    WITHOUT_TITLE = list(csv.DictReader(told_of))


def missing(lack: str) -> Counter[str]:
    """How many rows lack something, by state, read in the tables alone."""
    opened = {(row["state"], profession) for row in TITLES for profession in row["grants_access_to"].split(";")}
    told = {(row["host"], profession) for row in WITHOUT_TITLE for profession in row["profession"].split(";")}
    found = Counter[str]()
    for row in NATIONALS:
        regulated = row["regulation"] not in ("", "NotRegulated", "KeptForOthers")
        lacks = {
            "status": not row["regulation"],
            "level": regulated and not row["required_level"],
            "authority": regulated and not row["competent_authority"],
            "title": regulated
            and (row["state"], row["profession"]) not in opened
            and told.isdisjoint({(row["state"], row["profession"]), (row["jurisdiction"], row["profession"])}),
        }
        found[row["state"].upper()] += lacks[lack]
    return found


@pytest.mark.parametrize("lack", ["status", "level", "authority", "title"])
def test_the_counts_are_those_of_the_tables(client: TestClient, lack: str) -> None:
    answer = client.get("/api/v1/unknown").json()
    UnknownAnswer.model_validate(answer)
    assert {item["country"]: item["count"] for item in answer["counts"] if item["lack"] == lack} == missing(lack)


def test_the_whole_list_is_had_in_pages_and_as_a_table(client: TestClient) -> None:
    address: str | None = "/api/v1/unknown?lack=title&country=LU&limit=40"
    found = []
    while address:
        answer = client.get(address).json()
        found += answer["results"]
        address = answer["next"]
    assert len(found) == missing("title")["LU"]
    text = client.get("/api/v1/unknown?lack=title&country=LU", headers={"accept": "text/csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["thing"] for row in rows] == [item["thing"] for item in found]
    assert {(row["lack"], row["country"]) for row in rows} == {("title", "LU")}
    assert client.get("/api/v1/unknown?lack=title&country=LU&format=csv").text == text


def test_the_page_shows_each_number_with_its_list(client: TestClient) -> None:
    counted = f"{missing('status')['FR']:,}"
    overview = client.get("/unknown", headers={"accept": "text/html"}).text
    assert f'lack=status&amp;country=FR" aria-label="France, no status: {counted}"' in overview
    listed = client.get("/unknown?lack=status&country=FR&lang=de", headers={"accept": "text/html"}).text
    assert "Niemand hat gelesen" in listed
    assert "/api/v1/unknown?lack=status&amp;country=FR&amp;lang=de&amp;format=csv" in listed


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/unknown?country=XX", 400),
        ("/api/v1/unknown?lack=everything", 400),
        ("/api/v1/unknown?format=turtle", 400),
        ("/unknown?country=XX", 400),
        ("/unknown?lack=everything&offset=x", 200),
        ("/unknown?lack=title&offset=999999", 200),
    ],
)
def test_what_is_not_to_be_had_is_said(client: TestClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_gap_is_chosen_by_kind_and_by_state_or_part_of_it() -> None:
    gaps: list[Row] = [
        {"lack": "status", "state": "be", "place": "be-fr", "thing": "a"},
        {"lack": "status", "state": "be", "place": "be-nl", "thing": "b"},
        {"lack": "title", "state": "be", "place": "be-fr", "thing": "a"},
    ]
    unknown = Unknown(gaps, [])
    assert [gap["thing"] for gap in unknown.chosen("status", "be")] == ["a", "b"]
    assert [gap["lack"] for gap in unknown.chosen(None, "be-fr")] == ["status", "title"]
    assert unknown.counts == {("status", "be"): 2, ("title", "be"): 1}


def test_each_point_of_annex_v_says_how_new_the_texts_are(client: TestClient) -> None:
    found = {item["point"]: item for item in client.get("/api/v1/unknown").json()["annex_v"]}
    entries = Counter(row["annex_point"] for row in rows_of("annex_v"))
    assert {point: item["entries"] for point, item in found.items()} == entries
    assert found["5.1.4"]["newest"] == "2020-12-31", (
        "the text of the EU up to that day was read for general practitioners"
    )
    page = client.get("/unknown", headers={"accept": "text/html"}).text
    assert "31 December 2020" in page
