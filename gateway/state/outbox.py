"""What webhooks have to tell, until it was told, and the record of it (tables.py has the others)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

webhook_messages = sa.Table(
    "webhook_messages",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),  # of the ledger row and the receiver: told once each
    sa.Column("site", sa.BigInteger, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("next_try", sa.Float, nullable=True, index=True),  # null: told, or given up
    sa.Column("told", sa.Float, nullable=True),
    sa.Column("outcome", sa.String(200), nullable=False, default=""),  # of the last try
)

webhook_progress = sa.Table(
    "webhook_progress",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column(
        "until", sa.Float, nullable=False
    ),  # ledger rows stored before were all looked at; seconds since the epoch
)
