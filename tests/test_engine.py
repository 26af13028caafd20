"""The engine against an oracle: on a small invented Europe, brute force finds the same paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from graph_api.recognition.conditions import Facts, assess, condition_of
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Experience, Question
from tests.europe import STATES, Edge, Europe

PAPERS = ("paper-0", "paper-1", "paper-2")
ORDER = {"open": 0, "open_if": 1, "unknown": 2}
states = st.sampled_from(STATES)
papers = st.lists(st.sampled_from(PAPERS), max_size=2, unique=True)


DIRECT, ONWARD = ("d0", "d1", "d2"), ("r0", "r1", "r2")
"""Regimes that start from anyone, and those that build on a recognition: several routes share one."""


@st.composite
def europes(draw: st.DrawFn) -> Europe:
    """Some direct routes from anyone, and up to two routes onward between every two states."""
    edges = [
        Edge(None, draw(states), draw(st.sampled_from(DIRECT)), tuple(draw(papers)))
        for _ in range(draw(st.integers(1, 4)))
    ]
    for start, end in product(STATES, STATES):
        regimes = draw(st.lists(st.sampled_from(ONWARD), max_size=2, unique=True)) if start != end else []
        edges += [Edge(start, end, regime, tuple(draw(papers)), True) for regime in regimes]
    return Europe(edges)


def ask(europe: Europe, **facts: Any) -> dict[str, Any]:
    asked = {"qualification": "aa-title", "profession": "nurse", "country": "DD", "as_of": "2026-01-01", **facts}
    return PathFinder(europe.store()).find(Question.model_validate(asked))


def brute_force(europe: Europe, held: Sequence[str], hops: int) -> Iterator[list[Edge]]:
    """Every chain of routes to the host that enters no state and uses no regime twice, from home or from anyone."""

    def walk(chain: list[Edge]) -> Iterator[list[Edge]]:
        here = chain[-1].end
        if here == "dd":
            yield chain
        if len(chain) < hops and here not in ("aa", "dd"):
            for edge in europe.edges:
                been = {step.end for step in chain} | {step.regime for step in chain} | {"aa"}
                if edge.continues and edge.start == here and been.isdisjoint({edge.end, edge.regime}):
                    yield from walk([*chain, edge])

    for edge in europe.edges:
        if edge.start in (None, "aa") and edge.end != "aa":
            yield from walk([edge])


def weight(chain: Sequence[Edge], held: Sequence[str]) -> tuple[int, int, int]:
    missing = [paper for edge in chain for paper in edge.certificates if paper not in held]
    return (1 if missing else 0, 2 * len(missing), len(chain))


@settings(max_examples=150, deadline=None)
@given(europe=europes(), held=papers, hops=st.integers(1, 4))
def test_the_best_path_is_the_one_that_brute_force_finds(europe: Europe, held: list[str], hops: int) -> None:
    answer = ask(europe, certificates=[paper for paper in held if _known(europe, paper)] or None, max_hops=hops)
    chains = list(brute_force(europe, held, hops))
    assert bool(answer["paths"]) == bool(chains)
    if chains:
        best = answer["paths"][0]
        missing = [item for step in best["steps"] for item in step["conditions"] if item["status"] == "unknown"]
        found = (ORDER[best["status"]], 2 * len(missing), len(best["steps"]))
        event(f"{len(best['steps'])} steps, {len(missing)} papers missing")
        assert found == min(weight(chain, held) for chain in chains)


def _known(europe: Europe, paper: str) -> bool:
    return paper == "paper-0" or any(paper in edge.certificates for edge in europe.edges)


@settings(max_examples=60, deadline=None)
@given(europe=europes(), hops=st.integers(1, 3))
def test_no_path_goes_in_a_circle_or_is_longer_than_asked(europe: Europe, hops: int) -> None:
    for found in ask(europe, max_hops=hops)["paths"]:
        places = [step["to"]["country"] for step in found["steps"]]
        regimes = [step["regime"]["id"] for step in found["steps"]]
        assert len(set(places)) == len(places) <= hops
        assert len(set(regimes)) == len(regimes)
        assert places[-1] == "DD"


def test_a_path_of_three_steps_is_not_found_when_two_are_asked_for() -> None:
    chain = [Edge(None, "bb", "d0"), Edge("bb", "cc", "r0", (), True), Edge("cc", "dd", "r1", (), True)]
    assert [len(path["steps"]) for path in ask(Europe(chain), max_hops=3)["paths"]] == [3]
    assert ask(Europe(chain), max_hops=2)["paths"] == []


def test_no_regime_carries_a_path_twice() -> None:
    chain = [Edge(None, "bb", "d0"), Edge("bb", "cc", "r0", (), True), Edge("cc", "dd", "r0", (), True)]
    assert ask(Europe(chain), max_hops=4)["paths"] == []


def test_fewer_papers_come_before_fewer_steps() -> None:
    """The longer way asks for one paper, the shorter for two."""
    edges = [
        Edge(None, "dd", "d0", ("paper-0", "paper-1")),
        Edge(None, "bb", "d1", ("paper-2",)),
        Edge("bb", "dd", "r0", (), True),
    ]
    assert [len(path["steps"]) for path in ask(Europe(edges))["paths"]] == [2, 1]


def test_a_sure_way_over_one_state_is_found_though_another_to_it_comes_first() -> None:
    """The best way to a state builds on the regime that leads on from it; the second best does not."""
    edges = [
        Edge("aa", "bb", "r0", (), True),
        Edge(None, "bb", "d0", ("paper-0",)),
        Edge("bb", "dd", "r0", (), True),
    ]
    (path,) = ask(Europe(edges))["paths"]
    assert [step["regime"]["id"] for step in path["steps"]] == ["d0", "r0"]


@pytest.mark.parametrize(("certificates", "status"), [(None, "open_if"), ([], None), (["paper-1"], "open_if")])
def test_a_certificate_is_held_or_not_to_be_had_or_not_spoken_of(
    certificates: list[str] | None, status: str | None
) -> None:
    edges = [Edge(None, "dd", "d0", ("paper-0",)), Edge(None, "cc", "d1", ("paper-1",))]
    found = ask(Europe(edges), certificates=certificates)["paths"]
    assert [path["status"] for path in found] == ([status] if status else [])
    refused = ask(Europe(edges), certificates=certificates, certificates_refused=["paper-0"])
    assert refused["paths"] == []


@settings(max_examples=60, deadline=None)
@given(europe=europes(), more=papers)
def test_one_more_certificate_never_closes_a_path(europe: Europe, more: list[str]) -> None:
    before = ask(europe)
    after = ask(europe, certificates=[paper for paper in more if _known(europe, paper)] or None)
    assert len(after["paths"]) >= len(before["paths"])
    assert not before["paths"] or ORDER[after["paths"][0]["status"]] <= ORDER[before["paths"][0]["status"]]


@settings(max_examples=40, deadline=None)
@given(europe=europes(), data=st.data())
def test_the_order_of_the_rows_changes_nothing(europe: Europe, data: st.DataObject) -> None:
    """Routes carry their number; shuffling the statements leaves every answer as it is."""
    lines = europe.turtle().splitlines()
    shuffled = data.draw(st.permutations(lines))

    class Shuffled(Europe):
        def turtle(self) -> str:
            return "\n".join(shuffled)

    assert ask(Shuffled(europe.edges)) == ask(europe)


@settings(max_examples=40, deadline=None)
@given(europe=europes(), day=st.dates(date(1900, 1, 1), date(1999, 12, 31)))
def test_before_any_law_nothing_is_found(europe: Europe, day: date) -> None:
    answer = ask(europe, as_of=day.isoformat())
    assert answer["paths"] == []
    assert answer["outcome"] == "none"


EXPERIENCE = {
    "iri": ["x"],
    "fact": ["experience"],
    "test": ["experience"],
    "experienceStatus": ["self_employed", "manager"],
    "consecutiveYears": ["3"],
    "endedWithinYears": ["10"],
    "inState": ["eu"],
}
AS_OF = date(2026, 1, 1)


@st.composite
def records(draw: st.DrawFn) -> Experience:
    since = draw(st.dates(date(2000, 1, 1), date(2025, 12, 31)))
    until = draw(st.dates(since, date(2025, 12, 31)))
    return Experience.model_validate(
        {
            "country": draw(st.sampled_from(["AA", "BB", "XX"])),
            "status": draw(st.sampled_from(["self_employed", "manager", "employed"])),
            "from": since,
            "to": until,
        }
    )


def verdict(experience: list[Experience] | None, **asked: list[str]) -> str:
    union = frozenset({"AA", "BB"})
    facts = Facts({"experience": experience}, {}, AS_OF, {"eu": union})
    return assess(condition_of({**EXPERIENCE, **asked}), facts).status


def practice(since: str, until: str, status: str = "manager") -> Experience:
    return Experience.model_validate({"country": "AA", "status": status, "from": since, "to": until})


@pytest.mark.parametrize(
    ("day", "test", "status"),
    [
        ("2016-01-18", "at_or_after", "met"),
        ("2016-01-17", "at_or_after", "unmet"),
        ("2016-01-18", "before", "unmet"),
        ("2016-01-17", "before", "met"),
    ],
)
def test_the_very_day_of_the_law_is_on_or_after_it(day: str, test: str, status: str) -> None:
    condition = condition_of({"iri": ["x"], "fact": ["issued"], "test": [test], "value": ["2016-01-18"]})
    known = date.fromisoformat(day)
    assert assess(condition, Facts({"issued.earliest": known, "issued.latest": known}, {}, AS_OF)).status == status


@pytest.mark.parametrize(("until", "status"), [("2016-01-01", "met"), ("2015-12-31", "unmet")])
def test_practice_that_ended_on_the_last_day_that_counts_still_counts(until: str, status: str) -> None:
    """Ten years before the day asked, as a calendar counts them."""
    assert verdict([practice("2010-01-01", until)]) == status


def test_practice_of_another_status_does_not_count() -> None:
    assert verdict([practice("2016-01-01", "2020-01-01")]) == "met"
    assert verdict([practice("2016-01-01", "2020-01-01", "employed")]) == "unmet"


def test_days_of_two_records_count_once() -> None:
    """Twenty records of 54 days, each beginning on the last day of the one before, are 1,061 days and no three years."""
    first = date(2016, 1, 1).toordinal()
    days = [(date.fromordinal(first + 53 * n), date.fromordinal(first + 53 * (n + 1))) for n in range(20)]
    records_ = [practice(since.isoformat(), until.isoformat()) for since, until in days]
    assert verdict(records_, totalYears=["2.93"], consecutiveYears=["0"]) == "unmet"
    assert verdict(records_, totalYears=["2.9"], consecutiveYears=["0"]) == "met"


def oracle(experience: list[Experience]) -> str:
    """Day by day: the longest run of days that count, ended no more than ten years ago."""
    days = set()
    for record in experience:
        if record.country in ("AA", "BB") and record.status != "employed" and record.until:
            days |= set(range(record.since.toordinal(), record.until.toordinal() + 1))
    run, best = 0, 0
    for day in range(date(2000, 1, 1).toordinal(), AS_OF.toordinal() + 1):
        run = run + 1 if day in days else 0
        if run and day >= date(2016, 1, 1).toordinal():
            best = max(best, run)
    return "met" if best / 365.2425 >= 3 - 0.005 else "unmet"


@settings(max_examples=300, deadline=None)
@given(experience=st.lists(records(), max_size=5))
def test_experience_counts_as_a_calendar_would(experience: list[Experience]) -> None:
    assert verdict(experience) == oracle(experience)


@settings(max_examples=150, deadline=None)
@given(experience=st.lists(records(), max_size=4), more=records())
def test_more_experience_never_hurts(experience: list[Experience], more: Experience) -> None:
    if verdict(experience) == "met":
        assert verdict([*experience, more]) == "met"


@given(experience=st.permutations([*range(4)]))
def test_the_order_of_records_changes_nothing(experience: list[int]) -> None:
    years = [2014, 2017, 2019, 2021]
    made = [
        Experience.model_validate(
            {"country": "AA", "status": "manager", "from": f"{year}-01-01", "to": f"{year + 1}-12-31"}
        )
        for year in years
    ]
    assert verdict([made[index] for index in experience]) == "met"


def test_what_is_not_said_is_unknown_and_none_is_none() -> None:
    assert verdict(None) == "unknown"
    assert verdict([]) == "unmet"
