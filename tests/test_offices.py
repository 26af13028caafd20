"""The tables of places and offices name one authority for a place and a profession, as their sources do."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

MAPPINGS = ROOT / "mappings"
CASES = ROOT / "tests" / "cases" / "offices.csv"
Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def table(pattern: str) -> tuple[Row, ...]:
    return tuple(row for path in sorted(MAPPINGS.glob(pattern)) for row in rows(path))


def keyed(pattern: str, key: str) -> dict[str, Row]:
    return {row[key]: row for row in table(pattern)}


def cells(row: Row, column: str) -> list[str]:
    return [part for part in row[column].split(";") if part]


def closeness(office: Row, place: Row, profession: Row, home: str) -> tuple[bool, int] | None:
    """How closely the office fits, as mappings/README.md says; None where it does not."""
    served = cells(office, "nuts") or cells(keyed("jurisdictions.csv", "jurisdiction")[office["jurisdiction"]], "nuts")
    around = [len(code) for code in served if place["nuts"].startswith(code)]
    of_profession = profession["profession"] in cells(office, "profession")
    of_group = office["for_group"] in cells(profession, "groups")
    from_home = not office["home"] or home in cells(office, "home")
    host = set(cells(office, "host")) & set(cells(place, "decided_in"))
    fits = around and host and from_home and (of_profession or of_group) and "licence" not in cells(office, "what")
    return (of_profession, max(around)) if fits else None


@pytest.mark.parametrize("case", rows(CASES), ids=lambda case: f"{case['place']}-{case['profession']}-{case['home']}")
def test_a_place_has_one_office_for_a_profession(case: Row) -> None:
    place = keyed("places/*.csv", "place")[case["place"]]
    profession = keyed("professions.csv", "profession")[case["profession"]]
    fitting = {
        office["competent_office"]: found
        for office in table("competent_offices.csv")
        if (found := closeness(office, place, profession, case["home"]))
    }
    best = [office for office, found in fitting.items() if found == max(fitting.values())]
    assert [keyed("competent_offices.csv", "competent_office")[office]["authority"] for office in best] == [
        case["authority"]
    ]


@pytest.mark.parametrize(
    ("postcode", "states", "code"),
    [
        ("52062", "de", "DEA2D"),
        ("54290", "de", "DEB21"),
        ("66111", "de", "DEC01"),
        ("77694", "de", "DE134"),
        ("57000", "fr", "FRF33"),
        ("59000", "fr", "FRE11"),
        ("4700", "be", "BE336"),
        ("4000", "be", "BE332"),
        ("2000", "be", "BE211"),
        ("6211", "nl", "NL423"),
        ("7511", "nl", "NL213"),
        ("4001", "lu", "LU000"),
    ],
)
def test_a_postcode_lies_in_one_district(postcode: str, states: str, code: str) -> None:
    runs = [
        (row["nuts"], *run.partition("-")[::2])
        for row in table(f"places/{states}.csv")
        if row["place_kind"] == "district"
        for run in cells(row, "postcodes")
    ]
    assert {nuts for nuts, first, last in runs if first <= postcode <= (last or first)} == {code}


def test_every_district_of_the_five_states_is_there() -> None:
    found = {row["nuts"] for row in table("places/*.csv") if row["place_kind"] == "district"}
    counts = {
        state: sum(code.startswith(state) and len(code) == 5 for code in found)
        for state in ("BE", "DE", "FR", "LU", "NL")
    }
    assert counts == {"BE": 44, "DE": 400, "FR": 96, "LU": 1, "NL": 40}


def test_the_nine_municipalities_of_the_german_speaking_community_are_asked_there() -> None:
    nine = [
        row for row in table("places/be.csv") if row["decided_in"] == "be-de" and row["place_kind"] == "municipality"
    ]
    assert len(nine) == 9
    assert {row["nuts"] for row in nine} == {"BE336"}
