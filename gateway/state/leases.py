"""Leases: which of several workers does a job. The holder renews; one that died loses it when its time is up.

`until` is of the holder's clock. One that was set back since must not make everybody wait for a time that is far away.
"""

from __future__ import annotations

import secrets
from math import inf

import sqlalchemy as sa

from gateway.clock import Clock
from gateway.state.database import State
from gateway.state.tables import leases


class Leases:
    def __init__(self, state: State, clock: Clock, holder: str = "") -> None:
        """`holder` names who holds them from one life to the next; by default this object alone."""
        self._state = state
        self._clock = clock
        self.holder = holder or secrets.token_hex(8)

    def hold(self, name: str, seconds: float, *, most: float = inf) -> bool:
        """Take or renew the lease `name` for `seconds`; False while another worker has it.

        `most` says for how long anyone may hold it: what ends later than that was written before a clock was set back.
        """
        now = self._clock.timestamp()
        with self._state.begin() as connection:
            if self._state.insert_or_ignore(connection, leases, name=name, holder=self.holder, until=now + seconds):
                return True
            taken = connection.execute(
                sa.update(leases)
                .where(leases.c.name == name)
                .where(self._free(now, most))
                .values(holder=self.holder, until=now + seconds)
            )
            return bool(taken.rowcount)

    def _free(self, now: float, most: float) -> sa.ColumnElement[bool]:
        free = (leases.c.holder == self.holder) | (leases.c.until <= now)
        return free if most == inf else free | (leases.c.until > now + most)

    def release(self) -> None:
        """Give up all leases, so that another worker need not wait for their end."""
        with self._state.begin() as connection:
            connection.execute(sa.delete(leases).where(leases.c.holder == self.holder))
