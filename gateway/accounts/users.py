"""Users as stored: name, password hash, role, sites."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from gateway.accounts.principal import Principal, Role
from gateway.clock import Clock
from gateway.state.database import State
from gateway.state.tables import users


@dataclass(frozen=True, slots=True)
class User:
    id: str
    password_hash: str
    principal: Principal


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

    def named(self, connection: sa.Connection, name: str) -> User | None:
        return self._one(connection, users.c.name == fold(name))

    def by_id(self, connection: sa.Connection, user_id: str) -> User | None:
        return self._one(connection, users.c.id == user_id)

    def set_password_hash(self, connection: sa.Connection, user_id: str, password_hash: str) -> None:
        connection.execute(sa.update(users).where(users.c.id == user_id).values(password_hash=password_hash))

    def _one(self, connection: sa.Connection, condition: sa.ColumnElement[bool]) -> User | None:
        row = connection.execute(sa.select(users).where(condition)).one_or_none()
        if row is None:
            return None
        return User(row.id, row.password_hash, Principal(row.name, Role(row.role), decode_sites(row.sites)))


def fold(name: str) -> str:
    """The one spelling under which a name is stored and found: 'Ann@Example.com ' is 'ann@example.com'."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def encode_sites(sites: frozenset[int] | None) -> str | None:
    return None if sites is None else msgspec.json.encode(sorted(sites)).decode()


def decode_sites(stored: str | None) -> frozenset[int] | None:
    return None if stored is None else msgspec.json.decode(stored, type=frozenset[int])
