"""Matomo's `period` and `date`: one period, or several, each under the key that Matomo gives it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from gateway.clock import add_months
from gateway.errors import BadRequest
from gateway.reports.periods import Period, Span, parse_day, start_of

_RELATIVE = re.compile(r"(last|previous)([0-9]{1,4})")
# Matomo takes a larger N for the most there is.
_MOST = {Period.DAY: 1830, Period.WEEK: 520, Period.MONTH: 120, Period.YEAR: 10, Period.RANGE: 1830}
_AGO = {"lastweek": ("week", 1), "lastmonth": ("month", 1), "lastyear": ("year", 1)}


class Dates(NamedTuple):
    """Whole calendar periods, oldest first, or the one range; `several`: the answer is keyed by date."""

    period: Period
    spans: tuple[Span, ...]
    several: bool

    @property
    def long(self) -> bool:
        """True where a period is longer than a day, so that daily unique visitors are another figure."""
        return any(span.length > 1 for span in self.spans)

    @property
    def whole(self) -> Span:
        return Span(self.spans[0].first, self.spans[-1].last)

    def key(self, span: Span) -> str:
        """2026-11-02 · 2026-11-02,2026-11-08 · 2026-11 · 2026."""
        match self.period:
            case Period.DAY:
                return span.first.isoformat()
            case Period.MONTH:
                return span.first.isoformat()[:7]
            case Period.YEAR:
                return span.first.isoformat()[:4]
            case _:
                return f"{span.first},{span.last}"


def parse(period_text: str, date_text: str, today: date) -> Dates:
    """The dates of a question, in the site's zone, whose date is `today`. Raises BadRequest."""
    if not period_text:
        raise BadRequest("Please name a period: day, week, month, year or range.", "period")
    if not date_text:
        raise BadRequest(
            "Please name a date: YYYY-MM-DD, today, yesterday, lastN, previousN or two with a comma.", "date"
        )
    if period_text not in _MOST:
        raise BadRequest("period is day, week, month, year or range.", "period")
    period = Period(period_text)
    text = date_text.strip()
    relative = _RELATIVE.fullmatch(text)
    if relative is not None:
        count = min(max(int(relative[2]), 1), _MOST[period])
        last = today if relative[1] == "last" else _back(today, period, 1)
        first = _back(last, period, count - 1)
    elif "," in text:
        begin, _, end = text.partition(",")
        first, last = _day(begin, today), _day(end, today)
    else:
        first = last = _day(text, today)
    if first > last:
        raise BadRequest("The first date lies after the last.", "date")
    if first.year < 2000 or last.year > 2100:
        raise BadRequest("Dates lie between the years 2000 and 2100.", "date")
    if period is Period.RANGE:
        return Dates(period, (Span(first, last),), False)
    return Dates(period, _spans(first, last, period), relative is not None or "," in text)


def _spans(first: date, last: date, period: Period) -> tuple[Span, ...]:
    found = []
    start = start_of(first, period)
    while start <= last:
        after = _back(start, period, -1)
        found.append(Span(start, after - timedelta(days=1)))
        start = after
        if len(found) > _MOST[period]:
            raise BadRequest(f"At most {_MOST[period]} periods at once.", "date")
    return tuple(found)


def _back(day: date, period: Period, count: int) -> date:
    """The day `count` periods earlier."""
    match period:
        case Period.WEEK:
            return day - timedelta(weeks=count)
        case Period.MONTH:
            return add_months(day, -count)
        case Period.YEAR:
            return add_months(day, -12 * count)
        case _:
            return day - timedelta(days=count)


def _day(text: str, today: date) -> date:
    name = text.strip().lower().replace(" ", "").replace("-", "") if not text.strip()[:1].isdigit() else text.strip()
    if name == "now":
        return today
    if name in _AGO:
        unit, count = _AGO[name]
        return _back(today, Period(unit), count)
    return parse_day(name, today, "date")
