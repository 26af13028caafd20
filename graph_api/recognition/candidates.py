"""Candidate routes: a derived route with its conditions assessed, and the order in which answers give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final, NamedTuple

from graph_api.rdf.terms import ID
from graph_api.recognition.answer_schema import PathStatus
from graph_api.recognition.case import ANYONE, Case, Target
from graph_api.recognition.conditions import OF_PATHS, OPEN, Assessed, Condition, assess
from graph_api.recognition.law import INTENT, Reference, Unmet, slug
from graph_api.recognition.routes import Leg
from graph_api.store.things import Thing

_STATUS_ORDER: Final = {"open": 0, "open_if": 1, "unknown": 2}
_OF_THE_TITLE: Final = ("home.", "pair.", "qualification.")
_IN_FORCE: Final = f"{ID}condition/regime-in-force"
_OPENS_PROFESSION: Final = f"{ID}condition/title-opens-profession-at-home"
_TRAINING_OF_IT: Final = f"{ID}condition/training-not-for-another-activity"
_WHETHER_DESCRIBED: Final = "title_described"
_READ_BY_MACHINE: Final = f"{ID}condition/title-read-by-machine"
_TITLE_OF_ITS_TIME: Final = f"{ID}condition/title-issued-in-its-time"


class Weight(NamedTuple):
    """What puts a path before or behind others."""

    unknown: Sequence[Assessed]
    improbable: bool
    standing: PathStatus
    to_show: int
    """How much is left to show."""


class Candidate:
    """A route with its conditions assessed; nobody changes it. A question makes dozens of them: a plain class."""

    def __init__(
        self,
        reference: Reference,
        leg: Leg,
        target: Target,
        conditions: Sequence[Assessed],
        before: Candidate | None = None,
    ) -> None:
        self.reference, self.leg, self.target = reference, leg, target
        self.route, self.regime = leg.route, leg.regime
        self.before = before
        """The step that leads to where this route begins."""
        self._conditions = conditions
        self.status: PathStatus | None = _status(self.all_conditions() if before else conditions)
        """None when a condition is unmet: then it is no path but a refusal."""

    @property
    def conditions(self) -> Sequence[Assessed]:
        """Those of every route (in force, for this intent, title of its time) that are not met, then its own."""
        return self._conditions

    def with_conditions(self, conditions: Sequence[Assessed]) -> Candidate:
        """The same route with these in place of its conditions."""
        return Candidate(self.reference, self.leg, self.target, conditions, self.before)

    def after(self, before: Candidate) -> Candidate:
        """The same route as the next step of a path."""
        return Candidate(self.reference, self.leg, self.target, self.conditions, before)

    def chain(self) -> list[Candidate]:
        """The steps of the path, in order."""
        return [*self.before.chain(), self] if self.before else [self]

    def all_conditions(self) -> Sequence[Assessed]:
        if self.before is None:
            return self.conditions
        return [assessed for step in self.chain() for assessed in step.conditions]

    @cached_property
    def weight(self) -> Weight:
        """What is not known on the whole path, and what that means for its place among others."""
        unknown = [
            item for item in self.all_conditions() if item.status == "unknown" and not item.condition.bearing.choice
        ]
        bearings = [item.condition.bearing for item in unknown]
        return Weight(
            unknown,
            any(bearing.improbable for bearing in bearings),
            self._standing(unknown),
            sum(bearing.to_show for bearing in bearings),
        )

    @property
    def unknown(self) -> Sequence[Assessed]:
        """What is not known on the whole path, but for what the applicant alone decides."""
        return self.weight.unknown

    @property
    def improbable(self) -> bool:
        """Whether the path rests on something rare that nobody has said."""
        return self.weight.improbable

    @property
    def standing(self) -> PathStatus:
        """How sure the path is, for its place among others and for a headline: what is presumed counts as known, and
        what whoever holds the title can look up counts as a condition."""
        return self.weight.standing

    def _standing(self, unknown: Sequence[Assessed]) -> PathStatus:
        if any(item.condition.of_graph and not self._can_be_said(item) for item in unknown):
            return "unknown"
        return "open_if" if any(item.condition.test != "presumed" for item in unknown) else "open"

    @cached_property
    def in_order(self) -> tuple[bool, int, bool, int, int, int, str, tuple[int, str], str]:
        """Where the path stands among others, whatever is asked."""
        weight, reference = self.weight, self.reference
        return (
            weight.improbable,
            _STATUS_ORDER[weight.standing],
            self.last_resort(),
            weight.to_show,
            len(self.chain()),
            reference.ranks[self.regime],
            slug(self.regime),
            reference.place_among_parts(self.target.jurisdiction),
            slug(self.target.place),
        )

    def _can_be_said(self, item: Assessed) -> bool:
        """Whether the applicant can supply what the graph does not know: the holder of a usual title can look it up,
        and of a title of which nothing was said the state can still be named."""
        facts = self.target.facts
        if item.condition.bearing.checkable:
            return not facts.applicant.get("special_ground")
        return "home.state" not in facts.graph and item.condition.fact.startswith(_OF_THE_TITLE)

    def last_resort(self) -> bool:
        """Whether a step of it comes after every other way that is as open."""
        return not self.reference.last_resorts.isdisjoint(step.regime for step in self.chain())

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
        return not self.improbable and self.standing != "unknown" and not (judged and self.last_resort())


class Closed(Candidate):
    """A route that is closed whatever it asks itself, to the intent or on the day: its own conditions are assessed when
    somebody asks for them."""

    def __init__(self, case: Case, leg: Leg, target: Target, unmet: Sequence[Assessed]) -> None:
        super().__init__(case.reference, leg, target, unmet)
        self._case = case

    @property
    def conditions(self) -> Sequence[Assessed]:
        """Those of every route, then its own."""
        return [*self._conditions, *_own_conditions(self._case, self.leg, self.target)]


def _status(conditions: Sequence[Assessed]) -> PathStatus | None:
    found: PathStatus = "open"
    for item in conditions:
        if item.status == "unmet":
            return None
        if item.status == "unknown" and found != "unknown":
            found = "unknown" if item.condition.of_graph or _which_title(item) else "open_if"
    return found


def _which_title(assessed: Assessed) -> bool:
    """Whether it is in doubt which title the applicant holds, its day of issue lying outside the one named."""
    return assessed.condition.iri == _TITLE_OF_ITS_TIME


def candidate(case: Case, leg: Leg, target: Target) -> Candidate:
    """A route to a place. Where it meets the conditions of every route, and none of its own asks for the intent, it is
    one and the same for all intents."""
    unmet = unmet_of_all(case, leg.regime)
    if unmet.closed:
        return Closed(case, leg, target, unmet.conditions)
    if unmet.conditions:
        return Candidate(case.reference, leg, target, [*unmet.conditions, *_own_conditions(case, leg, target)])
    found: Candidate | None = case.met.get(leg)
    if found is None:
        found = Candidate(case.reference, leg, target, _own_conditions(case, leg, target))
        if case.reference.conditions_of_intent.isdisjoint(leg.asked):
            case.met[leg] = found
    return found


def _own_conditions(case: Case, leg: Leg, target: Target) -> Sequence[Assessed]:
    """The route's own; worked out once for all that ask the same at a place, and for all intents where none asks for
    that."""
    asked = _asked(case, leg)
    doubtful = (case.unsaid or case.read_by_machine) and rests_on_title(case, leg.route, leg.regime)
    key = (leg.place, doubtful, asked)
    found = case.own.get(key)
    if found is None:
        found = [*(_of_register(case, asked) if doubtful else ()), *_assessed(case, asked, target)]
        if case.reference.conditions_of_intent.isdisjoint(asked):
            case.own[key] = found
    return found


def _of_register(case: Case, asked: Sequence[str]) -> Iterator[Assessed]:
    """What is still to be shown of a title that nobody read in its register, where a route asks for one."""
    conditions = case.reference.conditions
    if case.unsaid and _OPENS_PROFESSION not in asked:
        yield conditions[_OPENS_PROFESSION].verdicts["unknown"]
    if case.read_by_machine:
        yield conditions[_READ_BY_MACHINE].verdicts["unknown"]


def _assessed(case: Case, asked: Sequence[str], target: Target) -> list[Assessed]:
    conditions = case.reference.conditions
    found = [assessed_once(conditions[iri], target) for iri in asked]
    return [_with_doubt(item) for item in found] if case.unsaid else found


def _asked(case: Case, leg: Leg) -> tuple[str, ...]:
    """The conditions of a route, with those of the joint programme."""
    return leg.asked if case.programme is None else (*leg.asked, *_of_programme(case.programme, leg.route))


def assessed_once(condition: Condition, target: Target) -> Assessed:
    """The verdict on a condition or gate at a place; what no intent changes is worked out once for all that ask it."""
    found = target.assessed.get(condition.asks)
    if found is None:
        found = assess(condition, target.facts)
        if found.condition is not condition:  # a title of the host: of each way it is noted that it is not for these
            return found
        if condition.fact != INTENT or condition.test in OPEN:
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


def unmet_of_all(case: Case, regime: str) -> Unmet:
    """Those of the conditions of every route that are not met; the same for all routes of a regime, and all cases of a
    day with this intent."""
    found = case.unmet.get(regime)
    if found is None:
        conditions = list(_generic(case, regime))
        found = case.unmet[regime] = Unmet(conditions, any(item.status == "unmet" for item in conditions))
    return found


def _generic(case: Case, regime: str) -> Iterator[Assessed]:
    question, reference = case.question, case.reference
    if regime not in reference.on(question.as_of).in_force:
        yield reference.conditions[_IN_FORCE].verdicts["unmet"]
    if question.intent not in reference.intents[regime]:
        yield reference.closed_to_intent[regime]
    if case.title_out_of_its_time and regime not in reference.without_title:
        yield reference.conditions[_TITLE_OF_ITS_TIME].verdicts["unknown"]


Order = tuple[bool, tuple[bool, int, bool, int, int, int, str, tuple[int, str], str]]


def order(case: Case, found: Candidate) -> Order:
    """What opens what is asked, and rests on nothing improbable; certain before conditional; a last resort last;
    what leaves least to show; fewer steps; the order of the law.

    A doubt about which title it is bears on all routes of the title alike, so it weighs as a paper still to show.
    """
    return not found.opens_what_is_asked(case), found.in_order


def settled(case: Case, found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with the conditions decided that ask whether another way is open (fact `path_<outcome>`).

    A way is open where one route of that outcome is open, closed where all are or rest on something rare.
    """
    asking = case.reference.conditions_of_paths
    known: dict[tuple[str, str], str | None] = {}
    return [
        item
        if asking.isdisjoint(_asked(case, item.leg))
        else item.with_conditions([_decided(each, item.target, found, known) for each in item.conditions])
        for item in found
    ]


def _decided(
    item: Assessed, target: Target, found: Sequence[Candidate], known: dict[tuple[str, str], str | None]
) -> Assessed:
    """The condition, decided where it asks for other ways; what is known of these at each place is filled in."""
    if not item.condition.of_paths:
        return item
    fact = item.condition.fact
    key = target.place, fact
    if key not in known:
        known[key] = _way(fact.removeprefix(OF_PATHS), (each for each in found if each.target.place == target.place))
    return assess(item.condition, replace(target.facts, applicant={fact: known[key]}))


def _way(outcome: str, found: Iterable[Candidate]) -> str | None:
    """Whether a way of the outcome is open or closed; None where that is not known."""
    ways = [item for item in found if item.reference.outcome(item.regime) == outcome]
    statuses = {None if item.status is None or item.improbable else item.status for item in ways}
    return "open" if "open" in statuses else "closed" if statuses <= {None} else None


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
