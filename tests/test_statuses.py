"""A status of residence beside nationality: what it is worth in a state on a day, and by which law, says a table."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any, get_args

import pytest

from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Language, Nationality, Question
from graph_api.store.local import CurrentStore
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def finder(store: CurrentStore) -> PathFinder:
    return PathFinder(store)


def asked(status: str, country: str, day: str = "2026-09-01", lang: Any = "en") -> Question:
    return Question.model_validate(
        {
            "qualification": "fr-dei",
            "profession": "nurse-general-care",
            "country": country,
            "training_started": "2015-09-01",
            "nationality": status,
            "as_of": date.fromisoformat(day),
            "lang": lang,
        }
    )


def covered(answer: dict[str, Any]) -> dict[str, Any]:
    """The condition about nationality in the first step of the first path."""
    conditions: list[dict[str, Any]] = answer["paths"][0]["steps"][0]["conditions"]
    return next(condition for condition in conditions if condition["fact"] == "nationality")


def test_questions_know_the_statuses_of_the_table() -> None:
    with (ROOT / "mappings" / "fact_values.csv").open(newline="", encoding="utf-8") as file:
        told = {row["value"] for row in csv.DictReader(file) if row["fact"] == "nationality"}
    assert told == set(get_args(Nationality))


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        (
            "en",
            "The applicant is a national of an EU or EEA state or of Switzerland, or has the same rights by another "
            "status: family member of a Union citizen, with a right of residence in the state asked "
            "(Directive 2005/36/EC Art. 2(1); Directive 2004/38/EC Art. 23; Directive 2004/38/EC Art. 24(1))",
        ),
        (
            "nl",
            "De aanvrager is onderdaan van een EU- of EER-staat of van Zwitserland, of heeft door een andere status "
            "dezelfde rechten: familielid van een burger van de Unie, met verblijfsrecht in de gevraagde staat "
            "(Richtlijn 2005/36/EG art. 2(1); Richtlijn 2004/38/EG art. 23; Richtlijn 2004/38/EG art. 24(1))",
        ),
        (
            "fr",
            "Le demandeur est ressortissant d'un État de l'UE, de l'EEE ou de la Suisse, ou a les mêmes droits en vertu "
            "d'un autre statut: membre de la famille d'un citoyen de l'Union, ayant un droit de séjour dans l'État demandé "
            "(directive 2005/36/CE art. 2(1); directive 2004/38/CE art. 23; directive 2004/38/CE art. 24(1))",
        ),
        (
            "de",
            "Die antragstellende Person ist Staatsangehörige eines EU- oder EWR-Staats oder der Schweiz oder hat durch "
            "eine andere Rechtsstellung dieselben Rechte: Familienangehörige eines Unionsbürgers mit Aufenthaltsrecht im "
            "angefragten Staat (Richtlinie 2005/36/EG Art. 2(1); Richtlinie 2004/38/EG Art. 23; Richtlinie 2004/38/EG Art. 24(1))",
        ),
    ],
)
def test_the_sentence_names_the_status_and_its_law(finder: PathFinder, lang: Language, sentence: str) -> None:
    answer = finder.find(asked("family_member", "BE-fr", lang=lang))
    assert sentence in answer["paths"][0]["because"]


def test_a_national_needs_no_other_law(finder: PathFinder) -> None:
    condition = covered(finder.find(asked("EU", "BE-fr")))
    assert "holds_by" not in condition
    assert [basis["article"] for basis in condition["legal_basis"]] == ["2(1)"]


def test_the_law_of_the_host_stands_beside_that_of_the_union(finder: PathFinder) -> None:
    answer = finder.find(asked("refugee", "LU"))
    held = {entry["id"].rpartition("/")[2] for entry in covered(answer)["holds_by"]}
    assert held == {"nationality-refugee", "nationality-refugee-lu"}
    told = {source["of"].rpartition("/")[2] for source in answer["paths"][0]["steps"][0]["sources"]}
    assert held <= told


def wanted(answer: dict[str, Any]) -> list[str]:
    """The statuses that would open automatic recognition."""
    refused = next(entry for entry in answer["refused"] if entry["regimes"] == ["R02"])
    (change,) = [reason["would_hold_with"] for reason in refused["because"] if reason["fact"] == "nationality"]
    return sorted(change["one_of"])


def test_a_refusal_names_the_statuses_that_would_help_in_that_state_on_that_day(finder: PathFinder) -> None:
    everywhere = ["EU", "blue_card", "family_member", "long_term_resident", "refugee"]
    assert wanted(finder.find(asked("third_country", "BE-fr"))) == everywhere
    assert wanted(finder.find(asked("third_country", "LU", "2026-06-10"))) == sorted([*everywhere, "residence_permit"])
    assert wanted(finder.find(asked("third_country", "LU"))) == sorted(
        [*everywhere, "residence_permit", "asylum_seeker"]
    )
