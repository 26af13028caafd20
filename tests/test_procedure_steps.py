"""Steps, papers and totals of a procedure, on invented rows: what is asked of whom, and of whom it is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from graph_api.rdf.dates import added, later
from graph_api.rdf.terms import ID, PAS
from graph_api.recognition import documents, steps
from graph_api.recognition.conditions import Facts
from graph_api.recognition.law import Reference
from graph_api.store.things import Thing

HOST = f"{ID}jurisdiction/aa"


def regime(slug: str, parent: str | None = None) -> Thing:
    found = {"iri": [f"{ID}regime/{slug}"]}
    return found | ({"parentRegime": [f"{ID}regime/{parent}"]} if parent else {})


def step(slug: str, order: int, kind: str, **more: list[str]) -> Thing:
    return {"iri": [f"{ID}procedure-step/{slug}"], "order": [str(order)], "stepKind": [kind], **more}


STEPS = [
    step("licence", 2, "licence", forIntent=["establishment"]),
    step("recognition", 1, "recognition", forIntent=["establishment"], notOfRegime=[f"{ID}regime/listed"]),
    step("extra", 3, "register", forIntent=["establishment"], ofRegime=[f"{ID}regime/foreign"]),
    step("declaration", 1, "declaration", forIntent=["temporary_service"]),
]


@pytest.mark.parametrize(
    ("way", "intent", "wanted"),
    [
        (regime("compared"), "establishment", ["recognition", "licence"]),
        (regime("listed"), "establishment", ["licence"]),
        (regime("listed-variant", "listed"), "establishment", ["recognition", "licence"]),
        (regime("foreign-variant", "foreign"), "establishment", ["recognition", "licence", "extra"]),
        (regime("service"), "temporary_service", ["declaration"]),
        (regime("compared"), "level", []),
    ],
)
def test_the_steps_are_those_of_the_way_and_the_intent(way: Thing, intent: str, wanted: list[str]) -> None:
    found = steps.applicable(STEPS, way, intent)
    assert [item["iri"][0].rpartition("/")[2] for item in found] == wanted


def condition(document: str, fact: str, test: str, *values: str, **more: list[str]) -> Thing:
    return {
        "iri": [f"{ID}document-condition/{document}-{fact}"],
        "type": [f"{PAS}DocumentCondition"],
        "ofDocument": [document],
        "fact": [fact],
        "test": [test],
        "value": list(values),
        **more,
    }


CONDITIONS = [
    condition("status", "nationality", "is_not", "EU"),
    condition("practice", "route.regime", "one_of", "experience"),
    condition("practice", "experience", "exists", whenUnknown=["left_out"]),
    condition("decision", "step.follows", "one_of", "recognition"),
    condition("receipt", "step.fee", "one_of", "asked"),
    condition("elsewhere", "nationality", "one_of", "EU", host=[f"{ID}jurisdiction/bb"]),
]
REFERENCE = Reference("invented", {thing["iri"][0]: thing for thing in CONDITIONS}, frozenset())
ALL = ["diploma", "status", "practice", "decision", "receipt", "elsewhere"]


def papers(applicant: dict[str, Any], **own: frozenset[str]) -> dict[str, bool]:
    facts = documents.step_facts(
        Facts(applicant, {}, date(2026, 1, 1)), {k.replace("_", ".", 1): v for k, v in own.items()}
    )
    return {item.document: item.certain for item in documents.asked(REFERENCE, HOST, ALL, facts)}


@pytest.mark.parametrize(
    ("applicant", "own", "wanted"),
    [
        ({"nationality": "EU"}, {}, {"diploma": True, "elsewhere": True}),
        ({"nationality": "third_country"}, {}, {"diploma": True, "status": True, "elsewhere": True}),
        ({}, {}, {"diploma": True, "status": False, "elsewhere": True}),
        ({"nationality": "EU", "experience": []}, {}, {"diploma": True, "elsewhere": True}),
        ({"nationality": "EU", "experience": ["a year"]}, {}, {"diploma": True, "practice": True, "elsewhere": True}),
        ({"nationality": "EU"}, {"route_regime": {"experience"}}, {"diploma": True, "practice": True, "elsewhere": True}),
        ({"nationality": "EU"}, {"step_follows": {"recognition"}}, {"diploma": True, "decision": True, "elsewhere": True}),
        ({"nationality": "EU"}, {"step_fee": {"none"}}, {"diploma": True, "elsewhere": True}),
        ({"nationality": "EU"}, {"step_fee": {"asked"}}, {"diploma": True, "receipt": True, "elsewhere": True}),
    ],
)  # fmt: skip
def test_only_the_papers_that_the_case_needs_are_asked(
    applicant: dict[str, Any], own: dict[str, set[str]], wanted: dict[str, bool]
) -> None:
    told = {"route_regime": frozenset[str](), "step_follows": frozenset[str](), "step_fee": frozenset({"none"})}
    assert papers(applicant, **{**told, **{key: frozenset(value) for key, value in own.items()}}) == wanted


def test_while_the_fee_is_not_known_its_receipt_is_asked_perhaps() -> None:
    nothing: frozenset[str] = frozenset()
    assert papers({"nationality": "EU"}, route_regime=nothing, step_follows=nothing)["receipt"] is False


def part(
    what: str, decide: str | None, extension: str | None = None, fee: tuple[int, int, str] | None = None
) -> dict[str, Any]:
    price = {"amount": fee[0], "at_most": fee[1], "currency": fee[2], "measure": None} if fee else None
    return {"what": what, "deadlines": {"acknowledge": None, "decide": decide, "extension": extension}, "fee": price}


@pytest.mark.parametrize(
    ("parts", "longest", "whole", "cost"),
    [
        ([], None, False, None),
        ([part("declaration", None)], None, False, None),
        ([part("recognition", "P3M", "P1M", (75, 75, "EUR")), part("licence", None, None, (75, 75, "EUR"))], "P4M", False, (150, 150, True)),
        ([part("recognition", "P12W", "P0D"), part("register", "P3M", None, (85, 100, "EUR"))], "P3M84D", True, (85, 100, False)),
        ([part("recognition", "P3M", None, (1, 1, "EUR")), part("register", "P1M", None, (1, 1, "CHF"))], "P4M", True, None),
    ],
)  # fmt: skip
def test_a_path_takes_and_costs_what_its_steps_do(
    parts: list[dict[str, Any]], longest: str | None, whole: bool, cost: tuple[int, int, bool] | None
) -> None:
    found = steps.total(parts)
    assert (found["longest"], found["longest_complete"]) == (longest, whole)
    assert (found["cost"] and (found["cost"]["amount"], found["cost"]["at_most"], found["cost"]["complete"])) == cost


def test_a_fee_that_no_source_says_is_no_fee_of_nothing() -> None:
    assert steps.fee({}) is None
    assert steps.fee({"feeMinimum": ["0"], "currency": ["EUR"]}) == {
        "amount": 0, "at_most": 0, "currency": "EUR", "measure": None,
    }  # fmt: skip


def test_durations_add_up_and_what_is_none_is_refused() -> None:
    assert added(["P1Y", "P2M", "P3W"]) == "P14M21D"
    assert later(date(2024, 1, 31), "P1M") == date(2024, 2, 29)
    with pytest.raises(ValueError, match="no duration"):
        added(["three months"])


@pytest.mark.parametrize(("slug", "code"), [("channel-post", "post"), ("paper", "paper")])
def test_a_code_is_named_without_its_kind_where_it_has_one(slug: str, code: str) -> None:
    reference = Reference("invented", {}, frozenset())
    assert steps.sentence(reference, f"{ID}practical-code/{slug}", "en")["code"] == code
