"""What experts decided: the rows of `mappings/reviews.csv`, to which `passerelle review take` adds and nobody else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final, Literal, get_args

from graph_api import durable
from graph_api.review.experts import Expert

TABLE: Final = "reviews.csv"
Verdict = Literal["agreed", "refused", "corrected"]
VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)
AGREEMENT: Final = {"agreed": "1.0", "refused": "-1.0", "corrected": "-1.0"}
"""How far the expert agrees with the fact as it stood (SSSOM, `reviewer_agreement`)."""
Standing = Literal["open", "agreed", "accepted", "refused", "corrected", "disputed"]
"""`agreed` by experts of one state, `accepted` by two of different states, `disputed` where one did not agree."""


@dataclass(frozen=True)
class Decision:
    """One row: who decided what of which fact, and why."""

    review: str
    sheet: str
    expert: str
    fact: str
    thing: str
    sentence: str
    decision: str
    agreement: str
    should_say: str
    reason: str
    content: str
    decided_on: str
    source: str
    verified: str


COLUMNS: Final = tuple(field.name for field in fields(Decision))


def read_decisions(mappings: Path) -> Sequence[Decision]:
    """All decisions, the oldest first."""
    with (mappings / TABLE).open(encoding="utf-8", newline="") as rows:
        return [Decision(**{name: row[name] for name in COLUMNS}) for row in csv.DictReader(rows)]


def append(mappings: Path, new: Iterable[Decision]) -> None:
    """Add rows below what stands there; the table is whole at every moment, and on the disk when this returns."""
    path = mappings / TABLE
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(astuple(decision) for decision in new)
    before = path.read_bytes()
    beside = path.with_name(f".{TABLE}")
    beside.write_bytes(before + (b"" if before.endswith(b"\n") else b"\n") + text.getvalue().encode())
    durable.settled_rename(beside, path)


def next_number(decisions: Sequence[Decision]) -> int:
    """The running number of the next row."""
    return int(decisions[-1].review.removeprefix("r")) + 1 if decisions else 1


class Memory:
    """The decisions by the fact that they are about."""

    def __init__(self, decisions: Iterable[Decision], experts: Mapping[str, Expert]) -> None:
        self._experts = experts
        self._of: dict[str, list[Decision]] = {}
        for decision in decisions:
            self._of.setdefault(decision.fact, []).append(decision)

    def of(self, fact: str, content: str | None = None) -> Sequence[Decision]:
        """The last decision of each expert on a fact, in order; of what it says now, where its content is given."""
        last: dict[str, Decision] = {}
        for decision in self._of.get(fact, ()):
            if content in (None, decision.content):
                last.pop(decision.expert, None)
                last[decision.expert] = decision
        return list(last.values())

    def standing(self, fact: str, content: str | None = None) -> Standing:
        """How it stands with a fact."""
        return standing([(decision.decision, self._state(decision.expert)) for decision in self.of(fact, content)])

    def _state(self, expert: str) -> str:
        return self._experts[expert].state if expert in self._experts else expert


def standing(decided: Sequence[tuple[str, str]]) -> Standing:
    """How it stands with a fact, from the decisions on it and the states of those who made them.

    >>> standing([("agreed", "nl"), ("agreed", "nl")]), standing([("agreed", "nl"), ("agreed", "de")])
    ('agreed', 'accepted')
    >>> standing([("agreed", "nl"), ("refused", "de")]), standing([])
    ('disputed', 'open')
    """
    states = {state for verdict, state in decided if verdict == "agreed"}
    against = [verdict for verdict, _ in decided if verdict != "agreed"]
    if states and against:
        return "disputed"
    if against:
        return "refused" if against[-1] == "refused" else "corrected"
    return "accepted" if len(states) > 1 else "agreed" if states else "open"
