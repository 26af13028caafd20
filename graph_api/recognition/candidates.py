"""Candidate routes: a derived route with its conditions assessed, and the order in which answers give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from graph_api.rdf.terms import ID, PAS
from graph_api.recognition.answer_schema import PathStatus
from graph_api.recognition.case import Case, Target, within
from graph_api.recognition.conditions import Assessed, assess
from graph_api.recognition.law import rank, slug
from graph_api.store.things import Thing, one

ANYONE: Final = f"{PAS}Anyone"
_STATUS_ORDER: Final = {"open": 0, "open_if": 1, "unknown": 2}
_STILL_TO_SHOW: Final = {"experience": 3, "certificates": 2}
_IN_FORCE: Final = f"{ID}condition/regime-in-force"
_SERVES_INTENT: Final = f"{ID}condition/regime-serves-intent"
_TITLE_OF_ITS_TIME: Final = f"{ID}condition/title-issued-in-its-time"


@dataclass(frozen=True)
class Candidate:
    """A route with its conditions assessed."""

    route: Thing
    regime: str
    target: Target
    conditions: Sequence[Assessed]
    before: Candidate | None = None
    """The step that leads to where this route begins."""

    def chain(self) -> list[Candidate]:
        """The steps of the path, in order."""
        return [*(self.before.chain() if self.before else ()), self]

    def all_conditions(self) -> list[Assessed]:
        return [assessed for step in self.chain() for assessed in step.conditions]

    @cached_property
    def status(self) -> PathStatus | None:
        """None when a condition is unmet: then it is no path but a refusal."""
        conditions = self.all_conditions()
        verdicts = {assessed.status for assessed in conditions}
        if "unmet" in verdicts:
            return None
        if any(item.status == "unknown" and (item.condition.of_graph or _which_title(item)) for item in conditions):
            return "unknown"
        return "open_if" if "unknown" in verdicts else "open"


def _which_title(assessed: Assessed) -> bool:
    """Whether it is in doubt which title the applicant holds, its day of issue lying outside the one named."""
    return assessed.condition.iri == _TITLE_OF_ITS_TIME


def assessed_conditions(case: Case, route: Thing, regime: str, target: Target) -> Iterator[Assessed]:
    """The conditions of every route (in force, for this intent, title of its time), then the route's own."""
    yield from generic_conditions(case, regime)
    for iri in route.get("hasCondition", ()):
        yield assess(case.reference.conditions[iri], target.facts)


def generic_conditions(case: Case, regime: str) -> Sequence[Assessed]:
    """Those of the conditions of every route that are not met; the same for all routes of a regime in a case."""
    if regime not in case.generic:
        case.generic[regime] = tuple(_generic(case, regime))
    return case.generic[regime]


def _generic(case: Case, regime: str) -> Iterator[Assessed]:
    question, described = case.question, case.reference.regimes[regime]
    intents = described.get("servesIntent", [])
    known = case.reference.conditions
    if not within(described, question.as_of):
        yield Assessed(known[_IN_FORCE], "unmet")
    if question.intent not in intents:
        asked = known[_SERVES_INTENT]
        yield Assessed(replace(asked, thing={**asked.thing, "value": intents}, values=frozenset(intents)), "unmet")
    title = case.known.get(case.qualification or "", {})
    if question.issued is not None and one(described, "needsTitle") != "false" and not within(title, question.issued):
        yield Assessed(known[_TITLE_OF_ITS_TIME], "unknown")


def order(case: Case, found: Candidate) -> tuple[int, bool, int, int, int, str, str]:
    """Certain before conditional; a last resort last; what leaves least to show; fewer steps; the order of the law.

    A doubt about which title it is bears on all routes of the title alike, so it weighs as a paper still to show.
    """
    conditions = found.all_conditions()
    unknown = [item for item in conditions if item.status == "unknown"]
    if any(item.condition.of_graph for item in unknown):
        status = "unknown"
    else:
        status = "open_if" if any(item.condition.test != "presumed" for item in unknown) else "open"
    to_show = sum(_to_show(item) for item in unknown)
    last = any(one(case.reference.regimes[step.regime], "lastResort") == "true" for step in found.chain())
    place_in_law = rank(case.reference.regimes[found.regime])
    return (
        _STATUS_ORDER[status],
        last,
        to_show,
        len(found.chain()),
        place_in_law,
        slug(found.regime),
        slug(found.target.place),
    )


def _to_show(item: Assessed) -> int:
    """How far an unknown condition leaves a path open: years of practice most, then a paper or a judgement."""
    test = item.condition.test
    if test in ("judged", "presumed"):
        return 2 if test == "judged" else 0
    return _STILL_TO_SHOW.get(item.condition.fact, 0)


def best_per_place(case: Case, found: Iterable[Candidate]) -> dict[str, Candidate]:
    """For each place the path to it that the order of the law puts first."""
    best: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda item: order(case, item)):
        best.setdefault(candidate.target.place, candidate)
    return best


def best_of_each_host(case: Case, found: Iterable[Candidate]) -> list[Candidate]:
    """The paths in order, the `k` best for each jurisdiction that decides."""
    kept: list[Candidate] = []
    taken: Counter[str] = Counter()
    for candidate in sorted(found, key=lambda item: order(case, item)):
        if taken[candidate.target.jurisdiction] < case.question.k:
            taken[candidate.target.jurisdiction] += 1
            kept.append(candidate)
    return kept
