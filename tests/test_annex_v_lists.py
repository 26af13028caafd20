"""Our rows of Annex V stand beside three lists that others wrote; each difference was settled."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from benchmarks.annex_v import TABLES, Difference, Entry, Place, compared, day, differences, report, titles_of
from graph_api.store.things import LANGUAGES
from tests.conftest import ROOT, official

REVIEWED = ROOT / "tests" / "cases" / "annex_v_differences.csv"


def reviewed() -> list[dict[str, str]]:
    """The differences that were looked at, with how each was settled."""
    with REVIEWED.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_differences_are_those_that_were_reviewed() -> None:
    found = differences(official("data", "national"))
    assert sorted(found) == sorted(Difference(*list(row.values())[:-1]) for row in reviewed())


def test_every_reviewed_difference_says_how_it_was_settled() -> None:
    assert [
        row for row in reviewed() if not row["settled"].startswith(("ours stands: ", "open: ", "left out: ", "both "))
    ] == []


def test_a_title_and_a_date_changed_in_our_rows_are_found(tmp_path: Path) -> None:
    folder = official("data", "national")
    shutil.copytree(TABLES, tmp_path / "annex_v")
    dentists = tmp_path / "annex_v" / "dentist.csv"
    text = dentists.read_text(encoding="utf-8")
    changed = text.replace("Zeugnis über die Zahnärztliche Prüfung", "Gesellenbrief").replace(
        "1980-01-28", "1981-01-28"
    )
    dentists.write_text(changed, encoding="utf-8")
    new = set(differences(folder, tmp_path / "annex_v")) - set(differences(folder))
    title = "Zeugnis über die Zahnärztliche Prüfung"
    consolidated = "consolidated 2013-07-01"
    assert new == {
        Difference(consolidated, "5.3.2", "de", "", "missing here", title, ""),
        Difference(consolidated, "5.3.2", "de", "", "only here", "", "Gesellenbrief"),
        *(
            Difference(consolidated, "5.3.2", s, "", "date", "1980-01-28", "1981-01-28")
            for s in ("be", "de", "fr", "lu", "nl")
        ),
        *(
            Difference("German acts", "5.3.2", s, "", "date", "1980-01-28", "1981-01-28")
            for s in ("be", "fr", "lu", "nl")
        ),
    }


def test_each_class_of_difference() -> None:
    place, other, unheld = Place("5.2.2", "aa", ""), Place("5.2.2", "bb", ""), Place("5.9.9", "aa", "")
    theirs = [
        Entry(
            place,
            ("Same", "* of nursing", "Diplome one", "Diploma of nursing science (new)", "Quite another"),
            "1979-06-29",
        ),
        Entry(unheld, ("Not ours", "Nor this")),
    ]
    ours = [
        Entry(place, ("Same", "Title of nursing", "Diplôme One"), "1979-06-30", "A statement"),
        Entry(place, ("Diploma of nursing science", "Old name"), "1979-06-29", other_title="Old name"),
        Entry(place, ("Bachelor of care",), later=True),
        Entry(place, ("Zzz",), "1979-06-29"),
        Entry(other, ("Elsewhere",)),
    ]
    kinds = [(found.state, found.kind, found.theirs, found.ours) for found in compared("a list", theirs, ours)]
    assert kinds == [
        ("aa", "wording", "Diploma of nursing science (new)", "Diploma of nursing science"),
        ("aa", "missing here", "Quite another", ""),
        ("aa", "damaged copy", "* of nursing", "Title of nursing"),
        ("aa", "spelling", "Diplome one", "Diplôme One"),
        ("aa", "other wording", "", "Old name"),
        ("aa", "later or unread", "", "Bachelor of care"),
        ("aa", "only here", "", "Zzz"),
        ("aa", "date", "1979-06-29", "1979-06-29 / 1979-06-30"),
        ("aa", "certificate", "", "A statement"),
        ("aa", "not held", "Not ours / Nor this", ""),
    ]


def test_cells_fall_apart_into_titles_and_dates_into_one_form() -> None:
    assert titles_of("— Diploma A/Diplôme B — Brevet C") == ("Diploma A", "Diplôme B", "Brevet C")
    assert titles_of("1. Getuigschrift — Niveau 4 2. Diploma") == ("Getuigschrift-Niveau 4", "Diploma")
    assert titles_of("Haut — und Geschlechtskrankheiten;") == ("Haut- und Geschlechtskrankheiten",)
    assert [
        day(text) for text in ("20 December 1976", "28. Januar 1980", "31 décembre 1994", "21.12.1980", "1988/1989")
    ] == [
        "1976-12-20",
        "1980-01-28",
        "1994-12-31",
        "1980-12-21",
        "1988/1989",
    ]


def test_the_report_names_every_difference_and_counts_the_classes() -> None:
    found = [
        Difference("a list", "5.2.2", "aa", "", "date", "1979", "1980"),
        Difference("a list", "5.1.3", "aa", "x", "spelling", "A", "a"),
    ]
    assert report(found).splitlines() == [
        "a list | 5.2.2 aa | date | theirs: 1979 | ours: 1980",
        "a list | 5.1.3 aa x | spelling | theirs: A | ours: a",
        "date: 1",
        "spelling: 1",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_that_rests_on_an_old_list_says_the_one_question_to_ask(client: TestClient, lang: str) -> None:
    """EUR-Lex names 20 June 2024 as the newest consolidated text; no entry was read in one as new."""
    asked = {"qualification": "fr-dei", "profession": "nurse-general-care", "country": "NL", "lang": lang}
    step = client.get("/api/v1/paths", params=asked).json()["paths"][0]["steps"][0]
    (doubt,) = [item for item in step["doubts"] if item["id"].endswith("/annex-v-list-changed-since")]
    assert step["regime"]["id"] == "R02" and doubt["label"].endswith("?")


def test_every_speciality_of_the_list_has_a_title_that_can_be_asked() -> None:
    listed = {row["evidence"] for row in rows_of("annex_v/*.csv") if row["annex_point"] in ("5.1.3", "5.3.3")}
    named = {
        evidence
        for row in rows_of("qualifications/*.csv")
        for column in ("listed_as", "perhaps_listed_as")
        for evidence in row[column].split(";")
    }
    assert listed - named == set()


def rows_of(pattern: str) -> list[dict[str, str]]:
    found = []
    for path in sorted((ROOT / "mappings").glob(pattern)):
        with path.open(newline="", encoding="utf-8") as file:
            found += list(csv.DictReader(file))
    return found
