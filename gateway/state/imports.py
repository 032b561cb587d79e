"""How far each imported file was read (tables.py has the others)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("head", sa.String(64), primary_key=True),  # hash of the file's beginning, addresses truncated before
    sa.Column("length", sa.BigInteger, nullable=False),  # of that beginning
    sa.Column("position", sa.BigInteger, nullable=False),  # everything before is taken
    sa.Column("back", sa.BigInteger, nullable=False),  # where to begin to read, to know the lines before the position
    sa.Column("line", sa.BigInteger, nullable=False),  # number of lines before `back`
    sa.Column("at", sa.Float, nullable=False),  # when that was noted
)
