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
from gateway.state.access import disabled_users
from gateway.state.access import token_owners as owners
from gateway.state.database import State
from gateway.state.tables import api_token_bases as bases
from gateway.state.tables import api_tokens as table
from gateway.state.tables import users


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it can be listed: everything but itself. Times are seconds since the epoch.

    `owner` is the name of the user whose it is, "" for one of the gateway's own, made on the command line.
    """

    principal: Principal
    created: float
    expires: float | None
    owner: str = ""


class ApiTokens:
    """The table of tokens, and the one token that the settings may name (an admin's)."""

    def __init__(self, state: State, clock: Clock, settings_token: str) -> None:
        self._state = state
        self._clock = clock
        self._settings_digest = digest(settings_token) if settings_token else None

    def add(
        self, connection: sa.Connection, principal: Principal, expires: float | None, owner_id: str | None = None
    ) -> str | None:
        """Make a token named `principal.user` with that principal's rights; None where the name is taken.

        It is worth nothing while the user `owner_id` is disabled, and goes with them.
        """
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
        if added and owner_id is not None:
            connection.execute(sa.insert(owners).values(token_hash=key, user_id=owner_id))
        return token if added else None

    def revoke(self, connection: sa.Connection, name: str) -> bool:
        its_hash = sa.select(table.c.token_hash).where(table.c.name == name).scalar_subquery()
        for beside in (bases, owners):
            connection.execute(sa.delete(beside).where(beside.c.token_hash == its_hash))
        return bool(connection.execute(sa.delete(table).where(table.c.name == name)).rowcount)

    def all(self, connection: sa.Connection, owner_id: str | None = None) -> list[Token]:
        """Every token in the table, or those of one user, expired ones too, by name."""
        wanted = _joined() if owner_id is None else _joined().where(owners.c.user_id == owner_id)
        rows = connection.execute(wanted.order_by(table.c.name)).all()
        return [Token(_principal(row, row.name), row.created, row.expires, row.owner or "") for row in rows]

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
            row = connection.execute(_joined().where(table.c.token_hash == key)).one_or_none()
        if row is None or row.since is not None or (row.expires is not None and row.expires <= self._clock.timestamp()):
            return None
        return _principal(row, f"token {row.name} of {row.owner}" if row.owner else f"token {row.name}")


def _joined() -> sa.Select[tuple[object, ...]]:
    """Tokens with their basis, their owner's name, and since when the owner is disabled."""
    return (
        sa.select(table, bases.c.basis, users.c.name.label("owner"), disabled_users.c.since)
        .outerjoin(bases, bases.c.token_hash == table.c.token_hash)
        .outerjoin(owners, owners.c.token_hash == table.c.token_hash)
        .outerjoin(users, users.c.id == owners.c.user_id)
        .outerjoin(disabled_users, disabled_users.c.user_id == owners.c.user_id)
    )


def _principal(row: sa.Row[tuple[object, ...]], user: str) -> Principal:
    return Principal(user, Role(row.role), decode_sites(row.sites), Basis(row.basis or Basis.COOKIELESS))
