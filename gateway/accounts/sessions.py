"""Server-side sessions: the browser holds a random id, the state database its SHA-256.

Deleting the row ends the session.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.accounts.secret_ids import digest, new_id
from gateway.clock import Clock
from gateway.state.tables import sessions

ABSOLUTE_SECONDS = 7 * 86_400
# Writing the time of every request would cost a disk flush each; a minute is exact enough for an idle time in hours.
_SEEN_STEP_SECONDS = 60.0


class Sessions:
    """Sessions end after `idle_seconds` without a request, and 7 days after the log-in in any case."""

    def __init__(self, clock: Clock, idle_seconds: float) -> None:
        self._clock = clock
        self._idle_seconds = idle_seconds

    def start(self, connection: sa.Connection, user_id: str) -> str:
        """Begin a session and return its id, which is not kept."""
        session_id = new_id()
        now = self._clock.timestamp()
        row = {"id_hash": digest(session_id), "user_id": user_id, "created": now, "seen": now}
        connection.execute(sa.insert(sessions).values(row))
        return session_id

    def user_of(self, connection: sa.Connection, session_id: str) -> str | None:
        """The id of the user whose live session this is, else None. Counts as activity."""
        key = digest(session_id)
        row = connection.execute(sa.select(sessions).where(sessions.c.id_hash == key)).one_or_none()
        if row is None:
            return None
        now = self._clock.timestamp()
        if now - row.seen >= self._idle_seconds or now - row.created >= ABSOLUTE_SECONDS:
            self.end(connection, session_id)
            return None
        if now - row.seen >= _SEEN_STEP_SECONDS:
            connection.execute(sa.update(sessions).where(sessions.c.id_hash == key).values(seen=now))
        return str(row.user_id)

    def end(self, connection: sa.Connection, session_id: str) -> None:
        connection.execute(sa.delete(sessions).where(sessions.c.id_hash == digest(session_id)))

    def end_all(self, connection: sa.Connection, user_id: str) -> None:
        """End every session of one user: their password or rights changed."""
        connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))

    def purge(self, connection: sa.Connection) -> int:
        """Delete sessions that are over; the number of them."""
        now = self._clock.timestamp()
        over = sa.or_(sessions.c.seen <= now - self._idle_seconds, sessions.c.created <= now - ABSOLUTE_SECONDS)
        return connection.execute(sa.delete(sessions).where(over)).rowcount
