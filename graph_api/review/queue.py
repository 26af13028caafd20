"""What to ask an expert next: what he may sign, nobody refused, and most answers hang on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graph_api.errors import UnknownIdentifier
from graph_api.review.decisions import Memory
from graph_api.review.experts import Expert
from graph_api.review.facts import Fact, waiting


def next_facts(
    facts: Iterable[Fact],
    memory: Memory,
    experts: Mapping[str, Expert],
    expert: Expert,
    answers: Mapping[str, int],
    most: int,
) -> Sequence[Fact]:
    """The facts to judge, those first on which most path answers hang; of equal ones the surest first.

    What somebody refused, or what is disputed, is never proposed again; nor is what the expert himself judged, or what
    a colleague of the same state agreed with: only another state adds to that.
    """
    fitting = [
        fact
        for fact in waiting(facts)
        if expert.why_not_of(fact.table, fact.states) is None and _adds(fact, memory, experts, expert)
    ]

    def place(fact: Fact) -> tuple[int, bool, float, str]:
        return -answers.get(fact.key, 0), fact.kind != "proposal", -fact.confidence, fact.key

    return sorted(fitting, key=place)[:most]


def _adds(fact: Fact, memory: Memory, experts: Mapping[str, Expert], expert: Expert) -> bool:
    """Whether one more decision on a fact adds something."""
    if memory.standing(fact.key, remembered(fact)) not in ("open", "agreed"):
        return False
    agreed = memory.of(fact.key, fact.content)
    return all(each.expert != expert.slug and experts.get(each.expert, expert).state != expert.state for each in agreed)


def remembered(fact: Fact) -> str | None:
    """By which content decisions on a fact are remembered: of what two things have to do with each other, by any."""
    return None if fact.kind in ("match", "suggestion") else fact.content


def facts_named(facts: Mapping[str, Fact], keys: Iterable[str]) -> Sequence[Fact]:
    """The facts of these keys, whatever was decided on them. Raises UnknownIdentifier."""
    named = list(keys)
    for key in named:
        if key not in facts:
            raise UnknownIdentifier("fact", key, [each for each in facts if key in each][:5])
    return [facts[key] for key in named]
