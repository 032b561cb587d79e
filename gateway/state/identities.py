"""Whom the provider of log-ins (OpenID Connect) knows a user as."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.String(255), primary_key=True),
    sa.Column("subject", sa.String(255), primary_key=True),  # never given to anybody else, unlike an e-mail address
    sa.Column("user_id", sa.String(32), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    # One of a provider: an address that was given to somebody else there does not open the account of whoever had it before.
    sa.UniqueConstraint("issuer", "user_id"),
)
