"""What belongs to users and tokens beside the tables that older versions made without it (tables.py has those)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata


def _user() -> sa.ForeignKey:
    return sa.ForeignKey("users.id", ondelete="CASCADE")


disabled_users = sa.Table(
    "disabled_users",
    metadata,
    sa.Column("user_id", sa.String(32), _user(), primary_key=True),
    sa.Column("since", sa.Float, nullable=False),
)

invitations = sa.Table(
    "invitations",
    metadata,
    # One a user: a new one ends the one before.
    sa.Column("user_id", sa.String(32), _user(), primary_key=True),
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),  # SHA-256; the link itself is shown once
    sa.Column("expires", sa.Float, nullable=False),
)

# Who was invited and has not chosen a password yet: nobody can log in as them, but by an identity that was linked.
awaited_users = sa.Table(
    "awaited_users",
    metadata,
    sa.Column("user_id", sa.String(32), _user(), primary_key=True),
)

session_browsers = sa.Table(
    "session_browsers",
    metadata,
    # What their owner knows them again by: "Firefox, Linux".
    sa.Column("id_hash", sa.LargeBinary(32), sa.ForeignKey("sessions.id_hash", ondelete="CASCADE"), primary_key=True),
    sa.Column("browser", sa.String(80), nullable=False),
)

token_owners = sa.Table(
    "token_owners",
    metadata,
    # A token without an owner was made on the command line and is the gateway's own: no owner goes before their tokens.
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id"), nullable=False, index=True),
)

totp_secrets = sa.Table(
    "totp_secrets",
    metadata,
    sa.Column("user_id", sa.String(32), _user(), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # encrypted under the signing keys (accounts/sealing.py)
    sa.Column("confirmed", sa.Float, nullable=True),  # null: shown, and no code of it was seen yet
    sa.Column("last_step", sa.BigInteger, nullable=False),  # of the last code that was taken: none is taken twice
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", sa.String(32), _user(), primary_key=True),
    sa.Column("code_hash", sa.LargeBinary(32), primary_key=True),  # SHA-256 of 80 random bits
)

login_steps = sa.Table(
    "login_steps",
    metadata,
    # A password was right, a code is awaited.
    sa.Column("id_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("user_id", sa.String(32), _user(), nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)
