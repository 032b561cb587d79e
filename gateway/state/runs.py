"""The table of background jobs (job_runs.py)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

job_runs = sa.Table(
    "job_runs",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("every", sa.Float, nullable=False),  # seconds
    sa.Column("lease", sa.String(64), nullable=False),  # empty: every worker does it
    sa.Column("began", sa.Float, nullable=True),  # of the last run that was noted
    sa.Column("seconds", sa.Float, nullable=True),
    sa.Column("outcome", sa.String(16), nullable=False),
)
