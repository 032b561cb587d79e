"""The state database is locked by somebody else for longer than anybody waits for it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from tests.faults.stand import Stand

LOCKED = 6.0  # seconds: beyond the five for which a statement waits


def locked(stand: Stand, _number: int) -> None:
    with stand.load() as load:
        load.takes()
        with closing(sqlite3.connect(stand.data / "state.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            until = time.monotonic() + LOCKED
            load.takes()
            while time.monotonic() < until:
                load.takes(5, 1)
            other.execute("ROLLBACK")
        load.takes()
