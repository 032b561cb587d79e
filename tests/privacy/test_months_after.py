"""The same instant some months later, counted in days, is the one that the calendar gives."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.clock import add_months_to_instant
from gateway.privacy.cookies import months_after

instants = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(at=instants, months=st.integers(1, 38))
@example(at=datetime(2027, 8, 31, 23, 59, 59, 999_000, UTC), months=6)  # the 29th of February
@example(at=datetime(2026, 1, 31, tzinfo=UTC), months=13)
def test_as_the_calendar_has_it(at: datetime, months: int) -> None:
    later = months_after(at.timestamp(), months)
    assert abs(later - add_months_to_instant(at, months).timestamp()) < 1e-5
    assert (
        months_after(int(at.timestamp()), months)
        == add_months_to_instant(at.replace(microsecond=0), months).timestamp()
    )
