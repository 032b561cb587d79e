"""Users, sessions and API tokens behind one door."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher

from gateway.accounts.api_tokens import ApiTokens, Token
from gateway.accounts.audit_log import Action, AuditLog
from gateway.accounts.identities import Identities
from gateway.accounts.invitations import Invitations
from gateway.accounts.makers import Makers
from gateway.accounts.own import OwnAccount
from gateway.accounts.passwords import Passwords, check_new
from gateway.accounts.principal import Principal, Role
from gateway.accounts.rights import check_token, check_user
from gateway.accounts.sealing import Sealing
from gateway.accounts.second_factor import SecondFactor
from gateway.accounts.sessions import Sessions
from gateway.accounts.share_links import ShareLinks
from gateway.accounts.staff import Staff
from gateway.accounts.throttle import Throttle
from gateway.accounts.totp import Totp
from gateway.accounts.users import Users, fold
from gateway.clock import Clock
from gateway.errors import Conflict, NotAuthenticated
from gateway.secrets import signing_keys
from gateway.settings import Settings
from gateway.state.database import State

ADMIN = "admin"


class Accounts:
    """Who may use the dashboard and the APIs. Every call blocks: from async code run it in a thread."""

    def __init__(self, state: State, settings: Settings, clock: Clock, *, hasher: PasswordHasher | None = None) -> None:
        self._state = state
        self._settings = settings.dashboard
        self._passwords = Passwords(hasher)
        self._users = Users(state, clock)
        self._sessions = Sessions(clock, settings.dashboard.session_hours * 3600.0)
        self._tokens = ApiTokens(state, clock, settings.dashboard.api_token)
        self._throttle = Throttle(state, clock)
        self.makers = Makers(state, self._users)
        self.shares = ShareLinks(state, clock, self.makers, self._passwords, self._throttle)
        self.audit = AuditLog(state, clock, settings.retention.data_months)
        self._invitations = Invitations(clock)
        self.staff = Staff(
            state, self._users, self._sessions, self._tokens, self._invitations, self._passwords, self.audit
        )
        sealing = Sealing(lambda: signing_keys(settings), "second factor")
        self.second = SecondFactor(
            state,
            clock,
            self._users,
            self._sessions,
            Totp(clock, sealing),
            self._passwords,
            self._throttle,
            self.audit,
        )
        self.identities = Identities(
            state, clock, self._users, self._sessions, self._passwords, self.audit, settings.oidc
        )
        self.own = OwnAccount(
            state,
            self._users,
            self._sessions,
            self._tokens,
            self._invitations,
            self._passwords,
            self._throttle,
            self.audit,
        )

    def ensure_admin(self) -> str | None:
        """Make the user "admin" if there is none and nobody else is an admin; call it at every start.

        The password is the setting dashboard.admin_password, or the one that this is a hash of; with it the user is made in
        any case. Without one, one is generated and returned, this once, for the operator to read. A setting that changed
        since replaces the password and ends that user's sessions.
        """
        given = self._settings.admin_password
        with self._state.begin() as connection:
            user = self._users.named(connection, ADMIN)
            needed = bool(given) or not self._users.has_admin(connection)
        if user is None:
            if not needed:
                return None
            password = given or secrets.token_urlsafe(15)
            password_hash = self._passwords.of_setting(password)
            with self._state.begin() as connection:
                added = self._users.add(connection, Principal(ADMIN, Role.ADMIN), password_hash)
            # Not added: another worker came first, and it is the one that says its password.
            return password if added and not given else None
        if given and not self._passwords.matches_setting(user.password_hash, given):
            password_hash = self._passwords.of_setting(given)
            with self._state.begin() as connection:
                self._users.set_password_hash(connection, user.id, password_hash)
                self._sessions.end_all(connection, user.id)
            self.audit.record(Action.PASSWORD_CHANGED, ADMIN, detail="by the setting dashboard.admin_password")
        return None

    def login(self, name: str, password: str, address: str, *, replaces: str | None = None, browser: str = "") -> str:
        """The id of a new session. `address` is the client's truncated address; `replaces` a session id to end.

        `browser` is shown to the user, so that they know the session again.
        Raises NotAuthenticated for a wrong name or password alike, TooManyRequests after repeated failures, CodeNeeded where
        the user has a second factor: `second.finish` begins the session then.
        """
        account = fold(name)
        self._throttle.enter(account, address)
        with self._state.begin() as connection:
            user = self._users.named(connection, account)
        known = self._passwords.verify(user.password_hash if user else None, password)
        # Whoever is disabled is told no more than a stranger, and as late.
        if not known or user is None or user.disabled:
            # An unknown name is not written down: people type passwords into the wrong field.
            self.audit.record(Action.LOGIN_FAILED, user.principal.user if user else "")
            raise NotAuthenticated("Wrong name or password.")
        self._throttle.succeed(account, address)
        fresh_hash = self._passwords.hash(password) if self._passwords.is_outdated(user.password_hash) else None
        with self._state.begin() as connection:
            if fresh_hash:
                self._users.set_password_hash(connection, user.id, fresh_hash)
        self.second.require(user)
        with self._state.begin() as connection:
            if replaces:
                self._sessions.end(connection, replaces)
            session_id = self._sessions.start(connection, user.id, browser)
        self.audit.record(Action.LOGIN, user.principal.user)
        return session_id

    def logout(self, session_id: str) -> None:
        """End a session; nothing happens where there is none."""
        principal = self.by_session(session_id)
        with self._state.begin() as connection:
            self._sessions.end(connection, session_id)
        if principal is not None:
            self.audit.record(Action.LOGOUT, principal.user)

    def by_session(self, session_id: str) -> Principal | None:
        """Who is logged in with this session, with their rights of now; None where it is over or unknown."""
        user = self.own.user_of(session_id)
        return user.principal if user else None

    def by_token(self, token: str) -> Principal | None:
        """Whose rights an API token carries; None where it is unknown, revoked or expired."""
        return self._tokens.principal(token) if token else None

    def create_user(self, principal: Principal, password: str, *, by: str) -> None:
        """Add a user named `principal.user`.

        Raises BadRequest for a weak password or wrong rights, Conflict for a taken name.
        """
        check_user(principal)
        check_new(password)
        password_hash = self._passwords.hash(password)
        with self._state.begin() as connection:
            if not self._users.add(connection, principal, password_hash):
                raise Conflict("A user of this name exists.", "$.name")
        self.audit.record(Action.USER_CREATED, by, detail=f"{fold(principal.user)}, {principal.role}")

    def create_token(self, principal: Principal, *, by: str, expires: float | None = None) -> str:
        """Make an API token named `principal.user`.

        It is valid until `expires` (seconds since the epoch), or until it is revoked where that is None.

        The token is returned this once. Raises BadRequest for wrong rights, Conflict for a taken name.
        """
        check_token(principal)
        with self._state.begin() as connection:
            token = self._tokens.add(connection, principal, expires)
        if token is None:
            raise Conflict("A token of this name exists.", "$.name")
        self.audit.record(Action.TOKEN_CREATED, by, detail=f"{principal.user}, {principal.role}")
        return token

    def tokens(self) -> list[Token]:
        """Every API token but that of the settings, by name; what they are is known to their owners alone."""
        with self._state.begin() as connection:
            return self._tokens.all(connection)

    def revoke_token(self, name: str, *, by: str) -> bool:
        """End a token at once; False where there is none of this name."""
        with self._state.begin() as connection:
            revoked = self._tokens.revoke(connection, name)
        if revoked:
            self.audit.record(Action.TOKEN_REVOKED, by, detail=name)
        return revoked

    def purge(self) -> int:
        """Delete sessions, invitations, failures, links and audit entries past their time; the number of rows."""
        parts = (self._sessions, self._throttle, self._invitations, self.second, self.shares, self.audit)
        with self._state.begin() as connection:
            return sum(part.purge(connection) for part in parts)
