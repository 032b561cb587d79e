"""Ledgers for tests: sealed as the journal seals them, stored, and then tampered with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from gateway.consent.heads import Head
from gateway.consent.ledger import FIRST, seal
from gateway.consent.record import ConsentRecord, Method
from gateway.consent.signing import LedgerKeys
from gateway.consent.verify import Verdict, verify
from gateway.warehouse.connection import Warehouse

KEYS = LedgerKeys([b"k" * 32])
BEGUN = datetime(2026, 1, 15, 10, tzinfo=UTC)


def record(number: int, method: Method = Method.ACCEPT_ALL, at: datetime | None = None) -> ConsentRecord:
    ts = int((at or BEGUN + timedelta(seconds=number)).timestamp() * 1000)
    yes = method in (Method.ACCEPT_ALL, Method.SAVE)
    return ConsentRecord(
        id=str(uuid.uuid4()), site=1, ts=ts, method=method, surface="banner", language="fr", jurisdiction="FR",
        purposes={"zeta": yes, "analytics": yes, "média é": False}, services={"kino": yes}, policy="ab" * 8,
        notice="cd" * 32, expires=ts + 180 * 86_400_000,
    )  # fmt: skip


class Writer:
    """One writer: seals rows one after the other, and begins new chains as a restarted process does."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.head = FIRST
        self.restart()

    def restart(self) -> None:
        self.chain, self.seq = str(uuid.uuid4()), 0

    def sealed(self, records: list[ConsentRecord]) -> Iterator[bytes]:
        for row in records:
            self.seq += 1
            payload, self.head = seal(msgspec.json.encode(row), self.chain, self.seq, self.head)
            yield payload

    def write(self, records: list[ConsentRecord]) -> None:
        self.warehouse.insert("consents", list(self.sealed(records)), str(uuid.uuid4()))

    @property
    def last(self) -> Head:
        return Head(self.chain, self.seq, self.head, "the published head", False)


def verdict(warehouse: Warehouse, *heads: Head) -> Verdict:
    walking = verify(warehouse, KEYS, heads)
    while True:
        try:
            next(walking)
        except StopIteration as ended:
            found: Verdict = ended.value
            return found


def rewrite(warehouse: Warehouse, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> None:
    """Replace the whole ledger by what `change` makes of it: the attacker has the database."""
    rows = [
        msgspec.json.decode(line)
        for line in warehouse.lines("SELECT * EXCEPT stored FROM consents ORDER BY chain, seq")
    ]
    warehouse.command("TRUNCATE TABLE consents")
    warehouse.insert("consents", [msgspec.json.encode(row) for row in change(rows)], str(uuid.uuid4()))
