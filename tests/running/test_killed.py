"""kill -9 at random moments under load: what was acknowledged is stored, once."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

from tests.running.gateways import RunningGateway
from tests.running.load import Load, Tally

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))
LEAST = 20  # acknowledged hits a round


def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    gateway = RunningGateway(tmp_path)
    tally = Tally()
    chance = random.Random(1)

    async def kill_under_load(seed: int) -> None:
        load = asyncio.create_task(Load(gateway, tally, seed).run(seconds=60))
        await tally.reaches(len(tally.acknowledged) + chance.randint(LEAST, 200))
        gateway.kill()
        await load

    for seed in range(ROUNDS):
        gateway.start()
        asyncio.run(kill_under_load(seed))
    gateway.start()
    gateway.wait_delivered()
    assert gateway.stop() == 0

    assert len(tally.acknowledged) >= ROUNDS * LEAST
    stored = [row["path"].strip("/") for row in gateway.query("SELECT path FROM hits")]
    assert tally.acknowledged - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert set(stored) <= tally.sent
    consents = [row["id"] for row in gateway.query("SELECT toString(id) AS id FROM consents")]
    assert tally.consents - set(consents) == set()
    assert len(consents) == len(set(consents))
