"""Links by which a user chooses a password of their own: for a new user, and for one who forgot theirs.

So nobody else ever knows it. A link is good once and for a week; the database keeps its SHA-256.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.accounts.secret_ids import digest, is_id, new_id
from gateway.clock import Clock
from gateway.state.access import invitations as table

GOOD_SECONDS = 7 * 86_400.0


class Invitations:
    """The table of invitations. Every method works inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def make(self, connection: sa.Connection, user_id: str) -> str:
        """The secret of a new invitation; an earlier one of this user is worth nothing any more."""
        self.end(connection, user_id)
        secret = new_id()
        row = {"user_id": user_id, "token_hash": digest(secret), "expires": self._clock.timestamp() + GOOD_SECONDS}
        connection.execute(sa.insert(table).values(row))
        return secret

    def user_of(self, connection: sa.Connection, secret: str) -> str | None:
        """The id of the user who is invited by it, else None."""
        if not is_id(secret):
            return None
        good = sa.and_(table.c.token_hash == digest(secret), table.c.expires > self._clock.timestamp())
        found = connection.execute(sa.select(table.c.user_id).where(good)).scalar_one_or_none()
        return None if found is None else str(found)

    def end(self, connection: sa.Connection, user_id: str) -> bool:
        """False where there was none."""
        return bool(connection.execute(sa.delete(table).where(table.c.user_id == user_id)).rowcount)

    def purge(self, connection: sa.Connection) -> int:
        """Delete those that are over; the number of them."""
        return connection.execute(sa.delete(table).where(table.c.expires <= self._clock.timestamp())).rowcount
