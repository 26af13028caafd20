"""The lawyers' cases against the engine: facts and a question, and the first path that the law gives.

A row's facts are query parameters, written `key=value;key=value`. One more key is understood, for several periods of
practice: `experience=FR employed 2021-01-01 2024-12-31 full|…`: state, status, first and last day, then `full` or
`notfull` (responsibility) or the share of a full-time post. The sentence under `why` is the test's name.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from graph_api.recognition.answer_schema import CONTRACT
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Experience, Question, question_from
from graph_api.store.local import CurrentStore
from tests.cases import implemented_regimes
from tests.conftest import ROOT, STATES, in_turn, plain


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


CASES = _read(ROOT / "tests" / "cases" / "paths.csv")


def _period(text: str) -> Experience:
    country, status, since, until, *rest = text.split()
    said: dict[str, Any] = {"country": country, "status": status, "from": since, "to": until}
    for word in rest:
        said |= {"full_responsibility": word == "full"} if word in ("full", "notfull") else {"share": float(word)}
    return Experience.model_validate(said)


def question_of(row: dict[str, str]) -> Question:
    """The question that a row asks."""
    facts = dict(fact.split("=", 1) for fact in row["facts"].split(";") if fact)
    periods = facts.pop("experience", None)
    asked = {name: row[name] for name in ("qualification", "issued_in", "profession", "country")}
    question = question_from([*asked.items(), *facts.items(), ("explain", "full")])
    if periods is None:
        return question
    return question.model_copy(update={"experience": [_period(text) for text in periods.split("|")]})


@pytest.fixture(scope="module")
def finder(store: CurrentStore) -> PathFinder:
    return PathFinder(store)


def _measure(step: dict[str, Any]) -> str:
    measure = step["compensation"]
    return (measure["chosen_by"] or "unknown") if measure["possible"] else "none"


def _articles(step: dict[str, Any]) -> set[str]:
    """The articles that the step or one of its conditions rests on."""
    bases = [step["legal_basis"], *(condition["legal_basis"] for condition in step["conditions"])]
    return {basis["article"] for found in bases for basis in found}


def first_path(answer: dict[str, Any]) -> dict[str, Any]:
    """What the columns of the case table say of the path that comes first."""
    if not answer["paths"]:
        return {"regime": "", "variant": "", "status": "", "measure": "", "decide": ""}
    path = answer["paths"][0]
    step = path["steps"][-1]
    return {
        "regime": step["regime"]["id"],
        "variant": step["variant"],
        "status": path["status"],
        "measure": _measure(step),
        "decide": step["deadlines"]["decide"],
    }


@pytest.mark.parametrize("row", in_turn(CASES, 3), ids=lambda row: plain(row["why"]))
def test_the_law_decides_the_case(finder: PathFinder, row: dict[str, str]) -> None:
    answer = finder.find(question_of(row))
    CONTRACT.validate_json(json.dumps(answer))
    found = first_path(answer)
    expected = {name: row[f"expected_{name}"] for name in found if row[f"expected_{name}"]}
    assert answer["outcome"] == row["expected_outcome"], found
    assert {name: found[name] for name in expected} == expected
    if row["expected_article"]:
        assert row["expected_article"] in _articles(answer["paths"][0]["steps"][-1])
    refused = {identifier for entry in answer["refused"] for identifier in entry["regimes"]}
    assert set(row["refused"].split()) - refused == set(), "refused with reasons"
    on_the_way = {step["regime"]["id"] for path in answer["paths"] for step in path["steps"]}
    assert set(row["also"].split()) - on_the_way == set(), "among the paths"


def test_every_refusal_has_a_reason(finder: PathFinder) -> None:
    question = question_of(next(row for row in CASES if row["refused"]))
    assert all(entry["because"] for entry in finder.find(question)["refused"])


@pytest.mark.parametrize(("certificates", "goes_along"), [("", True), ("certificates=art-3-3;", False)])
def test_a_title_that_no_state_recognised_has_the_treaty_alone(
    finder: PathFinder, certificates: str, goes_along: bool
) -> None:
    """R20-3 goes along with the comparison under the Treaty unless a state certifies what Art 3(3) asks for."""
    facts = f"{certificates}nationality=EU;as_of=2026-09-01"
    row = {"qualification": "", "issued_in": "MA", "profession": "doctor", "country": "FR", "facts": facts}
    paths = finder.find(question_of(row))["paths"]
    (step,) = [path["steps"][-1] for path in paths if path["steps"][-1]["variant"] == "R33-third-country"]
    assert ("R20-3" in {regime["id"] for regime in step["along_with"]}) is goes_along


def test_cases_are_many_and_named_once() -> None:
    assert len(CASES) >= 200
    assert [why for why, times in Counter(row["why"] for row in CASES).items() if times > 1] == []


def test_every_ordered_pair_of_the_five_countries_is_asked_five_times() -> None:
    state = {
        title["qualification"]: title["state"].upper()
        for path in sorted((ROOT / "mappings" / "qualifications").glob("*.csv"))
        for title in _read(path)
    }
    asked = Counter((state.get(row["qualification"]) or row["issued_in"], row["country"][:2]) for row in CASES)
    few = [(home, host) for home in STATES for host in STATES if home != host and asked[home, host] < 5]
    assert few == []
    assert {row["country"] for row in CASES} >= {"BE", "BE-nl", "BE-fr", "BE-de"}


def test_every_regime_is_met_and_refused() -> None:
    identifier = {row["regime"]: row["identifier"] for row in _read(ROOT / "mappings" / "regimes.csv")}
    wanted = {identifier[slug] for slug in implemented_regimes(ROOT / "mappings" / "regimes.csv")}
    met = {name for row in CASES for name in (row["expected_regime"], *row["also"].split())}
    refused = {name for row in CASES for name in row["refused"].split()}
    assert wanted - met == set()
    for_other_states = {"R00", "R09", "R10", "R20-1", "R20-LU"}
    assert wanted - refused == for_other_states, "these are not tried for titles of other states, so never refused"
