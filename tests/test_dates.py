"""Partial dates, intervals of validity and durations: one idea, each edge with its verdict."""

from __future__ import annotations

from datetime import date

import pytest

from graph_api.rdf.dates import duration, no_time, typed_date, within, years_before

DAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("begin", "end", "holds", "why"),
    [
        (None, None, True, "no end is known, so none bounds it"),
        ("", "", True, "an end that was not written is not known"),
        ("2024-02-29", None, True, "from the very day"),
        ("2024-03", None, False, "from the month after"),
        ("2024", None, True, "from some day of the year on: it may have begun"),
        (None, "2024-02", True, "until the month ends"),
        (None, "2024-02-28", False, "until the day before"),
        (None, "2023", False, "until the last year ended"),
    ],
)
def test_a_day_lies_in_an_interval_as_far_as_its_ends_are_known(
    begin: str | None, end: str | None, holds: bool, why: str
) -> None:
    assert within(begin, end, DAY) is holds, why


@pytest.mark.parametrize("text", ["", "soon", "2021-9", "2021-09-01T00:00", "21"])
def test_what_is_no_date_is_named_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write 2021, 2021-09 or 2021-09-01"):
        typed_date(text)


@pytest.mark.parametrize("text", ["", "P", "three months", "-P3M", "P1.5Y", "PT12H"])
def test_only_whole_years_months_weeks_and_days_are_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration of years, months, weeks and days"):
        duration(text)
    assert not no_time(text)


def test_a_29th_of_february_that_is_missing_is_the_28th() -> None:
    assert [years_before(DAY, years) for years in (1, 4)] == [date(2023, 2, 28), date(2020, 2, 29)]
