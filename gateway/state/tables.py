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
