"""Links that show a site's overview to whoever holds them (tables.py has the other tables)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

share_links = sa.Table(
    "share_links",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),  # random; names the link in forms and in the audit log
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),  # SHA-256; the link itself is shown once
    sa.Column("site", sa.BigInteger, nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),  # day, week or month
    sa.Column("choice", sa.Boolean, nullable=False),  # whether earlier periods may be looked at
    sa.Column("filter", sa.Text, nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("created_by", sa.String(254), nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)

share_sessions = sa.Table(
    "share_sessions",
    metadata,
    sa.Column("id_hash", sa.LargeBinary(32), primary_key=True),  # SHA-256 of the id in the browser's cookie
    sa.Column("share", sa.String(16), sa.ForeignKey("share_links.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("until", sa.Float, nullable=False),
)
