"""What users keep themselves: their password, their sessions, their API tokens."""

from __future__ import annotations

from gateway.accounts.api_tokens import ApiTokens, Token
from gateway.accounts.audit_log import Action, AuditLog
from gateway.accounts.invitations import Invitations
from gateway.accounts.passwords import Passwords, check_new
from gateway.accounts.principal import Principal
from gateway.accounts.rights import check_token
from gateway.accounts.sessions import Session, Sessions
from gateway.accounts.throttle import Throttle
from gateway.accounts.users import User, Users
from gateway.errors import BadRequest, Conflict, Forbidden, NotFound
from gateway.state.database import State


class OwnAccount:
    """Calls block: from async code run them in a thread."""

    def __init__(
        self,
        state: State,
        users: Users,
        sessions: Sessions,
        tokens: ApiTokens,
        invitations: Invitations,
        passwords: Passwords,
        throttle: Throttle,
        audit: AuditLog,
    ) -> None:
        self._state = state
        self._users = users
        self._sessions = sessions
        self._tokens = tokens
        self._invitations = invitations
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit

    def user_of(self, session_id: str) -> User | None:
        """Whose session this is; None where it is over or unknown. Counts as activity."""
        with self._state.begin() as connection:
            user_id = self._sessions.user_of(connection, session_id)
            user = self._users.by_id(connection, user_id) if user_id else None
        return None if user is None or user.disabled else user

    def invited(self, secret: str) -> User | None:
        """Who is invited by a link; None where it is used, replaced, over or made up."""
        with self._state.begin() as connection:
            user_id = self._invitations.user_of(connection, secret)
            user = self._users.by_id(connection, user_id) if user_id else None
        return None if user is None or user.disabled else user

    def accept(self, secret: str, password: str) -> User:
        """Take the password that an invited user chose; their sessions of before end.

        Raises NotFound where the link is worth nothing (any more), BadRequest for a weak password.
        """
        check_new(password)
        password_hash = self._passwords.hash(password)
        with self._state.begin() as connection:
            user_id = self._invitations.user_of(connection, secret)
            user = self._users.by_id(connection, user_id) if user_id else None
            # Whoever deletes it first is the one who followed it.
            if user is None or user.disabled or not self._invitations.end(connection, user.id):
                raise NotFound("This invitation was used, replaced, or is over. Ask for a new one.")
            self._users.set_password_hash(connection, user.id, password_hash)
            self._sessions.end_all(connection, user.id)
        self._audit.record(Action.PASSWORD_CHANGED, user.principal.user, detail="by invitation")
        return user

    def change_password(
        self, user: User, current: str, new: str, address: str, *, session_id: str, browser: str = ""
    ) -> str:
        """Replace a password; the id of a new session in place of `session_id`, and all others end.

        Raises BadRequest for a weak password, Forbidden for a wrong present one, TooManyRequests after repeated failures.
        """
        check_new(new, "$.new")
        name = user.principal.user
        self._throttle.enter(name, address)
        if not self._passwords.verify(user.password_hash, current):
            self._audit.record(Action.LOGIN_FAILED, name, detail="present password, to change it")
            raise Forbidden("This is not your present password.", "$.current")
        self._throttle.succeed(name, address)
        password_hash = self._passwords.hash(new)
        with self._state.begin() as connection:
            self._users.set_password_hash(connection, user.id, password_hash)
            self._sessions.end_all(connection, user.id)
            self._invitations.end(connection, user.id)
            fresh = self._sessions.start(connection, user.id, browser)
        self._audit.record(Action.PASSWORD_CHANGED, name)
        return fresh

    def sessions(self, user: User) -> list[Session]:
        """The sessions that are alive, the one used last first."""
        with self._state.begin() as connection:
            return self._sessions.all_of(connection, user.id)

    def end_session(self, user: User, key: str) -> None:
        """End one of the user's sessions. Raises NotFound where they have none of this key."""
        with self._state.begin() as connection:
            if not self._sessions.end_by_key(connection, user.id, key):
                raise NotFound("This session is over already.")
        self._audit.record(Action.SESSIONS_ENDED, user.principal.user, detail="one")

    def end_other_sessions(self, user: User, session_id: str) -> None:
        """Log the user out everywhere else."""
        with self._state.begin() as connection:
            self._sessions.end_others(connection, user.id, session_id)
        self._audit.record(Action.SESSIONS_ENDED, user.principal.user, detail="all others")

    def tokens(self, user: User) -> list[Token]:
        """The user's API tokens, expired ones too, by name."""
        with self._state.begin() as connection:
            return self._tokens.all(connection, user.id)

    def create_token(self, user: User, principal: Principal, expires: float | None) -> str:
        """Make an API token named `principal.user` that may do no more than its owner; it is returned this once.

        Raises BadRequest for wrong rights, Forbidden for more than the user's own, Conflict for a taken name.
        """
        check_token(principal)
        if not user.principal.covers(principal):
            raise Forbidden("A token may do no more than you may.", "$.scope")
        with self._state.begin() as connection:
            token = self._tokens.add(connection, principal, expires, user.id)
        if token is None:
            raise Conflict("A token of this name exists.", "$.name")
        detail = f"{principal.user}, {principal.role}"
        self._audit.record(Action.TOKEN_CREATED, user.principal.user, detail=detail)
        return token

    def revoke_token(self, user: User, name: str) -> None:
        """End one of the user's tokens at once. Raises BadRequest where they have none of this name."""
        with self._state.begin() as connection:
            if all(token.principal.user != name for token in self._tokens.all(connection, user.id)):
                raise BadRequest("You have no token of this name.", "$.name")
            self._tokens.revoke(connection, name)
        self._audit.record(Action.TOKEN_REVOKED, user.principal.user, detail=name)
