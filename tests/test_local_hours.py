"""The local date and hour of an instant, remembered by quarters of an hour, are those that the time zone database gives."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import local_hour

ZONES = sorted(available_timezones())
FROM, TO = datetime(1980, 1, 2, tzinfo=UTC).timestamp(), datetime(2037, 12, 30, tzinfo=UTC).timestamp()


@given(milliseconds=st.integers(int(FROM) * 1000, int(TO) * 1000), zone=st.sampled_from(ZONES))
def test_any_instant_in_any_zone(milliseconds: int, zone: str) -> None:
    at = milliseconds / 1000
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    assert local_hour(at, ZoneInfo(zone)) == (local.date().isoformat(), local.hour)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Paris", (2026, 3, 29)),
        ("Europe/Paris", (2026, 10, 25)),
        ("Australia/Lord_Howe", (2026, 4, 4)),  # goes back by half an hour
        ("Pacific/Chatham", (2026, 4, 4)),  # 12:45 ahead
        ("Asia/Kathmandu", (2026, 11, 22)),  # 5:45 ahead
        ("Pacific/Apia", (2011, 12, 30)),  # a day that never was
    ],
)
def test_every_minute_around_a_change(zone: str, day: tuple[int, int, int]) -> None:
    start = datetime(*day, tzinfo=UTC).timestamp()
    for at in range(int(start) - 43_200, int(start) + 86_400, 60):
        for moment in (at - 0.001, float(at)):
            local = datetime.fromtimestamp(moment, ZoneInfo(zone))
            assert local_hour(moment, ZoneInfo(zone)) == (local.date().isoformat(), local.hour)
