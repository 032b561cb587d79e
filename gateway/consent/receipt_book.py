"""Receipts out of the warehouse: of a page of the ledger, or of the one record that a browser points at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.consent.ledger import HERE
from gateway.consent.receipts import receipt
from gateway.consent.record import ConsentRecord
from gateway.warehouse import statements
from gateway.warehouse.connection import Warehouse

_MOST_IDS = 2_000  # in one parameter: a server takes some 128 kB

_decode = msgspec.json.Decoder(ConsentRecord).decode


class ReceiptBook:
    """Remembers the notices it has read: they are few, and never change."""

    def __init__(self, warehouse: Warehouse, base_url: str) -> None:
        self._warehouse = warehouse
        self._base_url = base_url
        self._notices: dict[str, dict[str, Any]] = {}

    def of(self, records: Sequence[ConsentRecord]) -> list[dict[str, Any]]:
        """The receipts of these records, each with the answers that follow it. Raises WarehouseUnavailable."""
        self._read({record.notice for record in records if record.notice} - self._notices.keys())
        followers: dict[str, list[ConsentRecord]] = {}
        for start in range(0, len(records), _MOST_IDS):
            ids = {"ids": [record.id for record in records[start : start + _MOST_IDS]]}
            for line in self._warehouse.lines(statements.read(HERE, "followers"), ids):
                follower = _decode(line)
                followers.setdefault(follower.follows, []).append(follower)
        return [
            receipt([record, *followers.get(record.id, [])], self._notices.get(record.notice), self._base_url)
            for record in records
        ]

    def one(self, site: int, record_id: str) -> dict[str, Any] | None:
        """The receipt of one record, None where the warehouse has it not (yet). Raises WarehouseUnavailable."""
        parameters = {"site": site, "id": record_id}
        lines = self._warehouse.lines(statements.read(HERE, "one_record"), parameters)
        return self.of([_decode(line) for line in lines])[0] if lines else None

    def _read(self, fingerprints: set[str]) -> None:
        if fingerprints:
            parameters = {"fingerprints": sorted(fingerprints)}
            for row in self._warehouse.query(statements.read(HERE, "notice_bodies"), parameters):
                self._notices[str(row["fingerprint"])] = msgspec.json.decode(str(row["body"]))
