"""Notes at days of a site, which the dashboard shows on its chart (tables.py has the other tables)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

notes = sa.Table(
    "annotations",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),  # random
    sa.Column("site", sa.BigInteger, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),  # site-local date
    sa.Column("note", sa.String(500), nullable=False),
    sa.Column("by", sa.String(254), nullable=False),  # who wrote it last
    sa.Column("changed", sa.Float, nullable=False),
    sa.Index("annotations_of_site", "site", "day"),
)
