"""period and date as Matomo reads them; today is Sunday, 22 November 2026, in the site's zone."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.errors import BadRequest
from gateway.reports.matomo import dates

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("period", "day", "keys"),
    [
        ("day", "2026-11-05", "2026-11-05"),
        ("day", "today", "2026-11-22"),
        ("day", "now", "2026-11-22"),
        ("day", "yesterday", "2026-11-21"),
        ("day", "lastWeek", "2026-11-15"),
        ("day", "last-month", "2026-10-22"),
        ("day", "last year", "2025-11-22"),
        ("week", "2026-11-05", "2026-11-02,2026-11-08"),
        ("week", "today", "2026-11-16,2026-11-22"),
        ("month", "2026-02-28", "2026-02"),
        ("year", "2026-11-05", "2026"),
        ("range", "2026-11-05,2026-11-07", "2026-11-05,2026-11-07"),
        ("range", "last7", "2026-11-16,2026-11-22"),
        ("range", "previous7", "2026-11-15,2026-11-21"),
        ("range", "2026-11-20,today", "2026-11-20,2026-11-22"),
    ],
)
def test_one_period(period: str, day: str, keys: str) -> None:
    found = dates.parse(period, day, TODAY)
    assert (found.several, [found.key(span) for span in found.spans]) == (False, [keys])


@pytest.mark.parametrize(
    ("period", "day", "keys"),
    [
        ("day", "last3", ["2026-11-20", "2026-11-21", "2026-11-22"]),
        ("day", "previous2", ["2026-11-20", "2026-11-21"]),
        ("day", "last1", ["2026-11-22"]),
        ("day", "2026-02-28,2026-03-01", ["2026-02-28", "2026-03-01"]),
        ("day", "2026-11-05,2026-11-05", ["2026-11-05"]),
        # Periods are whole ones, whatever days they are named by.
        ("week", "2026-11-08,2026-11-09", ["2026-11-02,2026-11-08", "2026-11-09,2026-11-15"]),
        ("week", "last2", ["2026-11-09,2026-11-15", "2026-11-16,2026-11-22"]),
        ("month", "last3", ["2026-09", "2026-10", "2026-11"]),
        ("month", "previous2", ["2026-09", "2026-10"]),
        ("month", "2025-12-31,2026-01-01", ["2025-12", "2026-01"]),
        ("year", "previous1", ["2025"]),
    ],
)
def test_several_periods_are_keyed(period: str, day: str, keys: list[str]) -> None:
    found = dates.parse(period, day, TODAY)
    assert (found.several, [found.key(span) for span in found.spans]) == (True, keys)


def test_periods_have_all_their_days() -> None:
    found = dates.parse("month", "2024-02-10", TODAY)
    assert found.spans == ((date(2024, 2, 1), date(2024, 2, 29)),) and found.long
    assert not dates.parse("day", "last3", TODAY).long
    assert dates.parse("day", "last3", TODAY).whole == (date(2026, 11, 20), TODAY)


def test_more_periods_than_there_are_means_all() -> None:
    assert len(dates.parse("year", "last9999", TODAY).spans) == 10
    assert len(dates.parse("month", "last9999", TODAY).spans) == 120


@pytest.mark.parametrize(
    ("period", "day", "where"),
    [
        ("", "today", "period"),
        ("decade", "today", "period"),
        ("day", "", "date"),
        ("day", "2026-11-31", "date"),
        ("day", "2026-W47-1", "date"),
        ("day", "last", "date"),
        ("day", "last99999", "date"),
        ("day", "tomorrow", "date"),
        ("day", "2026-11-22,2026-11-21", "date"),
        ("day", "1999-12-31", "date"),
        ("day", "2101-01-01", "date"),
        ("day", "2001-01-01,2026-11-22", "date"),
        ("range", "2026-11-05,", "date"),
        ("range", ",", "date"),
        ("day", "\u0662\u0660\u0662\u0666-11-05", "date"),
    ],
)
def test_what_is_no_date_is_refused_with_its_name(period: str, day: str, where: str) -> None:
    with pytest.raises(BadRequest) as refused:
        dates.parse(period, day, TODAY)
    assert refused.value.where == where
