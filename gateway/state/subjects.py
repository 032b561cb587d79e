"""What customers of the sites chose on their accounts, under keyed hashes of their ids (tables.py has the others)."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.state.tables import metadata

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("subject", sa.LargeBinary(32), primary_key=True),  # HMAC-SHA-256 of the site's own id of the customer
    sa.Column("purposes", sa.Text, nullable=True),  # JSON, purpose → 1 or 0; null: no answer, or a lapsed one
    sa.Column("services", sa.Text, nullable=True),
    sa.Column("policy", sa.String(64), nullable=True),  # fingerprint of the policy answered to
    sa.Column("answered", sa.Float, nullable=True),
    sa.Column("expires", sa.Float, nullable=True, index=True),
    sa.Column("receipt", sa.String(36), nullable=True),  # id of the answer's ledger row; only after a yes
    sa.Column("objected", sa.Float, nullable=True),  # since when
    sa.Column("opted_out", sa.Float, nullable=True),  # since when
    sa.Column("sale_allowed", sa.Float, nullable=True),  # since an opt-out was taken back on the account
    sa.Column("minor", sa.Boolean, nullable=False, default=False),
)

subject_keys = sa.Table(
    "subject_keys",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.LargeBinary(32), nullable=False),
)

erased_subjects = sa.Table(
    "erased_subjects",
    metadata,
    sa.Column("site", sa.BigInteger, primary_key=True),
    sa.Column("subject", sa.LargeBinary(32), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),  # tokens made before are worth nothing
)
