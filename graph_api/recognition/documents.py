"""Which documents this applicant needs in a step: what the authority may ask, narrowed by the facts of the case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from graph_api.recognition.conditions import Facts, assess
from graph_api.recognition.law import Reference
from graph_api.store.things import Thing, every, one

_LEFT_OUT: Final = "left_out"


class AskedDocument(NamedTuple):
    """A document that is asked, and the row that says when, where that depends on the case."""

    document: str
    because: Thing | None
    certain: bool
    """False where a fact that nobody gave decides it."""


def step_facts(facts: Facts, step: Mapping[str, frozenset[str]]) -> Facts:
    """The facts of the case with those of the step: `route.regime`, `route.condition`, `step.follows`, `step.fee`."""
    return replace(facts, graph={**facts.graph, **step})


def asked(reference: Reference, host: str, documents: Sequence[str], facts: Facts) -> Iterator[AskedDocument]:
    """The documents among those of a step that this case needs, in their order.

    The rows of one document are alternatives: one that holds is enough. A document without rows is always asked.
    """
    for document in documents:
        listed = reference.document_conditions.get(document, ())
        rows = [each for each in listed if _holds_in(reference, each[0], host)]
        if not rows:
            yield AskedDocument(document, None, True)
            continue
        verdicts = [(assess(condition, facts).status, row) for row, condition in rows]
        met = [row for status, row in verdicts if status == "met"]
        open_ones = [row for status, row in verdicts if status == "unknown" and one(row, "whenUnknown") != _LEFT_OUT]
        if met:
            yield AskedDocument(document, met[0], True)
        elif open_ones:
            yield AskedDocument(document, open_ones[0], False)


def _holds_in(reference: Reference, row: Thing, host: str) -> bool:
    hosts = every(row, "host")
    return not hosts or host in hosts or reference.state(host) in hosts
