"""Two tests of conditions that decide what silence means: `stated` closes a route, `unless` leaves it open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from graph_api.recognition.conditions import Facts, assess, condition_of

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
