"""Leases: which of several workers does a job. The holder renews; one that died loses it when its time is up."""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.state.database import State
from gateway.state.tables import leases


class Leases:
    def __init__(self, state: State, clock: Clock, holder: str = "") -> None:
        """`holder` names who holds them from one life to the next; by default this object alone."""
        self._state = state
        self._clock = clock
        self._holder = holder or secrets.token_hex(8)

    def hold(self, name: str, seconds: float) -> bool:
        """Take or renew the lease `name` for `seconds`; False while another worker has it."""
        now = self._clock.timestamp()
        with self._state.begin() as connection:
            if self._state.insert_or_ignore(connection, leases, name=name, holder=self._holder, until=now + seconds):
                return True
            taken = connection.execute(
                sa.update(leases)
                .where(leases.c.name == name)
                .where((leases.c.holder == self._holder) | (leases.c.until <= now))
                .values(holder=self._holder, until=now + seconds)
            )
            return bool(taken.rowcount)

    def release(self) -> None:
        """Give up all leases, so that another worker need not wait for their end."""
        with self._state.begin() as connection:
            connection.execute(sa.delete(leases).where(leases.c.holder == self._holder))
