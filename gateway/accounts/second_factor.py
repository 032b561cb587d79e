"""Logging in with a second factor, setting one up, and taking it off again."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.accounts.audit_log import Action, AuditLog
from gateway.accounts.passwords import Passwords
from gateway.accounts.secret_ids import digest, is_id, new_id
from gateway.accounts.sessions import Sessions
from gateway.accounts.throttle import Throttle
from gateway.accounts.totp import Enrolment, Totp
from gateway.accounts.users import User, Users
from gateway.clock import Clock
from gateway.errors import BadRequest, Forbidden, NotAuthenticated
from gateway.state.access import login_steps as steps
from gateway.state.database import State

STEP_SECONDS = 300
ISSUER = "Audience"  # as apps list it beside the user's name


class CodeNeeded(NotAuthenticated):
    """The password was right; `step` is to come back with a code within five minutes."""

    def __init__(self, step: str) -> None:
        super().__init__("A code of your authenticator app is needed.")
        self.step = step


@dataclass(frozen=True, slots=True)
class Standing:
    """How a user stands: on or off, recovery codes left, and what to show while it is being set up."""

    on: bool
    recovery_left: int
    enrolment: Enrolment | None


class SecondFactor:
    """Calls block: from async code run them in a thread."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        users: Users,
        sessions: Sessions,
        totp: Totp,
        passwords: Passwords,
        throttle: Throttle,
        audit: AuditLog,
    ) -> None:
        self._state = state
        self._clock = clock
        self._users = users
        self._sessions = sessions
        self._totp = totp
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit

    def require(self, user: User) -> None:
        """Raises CodeNeeded where the user has a second factor."""
        with self._state.begin() as connection:
            if not self._totp.is_on(connection, user.id):
                return
            step = new_id()
            row = {"id_hash": digest(step), "user_id": user.id, "expires": self._clock.timestamp() + STEP_SECONDS}
            connection.execute(sa.insert(steps).values(row))
        raise CodeNeeded(step)

    def finish(self, step: str, code: str, address: str, *, replaces: str | None = None, browser: str = "") -> str:
        """The id of a new session for who came with the right code.

        Raises BadRequest where the step is over, NotAuthenticated for a wrong or used code, TooManyRequests after repeated
        ones: guesses at codes are counted apart from those at passwords, which are right each time.
        """
        with self._state.begin() as connection:
            user = self._of_step(connection, step)
        if user is None:
            raise BadRequest("This took too long. Log in again.", "$.step")
        name = user.principal.user
        self._throttle.enter(f"code of {name}", address)
        with self._state.begin() as connection:
            how = self._totp.accepts(connection, user.id, code)
            if how:
                connection.execute(sa.delete(steps).where(steps.c.id_hash == digest(step)))
                if replaces:
                    self._sessions.end(connection, replaces)
                session_id = self._sessions.start(connection, user.id, browser)
        if not how:
            self._audit.record(Action.LOGIN_FAILED, name, detail="code")
            raise NotAuthenticated("This code is wrong, or was used already.")
        self._throttle.succeed(f"code of {name}", address)
        self._audit.record(Action.LOGIN, name, detail=f"with a code, {how}")
        return session_id

    def standing(self, user: User) -> Standing:
        with self._state.begin() as connection:
            on = self._totp.is_on(connection, user.id)
            left = self._totp.recovery_left(connection, user.id)
            return Standing(on, left, self._totp.enrolment(connection, user.id, user.principal.user, ISSUER))

    def begin(self, user: User, password: str, address: str) -> None:
        """Make a secret to set an app up with, which takes the password; nothing changes until a code of it was seen.

        A session that was left open would else lock its owner out. Raises as remove() does.
        """
        self._require_password(user, password, address, "to set a second factor up")
        with self._state.begin() as connection:
            self._totp.begin(connection, user.id)

    def confirm(self, user: User, code: str, address: str, *, session_id: str) -> list[str]:
        """Turn it on with a first code; the recovery codes, told this once. All other sessions end.

        Raises BadRequest for a wrong code, TooManyRequests after repeated ones.
        """
        name = user.principal.user
        self._throttle.enter(f"code of {name}", address)
        with self._state.begin() as connection:
            codes = self._totp.confirm(connection, user.id, code)
            if codes is not None:
                self._sessions.end_others(connection, user.id, session_id)
        if codes is None:
            raise BadRequest("This code is wrong. See that the clock of your device is right.", "$.code")
        self._throttle.succeed(f"code of {name}", address)
        self._audit.record(Action.TOTP_ENABLED, name)
        return codes

    def remove(self, user: User, password: str, address: str) -> None:
        """Turn it off, which takes the password. Raises Forbidden for a wrong one, TooManyRequests after repeated ones."""
        self._require_password(user, password, address, "to turn the second factor off")
        self.reset(user, by=user.principal.user)

    def reset(self, user: User, *, by: str) -> None:
        """Turn it off for a user who lost their app and their recovery codes."""
        with self._state.begin() as connection:
            removed = self._totp.remove(connection, user.id)
        if removed:
            self._audit.record(Action.TOTP_DISABLED, by, detail=user.principal.user)

    def purge(self, connection: sa.Connection) -> int:
        """Delete steps that are over; the number of them."""
        return connection.execute(sa.delete(steps).where(steps.c.expires <= self._clock.timestamp())).rowcount

    def _require_password(self, user: User, password: str, address: str, why: str) -> None:
        name = user.principal.user
        self._throttle.enter(name, address)
        if not self._passwords.verify(user.password_hash, password):
            self._audit.record(Action.LOGIN_FAILED, name, detail=f"present password, {why}")
            raise Forbidden("This is not your present password.", "$.current")
        self._throttle.succeed(name, address)

    def _of_step(self, connection: sa.Connection, step: str) -> User | None:
        if not is_id(step):
            return None
        alive = sa.and_(steps.c.id_hash == digest(step), steps.c.expires > self._clock.timestamp())
        user_id = connection.execute(sa.select(steps.c.user_id).where(alive)).scalar_one_or_none()
        user = self._users.by_id(connection, user_id) if user_id else None
        return None if user is None or user.disabled else user
