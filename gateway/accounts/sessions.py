"""Server-side sessions: the browser holds a random id, the state database its SHA-256.

Deleting the row ends the session.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.accounts.secret_ids import digest, new_id
from gateway.clock import Clock
from gateway.state.access import session_browsers
from gateway.state.tables import sessions

ABSOLUTE_SECONDS = 7 * 86_400
# Writing the time of every request would cost a disk flush each; a minute is exact enough for an idle time in hours.
_SEEN_STEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it. `key` names it and opens nothing; times are seconds since the epoch.

    `browser` is what they logged in with, "" where that was not told.
    """

    key: str
    created: float
    seen: float
    browser: str


class Sessions:
    """Sessions end after `idle_seconds` without a request, and 7 days after the log-in in any case."""

    def __init__(self, clock: Clock, idle_seconds: float) -> None:
        self._clock = clock
        self._idle_seconds = idle_seconds

    def start(self, connection: sa.Connection, user_id: str, browser: str = "") -> str:
        """Begin a session and return its id, which is not kept."""
        session_id = new_id()
        now = self._clock.timestamp()
        row = {"id_hash": digest(session_id), "user_id": user_id, "created": now, "seen": now}
        connection.execute(sa.insert(sessions).values(row))
        if browser:
            connection.execute(sa.insert(session_browsers).values(id_hash=row["id_hash"], browser=browser[:80]))
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

    def end_others(self, connection: sa.Connection, user_id: str, session_id: str) -> int:
        """End every session of one user but this one; the number of them."""
        others = sa.and_(sessions.c.user_id == user_id, sessions.c.id_hash != digest(session_id))
        return connection.execute(sa.delete(sessions).where(others)).rowcount

    def end_by_key(self, connection: sa.Connection, user_id: str, key: str) -> bool:
        """End one session of this user; False where they have none of this key."""
        try:
            id_hash = bytes.fromhex(key)
        except ValueError:
            return False
        theirs = sa.and_(sessions.c.user_id == user_id, sessions.c.id_hash == id_hash)
        return bool(connection.execute(sa.delete(sessions).where(theirs)).rowcount)

    def all_of(self, connection: sa.Connection, user_id: str) -> list[Session]:
        """The sessions of one user that are alive, the one used last first."""
        with_browser = sa.select(sessions, session_browsers.c.browser).outerjoin(
            session_browsers, session_browsers.c.id_hash == sessions.c.id_hash
        )
        alive = with_browser.where(sessions.c.user_id == user_id, sa.not_(self._over())).order_by(
            sessions.c.seen.desc()
        )
        rows = connection.execute(alive).all()
        return [Session(row.id_hash.hex(), row.created, row.seen, row.browser or "") for row in rows]

    def purge(self, connection: sa.Connection) -> int:
        """Delete sessions that are over; the number of them."""
        return connection.execute(sa.delete(sessions).where(self._over())).rowcount

    def _over(self) -> sa.ColumnElement[bool]:
        now = self._clock.timestamp()
        return sa.or_(sessions.c.seen <= now - self._idle_seconds, sessions.c.created <= now - ABSOLUTE_SECONDS)


def key_of(session_id: str) -> str:
    """The key under which `all_of` lists a session."""
    return digest(session_id).hex()
