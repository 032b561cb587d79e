"""A warehouse that is slow or stuck holds up its own questions only."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.errors import Unavailable
from gateway.reports.run import Reports, StatsQuery
from gateway.warehouse.connection import Warehouse
from gateway.web import operations
from gateway.web.operations import Pulse
from gateway.web.stats import ReportDesk

QUERY = StatsQuery(site=1, first=date(2026, 11, 1), last=date(2026, 11, 2))


class StuckReports:
    """Reports that wait until they are let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    def run(self, query: StatsQuery) -> Any:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.go.wait(20)
        with self._lock:
            self.running -= 1
        return query


def test_reports_wait_on_threads_of_their_own_and_only_so_many() -> None:
    stuck = StuckReports()
    desk = ReportDesk(2)

    async def scenario() -> None:
        asked = [asyncio.create_task(desk.run(cast(Reports, stuck), QUERY)) for _ in range(40)]
        await asyncio.sleep(0.2)
        refused = [task for task in asked if task.done()]
        assert len(refused) == 40 - 34
        for task in refused:
            error = task.exception()
            assert isinstance(error, Unavailable) and error.status == 503 and error.retry_after
        # Whoever else needs a thread gets one at once.
        await asyncio.wait_for(asyncio.gather(*(asyncio.to_thread(time.sleep, 0) for _ in range(50))), 2)
        # One who goes away while waiting leaves the place to another.
        waiting = next(task for task in reversed(asked) if not task.done())
        waiting.cancel()
        await asyncio.sleep(0.05)
        asked.append(asyncio.create_task(desk.run(cast(Reports, stuck), QUERY)))
        await asyncio.sleep(0.05)
        assert not asked[-1].done()
        stuck.go.set()
        answers = [task for task in asked if task not in refused and task is not waiting]
        assert len(await asyncio.gather(*answers)) == 34
        await desk.run(cast(Reports, stuck), QUERY)

    try:
        asyncio.run(scenario())
    finally:
        stuck.go.set()
        desk.close()
    assert stuck.most == 2


def test_what_a_report_raises_comes_through() -> None:
    def fail(_query: StatsQuery) -> None:
        raise Unavailable("away")

    desk = ReportDesk(1)
    for _ in range(30):
        with pytest.raises(Unavailable, match="away"):
            asyncio.run(desk.run(cast(Reports, SimpleNamespace(run=fail)), QUERY))
    desk.close()


def test_readiness_asks_the_warehouse_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "PULSE_SECONDS", 0.2)
    pings: list[float] = []
    stuck = threading.Event()
    stuck.set()

    def ping() -> bool:
        pings.append(time.monotonic())
        return stuck.wait(20)

    async def scenario() -> None:
        pulse = Pulse(cast(Warehouse, SimpleNamespace(ping=ping)))
        assert all(await asyncio.gather(*(pulse.answers() for _ in range(50))))
        assert len(pings) == 1
        await asyncio.sleep(0.25)
        stuck.clear()
        # Stuck: the answer is no, in time, and the question is put once.
        assert await asyncio.gather(*(pulse.answers() for _ in range(20))) == [False] * 20
        assert await pulse.answers() is False
        assert len(pings) == 2
        stuck.set()
        assert await pulse.answers() is True

    asyncio.run(scenario())
