"""A warehouse in memory that behaves as ClickHouse does, and fails as told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.clock import SystemClock
from gateway.delivery.deliverer import Deliverer
from gateway.errors import RowsRejected, WarehouseUnavailable
from gateway.metrics import Metrics
from gateway.settings import Delivery, Settings
from gateway.settings import Journal as JournalSettings


class MemoryStore:
    """Stores each token once. A token that comes back for other rows is the one thing that must never happen."""

    def __init__(self) -> None:
        self.rows: dict[str, list[bytes]] = {}
        self.tokens: dict[str, tuple[bytes, ...]] = {}
        self.stored: set[str] = set()
        self.inserts = 0
        self.down: set[str] | bool = False  # all tables, or some
        self.lose_replies = 0  # that many inserts are stored, and nobody is told
        self.poison: Callable[[bytes], bool] = lambda line: False
        self.lock = threading.Lock()

    def insert(self, table: str, lines: Sequence[bytes], token: str) -> None:
        with self.lock:
            self.inserts += 1
            if self.down is True or (self.down and table in self.down):
                raise WarehouseUnavailable("away")
            assert self.tokens.setdefault(f"{table} {token}", tuple(lines)) == tuple(lines), "a token for other rows"
            if table != "dead_letters" and any(self.poison(line) for line in lines):
                raise RowsRejected("bad row")
            if f"{table} {token}" not in self.stored:
                self.stored.add(f"{table} {token}")
                self.rows.setdefault(table, []).extend(lines)
            if self.lose_replies:
                self.lose_replies -= 1
                raise WarehouseUnavailable("no answer")

    def ids(self, table: str) -> list[bytes]:
        with self.lock:
            return sorted(self.rows.get(table, []))


def quick_settings(batch_rows: int = 10_000) -> Settings:
    return Settings(
        delivery=Delivery(batch_rows=batch_rows, interval=0.05, backoff_max=0.2),
        journal=JournalSettings(segment_bytes=64_000_000),
    )


def make_deliverer(directory: Path, store: MemoryStore, batch_rows: int = 10_000) -> tuple[Deliverer, Metrics]:
    metrics = Metrics()
    return Deliverer(directory, store, quick_settings(batch_rows), SystemClock(), metrics), metrics


def hit(n: int, day: str = "2026-11-22") -> bytes:
    return b'{"site":1,"day":"%s","id":%d}' % (day.encode(), n)
