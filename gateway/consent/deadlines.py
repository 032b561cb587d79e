"""When a request must be answered. Periods end with the last hour of their last day, in the site's zone.

Regulation (EEC, Euratom) 1182/71, art. 3: a month ends on the day of the same number, or on the month's last day where it
has none. Weekends and public holidays lengthen nothing here, so that no date is later than any law's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.clock import add_months

MONTHS = 1  # GDPR art. 12(3)
EXTENSION_MONTHS = 2  # the same; once, with a reason, told within the first month
OPT_OUT_BUSINESS_DAYS = 15  # CCPA regulations § 7026(f)
KEPT_MONTHS = 24  # after the answer; CCPA regulations § 7101(a)
WARNING = timedelta(days=7)  # before the end


def after_months(received: float, zone: ZoneInfo, months: int) -> float:
    """The end, in seconds since the epoch, of a period of calendar months that an instant begins."""
    return _end_of(add_months(_day(received, zone), months), zone)


def after_business_days(received: float, zone: ZoneInfo, days: int) -> float:
    """The same for days from Monday to Friday."""
    day = _day(received, zone)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return _end_of(day, zone)


def last_day(end: float, zone: ZoneInfo) -> date:
    """The last day of a period that ends then."""
    return _day(end - 1, zone)


def start_of(day: date, zone: ZoneInfo) -> float:
    """The first instant of a day, in seconds since the epoch."""
    return datetime.combine(day, time(), zone).timestamp()


def _day(seconds: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()


def _end_of(day: date, zone: ZoneInfo) -> float:
    return start_of(day + timedelta(days=1), zone)
