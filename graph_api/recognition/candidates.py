"""Candidate routes: a derived route with its conditions assessed, and the order in which answers give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from graph_api.rdf.terms import ID
from graph_api.recognition.answer_schema import PathStatus
from graph_api.recognition.case import ANYONE, Case, Target
from graph_api.recognition.conditions import OF_PATHS, Assessed, Condition, assess
from graph_api.recognition.law import slug
from graph_api.store.things import Thing

_STATUS_ORDER: Final = {"open": 0, "open_if": 1, "unknown": 2}
_INTENT: Final = "intent"
_OF_THE_TITLE: Final = ("home.", "pair.", "qualification.")
_IN_FORCE: Final = f"{ID}condition/regime-in-force"
_OPENS_PROFESSION: Final = f"{ID}condition/title-opens-profession-at-home"
_TRAINING_OF_IT: Final = f"{ID}condition/training-not-for-another-activity"
_WHETHER_DESCRIBED: Final = "title_described"
_READ_BY_MACHINE: Final = f"{ID}condition/title-read-by-machine"
_TITLE_OF_ITS_TIME: Final = f"{ID}condition/title-issued-in-its-time"


@dataclass
class Candidate:
    """A route with its conditions assessed; nobody changes it. Not frozen, since a question makes dozens of them."""

    route: Thing
    regime: str
    target: Target
    conditions: Sequence[Assessed]
    before: Candidate | None = None
    """The step that leads to where this route begins."""
    status: PathStatus | None = field(init=False)
    """None when a condition is unmet: then it is no path but a refusal."""

    def __post_init__(self) -> None:
        self.status = _status(self.all_conditions())

    def chain(self) -> list[Candidate]:
        """The steps of the path, in order."""
        return [*self.before.chain(), self] if self.before else [self]

    def all_conditions(self) -> Sequence[Assessed]:
        if self.before is None:
            return self.conditions
        return [assessed for step in self.chain() for assessed in step.conditions]

    @cached_property
    def unknown(self) -> list[Assessed]:
        """What is not known on the whole path, but for what the applicant alone decides."""
        return [
            item for item in self.all_conditions() if item.status == "unknown" and not item.condition.bearing.choice
        ]

    @cached_property
    def improbable(self) -> bool:
        """Whether the path rests on something rare that nobody has said."""
        return any(item.condition.bearing.improbable for item in self.unknown)

    @cached_property
    def standing(self) -> PathStatus:
        """How sure the path is, for its place among others and for a headline: what is presumed counts as known, and
        what whoever holds the title can look up counts as a condition."""
        if any(item.condition.of_graph and not self._can_be_said(item) for item in self.unknown):
            return "unknown"
        return "open_if" if any(item.condition.test != "presumed" for item in self.unknown) else "open"

    def _can_be_said(self, item: Assessed) -> bool:
        """Whether the applicant can supply what the graph does not know: the holder of a usual title can look it up,
        and of a title of which nothing was said the state can still be named."""
        facts = self.target.facts
        if item.condition.bearing.checkable:
            return not facts.applicant.get("special_ground")
        return "home.state" not in facts.graph and item.condition.fact.startswith(_OF_THE_TITLE)

    def last_resort(self, case: Case) -> bool:
        """Whether a step of it comes after every other way that is as open."""
        return any(step.regime in case.reference.last_resorts for step in self.chain())

    def opens_what_is_asked(self, case: Case) -> bool:
        """Whether the path leads into the profession, where one asks for more than the level of a title."""
        level_alone = case.profession is None or case.question.intent == "level"
        return level_alone or case.reference.leads_to(self.regime, "opensProfession")

    def bears(self, case: Case) -> bool:
        """Whether a headline may rest on the path: on nothing rare, nothing that the graph should know and does not,
        on no last resort of which more than a comparison has still to be judged, and for the holder of a title of
        another profession, or of one of which nobody says what it opens, on no practice that was not given."""
        judged = any(item.condition.test == "judged" and item.condition.bearing.to_show > 1 for item in self.unknown)
        if not self.opens_what_is_asked(case):
            return False
        other = case.unsaid or case.opens_profession() is False
        if other and any(item.condition.test == "experience" for item in self.unknown):
            return False
        return not self.improbable and self.standing != "unknown" and not (judged and self.last_resort(case))


def _status(conditions: Sequence[Assessed]) -> PathStatus | None:
    verdicts = {assessed.status for assessed in conditions}
    if "unmet" in verdicts:
        return None
    if "unknown" not in verdicts:
        return "open"
    unknown = (item for item in conditions if item.status == "unknown")
    return "unknown" if any(item.condition.of_graph or _which_title(item) for item in unknown) else "open_if"


def _which_title(assessed: Assessed) -> bool:
    """Whether it is in doubt which title the applicant holds, its day of issue lying outside the one named."""
    return assessed.condition.iri == _TITLE_OF_ITS_TIME


def assessed_conditions(case: Case, route: Thing, regime: str, target: Target) -> list[Assessed]:
    """The conditions of every route (in force, for this intent, title of its time), then the route's own."""
    return [*generic_conditions(case, regime), *_own_conditions(case, route, regime, target)]


def _own_conditions(case: Case, route: Thing, regime: str, target: Target) -> Sequence[Assessed]:
    """The route's own; where none asks for the intent, worked out once for all of them."""
    key = (route["iri"][0], target.place)
    found = case.own.get(key)
    if found is None:
        found = [*_of_register(case, route, regime), *_assessed(case, route, target)]
        if all(item.condition.fact != _INTENT for item in found):
            case.own[key] = found
    return found


def _of_register(case: Case, route: Thing, regime: str) -> Iterator[Assessed]:
    """What is still to be shown of a title that nobody read in its register, where a route asks for one."""
    if not (case.unsaid or case.read_by_machine) or not rests_on_title(case, route, regime):
        return
    conditions = case.reference.conditions
    if case.unsaid and _OPENS_PROFESSION not in _asked(case, route):
        yield conditions[_OPENS_PROFESSION].verdicts["unknown"]
    if case.read_by_machine:
        yield conditions[_READ_BY_MACHINE].verdicts["unknown"]


def _assessed(case: Case, route: Thing, target: Target) -> list[Assessed]:
    conditions = case.reference.conditions
    found = [assessed_once(conditions[iri], target) for iri in _asked(case, route)]
    return [_with_doubt(item) for item in found] if case.unsaid else found


def _asked(case: Case, route: Thing) -> Sequence[str]:
    """The conditions of a route, with those of the joint programme."""
    own = route.get("hasCondition", ())
    return own if case.programme is None else [*own, *_of_programme(case.programme, route)]


def assessed_once(condition: Condition, target: Target) -> Assessed:
    """The verdict on a condition or gate at a place; what no intent changes is worked out once for all that ask it."""
    found = target.assessed.get(condition.asks)
    if found is None:
        found = assess(condition, target.facts)
        if condition.fact != _INTENT:
            target.assessed[condition.asks] = found
    return found if found.condition is condition else condition.verdicts[found.status]


def rests_on_title(case: Case, route: Thing, regime: str) -> bool:
    """Whether a route asks for a title of the profession, whatever that is called: it recognises one, or tests it."""
    conditions = case.reference.conditions
    tested = any(conditions[iri].fact == _WHETHER_DESCRIBED for iri in route.get("hasCondition", ()))
    return tested or case.reference.leads_to(regime, "recognisesTitle")


def _with_doubt(assessed: Assessed) -> Assessed:
    """Training that nobody described is not one for the activity only because nothing is known against it."""
    return assessed._replace(status="unknown") if assessed.condition.iri == _TRAINING_OF_IT else assessed


def _of_programme(programme: Thing, route: Thing) -> Sequence[str]:
    """What must hold for a graduate of the joint programme to have the title that the route starts from."""
    return () if route.get("routeFrom", ()) == [ANYONE] else programme.get("hasCondition", ())


def generic_conditions(case: Case, regime: str) -> Sequence[Assessed]:
    """Those of the conditions of every route that are not met; the same for all routes of a regime in a case."""
    found = case.generic.get(regime)
    if found is None:
        found = case.generic[regime] = list(_generic(case, regime))
    return found


def _generic(case: Case, regime: str) -> Iterator[Assessed]:
    question, reference = case.question, case.reference
    if regime not in reference.on(question.as_of).in_force:
        yield reference.conditions[_IN_FORCE].verdicts["unmet"]
    if question.intent not in reference.intents[regime]:
        yield reference.closed_to_intent[regime]
    if case.title_out_of_its_time and regime not in reference.without_title:
        yield reference.conditions[_TITLE_OF_ITS_TIME].verdicts["unknown"]


def order(case: Case, found: Candidate) -> tuple[bool, bool, int, bool, int, int, int, str, tuple[int, str], str]:
    """What opens what is asked, and rests on nothing improbable; certain before conditional; a last resort last;
    what leaves least to show; fewer steps; the order of the law.

    A doubt about which title it is bears on all routes of the title alike, so it weighs as a paper still to show.
    """
    return (
        not found.opens_what_is_asked(case),
        found.improbable,
        _STATUS_ORDER[found.standing],
        found.last_resort(case),
        sum(item.condition.bearing.to_show for item in found.unknown),
        len(found.chain()),
        case.reference.ranks[found.regime],
        slug(found.regime),
        case.reference.place_among_parts(found.target.jurisdiction),
        slug(found.target.place),
    )


def settled(found: Sequence[Candidate], outcome: Callable[[Candidate], str]) -> list[Candidate]:
    """The candidates with the conditions decided that ask whether another way is open (fact `path_<outcome>`).

    A way is open where one route of that outcome is open, closed where all are or rest on something rare.
    """
    waiting = {id(item) for item in found if any(asked.condition.of_paths for asked in item.conditions)}
    if not waiting:
        return list(found)
    at_place: dict[str, list[Candidate]] = {}
    for item in found:
        at_place.setdefault(item.target.place, []).append(item)
    known = {place: _ways(items, outcome) for place, items in at_place.items()}
    return [_settled(item, known[item.target.place]) if id(item) in waiting else item for item in found]


def _ways(found: Iterable[Candidate], outcome: Callable[[Candidate], str]) -> _Ways:
    statuses: dict[str, set[str | None]] = {}
    for item in found:
        statuses.setdefault(f"{OF_PATHS}{outcome(item)}", set()).add(None if item.improbable else item.status)
    return _Ways(statuses)


class _Ways(dict[str, set[str | None]]):
    """By the name of the fact, the statuses of the routes of an outcome at one place."""

    def value(self, fact: str) -> str | None:
        statuses = self.get(fact, {None})
        return "open" if "open" in statuses else "closed" if statuses == {None} else None


def _settled(found: Candidate, ways: _Ways) -> Candidate:
    conditions = [_decided(item, ways, found.target) for item in found.conditions]
    return replace(found, conditions=conditions)


def _decided(item: Assessed, ways: _Ways, target: Target) -> Assessed:
    if not item.condition.of_paths:
        return item
    fact = item.condition.fact
    return assess(item.condition, replace(target.facts, applicant={fact: ways.value(fact)}))


def best_of_each_walk(case: Case, found: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    """For each place the paths to it that the order of the law puts first, one for each set of places and regimes.

    Where a path may still go depends on where it has been and on what it built, so no other path stands for it.
    """
    best: dict[tuple[str, frozenset[str]], Candidate] = {}
    for candidate in sorted(found, key=lambda item: order(case, item)):
        steps = candidate.chain()
        been = frozenset([*(step.target.place for step in steps), *(step.regime for step in steps)])
        best.setdefault((candidate.target.place, been), candidate)
    by_place: dict[str, list[Candidate]] = {}
    for (place, _), candidate in best.items():
        by_place.setdefault(place, []).append(candidate)
    return by_place


def best_of_each_host(case: Case, found: Iterable[Candidate]) -> list[Candidate]:
    """The paths in order, the `k` best for each jurisdiction that decides."""
    kept: list[Candidate] = []
    taken: Counter[str] = Counter()
    for candidate in sorted(found, key=lambda item: order(case, item)):
        if taken[candidate.target.jurisdiction] < case.question.k:
            taken[candidate.target.jurisdiction] += 1
            kept.append(candidate)
    return kept
