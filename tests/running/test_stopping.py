"""SIGTERM under load drains: every request that was taken is answered, what was acknowledged is stored, the exit is clean."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.running.gateways import RunningGateway
from tests.running.load import Load, Tally


def test_a_stop_under_load_drains(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    tally = Tally()

    async def stop_under_load() -> int:
        load = asyncio.create_task(Load(gateway, tally).run(seconds=60))
        await tally.reaches(100)
        code = await asyncio.to_thread(gateway.stop)
        await load
        return code

    gateway.start()
    assert asyncio.run(stop_under_load()) == 0
    # Delivered on the way out: no second start is needed.
    stored = {row["path"].strip("/") for row in gateway.query("SELECT path FROM hits")}
    assert len(tally.acknowledged) >= 100
    assert tally.acknowledged <= stored
    assert not list((gateway.data / "journal").glob("*.segment"))
