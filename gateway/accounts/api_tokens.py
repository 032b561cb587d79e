"""API tokens: shown once when they are made, kept as their SHA-256."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.accounts.principal import Principal, Role
from gateway.accounts.secret_ids import digest, is_id, new_id
from gateway.accounts.users import decode_sites, encode_sites
from gateway.clock import Clock
from gateway.hits import Basis
from gateway.state.database import State
from gateway.state.tables import api_token_bases as bases
from gateway.state.tables import api_tokens as table


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it can be listed: everything but itself. Times are seconds since the epoch."""

    principal: Principal
    created: float
    expires: float | None


class ApiTokens:
    """The table of tokens, and the one token that the settings may name (an admin's)."""

    def __init__(self, state: State, clock: Clock, settings_token: str) -> None:
        self._state = state
        self._clock = clock
        self._settings_digest = digest(settings_token) if settings_token else None

    def add(self, connection: sa.Connection, principal: Principal, expires: float | None) -> str | None:
        """Make a token named `principal.user` with that principal's rights; None where the name is taken."""
        token = new_id()
        key = digest(token)
        added = self._state.insert_or_ignore(
            connection,
            table,
            token_hash=key,
            name=principal.user,
            role=principal.role.value,
            sites=encode_sites(principal.sites),
            created=self._clock.timestamp(),
            expires=expires,
        )
        if added and principal.basis is not Basis.COOKIELESS:
            connection.execute(sa.insert(bases).values(token_hash=key, basis=principal.basis.value))
        return token if added else None

    def revoke(self, connection: sa.Connection, name: str) -> bool:
        its_hash = sa.select(table.c.token_hash).where(table.c.name == name).scalar_subquery()
        connection.execute(sa.delete(bases).where(bases.c.token_hash == its_hash))
        return bool(connection.execute(sa.delete(table).where(table.c.name == name)).rowcount)

    def all(self, connection: sa.Connection) -> list[Token]:
        """Every token in the table, expired ones too, by name."""
        rows = connection.execute(_with_basis().order_by(table.c.name)).all()
        return [Token(_principal(row, row.name), row.created, row.expires) for row in rows]

    def principal(self, token: str) -> Principal | None:
        """Whose rights `token` carries, else None. Takes no longer for a token that is almost right.

        What is not even of a token's form is not looked for in the state database.
        """
        key = digest(token)
        if self._settings_digest is not None and hmac.compare_digest(key, self._settings_digest):
            return Principal("token of the settings", Role.ADMIN)
        if not is_id(token):
            return None
        with self._state.begin() as connection:
            row = connection.execute(_with_basis().where(table.c.token_hash == key)).one_or_none()
        if row is None or (row.expires is not None and row.expires <= self._clock.timestamp()):
            return None
        return _principal(row, f"token {row.name}")


def _with_basis() -> sa.Select[tuple[object, ...]]:
    return sa.select(table, bases.c.basis).outerjoin(bases, bases.c.token_hash == table.c.token_hash)


def _principal(row: sa.Row[tuple[object, ...]], user: str) -> Principal:
    return Principal(user, Role(row.role), decode_sites(row.sites), Basis(row.basis or Basis.COOKIELESS))
