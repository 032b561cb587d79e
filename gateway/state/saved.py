"""What people keep under a name (shelf.py; tables.py has the other tables)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

saved = sa.Table(
    "saved",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),  # random
    sa.Column("site", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # a filter's text, or a funnel as JSON
    sa.Column("owner", sa.String(254), nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),  # or last seen by somebody, to within a month
    sa.UniqueConstraint("site", "kind", "owner", "name"),
)
