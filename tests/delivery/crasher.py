"""Delivers into a store kept in a file, and dies at a given point. Arguments: directory, store, point."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.clock import SystemClock
from gateway.delivery.deliverer import Deliverer
from gateway.metrics import Metrics
from tests.delivery.stores import quick_settings


class FileStore:
    def __init__(self, path: str, point: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.database.execute("CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, lines BLOB)")
        self.point, self.inserts = point, 0

    def insert(self, table: str, lines: Sequence[bytes], token: str) -> None:
        self.inserts += 1
        if self.point == "before the insert" and self.inserts == 3:
            os._exit(9)
        block = b"\n".join(lines)
        self.database.execute("INSERT OR IGNORE INTO tokens VALUES (?, ?)", (token, block))
        ((stored,),) = self.database.execute("SELECT lines FROM tokens WHERE token = ?", (token,))
        if stored != block:
            print("a token for other rows", flush=True)
        if self.point == "after the insert" and self.inserts == 3:
            os._exit(9)


async def main() -> None:
    directory, path, point = sys.argv[1:]
    store = FileStore(path, point)
    deliverer = Deliverer(Path(directory), store, quick_settings(batch_rows=30), SystemClock(), Metrics())
    await deliverer.start()
    await deliverer.stop()


asyncio.run(main())
