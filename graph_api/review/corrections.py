"""What experts decided that a curator has to write into the tables: a table of it, one change a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from graph_api.review.decisions import Decision, Memory
from graph_api.review.experts import Expert
from graph_api.review.facts import Fact
from graph_api.review.queue import remembered
from graph_api.review.sheets import harmless

COLUMNS: Final = (
    "change",
    "file",
    "row",
    "column",
    "should_say",
    "ready",
    "experts",
    "reasons",
    "says",
    "source",
    "fact",
)
_BY_CURATOR: Final = ("proposal", "suggestion")


class Change(NamedTuple):
    """One change to the tables, as experts want it."""

    change: str
    """`correct` a row or a cell, `enter` what a reader or a program proposed."""
    file: str
    """Empty for a suggestion of a program, which stands in no table yet."""
    row: str
    column: str
    should_say: str
    ready: str
    """`yes` where experts of two states say the same; else `one state`, or `disputed` where they do not agree."""
    experts: str
    reasons: str
    says: str
    source: str
    fact: str


def changes(facts: Iterable[Fact], memory: Memory, experts: Mapping[str, Expert]) -> list[Change]:
    """The changes that somebody wants to what the tables say now, those first on which two states agree."""
    found = [change for fact in facts for change in _of_fact(fact, memory, experts)]
    return sorted(found, key=lambda change: (change.ready != "yes", change.ready, change.file, change.fact))


def _of_fact(fact: Fact, memory: Memory, experts: Mapping[str, Expert]) -> Iterator[Change]:
    """One for each text that experts want it to say; what was accepted of a proposal or a suggestion as it stands."""
    decided = memory.of(fact.key, remembered(fact))
    by_text: dict[str, list[Decision]] = {}
    for decision in decided:
        if decision.decision == "corrected":
            by_text.setdefault(decision.should_say, []).append(decision)
    for text, wanted in by_text.items():
        agreed = len(wanted) == len(decided)
        yield _change("correct", fact, text, wanted, _ready(wanted, experts) if agreed else "disputed", experts)
    if fact.kind in _BY_CURATOR and memory.standing(fact.key, remembered(fact)) == "accepted":
        yield _change("enter", fact, "", decided, "yes", experts)


def _ready(wanted: Sequence[Decision], experts: Mapping[str, Expert]) -> str:
    states = {experts[each.expert].state if each.expert in experts else each.expert for each in wanted}
    return "yes" if len(states) > 1 else "one state"


def _change(
    change: str, fact: Fact, text: str, wanted: Sequence[Decision], ready: str, experts: Mapping[str, Expert]
) -> Change:
    row = fact.key.partition("#")[2].removesuffix(f"@{fact.column}")
    return Change(
        change=change,
        file="" if fact.kind == "suggestion" else fact.file,
        row=row,
        column=fact.column,
        should_say=text,
        ready=ready,
        experts="; ".join(_who(each, experts) for each in wanted),
        reasons="; ".join(each.reason for each in wanted if each.reason),
        says=fact.sentence,
        source=fact.source,
        fact=fact.key,
    )


def _who(decision: Decision, experts: Mapping[str, Expert]) -> str:
    """Who decided, for which state, and on which signed table that stands.

    A curator writes it into `source`, so that the row says whose reading it is.
    """
    state = experts[decision.expert].state if decision.expert in experts else ""
    return f"{decision.expert} ({state}), {decision.decided_on}, {decision.sheet}"


def as_csv(found: Iterable[Change]) -> str:
    """The changes as a table."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([Change._fields, *(map(harmless, change) for change in found)])
    return text.getvalue()
