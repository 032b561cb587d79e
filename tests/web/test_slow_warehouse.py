"""A warehouse that is slow or stuck holds up its own questions only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.errors import Unavailable
from gateway.jobs import Job, Jobs
from gateway.metrics import Metrics
from gateway.reports.run import StatsQuery
from gateway.warehouse.connection import Warehouse
from gateway.web import operations
from gateway.web.operations import Pulse
from gateway.web.stats import ReportDesk
from tests.web.visitors import AGENT, Browser, served

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
        asked = [asyncio.create_task(desk.run(stuck.run, QUERY)) for _ in range(40)]
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
        asked.append(asyncio.create_task(desk.run(stuck.run, QUERY)))
        await asyncio.sleep(0.05)
        assert not asked[-1].done()
        stuck.go.set()
        answers = [task for task in asked if task not in refused and task is not waiting]
        assert len(await asyncio.gather(*answers)) == 34
        await desk.run(stuck.run, QUERY)

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
            asyncio.run(desk.run(fail, QUERY))
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


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """The address of a database that takes every connection and answers none."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_warehouse_that_hangs_keeps_nobody_from_opting_out(tmp_path: Path) -> None:
    with silent_server() as address, served(tmp_path, clickhouse=address) as gateway:
        visitor = Browser(gateway)
        assert visitor.answer({"analytics": True}).status_code == 201
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        own = {"user-agent": AGENT, "cookie": cookies}
        form = {"content-type": "application/x-www-form-urlencoded"}

        async def scenario() -> None:
            views = [asyncio.create_task(gateway.send("GET", "/privacy/1", own)) for _ in range(8)]
            await asyncio.sleep(0.5)
            opted_out = await asyncio.wait_for(gateway.send("POST", "/do-not-sell/1", form), 2)
            assert opted_out.status_code == 303
            # Eight wait; with ten more everybody else is told at once.
            views += [asyncio.create_task(gateway.send("GET", "/privacy/1", own)) for _ in range(10)]
            await asyncio.sleep(0.5)
            told = await asyncio.wait_for(gateway.send("GET", "/privacy/1", own), 2)
            assert told.status_code == 200 and "cannot be read" in told.text
            for path in ("/privacy/1/visits", "/privacy/1/receipt.json"):
                method = "POST" if path.endswith("visits") else "GET"
                refused = await asyncio.wait_for(gateway.send(method, path, {**own, **form}), 2)
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
            for view in views:
                view.cancel()
            await asyncio.gather(*views, return_exceptions=True)

        gateway.run(scenario())


def test_jobs_that_hang_hold_up_neither_each_other_nor_visitors() -> None:
    go = threading.Event()
    done: list[str] = []
    table = [Job(f"stuck {number}", "waits", 60, lambda: go.wait(20)) for number in range(40)]
    table.append(Job("quick", "comes last", 60, lambda: done.append("quick")))

    async def scenario() -> None:
        jobs = Jobs(table, None, Metrics())
        jobs.start()
        try:
            await asyncio.sleep(0.3)
            assert done == ["quick"]
            await asyncio.wait_for(asyncio.to_thread(time.sleep, 0), 2)
        finally:
            go.set()
            await jobs.stop()

    asyncio.run(scenario())
