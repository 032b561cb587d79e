"""API tokens: shown once when they are made, kept as their SHA-256."""

from __future__ import annotations

import hmac

import sqlalchemy as sa

from gateway.accounts.principal import Principal, Role
from gateway.accounts.secret_ids import digest, new_id
from gateway.accounts.users import decode_sites, encode_sites
from gateway.clock import Clock
from gateway.state.database import State
from gateway.state.tables import api_tokens as table


class ApiTokens:
    """The table of tokens, and the one token that the settings may name (an admin's)."""

    def __init__(self, state: State, clock: Clock, settings_token: str) -> None:
        self._state = state
        self._clock = clock
        self._settings_digest = digest(settings_token) if settings_token else None

    def add(self, connection: sa.Connection, principal: Principal, expires: float | None) -> str | None:
        """Make a token named `principal.user` with that principal's rights; None where the name is taken."""
        token = new_id()
        added = self._state.insert_or_ignore(
            connection,
            table,
            token_hash=digest(token),
            name=principal.user,
            role=principal.role.value,
            sites=encode_sites(principal.sites),
            created=self._clock.timestamp(),
            expires=expires,
        )
        return token if added else None

    def revoke(self, connection: sa.Connection, name: str) -> bool:
        return bool(connection.execute(sa.delete(table).where(table.c.name == name)).rowcount)

    def principal(self, connection: sa.Connection, token: str) -> Principal | None:
        """Whose rights `token` carries, else None. Takes no longer for a token that is almost right."""
        key = digest(token)
        if self._settings_digest is not None and hmac.compare_digest(key, self._settings_digest):
            return Principal("token of the settings", Role.ADMIN)
        row = connection.execute(sa.select(table).where(table.c.token_hash == key)).one_or_none()
        if row is None or (row.expires is not None and row.expires <= self._clock.timestamp()):
            return None
        return Principal(f"token {row.name}", Role(row.role), decode_sites(row.sites))
