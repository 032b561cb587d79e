"""The few mutable things, as SQLAlchemy Core tables. Times are seconds since the epoch (UTC)."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

salts = sa.Table(
    "salts",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),  # site-local date
    sa.Column("salt", sa.LargeBinary(32), nullable=False),
    sa.Column("destroy_at", sa.Float, nullable=False),  # 48 h after the day's end, or after its making for a replay
)

site_keys = sa.Table(
    "site_keys",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("born", sa.String(10), primary_key=True),  # date of birth; replaced within 13 months
    sa.Column("key", sa.LargeBinary(32), nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("site", sa.BigInteger, nullable=False),
    sa.Column("served_from", sa.Float, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # random, so that a deleted user's id never comes back
    sa.Column("name", sa.String(254), nullable=False, unique=True),  # case-folded
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("sites", sa.Text, nullable=True),  # JSON array of site ids; null: every site
    sa.Column("created", sa.Float, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id_hash", sa.LargeBinary(32), primary_key=True),  # SHA-256 of the id in the browser's cookie
    sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),  # SHA-256; the token itself is shown once
    sa.Column("name", sa.String(254), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("sites", sa.Text, nullable=True),  # JSON array of site ids; null: every site
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=True),
)

api_token_bases = sa.Table(
    "api_token_bases",
    metadata,
    # Beside api_tokens, which older versions made without it: a token that is not here declares cookieless.
    sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("basis", sa.String(16), nullable=False),
)

login_attempts = sa.Table(
    "login_attempts",
    metadata,
    sa.Column("key", sa.LargeBinary(32), primary_key=True),  # SHA-256 of an account name or a truncated address
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last", sa.Float, nullable=False),
    sa.Column("until", sa.Float, nullable=False),  # no attempt is looked at before
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("user", sa.String(254), nullable=False),  # empty where nobody known is behind it
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("site", sa.BigInteger, nullable=True),
    sa.Column("detail", sa.Text, nullable=False),
)

rights_requests = sa.Table(
    "rights_requests",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),  # random
    sa.Column("site", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("came", sa.String(16), nullable=False),
    sa.Column("reference", sa.String(64), nullable=False),  # as the data protection officer chose it, may be empty
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("received", sa.Float, nullable=False),
    sa.Column("due", sa.Float, nullable=False),  # the first instant that is too late
    sa.Column("extended", sa.Float, nullable=True),
    sa.Column("extension_reason", sa.Text, nullable=False),
    sa.Column("answered", sa.Float, nullable=True, index=True),
    sa.Column("result", sa.String(16), nullable=True),
    sa.Column("answered_by", sa.String(16), nullable=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_by", sa.String(254), nullable=False),  # empty where a page entered it
    sa.Column("delete_at", sa.Float, nullable=True),  # 24 months after the answer
)

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),  # site-local date of the last one sent
)

verifications = sa.Table(
    "verifications",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("started_by", sa.String(254), nullable=False),
    sa.Column("seen", sa.Float, nullable=False),  # when it was last heard of
    sa.Column("done", sa.BigInteger, nullable=False),  # rows
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.Float, nullable=True),
    sa.Column("verdict", sa.Text, nullable=False),  # JSON, empty while it goes on
)
