"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

Six digits of HMAC-SHA-1 every 30 seconds, as every app reads them; the code before and the one after are taken too, since
clocks differ (RFC 6238, 5.2). A code is taken once, and none older than the last one taken.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from gateway.accounts.sealing import Sealing
from gateway.accounts.secret_ids import digest
from gateway.clock import Clock
from gateway.state.access import recovery_codes as codes
from gateway.state.access import totp_secrets as table

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
_SECRET_BYTES = 20  # RFC 4226, 4: as long as the hash
_STEPS = (-1, 0, 1)


class Enrolment(NamedTuple):
    """What is shown while somebody sets up an app: the secret in base32, and the same as an otpauth URI."""

    secret: str
    uri: str


class Totp:
    """Every method works inside the caller's transaction."""

    def __init__(self, clock: Clock, sealing: Sealing) -> None:
        self._clock = clock
        self._sealing = sealing

    def begin(self, connection: sa.Connection, user_id: str) -> None:
        """Make a secret that counts once it is confirmed; one that was not confirmed is forgotten. What is on stays on."""
        if self.is_on(connection, user_id):
            return
        connection.execute(sa.delete(table).where(table.c.user_id == user_id))
        sealed = self._sealing.seal(secrets.token_bytes(_SECRET_BYTES))
        connection.execute(sa.insert(table).values(user_id=user_id, sealed=sealed, confirmed=None, last_step=0))

    def enrolment(self, connection: sa.Connection, user_id: str, name: str, issuer: str) -> Enrolment | None:
        """What to show of a secret that is not confirmed yet; None where there is none."""
        row = connection.execute(sa.select(table).where(table.c.user_id == user_id)).one_or_none()
        secret = self._sealing.open(row.sealed) if row is not None and row.confirmed is None else None
        if secret is None:
            return None
        uri = _totp(secret).get_provisioning_uri(name, issuer)
        return Enrolment(base64.b32encode(secret).decode(), uri)

    def confirm(self, connection: sa.Connection, user_id: str, code: str) -> list[str] | None:
        """Turn the second factor on with a first code; the recovery codes, told this once. None for a wrong code."""
        if self.is_on(connection, user_id) or not self._takes(connection, user_id, code):
            return None
        now = self._clock.timestamp()
        connection.execute(sa.update(table).where(table.c.user_id == user_id).values(confirmed=now))
        return self.new_recovery_codes(connection, user_id)

    def new_recovery_codes(self, connection: sa.Connection, user_id: str) -> list[str]:
        """Ten codes, each good once in place of the app's; those of before are worth nothing."""
        connection.execute(sa.delete(codes).where(codes.c.user_id == user_id))
        made = [_recovery_code() for _ in range(RECOVERY_CODES)]
        rows = [{"user_id": user_id, "code_hash": digest(_plain(code))} for code in made]
        connection.execute(sa.insert(codes), rows)
        return made

    def is_on(self, connection: sa.Connection, user_id: str) -> bool:
        confirmed = sa.select(table.c.confirmed).where(table.c.user_id == user_id, table.c.confirmed.is_not(None))
        return connection.execute(confirmed).first() is not None

    def recovery_left(self, connection: sa.Connection, user_id: str) -> int:
        """How many recovery codes are unused."""
        counted = sa.select(sa.func.count()).select_from(codes).where(codes.c.user_id == user_id)
        return int(connection.execute(counted).scalar_one())

    def accepts(self, connection: sa.Connection, user_id: str, code: str) -> str:
        """How a code was right, "app" or "recovery code", else "". It is used up."""
        if not self.is_on(connection, user_id):
            return ""
        if self._takes(connection, user_id, code):
            return "app"
        theirs = sa.and_(codes.c.user_id == user_id, codes.c.code_hash == digest(_plain(code)))
        return "recovery code" if connection.execute(sa.delete(codes).where(theirs)).rowcount else ""

    def remove(self, connection: sa.Connection, user_id: str) -> bool:
        """Turn it off; False where it was not on."""
        was_on = self.is_on(connection, user_id)
        for each in (table, codes):
            connection.execute(sa.delete(each).where(each.c.user_id == user_id))
        return was_on

    def _takes(self, connection: sa.Connection, user_id: str, code: str) -> bool:
        row = connection.execute(sa.select(table).where(table.c.user_id == user_id)).one_or_none()
        secret = self._sealing.open(row.sealed) if row is not None else None
        if row is None or secret is None:
            return False
        given, now = "".join(code.split()).encode("utf-8", "replace"), int(self._clock.timestamp() // STEP_SECONDS)
        for step in (now + offset for offset in _STEPS):
            if hmac.compare_digest(_totp(secret).generate(step * STEP_SECONDS), given):
                # In one statement: the same code sent twice at the same time is taken once.
                fresh = sa.update(table).where(table.c.user_id == user_id, table.c.last_step < step)
                renewed = self._sealing.renew(row.sealed)
                return bool(connection.execute(fresh.values(last_step=step, sealed=renewed)).rowcount)
        return False


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - what RFC 6238 and every app use


def _recovery_code() -> str:
    """80 random bits in four groups, without letters that look like digits."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
