"""Which days a report covers, and how they are grouped: dates of the site's own zone throughout."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from gateway.clock import add_months
from gateway.errors import BadRequest

MAX_DAYS = 366 * 5
MAX_HOURLY_DAYS = 31
DEFAULT_DAYS = 30
_RELATIVE = re.compile(r"(last|previous)([0-9]{1,4})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # fromisoformat alone takes week dates too


class Period(StrEnum):
    HOUR = "hour"  # of the site's clock; at most MAX_HOURLY_DAYS
    DAY = "day"
    WEEK = "week"  # begins on Monday (ISO 8601)
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"  # the whole span as one


class Span(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def previous(self) -> Span:
        """As many days, right before."""
        return Span(self.first - timedelta(days=self.length), self.first - timedelta(days=1))

    def year_before(self) -> Span:
        """The same dates one year earlier."""
        return Span(add_months(self.first, -12), add_months(self.last, -12))

    def since(self, earliest: date) -> Span | None:
        """What of it is not before `earliest`; None where nothing is."""
        return None if self.last < earliest else Span(max(self.first, earliest), self.last)


def start_of(day: date, period: Period) -> date:
    """The first day of the day's calendar period."""
    match period:
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)
        case _:
            return day


def buckets(span: Span, period: Period) -> list[date]:
    """First day of each period within the span; the first one is cut to the span's own first day."""
    if period is Period.RANGE:
        return [span.first]
    found: list[date] = []
    for offset in range(span.length):
        day = span.first + timedelta(days=offset)
        if offset == 0 or start_of(day, period) == day:
            found.append(day)
    return found


def parse_day(text: str, today: date, where: str) -> date:
    """YYYY-MM-DD, `today` or `yesterday`. Raises BadRequest."""
    if text == "today":
        return today
    if text == "yesterday":
        return today - timedelta(days=1)
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise BadRequest("This is not a date: write YYYY-MM-DD, today or yesterday.", where)


def parse_span(first: str, last: str, today: date) -> Span:
    """The span of `from` and `to`, by default the last 30 days up to today. Raises BadRequest."""
    end = parse_day(last, today, "$.to") if last else today
    begin = parse_day(first, today, "$.from") if first else end - timedelta(days=DEFAULT_DAYS - 1)
    return checked(Span(begin, end), "$.from")


def parse_date(text: str, today: date) -> Span:
    """The span that `date` names: see docs/stats-api.md for the names, which are Matomo's. Raises BadRequest."""
    where, yesterday = "$.date", today - timedelta(days=1)
    relative = _RELATIVE.fullmatch(text)
    if relative is not None:
        end = today if relative[1] == "last" else yesterday
        days = int(relative[2])
        if not 1 <= days <= MAX_DAYS:
            raise BadRequest(f"A span has 1 to {MAX_DAYS} days.", where)
        return Span(end - timedelta(days=days - 1), end)
    if text in (Period.WEEK, Period.MONTH, Period.YEAR):
        return Span(start_of(today, Period(text)), today)
    if text in ("lastweek", "lastmonth", "lastyear"):
        period = Period(text.removeprefix("last"))
        end = start_of(today, period) - timedelta(days=1)
        return Span(start_of(end, period), end)
    if "," in text:
        first, _, last = text.partition(",")
        return checked(Span(parse_day(first, today, where), parse_day(last, today, where)), where)
    try:
        day = parse_day(text, today, where)
    except BadRequest:
        raise BadRequest(
            "date is a day (YYYY-MM-DD, today, yesterday), two of them with a comma between, lastN, previousN, "
            "week, month, year, lastweek, lastmonth or lastyear.",
            where,
        ) from None
    return checked(Span(day, day), where)


def checked(span: Span, where: str) -> Span:
    """The span, if there are figures of such. Raises BadRequest."""
    if span.first > span.last:
        raise BadRequest("The first day lies after the last.", where)
    if span.length > MAX_DAYS or span.first.year < 2000 or span.last.year > 2100:
        raise BadRequest(f"At most {MAX_DAYS} days between the years 2000 and 2100.", where)
    return span


def parse_period(text: str, default: Period) -> Period:
    """Raises BadRequest."""
    if not text:
        return default
    try:
        return Period(text)
    except ValueError:
        raise BadRequest("period is hour, day, week, month, year or range.", "$.period") from None
