"""The engine against an oracle: on a small invented Europe, brute force finds the same paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph_api.recognition.conditions import Facts, assess, condition_of
from graph_api.recognition.path_finder import PathFinder
from graph_api.recognition.question import Experience, Question
from tests.europe import STATES, Edge, Europe

PAPERS = ("paper-0", "paper-1", "paper-2")
ORDER = {"open": 0, "open_if": 1, "unknown": 2}
states = st.sampled_from(STATES)
papers = st.lists(st.sampled_from(PAPERS), max_size=2, unique=True)


@st.composite
def europes(draw: st.DrawFn) -> Europe:
    """Direct routes from anyone, and routes onward from a recognition, each under a regime of its own."""
    edges = []
    for number in range(draw(st.integers(0, 9))):
        onward = draw(st.booleans())
        start, end = draw(states), draw(states)
        if onward and start == end:
            continue
        edges.append(Edge(start if onward else None, end, f"r{number}", tuple(draw(papers)), onward))
    return Europe(edges)


def ask(europe: Europe, **facts: Any) -> dict[str, Any]:
    asked = {"qualification": "aa-title", "profession": "nurse", "country": "DD", "as_of": "2026-01-01", **facts}
    return PathFinder(europe.store()).find(Question.model_validate(asked))


def brute_force(europe: Europe, held: Sequence[str], hops: int) -> Iterator[list[Edge]]:
    """Every chain of routes to the host that enters no state twice and starts at home or with anyone."""

    def walk(chain: list[Edge]) -> Iterator[list[Edge]]:
        here = chain[-1].end
        if here == "dd":
            yield chain
        if len(chain) < hops and here not in ("aa", "dd"):
            for edge in europe.edges:
                if edge.continues and edge.start == here and edge.end not in {step.end for step in chain} | {"aa"}:
                    yield from walk([*chain, edge])

    for edge in europe.edges:
        if edge.start in (None, "aa"):
            yield from walk([edge])


def weight(chain: Sequence[Edge], held: Sequence[str]) -> tuple[int, int, int]:
    missing = [paper for edge in chain for paper in edge.certificates if paper not in held]
    return (1 if missing else 0, 2 * len(missing), len(chain))


@settings(max_examples=150, deadline=None)
@given(europe=europes(), held=papers, hops=st.integers(1, 4))
def test_the_best_path_is_the_one_that_brute_force_finds(europe: Europe, held: list[str], hops: int) -> None:
    answer = ask(europe, certificates=[paper for paper in held if _known(europe, paper)], max_hops=hops)
    chains = list(brute_force(europe, held, hops))
    assert bool(answer["paths"]) == bool(chains)
    if chains:
        best = answer["paths"][0]
        missing = [item for step in best["steps"] for item in step["conditions"] if item["status"] == "unknown"]
        found = (ORDER[best["status"]], 2 * len(missing), len(best["steps"]))
        assert found == min(weight(chain, held) for chain in chains)


def _known(europe: Europe, paper: str) -> bool:
    return paper == "paper-0" or any(paper in edge.certificates for edge in europe.edges)


@settings(max_examples=60, deadline=None)
@given(europe=europes())
def test_no_path_enters_a_state_twice_or_is_longer_than_asked(europe: Europe) -> None:
    for found in ask(europe, max_hops=3)["paths"]:
        places = [step["to"]["country"] for step in found["steps"]]
        assert len(set(places)) == len(places) <= 3
        assert places[-1] == "DD"


@settings(max_examples=60, deadline=None)
@given(europe=europes(), more=papers)
def test_one_more_certificate_never_closes_a_path(europe: Europe, more: list[str]) -> None:
    before = ask(europe)
    after = ask(europe, certificates=[paper for paper in more if _known(europe, paper)])
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


def verdict(experience: list[Experience] | None) -> str:
    union = frozenset({"AA", "BB"})
    return assess(condition_of(EXPERIENCE), Facts({"experience": experience}, {}, AS_OF, {"eu": union})).status


def oracle(experience: list[Experience]) -> str:
    """Day by day: the longest run of days that count, ended no more than ten years ago."""
    days = set()
    for record in experience:
        if record.country in ("AA", "BB") and record.status != "employed" and record.until:
            days |= set(range(record.since.toordinal(), record.until.toordinal() + 1))
    run, best = 0, 0
    for day in range(date(2000, 1, 1).toordinal(), AS_OF.toordinal() + 1):
        run = run + 1 if day in days else 0
        if run and day >= AS_OF.toordinal() - 3652:
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
