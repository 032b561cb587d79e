"""The users as an administrator keeps them. Somebody who may log in as admin is left in any case."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from gateway.accounts.api_tokens import ApiTokens
from gateway.accounts.audit_log import Action, AuditLog
from gateway.accounts.invitations import Invitations
from gateway.accounts.passwords import Passwords, check_new
from gateway.accounts.principal import Principal, Role
from gateway.accounts.rights import check_user
from gateway.accounts.sessions import Sessions
from gateway.accounts.users import User, Users, fold
from gateway.errors import Conflict, NotFound
from gateway.state.database import State
from gateway.state.saved import saved


class Staff:
    """Calls block: from async code run them in a thread. `by` is who does it, for the audit log.

    Every method that takes a user's id raises NotFound where there is none.
    """

    def __init__(
        self,
        state: State,
        users: Users,
        sessions: Sessions,
        tokens: ApiTokens,
        invitations: Invitations,
        passwords: Passwords,
        audit: AuditLog,
    ) -> None:
        self._state = state
        self._users = users
        self._sessions = sessions
        self._tokens = tokens
        self._invitations = invitations
        self._passwords = passwords
        self._audit = audit

    def all(self) -> list[User]:
        """Every user, by name."""
        with self._state.begin() as connection:
            return self._users.all(connection)

    def one(self, user_id: str) -> User:
        with self._state.begin() as connection:
            return self._found(connection, user_id)

    def named(self, name: str) -> User:
        """Raises NotFound."""
        with self._state.begin() as connection:
            user = self._users.named(connection, name)
        if user is None:
            raise NotFound("There is no user of this name.", "$.name")
        return user

    def invite(self, principal: Principal, *, by: str) -> str:
        """Add a user named `principal.user` who has yet to choose a password; the secret of the invitation.

        Raises BadRequest for wrong rights, Conflict for a taken name.
        """
        check_user(principal)
        password_hash = self._passwords.of_nobody()
        with self._state.begin() as connection:
            if not self._users.add(connection, principal, password_hash):
                raise Conflict("A user of this name exists.", "$.name")
            user = self._users.named(connection, principal.user)
            assert user is not None
            self._users.await_password(connection, user.id)
            secret = self._invitations.make(connection, user.id)
        self._audit.record(Action.USER_CREATED, by, detail=f"{fold(principal.user)}, {rights_of(principal)}")
        return secret

    def invite_again(self, user_id: str, *, by: str) -> str:
        """The secret of a new invitation; the password of before is good until it is followed."""
        with self._state.begin() as connection:
            user = self._found(connection, user_id)
            if user.disabled:
                raise Conflict("This user is disabled: enable them first.")
            secret = self._invitations.make(connection, user_id)
        self._audit.record(Action.USER_INVITED, by, detail=user.principal.user)
        return secret

    def set_rights(self, user_id: str, role: Role, sites: frozenset[int] | None, *, by: str) -> None:
        """Give a user other rights, at once. Tokens of theirs that can do more than they now may are revoked.

        Raises BadRequest for wrong rights, Conflict where no admin would be left.
        """
        before, revoked = self.one(user_id), list[str]()

        def change(connection: sa.Connection, user: User) -> None:
            after = Principal(user.principal.user, role, sites)
            check_user(after)
            self._users.set_rights(connection, user_id, role, sites)
            for token in self._tokens.all(connection, user_id):
                if not after.covers(token.principal):
                    self._tokens.revoke(connection, token.principal.user)
                    revoked.append(token.principal.user)

        user = self._change(user_id, change)
        after = Principal(user.principal.user, role, sites)
        if after != before.principal:
            detail = f"{after.user}: {rights_of(before.principal)} → {rights_of(after)}"
            self._audit.record(Action.USER_CHANGED, by, detail=detail)
        for name in revoked:
            self._audit.record(Action.TOKEN_REVOKED, by, detail=f"{name}, beyond the rights of {after.user}")

    def disable(self, user_id: str, *, by: str) -> None:
        """Shut a user out at once, with their sessions, invitation and tokens. Raises Conflict where no admin would be left."""

        def change(connection: sa.Connection, _user: User) -> None:
            self._users.disable(connection, user_id)
            self._sessions.end_all(connection, user_id)
            self._invitations.end(connection, user_id)

        user = self._change(user_id, change)
        self._audit.record(Action.USER_DISABLED, by, detail=user.principal.user)

    def enable(self, user_id: str, *, by: str) -> None:
        user = self._change(user_id, lambda connection, _user: self._users.enable(connection, user_id))
        self._audit.record(Action.USER_ENABLED, by, detail=user.principal.user)

    def delete(self, user_id: str, *, by: str) -> None:
        """Delete a user with all that is theirs; the audit log keeps their name. Raises Conflict where no admin would be left.

        What they kept under a name goes too, and nobody who gets their name later finds it, unless they had shared it.
        """

        def change(connection: sa.Connection, user: User) -> None:
            theirs = saved.c.owner == user.principal.user
            connection.execute(sa.delete(saved).where(theirs, sa.not_(saved.c.shared)))
            for token in self._tokens.all(connection, user_id):
                self._tokens.revoke(connection, token.principal.user)
            self._users.delete(connection, user_id)

        user = self._change(user_id, change)
        self._audit.record(Action.USER_DELETED, by, detail=user.principal.user)

    def end_sessions(self, user_id: str, *, by: str) -> None:
        """Log a user out everywhere."""
        user = self._change(user_id, lambda connection, _user: self._sessions.end_all(connection, user_id))
        self._audit.record(Action.SESSIONS_ENDED, by, detail=f"all of {user.principal.user}")

    def set_password(self, user_id: str, password: str, *, by: str) -> None:
        """Replace a password and end that user's sessions. Raises BadRequest for a weak one."""
        check_new(password)
        password_hash = self._passwords.hash(password)

        def change(connection: sa.Connection, _user: User) -> None:
            self._users.set_password_hash(connection, user_id, password_hash)
            self._sessions.end_all(connection, user_id)
            self._invitations.end(connection, user_id)

        user = self._change(user_id, change)
        self._audit.record(Action.PASSWORD_CHANGED, by, detail=f"of {user.principal.user}")

    def _change(self, user_id: str, change: Callable[[sa.Connection, User], None]) -> User:
        """Do it in one transaction, or not at all where no admin would be left; the user as they were."""
        with self._state.begin() as connection:
            self._users.lock_admins(connection)
            had_admin = self._users.has_admin(connection)
            user = self._found(connection, user_id)
            change(connection, user)
            if had_admin and not self._users.has_admin(connection):
                raise Conflict("This is the last administrator: make another one first.")
        return user

    def _found(self, connection: sa.Connection, user_id: str) -> User:
        user = self._users.by_id(connection, user_id)
        if user is None:
            raise NotFound("There is no such user.")
        return user


def rights_of(principal: Principal) -> str:
    """Role and sites, for reading: "viewer of 1, 2"."""
    return (
        principal.role
        if principal.sites is None
        else f"{principal.role} of {', '.join(map(str, sorted(principal.sites)))}"
    )
