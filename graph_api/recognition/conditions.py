"""Conditions against facts: met, unmet or unknown. This module knows tests; the graph knows the law."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

from graph_api.rdf.dates import span_of_limit, years_before
from graph_api.recognition.question import DAYS_IN_A_YEAR, Experience

Status = Literal["met", "unmet", "unknown"]
Properties = Mapping[str, Sequence[str]]
"""A thing of the graph: local name of each property -> its values."""

OF_PATHS: Final = "path_"
"""How the facts begin that say whether another way is open."""
_OF_VALUES: Final = ("exists", "includes", "is_not", "one_of", "stated", "unless")
"""The tests that read nothing of a condition but its fact and its values."""
OPEN: Final = ("judged", "presumed")
"""The tests that no fact decides."""
_TOLERANCE_YEARS: Final = 0.005


@dataclass(frozen=True)
class Facts:
    """What is known in one case. A fact that is absent from both mappings is unknown."""

    applicant: Mapping[str, Any]
    graph: Mapping[str, frozenset[str]]
    """Facts of the graph, such as `host.regulation`; an empty set means that the graph knows there is none."""
    as_of: date
    states: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """`home`, `host`, `eu`, `other` (a state of the Union but not the host) -> the codes of the states meant."""
    counted: Set[str] = frozenset()
    """The facts of the applicant whose value counts as another in the host state: then both are known."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """What it means for an answer that a condition is unknown or fails; the table of facts says it."""

    to_show: int = 0
    """How much is left to show while it is unknown; a path with less comes first."""
    improbable: bool = False
    """No headline rests on it unless somebody says that it holds."""
    choice: bool = False
    """The applicant alone decides it, so that it stands in no one's way."""
    other_law: bool = False
    """Where it fails, the regime is that of another state or kind of title: it was not tried."""
    checkable: bool = False
    """The graph does not know it, but whoever holds the title can look."""
    obtainable: bool = False
    """It can still be had where it fails."""


NO_BEARING: Final = Bearing()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition or gate of the graph, with what its test reads at hand: one question assesses hundreds."""

    thing: Properties
    iri: str
    test: str
    fact: str
    values: frozenset[str]
    of_graph: bool
    """Whether the fact is one that the graph should know, so that the applicant cannot supply it."""
    of_paths: bool
    """Whether it asks whether another way is open (fact `path_<outcome>`)."""
    asks: str
    """What it tests: conditions and gates that ask the same have the same verdict at one place."""
    bearing: Bearing = NO_BEARING
    verdicts: Mapping[Status, Assessed] = field(init=False, compare=False, repr=False)
    """Itself with each verdict, made once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdicts", {status: Assessed(self, status) for status in get_args(Status)})


def condition_of(thing: Properties, rules: Sequence[Properties] = ()) -> Condition:
    """The thing of the graph as a condition; the most specific of the rules on facts says what hangs on it."""
    iri, test, fact = (first(thing, name) or "" for name in ("iri", "test", "fact"))
    values = frozenset(thing.get("value", ()))
    asks = " ".join((test, fact, *sorted(values))) if test in _OF_VALUES else iri
    condition = Condition(thing, iri, test, fact, values, "." in fact, fact.startswith(OF_PATHS), asks)
    fitting = [rule for rule in rules if _fits(rule, condition)]
    return replace(condition, bearing=_bearing(max(fitting, key=_specific))) if fitting else condition


def _fits(rule: Properties, condition: Condition) -> bool:
    """Whether a rule on facts speaks of the condition: what a rule leaves open fits every one."""
    values = frozenset(rule.get("value", ()))
    return (
        first(rule, "fact") in (None, condition.fact)
        and first(rule, "test") in (None, condition.test)
        and first(rule, "ofCondition") in (None, condition.iri)
        and (not values or (bool(condition.values) and condition.values <= values))
    )


def _specific(rule: Properties) -> tuple[bool, ...]:
    return tuple(name in rule for name in ("ofCondition", "value", "test", "fact"))


def _bearing(rule: Properties) -> Bearing:
    said = {name: first(rule, name) == "true" for name in ("improbable", "checkable", "obtainable")}
    return Bearing(
        to_show=int(first(rule, "toShow") or 0),
        choice=first(rule, "ownChoice") == "true",
        other_law=first(rule, "otherLaw") == "true",
        **said,
    )


class Assessed(NamedTuple):
    """A condition with its verdict and, where experience falls short, the years that are missing."""

    condition: Condition
    status: Status
    missing_years: float | None = None


def first(thing: Properties, name: str) -> str | None:
    """The one value of a property, or None."""
    values = thing.get(name)
    return values[0] if values else None


def assess(condition: Condition, facts: Facts) -> Assessed:
    """The verdict on one condition. An unknown test is a defect of the table and raises KeyError."""
    if condition.test == "experience":
        return _experience(condition, facts)
    return condition.verdicts[_TESTS[condition.test](condition, facts)]


def _known(condition: Condition, facts: Facts) -> Any:
    """The fact that the condition is about; None when it is unknown."""
    return facts.graph.get(condition.fact) if condition.of_graph else facts.applicant.get(condition.fact)


def _as_set(value: Any) -> Set[str]:
    if isinstance(value, frozenset):
        return value
    if isinstance(value, list):
        return {str(item) for item in value}
    return {str(value)}


def _one_of(condition: Condition, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return "unmet" if condition.values.isdisjoint(_as_set(value)) else "met"


def _is_not(condition: Condition, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(condition.values.isdisjoint(_as_set(value)))


def _includes(condition: Condition, facts: Facts) -> Status:
    """A certificate that was not named may still be had: unknown, unless it is said that it is not to be had."""
    value = _known(condition, facts)
    if value and not condition.values.isdisjoint(_as_set(value)):
        return "met"
    if condition.of_graph:
        return "unmet"
    not_to_be_had: Set[str] = facts.applicant.get(f"{condition.fact}.refused") or frozenset()
    return "unmet" if condition.values <= not_to_be_had else "unknown"


def _stated(condition: Condition, facts: Facts) -> Status:
    """Holds only where the applicant, or the graph, says so: what nobody said does not hold."""
    value = _known(condition, facts)
    return _verdict(value is not None and not condition.values.isdisjoint(_as_set(value)))


def _unless(condition: Condition, facts: Facts) -> Status:
    """Holds unless the fact is known to be one of the values: what nobody said stands in no one's way."""
    value = _known(condition, facts)
    return _verdict(value is None or condition.values.isdisjoint(_as_set(value)))


def _exists(condition: Condition, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(bool(value))


def _at_least(condition: Condition, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(float(value) >= float(first(condition.thing, "value") or 0))


def _judged(_: Condition, __: Facts) -> Status:
    return "unknown"


def _at_or_after(condition: Condition, facts: Facts) -> Status:
    return _dated(condition, facts, later=True)


def _before(condition: Condition, facts: Facts) -> Status:
    return _dated(condition, facts, later=False)


def _dated(condition: Condition, facts: Facts, *, later: bool) -> Status:
    """Compares what is known of a day - the day, or the days between which it must lie - with the limit."""
    name = condition.fact
    low, high = facts.applicant.get(f"{name}.earliest"), facts.applicant.get(f"{name}.latest")
    begins, ends = span_of_limit(first(condition.thing, "value") or "")
    if low is not None and low >= ends:
        return _verdict(later)
    if high is not None and high < begins:
        return _verdict(not later)
    return "unknown"


def _verdict(holds: bool) -> Status:
    return "met" if holds else "unmet"


_TESTS: Final[Mapping[str, Callable[[Condition, Facts], Status]]] = {
    "one_of": _one_of,
    "is_not": _is_not,
    "includes": _includes,
    "stated": _stated,
    "unless": _unless,
    "exists": _exists,
    "at_least": _at_least,
    "at_or_after": _at_or_after,
    "before": _before,
    "judged": _judged,
    "presumed": _judged,
}


def _number(condition: Condition, name: str) -> float:
    return float(first(condition.thing, name) or 0)


def _experience(condition: Condition, facts: Facts) -> Assessed:
    """Whether some unbroken run of lawful practice, and the training before it, are enough."""
    training = _training(condition, facts)
    records: Sequence[Experience] | None = facts.applicant.get("experience")
    if _of_those_who_move(condition, records or (), facts):
        aside = replace(condition, bearing=replace(condition.bearing, other_law=True))
        return Assessed(aside, "unmet")
    if training == "unmet":
        return condition.verdicts["unmet"]
    if records is None:
        return condition.verdicts["unknown"]
    counted = [record for record in records if _counts(condition, record, facts)]
    missing = max(
        _number(condition, "consecutiveYears") - _longest_run(condition, counted, facts),
        _number(condition, "totalYears") - _total(condition, records, facts),
        0.0,
    )
    if missing > _TOLERANCE_YEARS:
        return Assessed(condition, "unmet", round(missing, 2))
    if training == "unknown" or any(_responsibility_unknown(condition, record) for record in counted):
        return condition.verdicts["unknown"]
    return condition.verdicts["met"]


def _of_those_who_move(condition: Condition, records: Iterable[Experience], facts: Facts) -> bool:
    """Whether practice in another state is asked of the holder of a title of the host itself who names none there:
    the law on those who come from elsewhere is then not theirs."""
    home = facts.states.get("home")
    if home is None or home != facts.states.get("host") or first(condition.thing, "inState") != "other":
        return False
    return not any(_in_state(condition, record, facts) for record in records)


def _training(condition: Condition, facts: Facts) -> Status:
    needed = _number(condition, "trainingYears")
    if needed:
        years = facts.applicant.get("training_years")
        return "unknown" if years is None else _verdict(float(years) >= needed)
    if first(condition.thing, "certifiedTraining") == "true":
        return "met" if facts.applicant.get("certified_training") else "unknown"
    return "met"


def _counts(condition: Condition, record: Experience, facts: Facts) -> bool:
    statuses = condition.thing.get("experienceStatus", ())
    if statuses and record.status not in statuses:
        return False
    if first(condition.thing, "fullResponsibility") == "true" and record.full_responsibility is False:
        return False
    return _in_state(condition, record, facts)


def _in_state(condition: Condition, record: Experience, facts: Facts) -> bool:
    where = first(condition.thing, "inState")
    return where is None or record.country[:2].upper() in facts.states.get(where, frozenset())


def _responsibility_unknown(condition: Condition, record: Experience) -> bool:
    return first(condition.thing, "fullResponsibility") == "true" and record.full_responsibility is None


def _window_start(condition: Condition, facts: Facts) -> date:
    within = _number(condition, "withinYears")
    return years_before(facts.as_of, int(within)) if within else date.min


def _longest_run(condition: Condition, records: Iterable[Experience], facts: Facts) -> float:
    """Years of the longest run without a break, in full-time years, that ended recently enough."""
    recent = _number(condition, "endedWithinYears")
    oldest_end = years_before(facts.as_of, int(recent)) if recent else date.min
    best = 0.0
    run, run_end = 0.0, date.min
    for since, until, share in _periods(records, _window_start(condition, facts), facts.as_of):
        if since > run_end + timedelta(days=1) if run_end != date.min else True:
            run = 0.0
        fresh = max((until - max(since, run_end + timedelta(days=1) if run else since)).days + 1, 0)
        run += fresh / DAYS_IN_A_YEAR * share
        run_end = max(run_end, until)
        if run_end >= oldest_end:
            best = max(best, run)
    return best


def _periods(records: Iterable[Experience], start: date, end: date) -> list[tuple[date, date, float]]:
    """The records as periods within the window, in order of time."""
    periods = [(max(record.since, start), min(record.until or end, end), record.share) for record in records]
    return sorted(period for period in periods if period[0] <= period[1])


def _total(condition: Condition, records: Iterable[Experience], facts: Facts) -> float:
    """All years, of the statuses that the condition adds up, breaks and overlaps left out."""
    statuses = condition.thing.get("totalStatus", ())
    counted = [
        record
        for record in records
        if (not statuses or record.status in statuses) and _in_state(condition, record, facts)
    ]
    total, reached = 0.0, date.min
    for since, until, share in _periods(counted, _window_start(condition, facts), facts.as_of):
        begin = max(since, reached + timedelta(days=1)) if reached != date.min else since
        total += max((until - begin).days + 1, 0) / DAYS_IN_A_YEAR * share
        reached = max(reached, until)
    return total
