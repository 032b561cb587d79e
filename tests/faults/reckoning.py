"""What is stored, held against what was sent and acknowledged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gateway import secrets
from gateway.clock import SystemClock
from gateway.consent.heads import published
from gateway.consent.signing import LedgerKeys
from gateway.consent.verify import verify
from gateway.settings import ClickHouse, Settings
from gateway.warehouse.connection import Warehouse
from tests.faults.notebook import Kind, Notebook
from tests.warehouse.worlds import SESSIONS, sessions_of

_STORED = {
    Kind.HIT: "SELECT trim(BOTH '/' FROM path) AS id FROM hits WHERE site = 1",  # the load's
    Kind.CONSENT: "SELECT script AS id FROM consents",
}
_DAYS = "SELECT DISTINCT site, day FROM hits"
_COUNTED = """
SELECT site, day, count() AS visits, sum(pageviews) AS pages, sum(actions) AS acts, uniqExact(visitor) AS visitors
FROM visits
WHERE (site, day, generation) IN (SELECT site, day, generation FROM published)
GROUP BY site, day ORDER BY site, day
"""
_RECOUNTED = f"""
SELECT site, day, count() AS visits, sum(pageviews) AS pages, sum(actions) AS acts, uniqExact(visitor) AS visitors
FROM ({SESSIONS})
GROUP BY site, day ORDER BY site, day
"""


class Sum(NamedTuple):
    """Of hits and consents together."""

    sent: int = 0
    acknowledged: int = 0
    stored: int = 0
    lost: int = 0  # acknowledged and not stored
    doubled: int = 0  # rows beyond the first of an id
    strange: int = 0  # stored and never sent

    def without(self, before: Sum) -> Sum:
        return Sum(*(now - then for now, then in zip(self, before, strict=True)))

    def plus(self, other: Sum) -> Sum:
        return Sum(*(one + two for one, two in zip(self, other, strict=True)))


class Reckoning:
    """Looks into the warehouse of one gateway from outside, past any proxy."""

    def __init__(self, url: str, database: str, data_dir: Path, notebook: Notebook) -> None:
        self._settings = Settings(data_dir=data_dir, clickhouse=ClickHouse(url=url, database=database))
        self.warehouse = Warehouse(self._settings)
        self._notebook = notebook
        self.lost: set[str] = set()  # at the last sum

    def sum(self) -> Sum:
        """Of everything so far."""
        total = Sum()
        self.lost = set()
        for kind, sql in _STORED.items():
            stored = Counter(str(row["id"]) for row in self.warehouse.query(sql))
            sent, acknowledged = self._notebook.sent[kind], self._notebook.acknowledged[kind]
            lost = acknowledged - stored.keys()
            self.lost |= lost
            total = total.plus(
                Sum(
                    len(sent),
                    len(acknowledged),
                    len(stored),
                    len(lost),
                    stored.total() - len(stored),
                    len(stored.keys() - sent),
                )
            )
        return total

    def figures_differ(self) -> str:
        """How the published figures differ from a recount of the raw hits; empty where they do not."""
        days = self.warehouse.query(_DAYS)
        recounted = self.warehouse.query(_RECOUNTED, sessions_of([(row["site"], row["day"]) for row in days]))
        counted = self.warehouse.query(_COUNTED)
        return "" if counted == recounted else f"published {counted}, recounted {recounted}"

    def flaws(self) -> list[str]:
        """What is wrong with the ledger, chain by chain."""
        keys = LedgerKeys(secrets.ledger_seeds(self._settings))
        walk = verify(self.warehouse, keys, published(self._settings.data_dir, SystemClock(), keys))
        while True:
            try:
                next(walk)
            except StopIteration as end:
                return [f"{flaw.chain} row {flaw.seq}: {flaw.what}" for flaw in end.value.flaws]

    def close(self) -> None:
        self.warehouse.close()
