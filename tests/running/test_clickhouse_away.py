"""ClickHouse is away for a while (FAULT_SECONDS) under load: visitors notice nothing, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import clickhouse_connect

from tests.clickhouse_server import ClickHouseServer
from tests.running.gateways import RunningGateway
from tests.running.load import Load, Tally

AWAY_SECONDS = float(os.environ.get("FAULT_SECONDS", "8"))
BEFORE = 30  # hits acknowledged before it goes, and after it


def test_an_outage_is_invisible_and_loses_nothing(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "clickhouse", password="horse battery staple")
    server.start()
    gateway = RunningGateway(
        tmp_path, clickhouse=server.url, GATEWAY_CLICKHOUSE_PASSWORD="horse battery staple",
        GATEWAY_CLICKHOUSE_USER="gateway", GATEWAY_DELIVERY_BACKOFF_MAX="2",
    )  # fmt: skip
    tally = Tally()

    async def take_it_away() -> None:
        load = asyncio.create_task(Load(gateway, tally).run(seconds=AWAY_SECONDS + 30, browsers=4))
        await tally.reaches(BEFORE)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(AWAY_SECONDS)
        ready = await asyncio.to_thread(gateway.get, "/readyz")
        assert ready["ready"] is True
        assert ready["warehouse"]["answers"] is False
        assert ready["journal"]["records"] > 0
        during = len(tally.acknowledged)
        assert during > BEFORE
        await asyncio.to_thread(server.start)
        await tally.reaches(during + BEFORE)
        load.cancel()
        await asyncio.wait([load])

    try:
        gateway.start()
        gateway.wait_logged("schema migrated")
        asyncio.run(take_it_away())
        gateway.wait_delivered(90)
        client = clickhouse_connect.get_client(
            host="127.0.0.1", port=server.http_port, username="gateway", password=server.password, database="gateway"
        )
        stored = [row[0].strip("/") for row in client.query("SELECT path FROM hits").result_rows]
        consents = [str(row[0]) for row in client.query("SELECT id FROM consents").result_rows]
        client.close()
    finally:
        gateway.stop()
        server.stop()

    assert tally.refused == 0
    assert tally.acknowledged - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert set(stored) <= tally.sent
    assert tally.consents - set(consents) == set()
    assert len(consents) == len(set(consents))


def test_it_starts_while_clickhouse_is_absent(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "clickhouse")
    gateway = RunningGateway(tmp_path, clickhouse=server.url, GATEWAY_DELIVERY_BACKOFF_MAX="1")
    tally = Tally()
    try:
        gateway.start()
        asyncio.run(Load(gateway, tally).run(seconds=2, browsers=2))
        assert tally.acknowledged
        server.start()
        gateway.wait_delivered()
        assert gateway.get("/readyz")["warehouse"]["answers"] is True
    finally:
        gateway.stop()
        server.stop()
