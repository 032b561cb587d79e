"""The banner studio's drafts, and every version that was published (tables.py has the others)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

banner_drafts = sa.Table(
    "banner_drafts",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),  # counts the changes, so that nobody overwrites another's
    sa.Column("body", sa.Text, nullable=False),  # JSON (gateway/sites/drafts.py)
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.String(254), nullable=False),
)

banner_versions = sa.Table(
    "banner_versions",
    metadata,
    # The highest number of a site is what is served; rows are only ever added.
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("policy", sa.String(64), nullable=False),  # the fingerprint that it had when it was published
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("by", sa.String(254), nullable=False),
    sa.Column("again", sa.BigInteger, nullable=True),  # the earlier version that this one brings back; 0: none
)
