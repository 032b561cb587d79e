"""The daily salts of cookieless counting: random, shared by all workers, destroyed 48 h after their day ends.

A salt exists in memory and in the state database, nowhere else; once destroyed, the fingerprints made with it can be
linked to nobody. A replay of a past day makes its own salt, destroyed 48 h after it was made.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.state.database import State
from gateway.state.tables import salts

KEPT = timedelta(hours=48)


class Salts:
    """`salt(site, day, zone)`: from memory; the first use of a day reads or makes it in the state database."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._known: dict[tuple[int, str], tuple[bytes, float]] = {}

    def salt(self, site: int, day: str, zone: ZoneInfo) -> bytes:
        """32 random bytes, the same for every worker."""
        known = self._known.get((site, day))
        if known is not None and known[1] > self._clock.timestamp():
            return known[0]
        return self._read_or_make(site, day, zone)

    def prepare(self, site: int, zone: ZoneInfo) -> None:
        """Make today's and tomorrow's salt, so that no request waits for the state database at midnight."""
        today = self._clock.now().astimezone(zone).date()
        for day in (today, today + timedelta(days=1)):
            self.salt(site, day.isoformat(), zone)

    def destroy_old(self) -> int:
        """Destroy what is past its time, in memory and in the database; the number of rows destroyed."""
        now = self._clock.timestamp()
        self._known = {key: known for key, known in self._known.items() if known[1] > now}
        with self._state.begin() as connection:
            return connection.execute(sa.delete(salts).where(salts.c.destroy_at <= now)).rowcount

    def _read_or_make(self, site: int, day: str, zone: ZoneInfo) -> bytes:
        now = self._clock.now()
        day_ends = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, zone)
        destroy_at = (max(day_ends, now) + KEPT).timestamp()
        this_day = (salts.c.site == site) & (salts.c.day == day)
        with self._state.begin() as connection:
            connection.execute(sa.delete(salts).where(this_day & (salts.c.destroy_at <= now.timestamp())))
            self._state.insert_or_ignore(
                connection, salts, site=site, day=day, salt=secrets.token_bytes(32), destroy_at=destroy_at
            )
            row = connection.execute(sa.select(salts.c.salt, salts.c.destroy_at).where(this_day)).one()
        self._known[(site, day)] = (bytes(row.salt), row.destroy_at)
        return bytes(row.salt)
