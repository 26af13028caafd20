"""The clock of an application: the days on which something is due, counted from the day of the complete file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from graph_api.recognition.answer_schema import Calendar, WholeAnswer

_COUNTED: Final[tuple[tuple[str, Literal["acknowledge_by", "decide_by", "decide_by_if_extended"]], ...]] = (
    ("acknowledge", "acknowledge_by"),
    ("decide", "decide_by"),
    ("extended", "decide_by_if_extended"),
)


@dataclass(frozen=True)
class Due:
    """One day of the clock: `acknowledge`, `decide`, `extended`, or `overdue`, the first day after all of them."""

    what: str
    day: date


def due(calendar: Calendar | None) -> list[Due]:
    """The days of a step's calendar in their order; none where nothing was handed in or no term is known.

    >>> days = {"acknowledge_by": "2026-12-02", "decide_by": "2027-02-02", "decide_by_if_extended": None}
    >>> [str(each.day) for each in due({"applied_on": "2026-11-02", **days})]
    ['2026-12-02', '2027-02-02', '2027-02-03']
    """
    if calendar is None:
        return []
    found = [Due(what, date.fromisoformat(text)) for what, name in _COUNTED if (text := calendar[name])]
    decided = [each.day for each in found if each.what != "acknowledge"]
    return found + ([Due("overdue", max(decided) + timedelta(days=1))] if decided else [])


def first_days(said: WholeAnswer) -> Iterator[tuple[str, Due]]:
    """The days of the first route of each host, with the host's code."""
    seen: set[str] = set()
    told = {verdict["path_rank"] for verdict in said["verdicts"]} - {None}
    for path in said["paths"]:
        step = path["steps"][-1]
        country = step["to"]["country"] or ""
        if country not in seen and (not told or path["rank"] in told):
            seen.add(country)
            yield from ((country, each) for each in due(step["calendar"]))
