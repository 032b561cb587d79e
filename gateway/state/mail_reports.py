"""Letters with a site's figures: to whom, how often, and what became of each (tables.py has the other tables)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

mail_reports = sa.Table(
    "mail_reports",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),  # random
    sa.Column("site", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),  # week or month
    sa.Column("address", sa.String(254), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("created_by", sa.String(254), nullable=False),
)

# Who said by the link of a first letter that they want the others.
mail_report_confirmations = sa.Table(
    "mail_report_confirmations",
    metadata,
    sa.Column("report", sa.String(16), sa.ForeignKey("mail_reports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("confirmed", sa.Float, nullable=False),
)

mail_report_letters = sa.Table(
    "mail_report_letters",
    metadata,
    sa.Column("report", sa.String(16), sa.ForeignKey("mail_reports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("period", sa.String(10), primary_key=True),  # its first day; "" of the letter that asks
    sa.Column("state", sa.String(8), nullable=False),  # sending, sent or failed
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False),  # of the last try
)
