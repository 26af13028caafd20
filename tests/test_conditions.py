"""Conditions against facts: what silence means, what practice counts, and which rule on facts speaks of a condition."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from graph_api.recognition.conditions import NO_BEARING, Bearing, Facts, assess, condition_of
from graph_api.recognition.question import Experience

AS_OF = date(2026, 11, 23)


def verdict(test: str, fact: str, values: list[str], known: Any) -> str:
    condition = condition_of({"iri": ["c"], "test": [test], "fact": [fact], "value": values})
    in_graph = {fact: known} if "." in fact and known is not None else {}
    of_applicant = {} if "." in fact else {fact: known}
    return assess(condition, Facts(of_applicant, in_graph, AS_OF)).status


@pytest.mark.parametrize(
    ("known", "status"),
    [(None, "unmet"), ([], "unmet"), (["art-23-6"], "unmet"), (["art-12"], "met"), (["art-23-6", "art-12"], "met")],
)
def test_what_nobody_states_does_not_hold(known: list[str] | None, status: str) -> None:
    assert verdict("stated", "certificates", ["art-12"], known) == status


@pytest.mark.parametrize(("known", "status"), [(None, "unmet"), (["NL"], "unmet"), (["NL", "FR"], "met")])
def test_a_state_that_nobody_named_recognised_nothing(known: list[str] | None, status: str) -> None:
    assert verdict("stated", "recognised_in", ["FR"], known) == status


@pytest.mark.parametrize(
    ("known", "status"), [(None, "met"), (frozenset({"true"}), "met"), (frozenset({"false"}), "unmet")]
)
def test_what_nobody_said_stands_in_no_ones_way(known: frozenset[str] | None, status: str) -> None:
    assert verdict("unless", "pair.same_profession", ["false"], known) == status


@pytest.mark.parametrize(
    ("test", "fact", "values", "known", "status"),
    [
        ("one_of", "level", ["c", "d"], None, "unknown"),
        ("one_of", "level", ["c", "d"], "d", "met"),
        ("one_of", "level", ["c", "d"], "b", "unmet"),
        ("one_of", "host.state", ["aa"], frozenset(), "unmet"),
        ("is_not", "home.regulation", ["Regulated"], None, "unknown"),
        ("is_not", "home.regulation", ["Regulated"], frozenset({"Regulated"}), "unmet"),
        ("is_not", "home.regulation", ["Regulated"], frozenset({"NotRegulated"}), "met"),
        ("includes", "certificates", ["art-12"], None, "unknown"),
        ("includes", "certificates", ["art-12"], ["art-23"], "unknown"),
        ("includes", "certificates", ["art-12"], ["art-12"], "met"),
        ("includes", "qualification.listed", ["entry"], frozenset({"other"}), "unmet"),
        ("exists", "qualification.listed", [], frozenset(), "unmet"),
        ("exists", "qualification.listed", [], frozenset({"entry"}), "met"),
        ("exists", "qualification.listed", [], None, "unknown"),
        ("at_least", "training_years", ["3"], None, "unknown"),
        ("at_least", "training_years", ["3"], 3.0, "met"),
        ("at_least", "training_years", ["3"], 2.9, "unmet"),
        ("judged", "level", [], "c", "unknown"),
        ("presumed", "level", [], "c", "unknown"),
    ],
)
def test_a_condition_holds_fails_or_is_not_known(
    test: str, fact: str, values: list[str], known: Any, status: str
) -> None:
    assert verdict(test, fact, values, known) == status


def worked(since: str, until: str | None, status: str = "self_employed", **more: Any) -> Experience:
    return Experience.model_validate({"country": "AA", "status": status, "from": since, "to": until, **more})


SIX_YEARS = {"experienceStatus": ["self_employed", "manager"], "consecutiveYears": ["6"], "endedWithinYears": ["10"]}
"""Directive 2005/36/EC, Article 17(1)(a) and (2)."""
TRAINED = {"experienceStatus": ["self_employed", "manager"], "consecutiveYears": ["3"], "trainingYears": ["3"]}
"""Article 17(1)(b)."""
BOTH = {
    "experienceStatus": ["self_employed"], "consecutiveYears": ["3"], "totalStatus": ["employed"], "totalYears": ["5"],
}  # fmt: skip
"""Article 17(1)(d)."""
ONE_YEAR = {"totalYears": ["1"], "withinYears": ["10"]}
"""Article 13(2): one year full-time, or as much part-time, in the ten years before."""
AT_HOME = {"consecutiveYears": ["3"], "withinYears": ["5"], "inState": ["home"]}
"""Article 23(1)."""
NURSE = {"consecutiveYears": ["3"], "fullResponsibility": ["true"]}
"""Article 33(2): with full responsibility for planning, organisation and administration of care."""
CERTIFIED = {"consecutiveYears": ["3"], "certifiedTraining": ["true"]}
EIGHT_YEARS = [worked("2018-01-01", "2025-12-31", "employed")]


@pytest.mark.parametrize(
    ("law", "practice", "more", "status", "missing"),
    [
        (SIX_YEARS, None, {}, "unknown", None),
        (SIX_YEARS, [worked("2020-01-01", "2025-12-31")], {}, "met", None),
        (SIX_YEARS, [worked("2020-01-01", "2025-12-24")], {}, "unmet", 0.02),
        (SIX_YEARS, [worked("2010-01-01", "2016-11-23", "manager")], {}, "met", None),
        (SIX_YEARS, [worked("2010-01-01", "2016-11-22", "manager")], {}, "unmet", 6.0),
        (SIX_YEARS, [worked("2018-01-01", "2020-12-31"), worked("2021-01-01", "2023-12-31")], {}, "met", None),
        (SIX_YEARS, [worked("2018-01-01", "2020-12-31"), worked("2021-01-02", "2024-01-01")], {}, "unmet", 3.0),
        (SIX_YEARS, [worked("2018-01-01", "2023-12-31"), worked("2018-02-01", "2018-03-01")], {}, "met", None),
        (SIX_YEARS, EIGHT_YEARS, {}, "unmet", 6.0),
        (TRAINED, [worked("2020-01-01", "2022-12-31")], {"training_years": 3.0}, "met", None),
        (TRAINED, [worked("2020-01-01", "2022-12-31")], {"training_years": 2.9}, "unmet", None),
        (TRAINED, [worked("2020-01-01", "2022-12-31")], {}, "unknown", None),
        (TRAINED, None, {"training_years": 2.9}, "unmet", None),
        (TRAINED, [worked("2020-01-01", "2021-12-31")], {"training_years": 3.0}, "unmet", 1.0),
        (BOTH, [worked("2018-01-01", "2020-12-31"), worked("2010-01-01", "2014-12-31", "employed")], {}, "met", None),
        (BOTH, [worked("2018-01-01", "2020-12-31")], {}, "unmet", 5.0),
        (BOTH, EIGHT_YEARS, {}, "unmet", 3.0),
        (ONE_YEAR, [worked("2023-01-01", "2024-12-31", share=0.5)], {}, "met", None),
        (ONE_YEAR, [worked("2024-01-01", "2024-12-31", share=0.5)], {}, "unmet", 0.5),
        (ONE_YEAR, [worked("2025-11-23", None)], {}, "met", None),
        (ONE_YEAR, [worked("2024-01-01", "2024-06-30"), worked("2025-07-01", "2025-12-31")], {}, "met", None),
        (ONE_YEAR, [worked("2024-01-01", "2024-06-30"), worked("2024-01-01", "2024-06-30")], {}, "unmet", 0.5),
        (ONE_YEAR, [worked("2010-01-01", "2015-12-31")], {}, "unmet", 1.0),
        (ONE_YEAR, [worked("2016-06-01", "2017-05-31")], {}, "unmet", 0.48),
        (AT_HOME, [worked("2022-01-01", "2024-12-31")], {}, "met", None),
        (AT_HOME, [worked("2022-01-01", "2024-12-31", country="BB")], {}, "unmet", 3.0),
        (AT_HOME, [worked("2020-01-01", "2022-12-31")], {}, "unmet", 1.89),
        (NURSE, [worked("2020-01-01", "2022-12-31", full_responsibility=True)], {}, "met", None),
        (NURSE, [worked("2020-01-01", "2022-12-31")], {}, "unknown", None),
        (NURSE, [worked("2020-01-01", "2022-12-31", full_responsibility=False)], {}, "unmet", 3.0),
        (CERTIFIED, [worked("2020-01-01", "2022-12-31")], {"certified_training": True}, "met", None),
        (CERTIFIED, [worked("2020-01-01", "2022-12-31")], {"certified_training": False}, "unknown", None),
    ],
)  # fmt: skip
def test_practice_is_enough_or_so_many_years_are_missing(
    law: dict[str, list[str]],
    practice: list[Experience] | None,
    more: dict[str, Any],
    status: str,
    missing: float | None,
) -> None:
    condition = condition_of({"iri": ["c"], "test": ["experience"], "fact": ["experience"], **law})
    found = assess(condition, Facts({"experience": practice, **more}, {}, AS_OF, {"home": frozenset({"AA"})}))
    assert (found.status, found.missing_years) == (status, missing)


ELSEWHERE = {"consecutiveYears": ["3"], "inState": ["other"]}
"""Articles 16 to 19: practice in another Member State."""
AA, UNION = frozenset({"AA"}), frozenset({"BB", "CC"})


@pytest.mark.parametrize(
    ("home", "practice", "status", "other_law"),
    [
        (AA, None, "unmet", True),
        (AA, [worked("2018-01-01", "2024-12-31")], "unmet", True),
        (AA, [worked("2022-01-01", "2024-12-31", country="BB")], "met", False),
        (AA, [worked("2023-01-01", "2024-12-31", country="BB")], "unmet", False),
        (frozenset({"BB"}), None, "unknown", False),
        (frozenset({"BB"}), [worked("2018-01-01", "2024-12-31")], "unmet", False),
        (None, None, "unknown", False),
    ],
)
def test_whoever_stays_is_asked_for_no_practice_elsewhere_but_may_name_it(
    home: frozenset[str] | None, practice: list[Experience] | None, status: str, other_law: bool
) -> None:
    condition = condition_of({"iri": ["c"], "test": ["experience"], "fact": ["experience"], **ELSEWHERE})
    states = {"host": AA, "other": UNION, **({} if home is None else {"home": home})}
    found = assess(condition, Facts({"experience": practice}, {}, AS_OF, states))
    assert (found.status, found.condition.bearing.other_law) == (status, other_law)


RULES = [
    {"fact": ["certificates"], "toShow": ["2"]},
    {"fact": ["certificates"], "test": ["stated"], "checkable": ["true"]},
    {"fact": ["certificates"], "value": ["a", "b"], "improbable": ["true"], "obtainable": ["true"]},
    {"ofCondition": ["own"], "ownChoice": ["true"], "improbable": ["false"]},
    {"ofCondition": ["of-another"], "otherLaw": ["true"]},
]


@pytest.mark.parametrize(
    ("thing", "bearing"),
    [
        ({"iri": ["c"], "fact": ["certificates"], "value": ["z"]}, Bearing(to_show=2)),
        ({"iri": ["c"], "fact": ["certificates"]}, Bearing(to_show=2)),
        ({"iri": ["c"], "fact": ["certificates"], "value": ["a", "z"]}, Bearing(to_show=2)),
        ({"iri": ["c"], "fact": ["certificates"], "value": ["a"]}, Bearing(improbable=True, obtainable=True)),
        ({"iri": ["c"], "fact": ["certificates"], "test": ["stated"], "value": ["z"]}, Bearing(checkable=True)),
        ({"iri": ["own"], "fact": ["certificates"], "value": ["a"]}, Bearing(choice=True)),
        ({"iri": ["of-another"], "fact": ["level"]}, Bearing(other_law=True)),
        ({"iri": ["c"], "fact": ["level"]}, NO_BEARING),
    ],
)
def test_the_most_specific_rule_on_facts_says_what_hangs_on_a_condition(
    thing: dict[str, list[str]], bearing: Bearing
) -> None:
    assert condition_of({"test": ["includes"], **thing}, RULES).bearing == bearing
