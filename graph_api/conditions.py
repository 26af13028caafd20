"""Conditions against facts: met, unmet or unknown. This module knows tests; the graph knows the law."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Literal

from graph_api.question import DAYS_IN_A_YEAR, Experience

Status = Literal["met", "unmet", "unknown"]
Properties = Mapping[str, Sequence[str]]
"""A thing of the graph: local name of each property -> its values."""

_TOLERANCE_YEARS: Final = 0.005
_ACADEMIC_YEAR = re.compile(r"(\d{4})/(\d{4})\Z")


@dataclass(frozen=True)
class Facts:
    """What is known in one case. A fact that is absent from both mappings is unknown."""

    applicant: Mapping[str, Any]
    graph: Mapping[str, frozenset[str]]
    """Facts of the graph, such as `host.regulation`; an empty set means that the graph knows there is none."""
    as_of: date
    states: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """`home`, `host`, `eu`, `other` (a state of the Union but not the host) -> the codes of the states meant."""


@dataclass(frozen=True)
class Assessed:
    """A condition with its verdict and, where experience falls short, the years that are missing."""

    condition: Properties
    status: Status
    missing_years: float | None = None


def first(thing: Properties, name: str) -> str | None:
    """The one value of a property, or None."""
    values = thing.get(name)
    return values[0] if values else None


def assess(condition: Properties, facts: Facts) -> Assessed:
    """The verdict on one condition. An unknown test is a defect of the table and raises KeyError."""
    test = first(condition, "test") or ""
    if test == "experience":
        return _experience(condition, facts)
    return Assessed(condition, _TESTS[test](condition, facts))


def _known(condition: Properties, facts: Facts) -> Any:
    """The fact that the condition is about; None when it is unknown."""
    name = first(condition, "fact") or ""
    return facts.graph.get(name) if "." in name else facts.applicant.get(name)


def _as_set(value: Any) -> set[str]:
    if isinstance(value, (list, tuple, set, frozenset)):
        return {str(item) for item in value}
    return {str(value)}


def _one_of(condition: Properties, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(bool(_as_set(value) & set(condition.get("value", ()))))


def _is_not(condition: Properties, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(not _as_set(value) & set(condition.get("value", ())))


def _includes(condition: Properties, facts: Facts) -> Status:
    """A certificate that was not named may still be had, so its absence is unknown, never unmet."""
    value = _known(condition, facts)
    held = _as_set(value) if value else set()
    if held & set(condition.get("value", ())):
        return "met"
    return "unknown" if "." not in (first(condition, "fact") or "") else "unmet"


def _exists(condition: Properties, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(bool(value))


def _at_least(condition: Properties, facts: Facts) -> Status:
    value = _known(condition, facts)
    if value is None:
        return "unknown"
    return _verdict(float(value) >= float(first(condition, "value") or 0))


def _judged(_: Properties, __: Facts) -> Status:
    return "unknown"


def _at_or_after(condition: Properties, facts: Facts) -> Status:
    return _dated(condition, facts, later=True)


def _before(condition: Properties, facts: Facts) -> Status:
    return _dated(condition, facts, later=False)


def _dated(condition: Properties, facts: Facts, *, later: bool) -> Status:
    """Compares what is known of a day - the day, or the days between which it must lie - with the limit."""
    name = first(condition, "fact") or ""
    low, high = facts.applicant.get(f"{name}.earliest"), facts.applicant.get(f"{name}.latest")
    begins, ends = _limit(first(condition, "value") or "")
    if low is not None and low >= ends:
        return _verdict(later)
    if high is not None and high < begins:
        return _verdict(not later)
    return "unknown"


def _limit(text: str) -> tuple[date, date]:
    """The limit as a day, or as the span in which an academic year begins (its law names no day)."""
    year = _ACADEMIC_YEAR.match(text)
    if year:
        return date(int(year[1]), 7, 1), date(int(year[2]), 1, 1)
    day = date.fromisoformat(text)
    return day, day


def _verdict(holds: bool) -> Status:
    return "met" if holds else "unmet"


_TESTS: Final[Mapping[str, Callable[[Properties, Facts], Status]]] = {
    "one_of": _one_of,
    "is_not": _is_not,
    "includes": _includes,
    "exists": _exists,
    "at_least": _at_least,
    "at_or_after": _at_or_after,
    "before": _before,
    "judged": _judged,
    "presumed": _judged,
}


def _number(condition: Properties, name: str) -> float:
    return float(first(condition, name) or 0)


def _experience(condition: Properties, facts: Facts) -> Assessed:
    """Whether some unbroken run of lawful practice, and the training before it, are enough."""
    training = _training(condition, facts)
    records: Sequence[Experience] | None = facts.applicant.get("experience")
    if training == "unmet":
        return Assessed(condition, "unmet")
    if records is None:
        return Assessed(condition, "unknown")
    counted = [record for record in records if _counts(condition, record, facts)]
    missing = max(
        _number(condition, "consecutiveYears") - _longest_run(condition, counted, facts),
        _number(condition, "totalYears") - _total(condition, records, facts),
        0.0,
    )
    if missing > _TOLERANCE_YEARS:
        return Assessed(condition, "unmet", round(missing, 2))
    if training == "unknown" or any(_responsibility_unknown(condition, record) for record in counted):
        return Assessed(condition, "unknown")
    return Assessed(condition, "met")


def _training(condition: Properties, facts: Facts) -> Status:
    needed = _number(condition, "trainingYears")
    if needed:
        years = facts.applicant.get("training_years")
        return "unknown" if years is None else _verdict(float(years) >= needed)
    if first(condition, "certifiedTraining") == "true":
        return "met" if facts.applicant.get("certified_training") else "unknown"
    return "met"


def _counts(condition: Properties, record: Experience, facts: Facts) -> bool:
    statuses = condition.get("experienceStatus", ())
    if statuses and record.status not in statuses:
        return False
    if first(condition, "fullResponsibility") == "true" and record.full_responsibility is False:
        return False
    return _in_state(condition, record, facts)


def _in_state(condition: Properties, record: Experience, facts: Facts) -> bool:
    where = first(condition, "inState")
    return where is None or record.country[:2].upper() in facts.states.get(where, frozenset())


def _responsibility_unknown(condition: Properties, record: Experience) -> bool:
    return first(condition, "fullResponsibility") == "true" and record.full_responsibility is None


def _window_start(condition: Properties, facts: Facts) -> date:
    within = _number(condition, "withinYears")
    return facts.as_of - timedelta(days=round(within * DAYS_IN_A_YEAR)) if within else date.min


def _longest_run(condition: Properties, records: Iterable[Experience], facts: Facts) -> float:
    """Years of the longest run without a break, in full-time years, that ended recently enough."""
    recent = _number(condition, "endedWithinYears")
    oldest_end = facts.as_of - timedelta(days=round(recent * DAYS_IN_A_YEAR)) if recent else date.min
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


def _total(condition: Properties, records: Iterable[Experience], facts: Facts) -> float:
    """All years, of the statuses that the condition adds up, breaks and overlaps left out."""
    statuses = condition.get("totalStatus", ())
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
