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
    USER_INVITED = "user_invited"
    USER_CHANGED = "user_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_DELETED = "user_deleted"
    SESSIONS_ENDED = "sessions_ended"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    TOTP_ENABLED = "totp_enabled"
    TOTP_DISABLED = "totp_disabled"
    TOKEN_CREATED = "token_created"  # noqa: S105 - the name of an action
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of an action
    SEGMENT_SAVED = "segment_saved"
    SEGMENT_CHANGED = "segment_changed"
    SEGMENT_DELETED = "segment_deleted"
    FUNNEL_SAVED = "funnel_saved"
    FUNNEL_CHANGED = "funnel_changed"
    FUNNEL_DELETED = "funnel_deleted"
    NOTE_WRITTEN = "note_written"
    NOTE_REMOVED = "note_removed"
    LETTERS_BEGUN = "letters_begun"
    LETTERS_CONFIRMED = "letters_confirmed"
    LETTERS_ENDED = "letters_ended"
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


@dataclass(frozen=True, slots=True)
class Only:
    """Which entries are looked at. `since` and `until` are seconds since the epoch, `until` not included; None: all."""

    user: str = ""
    action: Action | None = None
    site: int | None = None
    since: float | None = None
    until: float | None = None


ALL = Only()


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

    def latest(self, limit: int = 100, offset: int = 0, only: Only = ALL) -> list[Entry]:
        """The newest entries, newest first, without the first `offset`; of those that `only` lets through."""
        with self._state.begin() as connection:
            newest_first = sa.select(table).where(*_conditions(only)).order_by(table.c.at.desc(), table.c.id.desc())
            rows = connection.execute(newest_first.limit(limit).offset(offset)).all()
        return [Entry(row.at, row.user, Action(row.action), row.site, row.detail) for row in rows]

    def count(self, only: Only = ALL) -> int:
        """How many entries `only` lets through."""
        with self._state.begin() as connection:
            counted = sa.select(sa.func.count()).select_from(table).where(*_conditions(only))
            return int(connection.execute(counted).scalar_one())

    def purge(self, connection: sa.Connection) -> int:
        """Delete entries older than the figures are kept; the number of them."""
        cutoff: datetime = add_months_to_instant(self._clock.now(), -self._months)
        return connection.execute(sa.delete(table).where(table.c.at < cutoff.timestamp())).rowcount


def _conditions(only: Only) -> list[sa.ColumnElement[bool]]:
    found = list[sa.ColumnElement[bool]]()
    if only.user:
        found.append(table.c.user == only.user)
    if only.action is not None:
        found.append(table.c.action == only.action.value)
    if only.site is not None:
        found.append(table.c.site == only.site)
    if only.since is not None:
        found.append(table.c.at >= only.since)
    if only.until is not None:
        found.append(table.c.at < only.until)
    return found
