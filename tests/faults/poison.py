"""Rows that ClickHouse cannot take: set aside with the reason, while all others go on."""

from __future__ import annotations

import asyncio

from gateway.clock import SystemClock
from gateway.journal.journal import Journal
from gateway.metrics import Metrics
from gateway.settings import Journal as JournalSettings
from tests.faults.stand import Stand

ROWS = {
    "hits": [b'{"site":1,"day":"2026-11-22","ts":"no time"}', b'{"site":-1,"day":"2026-11-22"', b"\xff\xfe"],
    "consents": [b'{"id":"00000000-0000-4000-8000-000000000000","site":1,"ts":"no time"}'],
}
COUNT = sum(len(rows) for rows in ROWS.values())


def rows(stand: Stand, _number: int) -> None:
    before = _set_aside(stand)
    with stand.load() as load:
        load.takes()
        asyncio.run(_append(stand))
        load.takes()
        stand.waits(lambda: _set_aside(stand) >= before + COUNT, "set aside")
        load.takes()
    assert _set_aside(stand) == before + COUNT, "each once"


async def _append(stand: Stand) -> None:
    """As another writer in the same directory does."""
    journal = Journal(stand.data / "journal", settings=JournalSettings(), clock=SystemClock(), metrics=Metrics())
    journal.open()
    try:
        for stream, payloads in ROWS.items():
            await journal.append(stream, payloads)
    finally:
        journal.close()


def _set_aside(stand: Stand) -> int:
    (row,) = stand.reckoning.warehouse.query("SELECT count() AS letters FROM dead_letters")
    return int(str(row["letters"]))
