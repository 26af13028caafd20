"""Days, months and years as far as they are known, intervals of validity, and durations of ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from isodate import Duration, ISO8601Error, duration_isoformat, parse_duration
from pyoxigraph import Literal, NamedNode

from graph_api.rdf.namespaces import XSD

NO_TIME: Final = "P0D"
_PRECISIONS: Final = (
    (re.compile(r"\d{4}-\d{2}-\d{2}\Z"), "date", Duration(days=1)),
    (re.compile(r"\d{4}-\d{2}\Z"), "gYearMonth", Duration(months=1)),
    (re.compile(r"\d{4}\Z"), "gYear", Duration(years=1)),
)
"""How a date is written as far as it is known, its datatype, and how long what it names lasts."""
_ACADEMIC_YEAR: Final = re.compile(r"(\d{4})/(\d{4})\Z")


def typed_date(text: str) -> Literal:
    """A date, month or year as the literal whose datatype says how much is known. Raises ValueError for anything else.

    >>> typed_date("2021-09").datatype.value
    'http://www.w3.org/2001/XMLSchema#gYearMonth'
    """
    return Literal(text, datatype=NamedNode(XSD + _precision(text)[0]))


def known_to(text: str) -> str | None:
    """How much of a date is known: `date`, `gYearMonth` or `gYear`; None for what is no date.

    >>> known_to("2021-09"), known_to("soon")
    ('gYearMonth', None)
    """
    return next((name for shape, name, _ in _PRECISIONS if shape.match(text)), None)


def _precision(text: str) -> tuple[str, Duration]:
    for shape, name, span in _PRECISIONS:
        if shape.match(text):
            return name, span
    raise ValueError(f"'{text}' is no date; write 2021, 2021-09 or 2021-09-01")


@lru_cache(maxsize=10_000)
def earliest(text: str) -> date:
    """The first day that a date, month or year can mean.

    >>> earliest("2021").isoformat(), earliest("2021-09").isoformat()
    ('2021-01-01', '2021-09-01')
    """
    return date.fromisoformat(f"{text}-01-01"[:10])


@lru_cache(maxsize=10_000)
def latest(text: str) -> date:
    """The last day that a date, month or year can mean.

    >>> latest("2021").isoformat(), latest("2024-02").isoformat(), latest("2021-09-01").isoformat()
    ('2021-12-31', '2024-02-29', '2021-09-01')
    """
    following: date = earliest(text) + _precision(text)[1]
    return following - timedelta(days=1)


def within(begin: str | None, end: str | None, day: date) -> bool:
    """Whether the day lies in an interval of dates, months or years; an end that is not known does not bound it."""
    return (not begin or earliest(begin) <= day) and (not end or day <= latest(end))


@lru_cache(maxsize=1_000)
def span_of_limit(text: str) -> tuple[date, date]:
    """A limit that a law sets: the day, twice; of an academic year, which names none, the days between which it begins.

    >>> [day.isoformat() for day in span_of_limit("1988/1989")]
    ['1988-07-01', '1989-01-01']
    """
    year = _ACADEMIC_YEAR.match(text)
    if year:
        return date(int(year[1]), 7, 1), date(int(year[2]), 1, 1)
    day = date.fromisoformat(text)
    return day, day


def years_before(day: date, years: int) -> date:
    """The same day so many years ago, as a calendar has it; the last of February stands for a 29th that is missing.

    >>> years_before(date(2024, 2, 29), 10).isoformat(), years_before(date(2024, 2, 29), 4).isoformat()
    ('2014-02-28', '2020-02-29')
    """
    earlier: date = day - Duration(years=years)
    return earlier


@lru_cache(maxsize=1_000)
def duration(text: str) -> Duration:
    """A duration in whole years, months, weeks and days. Raises ValueError for anything else."""
    wrong = f"'{text}' is no duration of years, months, weeks and days"
    try:
        found = parse_duration(text, as_timedelta_if_possible=False)
    except ISO8601Error:
        raise ValueError(wrong) from None
    whole = found.years % 1 == 0 and found.months % 1 == 0 and found.tdelta == timedelta(days=found.tdelta.days)
    if not whole or text.startswith("-"):
        raise ValueError(wrong)
    return found


def later(day: date, text: str) -> date:
    """The day after a duration; the last day of a month stands for a missing one.

    >>> later(date(2026, 11, 30), "P3M")
    datetime.date(2027, 2, 28)
    """
    after: date = day + duration(text)
    return after


def added(texts: Iterable[str]) -> str:
    """The durations one after another, in months and days.

    >>> added(["P3M", "P1M", "P0D"]), added(["P4M40D", "P2W"]), added(["P1Y", "P3M"]), added(["P0D"])
    ('P4M', 'P4M54D', 'P15M', 'P0D')
    """
    return _added(tuple(texts))


@lru_cache(maxsize=1_000)
def _added(texts: tuple[str, ...]) -> str:
    total = sum(map(duration, texts), Duration())
    written: str = duration_isoformat(Duration(months=12 * total.years + total.months, days=total.tdelta.days))
    return written


def no_time(text: str) -> bool:
    """Whether a text is a duration of nothing, as `P0D` and, in some stores, `PT0S` are."""
    return _no_time(text)


@lru_cache(maxsize=1_000)
def _no_time(text: str) -> bool:
    try:
        return bool(duration(text) == Duration())
    except ValueError:
        return False
