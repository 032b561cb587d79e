"""Who logged in, exported or changed something, and when. Append-only; holds no address."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from gateway.clock import Clock, add_months_to_instant
from gateway.state.database import State
from gateway.state.tables import audit_log as table


class Action(StrEnum):
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    EXPORT = "export"
    LEDGER_VERIFIED = "ledger_verified"
    REQUEST_ENTERED = "request_entered"
    REQUEST_EXTENDED = "request_extended"
    REQUEST_ANSWERED = "request_answered"
    REQUEST_NOTED = "request_noted"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an action
    USER_CREATED = "user_created"
    TOKEN_CREATED = "token_created"  # noqa: S105 - the name of an action
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an action
    SEGMENT_SAVED = "segment_saved"
    SEGMENT_CHANGED = "segment_changed"
    SEGMENT_DELETED = "segment_deleted"
    FUNNEL_SAVED = "funnel_saved"
    FUNNEL_CHANGED = "funnel_changed"
    FUNNEL_DELETED = "funnel_deleted"
    SHARE_CREATED = "share_created"
    SHARE_REVOKED = "share_revoked"
    BANNER_DRAFTED = "banner_drafted"
    BANNER_PUBLISHED = "banner_published"
    BANNER_ROLLED_BACK = "banner_rolled_back"
    BANNER_PREVIEWED = "banner_previewed"
    CONFIGURATION_RELOADED = "configuration_reloaded"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `at` is seconds since the epoch; `user` is empty where nobody known is behind it."""

    at: float
    user: str
    action: Action
    site: int | None
    detail: str


class AuditLog:
    """Calls block: from async code run them in a thread."""

    def __init__(self, state: State, clock: Clock, months: int) -> None:
        self._state = state
        self._clock = clock
        self._months = months

    def record(
        self,
        action: Action,
        user: str,
        *,
        site: int | None = None,
        detail: str = "",
        within: sa.Connection | None = None,
    ) -> None:
        """Add an entry. `detail` is for reading (what was exported, which token), cut to 1,000 characters.

        `within` is the transaction of what is recorded: the one is never there without the other.
        """
        at = self._clock.timestamp()
        row = {"at": at, "user": user, "action": action.value, "site": site, "detail": detail[:1000]}
        with self._state.begin() if within is None else nullcontext(within) as connection:
            connection.execute(sa.insert(table).values(row))

    def latest(self, limit: int = 100, offset: int = 0) -> list[Entry]:
        """The newest entries, newest first, without the first `offset`."""
        with self._state.begin() as connection:
            newest_first = sa.select(table).order_by(table.c.at.desc(), table.c.id.desc())
            rows = connection.execute(newest_first.limit(limit).offset(offset)).all()
        return [Entry(row.at, row.user, Action(row.action), row.site, row.detail) for row in rows]

    def purge(self, connection: sa.Connection) -> int:
        """Delete entries older than the figures are kept; the number of them."""
        cutoff: datetime = add_months_to_instant(self._clock.now(), -self._months)
        return connection.execute(sa.delete(table).where(table.c.at < cutoff.timestamp())).rowcount
