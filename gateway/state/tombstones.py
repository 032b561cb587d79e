"""What was erased, what is restricted, and how far the erasing has come (tables.py has the others)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

# Rows are only ever added, and taken off when nothing can come back any more: the newest of a visitor counts.
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # random
    sa.Column("site", sa.BigInteger, nullable=False),
    sa.Column("visitor", sa.String(16), nullable=False),  # as `hits.visitor`, 16 hexadecimal digits
    sa.Column("kind", sa.String(8), nullable=False),  # erase, restrict, lift
    sa.Column("before", sa.BigInteger, nullable=False),  # rows with ts below are erased; milliseconds since the epoch
    sa.Column("made", sa.Float, nullable=False, index=True),
    sa.Column("done", sa.Float, nullable=True),  # when a scan of everything found nothing; null: not yet
    sa.Column("removed", sa.BigInteger, nullable=False, default=0),  # rows found and taken away
    sa.Column("waits_for", sa.String(200), nullable=False, default=""),  # what the last scan still found
)

# Every journal of the gateway (one per data directory), and when it was last seen to hold nothing that is erased.
journals = sa.Table(
    "journals",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # random, kept in the data directory
    sa.Column("host", sa.String(254), nullable=False),
    sa.Column("looked", sa.Float, nullable=False),  # when the last look began
    sa.Column("clean", sa.Float, nullable=False),  # when the last look began that found nothing
)

# Where an erased visitor's rows were found: noted before they go, so that whatever was interrupted can be finished.
# Taken off when the erasure is done.
erasure_traces = sa.Table(
    "erasure_traces",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("visitor", sa.String(16), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),  # site-local date
    sa.Column("test", sa.Boolean, primary_key=True),
    sa.Column("anon", sa.String(16), primary_key=True),  # that day's fingerprint; zeros where only the day is known
    sa.Column("first", sa.BigInteger, primary_key=True),  # ts of the first and last hit of one run of it
    sa.Column("last", sa.BigInteger, primary_key=True),
    sa.Column("rolled", sa.Float, nullable=True),  # when the day was recomputed without it
)
