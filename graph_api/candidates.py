"""Candidate routes: a derived route with its conditions assessed, and the order in which answers give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graph_api.case import Case, Target, within
from graph_api.conditions import Assessed, Facts, Status, assess
from graph_api.reference import rank, slug
from graph_api.terms import ID, PAS
from graph_api.things import Thing, one

PathStatus = Literal["open", "open_if", "unknown"]
ANYONE: Final = f"{PAS}Anyone"
_STATUS_ORDER: Final = {"open": 0, "open_if": 1, "unknown": 2}
_STILL_TO_SHOW: Final = {"experience": 3, "certificates": 2}
_TITLE_OF_ITS_TIME: Final = "title-issued-in-its-time"
_GENERIC_CONDITIONS: Final = ("regime-in-force", "regime-serves-intent", _TITLE_OF_ITS_TIME)


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

    @property
    def status(self) -> PathStatus | None:
        """None when a condition is unmet: then it is no path but a refusal."""
        conditions = self.all_conditions()
        verdicts = {assessed.status for assessed in conditions}
        if "unmet" in verdicts:
            return None
        if any(item.status == "unknown" and (_of_graph(item) or _which_title(item)) for item in conditions):
            return "unknown"
        return "open_if" if "unknown" in verdicts else "open"


def _of_graph(assessed: Assessed) -> bool:
    """Whether the fact is one that the graph should know, so that the applicant cannot supply it."""
    return "." in (one(assessed.condition, "fact") or "")


def _which_title(assessed: Assessed) -> bool:
    """Whether it is in doubt which title the applicant holds, its day of issue lying outside the one named."""
    return assessed.condition.get("iri") == [f"{ID}condition/{_TITLE_OF_ITS_TIME}"]


def assessed_conditions(case: Case, route: Thing, regime: str, target: Target) -> Iterator[Assessed]:
    """The conditions of every route (in force, for this intent, title of its time), then the route's own."""
    facts = target.facts
    yield from generic_conditions(case, regime, facts)
    for iri in route.get("hasCondition", ()):
        yield assess(case.reference.things[iri], facts)


def generic_conditions(case: Case, regime: str, facts: Facts) -> Iterator[Assessed]:
    for name in _GENERIC_CONDITIONS:
        condition = case.reference.things.get(f"{ID}condition/{name}")
        if condition is not None:
            intents = case.reference.regimes[regime].get("servesIntent", [])
            verdict = _generic_verdict(case, regime, name, intents)
            if verdict != "met":
                yield Assessed({**condition, "value": intents}, verdict)


def _generic_verdict(case: Case, regime: str, name: str, intents: Sequence[str]) -> Status:
    question, described = case.question, case.reference.regimes[regime]
    if name == "regime-serves-intent":
        return "met" if question.intent in intents else "unmet"
    if name == "regime-in-force":
        return "met" if within(described, question.as_of) else "unmet"
    title = case.known.get(case.qualification or "", {})
    if question.issued is None or one(described, "needsTitle") == "false":
        return "met"
    return "met" if within(title, question.issued) else "unknown"


def order(case: Case, found: Candidate) -> tuple[int, bool, int, int, int, str, str]:
    """Certain before conditional; a last resort last; what leaves least to show; fewer steps; the order of the law.

    A doubt about which title it is bears on all routes of the title alike, so it weighs as a paper still to show.
    """
    conditions = found.all_conditions()
    unknown = [item for item in conditions if item.status == "unknown"]
    if any(_of_graph(item) for item in unknown):
        status = "unknown"
    else:
        status = "open_if" if any(one(item.condition, "test") != "presumed" for item in unknown) else "open"
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
    test = one(item.condition, "test")
    if test in ("judged", "presumed"):
        return 2 if test == "judged" else 0
    return _STILL_TO_SHOW.get(one(item.condition, "fact") or "", 0)


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
