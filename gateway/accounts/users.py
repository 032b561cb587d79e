"""Users as stored: name, password hash, role, sites, and whether they may log in."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from gateway.accounts.principal import Principal, Role
from gateway.clock import Clock
from gateway.state.access import awaited_users, disabled_users, invitations
from gateway.state.database import State
from gateway.state.identities import identities
from gateway.state.tables import sessions, users


@dataclass(frozen=True, slots=True)
class User:
    """`created` and `seen` (the last request; None: no session is alive) are seconds since the epoch.

    `invited`: an invitation that nobody followed yet is still good.
    """

    id: str
    password_hash: str
    principal: Principal
    created: float
    disabled: bool
    invited: bool
    seen: float | None


class Users:
    """The table of users. Every method works inside the caller's transaction."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def add(self, connection: sa.Connection, principal: Principal, password_hash: str) -> bool:
        """Add a user; False where the name is taken."""
        return self._state.insert_or_ignore(
            connection,
            users,
            id=secrets.token_hex(16),
            name=fold(principal.user),
            password_hash=password_hash,
            role=principal.role.value,
            sites=encode_sites(principal.sites),
            created=self._clock.timestamp(),
        )

    def all(self, connection: sa.Connection) -> list[User]:
        """Every user, by name."""
        rows = connection.execute(self._select().order_by(users.c.name)).all()
        return [_user(row) for row in rows]

    def named(self, connection: sa.Connection, name: str) -> User | None:
        return self._one(connection, users.c.name == fold(name))

    def by_id(self, connection: sa.Connection, user_id: str) -> User | None:
        return self._one(connection, users.c.id == user_id)

    def set_password_hash(self, connection: sa.Connection, user_id: str, password_hash: str) -> None:
        connection.execute(sa.update(users).where(users.c.id == user_id).values(password_hash=password_hash))
        connection.execute(sa.delete(awaited_users).where(awaited_users.c.user_id == user_id))

    def await_password(self, connection: sa.Connection, user_id: str) -> None:
        """Note that this user has yet to choose a password."""
        self._state.insert_or_ignore(connection, awaited_users, user_id=user_id)

    def set_rights(self, connection: sa.Connection, user_id: str, role: Role, sites: frozenset[int] | None) -> None:
        rights = {"role": role.value, "sites": encode_sites(sites)}
        connection.execute(sa.update(users).where(users.c.id == user_id).values(rights))

    def disable(self, connection: sa.Connection, user_id: str) -> None:
        since = self._clock.timestamp()
        self._state.insert_or_ignore(connection, disabled_users, user_id=user_id, since=since)

    def enable(self, connection: sa.Connection, user_id: str) -> None:
        connection.execute(sa.delete(disabled_users).where(disabled_users.c.user_id == user_id))

    def delete(self, connection: sa.Connection, user_id: str) -> None:
        """Sessions, invitations and tokens' owners go with them."""
        connection.execute(sa.delete(users).where(users.c.id == user_id))

    def lock_admins(self, connection: sa.Connection) -> None:
        """Let no other transaction change admins until this one ends (on SQLite the first write does so anyway)."""
        admins = sa.select(users.c.id).where(users.c.role == Role.ADMIN.value).with_for_update()
        connection.execute(admins).all()

    def has_admin(self, connection: sa.Connection) -> bool:
        """True where some admin can log in: not one who is disabled, nor one who was invited and has no password yet."""
        able = sa.select(users.c.id).outerjoin(disabled_users, disabled_users.c.user_id == users.c.id)
        has_password = users.c.id.not_in(sa.select(awaited_users.c.user_id))
        may_enter = sa.or_(has_password, users.c.id.in_(sa.select(identities.c.user_id)))
        admins = able.where(users.c.role == Role.ADMIN.value, disabled_users.c.user_id.is_(None), may_enter)
        return connection.execute(admins.limit(1)).first() is not None

    def _one(self, connection: sa.Connection, condition: sa.ColumnElement[bool]) -> User | None:
        row = connection.execute(self._select().where(condition)).one_or_none()
        return None if row is None else _user(row)

    def _select(self) -> sa.Select[tuple[object, ...]]:
        seen = sa.select(sa.func.max(sessions.c.seen)).where(sessions.c.user_id == users.c.id).scalar_subquery()
        invited = sa.select(invitations.c.user_id).where(
            invitations.c.user_id == users.c.id, invitations.c.expires > self._clock.timestamp()
        )
        return sa.select(
            users, disabled_users.c.since.label("disabled"), invited.exists().label("invited"), seen.label("seen")
        ).outerjoin(disabled_users, disabled_users.c.user_id == users.c.id)


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    principal = Principal(row.name, Role(row.role), decode_sites(row.sites))
    return User(
        row.id, row.password_hash, principal, row.created, row.disabled is not None, bool(row.invited), row.seen
    )


def fold(name: str) -> str:
    """The one spelling under which a name is stored and found: 'Ann@Example.com ' is 'ann@example.com'."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def encode_sites(sites: frozenset[int] | None) -> str | None:
    return None if sites is None else msgspec.json.encode(sorted(sites)).decode()


def decode_sites(stored: str | None) -> frozenset[int] | None:
    return None if stored is None else msgspec.json.decode(stored, type=frozenset[int])
