"""An upgrade: a gateway of today starts on what an older version left, and goes on with it.

Left are a schema that ends with 0008 and rows in it: hits of yesterday, and the figures of a day whose hits have gone; and a
segment of the journal with more hits of yesterday, written here as that version wrote it, with the fields that a hit had.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32
from zoneinfo import ZoneInfo

from gateway.settings import ClickHouse, Settings
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate, schema_directory
from tests.faults.notebook import Kind
from tests.faults.reckoning import Sum
from tests.faults.stand import Stand

SCHEMA = 8  # the last file that was applied
SEGMENT = """
CREATE TABLE segment (uuid TEXT NOT NULL, created REAL NOT NULL, finished REAL);
CREATE TABLE records
    (seq INTEGER PRIMARY KEY, stream TEXT NOT NULL, payload BLOB NOT NULL, at REAL NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE chains
    (stream TEXT PRIMARY KEY, slot INTEGER NOT NULL, epoch INTEGER NOT NULL, chain TEXT NOT NULL, seq INTEGER NOT NULL,
    head TEXT NOT NULL);
"""
ZONE = ZoneInfo("Europe/Paris")
# (browser, time of day): a visit of the first begins in the warehouse and ends in the journal.
STORED = ((1, "10:00"), (1, "10:10"), (2, "12:00"))
WAITING = ((1, "10:25"), (3, "15:00"))
YESTERDAY = {"visits": 3, "visitors": 3, "pageviews": 5, "seconds": 1 + 25 * 60}
LONG_AGO = {"visits": 7, "visitors": 4, "pageviews": 11, "seconds": 90}
AGO = timedelta(days=600)


def upgraded(stand: Stand, number: int) -> Sum:
    """On a stand of its own; from the second round on the first start is killed while it brings the schema up to date."""
    old = Stand(stand.server, stand.directory / f"older-{number}", workers=1)
    today = datetime.now(ZONE).date()
    try:
        _leave(old, today)
        if number:
            old.start()
            old.kill_all()
        old.open()
        with old.load(browsers=2) as load:
            load.takes(10, 1)
        found = old.settle()
        told = [_told(old, day) for day in (today - timedelta(days=1), today - AGO)]
        assert told == [YESTERDAY, LONG_AGO], told
        return found
    finally:
        old.close()


def _told(stand: Stand, day: date) -> dict[str, float]:
    asked = f"/v1/stats/1?from={day}&to={day}&metrics={','.join(YESTERDAY)}"
    totals: dict[str, float] = stand.gateway.get(asked)["totals"]
    return totals


def _leave(stand: Stand, today: date) -> None:
    database = ClickHouse(url=stand.server.url, database=stand.database)
    settings = Settings(data_dir=stand.data, clickhouse=database)
    schema = stand.directory / "schema"
    schema.mkdir()
    for path in schema_directory().glob("*.sql"):
        if int(path.name[:4]) <= SCHEMA:
            shutil.copyfile(path, schema / path.name)
    hits = _hits(stand, today - timedelta(days=1))
    with closing(Warehouse(settings)) as warehouse:
        assert len(migrate(warehouse, settings, schema)) == SCHEMA
        warehouse.insert("hits", [next(hits) for _ in STORED], "older")
        day, generation = f"{today - AGO}", int((time.time() - AGO.total_seconds()) * 1000)
        figures = {**LONG_AGO, "hits": 11, "actions": 11, "max_actions": 3, "bounces": 2, "generation": generation}
        warehouse.insert("audience", [_line({"site": 1, "dimension": "", "value": "", "day": day, **figures})], "older")
        published = {
            "generation": generation,
            "facts_generation": generation,
            "raw_rows": 11,
            "visits": 7,
            "has_audience": True,
        }
        stored = "2020-01-01 00:00:00.000"
        warehouse.insert("rollups", [_line({"site": 1, "day": day, "max_stored": stored, **published})], "older")
    _segment(stand, list(hits))


def _hits(stand: Stand, day: date) -> Iterator[bytes]:
    """Those in the warehouse, then those in the journal. All were acknowledged."""
    for number, (browser, clock) in enumerate((*STORED, *WAITING)):
        at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE)
        id_ = f"{number + 1:04x}{stand.database.encode().hex()}"
        stand.notebook.is_sent(Kind.HIT, id_)
        stand.notebook.is_acknowledged(Kind.HIT, id_)
        yield _line({
            "site": 1, "day": f"{day}", "ts": int(at.astimezone(UTC).timestamp() * 1000), "local_hour": at.hour,
            "anon": browser, "visitor": 0, "id": number + 1, "type": "pageview", "basis": "cookieless",
            "host": "shop.example", "path": f"/{id_}", "title": "Mugs", "country": "FR", "browser": "Firefox",
        })  # fmt: skip


def _segment(stand: Stand, payloads: list[bytes]) -> None:
    """As a crash leaves it: not finished, its records in the write-ahead log."""
    journal = stand.data / "journal"
    journal.mkdir(mode=0o700, parents=True)
    uuid, now = str(uuid4()), time.time() - 60
    scratch = stand.directory / f"{uuid}.segment"
    with closing(sqlite3.connect(scratch, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.executescript(SEGMENT)
        database.execute("INSERT INTO segment VALUES (?, ?, NULL)", (uuid, now))
        for seq, payload in enumerate(payloads, 1):
            database.execute("INSERT INTO records VALUES (?, 'hits', ?, ?, ?)", (seq, payload, now, crc32(payload)))
        for path in (scratch, scratch.with_name(f"{scratch.name}-wal")):
            shutil.copyfile(path, journal / path.name)


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode()
