"""Slows down password guessing: per account and truncated client address together, per address, and per account.

Five attempts are free, a hundred for an account from all addresses together: with fewer, anybody who knows a name could
keep its owner out. Each further failure closes the door for twice as long as the one before: 30 s, 60 s, … 15 min.
An attempt is counted before its password is looked at, so that guesses sent at the same time count as well.
Keys are hashes: a password typed into the name field by mistake is not kept.
"""

from __future__ import annotations

import math

import sqlalchemy as sa

from gateway.accounts.secret_ids import digest
from gateway.clock import Clock
from gateway.errors import TooManyRequests
from gateway.state.database import State
from gateway.state.tables import login_attempts as table

FREE_FAILURES = 5
FREE_ACCOUNT_FAILURES = 100  # from everywhere; what stops many addresses that guess at one account
_FIRST_WAIT_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 900.0
_FORGET_SECONDS = 3600.0


class Throttle:
    """Counts failures in the state database, so that workers and restarts share them. Calls block."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def enter(self, account: str, address: str) -> None:
        """Count an attempt. Raises TooManyRequests, counting nothing, while account or address must wait."""
        with self._state.begin() as connection:
            self._count(connection, _pair(account, address), FREE_FAILURES)
            self._count(connection, _address(address), FREE_FAILURES)
            self._count(connection, _account(account), FREE_ACCOUNT_FAILURES)

    def succeed(self, account: str, address: str) -> None:
        """Take the attempt back: the account starts afresh at this address; what else failed there or for it stays."""
        with self._state.begin() as connection:
            connection.execute(sa.delete(table).where(table.c.key == _pair(account, address)))
            # Not deleted: whoever owns one account could otherwise guess at others without end.
            # One after the other, as they are counted: on PostgreSQL two transactions could wait for each other.
            for key in (_address(address), _account(account)):
                connection.execute(
                    sa.update(table)
                    .where(table.c.key == key, table.c.failures > 0)
                    .values(failures=table.c.failures - 1, until=0.0)
                )

    def purge(self, connection: sa.Connection) -> int:
        """Delete what is forgotten; the number of rows."""
        cutoff = self._clock.timestamp() - _FORGET_SECONDS
        return connection.execute(sa.delete(table).where(table.c.last <= cutoff, table.c.until <= cutoff)).rowcount

    def _count(self, connection: sa.Connection, key: bytes, free: int) -> None:
        now = self._clock.timestamp()
        # The insert comes first because it takes the write lock: two attempts never read the same count.
        self._state.insert_or_ignore(connection, table, key=key, failures=0, last=now, until=0.0)
        forgotten = table.c.last <= now - _FORGET_SECONDS
        counted = connection.execute(
            sa.update(table)
            .where(table.c.key == key, table.c.until <= now)
            .values(failures=sa.case((forgotten, 1), else_=table.c.failures + 1), last=now)
        ).rowcount
        row = connection.execute(sa.select(table.c.failures, table.c.until).where(table.c.key == key)).one()
        if not counted:
            wait = max(1, math.ceil(row.until - now))
            raise TooManyRequests("Too many failed log-ins. Wait before the next one.", retry_after=wait)
        over = row.failures - free
        if over >= 0:
            wait_seconds = min(_FIRST_WAIT_SECONDS * 2.0 ** min(over, 16), _LONGEST_WAIT_SECONDS)
            connection.execute(sa.update(table).where(table.c.key == key).values(until=now + wait_seconds))


def _pair(account: str, address: str) -> bytes:
    return digest(f"account {account} from {address}")


def _address(address: str) -> bytes:
    return digest(f"address {address}")


def _account(account: str) -> bytes:
    return digest(f"account {account}")
