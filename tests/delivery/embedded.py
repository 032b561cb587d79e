"""Delivery into the real embedded ClickHouse, in a process of its own. Argument: an empty directory. Prints what it found."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.clock import SystemClock
from gateway.delivery import dead_letters
from gateway.delivery.deliverer import Deliverer
from gateway.errors import RowsRejected, WarehouseUnavailable
from gateway.hits import Basis, Hit, HitType
from gateway.journal.journal import Journal
from gateway.metrics import Metrics
from gateway.settings import Delivery, Settings
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from tests.journal.journals import make_journal


class Unreliable:
    """The real warehouse behind a connection that loses replies, and, once, refuses a row."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.lose_replies = 0
        self.refuse = b"\0"

    def insert(self, table: str, lines: Sequence[bytes], token: str) -> None:
        if table == "hits" and self.refuse in lines:
            raise RowsRejected("refused by the test")
        self.warehouse.insert(table, lines, token)
        if self.lose_replies:
            self.lose_replies -= 1
            raise WarehouseUnavailable("no answer")


def hit(n: int) -> bytes:
    day = f"2026-{8 + n % 4:02}-15"
    return msgspec.json.encode(
        Hit(
            site=1, day=day, ts=n, local_hour=1, anon=1, visitor=2, id=n, type=HitType.PAGEVIEW, basis=Basis.CONSENT,
            title="Ünïcode \u2028 \n line",
        )
    )  # fmt: skip


async def main() -> None:
    root = Path(sys.argv[1])
    settings = Settings(data_dir=root, delivery=Delivery(batch_rows=70, interval=0.05, backoff_max=0.1))
    warehouse = Warehouse(settings)
    migrate(warehouse, settings)
    store = Unreliable(warehouse)
    found: dict[str, object] = {}

    def counts() -> list[object]:
        (row,) = warehouse.query("SELECT count() AS n, uniqExact(id) AS ids FROM hits")
        return [row["n"], row["ids"]]

    def begin() -> tuple[Journal, Deliverer]:
        journal = make_journal(root / "journal")
        journal.open()
        return journal, Deliverer(root / "journal", store, settings, SystemClock(), Metrics())

    sent = 0
    for round_ in range(6):  # emptied and refilled; replies get lost in between
        journal, deliverer = begin()
        await deliverer.start()
        store.lose_replies = round_ % 3
        await asyncio.gather(*[journal.append("hits", [hit(sent + k)]) for k in range(100)])
        sent += 100
        journal.close()
        await deliverer.stop()
    found["refilled"] = counts()

    # One large insert over all months, whose reply is lost, then the process "restarts".
    journal, deliverer = begin()
    await journal.append("hits", [hit(sent + k) for k in range(60)])
    sent += 60
    store.lose_replies = 1
    await deliverer.start()
    await asyncio.sleep(0.3)
    await deliverer.stop(drain=False)
    journal.close()
    journal, deliverer = begin()
    await deliverer.start()
    await deliverer.flush()
    found["restarted"] = counts()

    bad = [b'{"site":1,"day":"2026-08-15","ts":"never"}', b"{broken", b'{"site":1,"day":"no day","ts":1}', b"\xff\xfe"]
    store.refuse = hit(sent + 3)
    await journal.append("hits", [hit(sent + k) for k in range(10)] + bad)
    await deliverer.flush()
    sent += 10
    found["poisoned"] = counts()
    letters = dead_letters.list_(warehouse)
    found["letters"] = sorted(letter.payload for letter in letters if letter.error != "refused by the test")
    (refused,) = [letter for letter in letters if letter.error == "refused by the test"]
    store.refuse = b"\0"
    found["replayed"] = [await dead_letters.replay(warehouse, journal, [refused.id]) for _ in range(2)]
    await deliverer.flush()
    found["after_replay"] = counts()
    others = [letter.id for letter in letters if letter.id != refused.id]
    found["discarded"] = [dead_letters.discard(warehouse, others) for _ in range(2)]
    found["left"] = len(dead_letters.list_(warehouse))
    journal.close()
    await deliverer.stop()
    found["files"] = sorted(path.name for path in (root / "journal").iterdir())
    warehouse.close()
    print(json.dumps(found))


asyncio.run(main())
