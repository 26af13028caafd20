"""Durations of ISO 8601 in years, months, weeks and days: what they add up to, and the day on which they end."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

_DURATION: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")


def later(day: date, duration: str | None) -> date:
    """The day after a duration of years, months, weeks and days; the last day of a month stands for a missing one.

    >>> later(date(2026, 11, 30), "P3M")
    datetime.date(2027, 2, 28)
    """
    months, days = _parts(duration or "P0D")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(days=days)


def added(durations: Iterable[str]) -> str:
    """The durations one after another.

    >>> added(["P3M", "P1M", "P0D"]), added(["P4M40D", "P2W"]), added(["P0D"])
    ('P4M', 'P4M54D', 'P0D')
    """
    parts = [_parts(duration) for duration in durations]
    months, days = sum(part[0] for part in parts), sum(part[1] for part in parts)
    return f"P{f'{months}M' if months else ''}{f'{days}D' if days or not months else ''}"


def _parts(duration: str) -> tuple[int, int]:
    """Months and days. Raises ValueError for what is no such duration."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(f"'{duration}' is no duration of years, months, weeks and days")
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return years * 12 + months, weeks * 7 + days
