"""Who holds a title of the host itself is not told of the law on those who come from elsewhere.

Directive 2005/36/EC, Article 2(1), is for those who wish to pursue a profession in a Member State other than that in
which they obtained their qualifications; practice in another Member State (Articles 17 to 19) can be theirs all the same.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import question_from
from graph_api.store.local import CurrentStore

ELSEWHERE = "in another Member State"


@pytest.fixture(scope="module")
def finder(store: CurrentStore) -> PathFinder:
    return PathFinder(store)


def said(answer: Any) -> str:
    return " ".join(
        [verdict["sentence"] for verdict in answer["verdicts"]]
        + [reason["sentence"] for entry in answer["refused"] for reason in entry["because"]]
    )


@pytest.mark.parametrize(
    ("qualification", "profession", "home"),
    [
        ("be-fr-jury-central-boulanger", "baker", "BE"),
        ("be-fr-jury-central-coiffeur", "hairdresser", "BE"),
        ("be-nl-graduaat-elektro", "industrial-electrician", "BE"),
        ("de-geselle-hairdresser", "hairdresser", "DE"),
        ("de-geselle-baker", "baker", "DE"),
    ],
)
def test_practice_elsewhere_is_no_way_for_a_title_of_the_host(
    finder: PathFinder, qualification: str, profession: str, home: str
) -> None:
    asked = [("qualification", qualification), ("profession", profession), ("country", home)]
    assert ELSEWHERE not in said(finder.find(question_from(asked)))


def test_practice_elsewhere_is_one_where_there_is_any(finder: PathFinder) -> None:
    asked = [("qualification", "de-geselle-hairdresser"), ("profession", "hairdresser"), ("country", "DE")]
    practice = [("experience_years", "2"), ("experience_country", "FR"), ("experience_status", "self_employed")]
    assert ELSEWHERE in said(finder.find(question_from([*asked, *practice])))


def test_practice_elsewhere_is_one_for_a_title_of_another_state(finder: PathFinder) -> None:
    asked = [("qualification", "de-geselle-hairdresser"), ("profession", "hairdresser"), ("country", "LU")]
    assert ELSEWHERE in json.dumps(finder.find(question_from(asked))["paths"])


@pytest.mark.parametrize(("qualification", "profession"), [("boulanger", "baker"), ("coiffeur", "hairdresser")])
def test_a_title_whose_level_nobody_told_may_be_the_one_that_a_firm_needs(
    finder: PathFinder, qualification: str, profession: str
) -> None:
    """The certificate of Wallonia's central jury opens the profession (SPW Économie); the law asks for a level, and that of
    the certificate is not known, so that the answer is neither yes nor no."""
    asked = [("profession", profession), ("country", "BE-fr")]
    said = finder.find(question_from([("qualification", f"be-fr-jury-central-{qualification}"), *asked]))["verdicts"]
    assert [(each["for"], each["outcome"], each["status"]) for each in said] == [
        ("employment", "not_regulated", "open"),
        ("own_firm", "own_title", "open_if"),
    ]
    assert said[1]["sentence"].endswith("if your title is the one that the law there asks for.")
