"""Who logs in by the provider (OpenID Connect): whose account theirs is, and whether one is made."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.accounts.audit_log import Action, AuditLog
from gateway.accounts.passwords import Passwords
from gateway.accounts.principal import Principal, Role
from gateway.accounts.refusals import Refused, Why
from gateway.accounts.sessions import Sessions
from gateway.accounts.staff import rights_of
from gateway.accounts.users import User, Users, fold
from gateway.clock import Clock
from gateway.errors import NotFound
from gateway.settings import Oidc
from gateway.state.database import State
from gateway.state.identities import identities as table

_LONGEST_SUBJECT = 255  # Core § 2
_LONGEST_EMAIL = 254


class Identities:
    """A person is known by issuer and subject. Calls block: from async code run them in a thread."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        users: Users,
        sessions: Sessions,
        passwords: Passwords,
        audit: AuditLog,
        settings: Oidc,
    ) -> None:
        self._state = state
        self._clock = clock
        self._users = users
        self._sessions = sessions
        self._passwords = passwords
        self._audit = audit
        self._settings = settings

    def enter(self, issuer: str, subject: str, email: str, *, replaces: str | None = None, browser: str = "") -> str:
        """The id of a new session for whom the provider confirmed. `email` is one that it vouches for, or empty.

        A second factor is not asked for: the provider's log-in counts. Raises Refused, which is in the audit log.
        """
        try:
            if len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
                raise Refused(Why.INVALID, "sub")
            self._check_domain(email)
            password_hash = self._passwords.of_nobody() if self._is_new(issuer, subject) else ""
            with self._state.begin() as connection:
                user = self._linked(connection, issuer, subject)
                if user is None:
                    user = self._admitted(connection, issuer, subject, email, password_hash)
                if user.disabled:
                    raise Refused(Why.UNKNOWN, "disabled")
                if replaces:
                    self._sessions.end(connection, replaces)
                session_id = self._sessions.start(connection, user.id, browser)
                self._audit.record(Action.LOGIN, user.principal.user, detail="by the provider", within=connection)
        except Refused as refused:
            self._audit.record(Action.LOGIN_FAILED, "", detail=f"by the provider: {refused.why}")
            raise
        return session_id

    def unlink(self, name: str, *, by: str) -> None:
        """Forget whom the provider knows a user as, so that their next log-in there is the first. Raises NotFound."""
        with self._state.begin() as connection:
            user = self._users.named(connection, name)
            if user is None or not connection.execute(sa.delete(table).where(table.c.user_id == user.id)).rowcount:
                raise NotFound("No user of this name has logged in by the provider.", "$.name")
            self._sessions.end_all(connection, user.id)
            self._audit.record(Action.IDENTITY_UNLINKED, by, detail=user.principal.user, within=connection)

    def _check_domain(self, email: str) -> None:
        """At every log-in: whoever leaves an allowed domain is let in no more."""
        if not self._settings.email_domains:
            return
        if not email:
            raise Refused(Why.EMAIL)
        if email.rpartition("@")[2].lower() not in {domain.lower() for domain in self._settings.email_domains}:
            raise Refused(Why.DOMAIN)

    def _is_new(self, issuer: str, subject: str) -> bool:
        with self._state.begin() as connection:
            return self._settings.make_users and self._linked(connection, issuer, subject) is None

    def _linked(self, connection: sa.Connection, issuer: str, subject: str) -> User | None:
        theirs = sa.and_(table.c.issuer == issuer, table.c.subject == subject)
        user_id = connection.execute(sa.select(table.c.user_id).where(theirs)).scalar_one_or_none()
        return self._users.by_id(connection, user_id) if user_id else None

    def _admitted(self, connection: sa.Connection, issuer: str, subject: str, email: str, password_hash: str) -> User:
        """Link whoever comes for the first time to the user of their e-mail address, or to a new one."""
        if not (self._settings.link_by_email or self._settings.make_users):
            raise Refused(Why.UNKNOWN, "first log-in")
        # Names are folded (NFKC), by which letters of other alphabets become others: in an address they would be somebody else's.
        if not email.isascii() or not email.isprintable() or "@" not in email or len(email) > _LONGEST_EMAIL:
            raise Refused(Why.EMAIL)
        user = self._users.named(connection, email)
        if user is not None and (user.disabled or not self._settings.link_by_email):
            raise Refused(Why.UNKNOWN, "the name is taken")
        if user is None:
            user = self._made(connection, email, password_hash)
        since = self._clock.timestamp()
        inserted = self._state.insert_or_ignore(
            connection, table, issuer=issuer, subject=subject, user_id=user.id, since=since
        )
        theirs = self._linked(connection, issuer, subject)  # by this, or by another tab meanwhile
        if theirs is None:
            raise Refused(Why.UNKNOWN, "somebody else is linked to the user")
        if inserted:
            self._audit.record(Action.IDENTITY_LINKED, theirs.principal.user, detail=issuer, within=connection)
        return theirs

    def _made(self, connection: sa.Connection, email: str, password_hash: str) -> User:
        settings = self._settings
        sites = frozenset(settings.sites) or None
        principal = Principal(fold(email), Role(settings.role), sites)
        if not settings.make_users or not password_hash or not self._users.add(connection, principal, password_hash):
            raise Refused(Why.UNKNOWN, "no user is made")
        detail = f"{principal.user}, {rights_of(principal)}, by the provider"
        self._audit.record(Action.USER_CREATED, "", detail=detail, within=connection)
        made = self._users.named(connection, email)
        assert made is not None
        return made
