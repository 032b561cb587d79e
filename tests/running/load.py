"""A load client that writes down every id it sent and every id that was acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import ssl
from dataclasses import dataclass, field

import httpx

from tests.running.gateways import AGENT, RunningGateway

SITE = 1
TLS = ssl.create_default_context()  # unused over http, but each client would take a tenth of a second to make its own


@dataclass
class Tally:
    """Hits by the id the client gave them, which is their path; consents by the receipt that was given."""

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    consents: set[str] = field(default_factory=set)
    refused: int = 0  # answers of 503

    async def reaches(self, acknowledged: int, seconds: float = 60.0) -> None:
        """Back once so many hits were acknowledged; raises TimeoutError where they never are."""
        async with asyncio.timeout(seconds):
            while len(self.acknowledged) < acknowledged:
                await asyncio.sleep(0.01)


class Load:
    """Several browsers at once, each with its own yes, sending page views and now and then answering the banner again."""

    def __init__(self, gateway: RunningGateway, tally: Tally, seed: int = 0) -> None:
        self._gateway = gateway
        self._tally = tally
        self._random = random.Random(seed)
        self._numbers = itertools.count(self._random.randrange(2**40))

    async def run(self, seconds: float, browsers: int = 16) -> None:
        """Sends for `seconds`, or until the gateway is gone."""
        until = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(browsers):
                group.create_task(self._browse(until))

    async def _browse(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(
            base_url=self._gateway.url, headers={"user-agent": AGENT}, timeout=10, verify=TLS
        ) as browser:
            try:
                notice = (await browser.get(f"/v1/sites/{SITE}/notice")).json()
                await self._answer(browser, notice)
                while loop.time() < until:
                    if self._random.random() < 0.1:
                        await self._answer(browser, notice)
                    await self._hit(browser)
            except httpx.TransportError:
                return  # killed under our feet: what was not answered was not acknowledged

    async def _answer(self, browser: httpx.AsyncClient, notice: dict[str, str]) -> None:
        body = {
            "site": SITE,
            "purposes": {"analytics": True},
            "fingerprint": notice["policy"],
            "notice": notice["notice"],
        }
        answer = await browser.post("/v1/consent", json=body)
        if answer.status_code == 201:
            self._tally.consents.add(answer.json()["receipt"]["id"])
        else:
            assert answer.status_code == 503, answer.text
            self._tally.refused += 1

    async def _hit(self, browser: httpx.AsyncClient) -> None:
        client_id = f"{next(self._numbers):x}"
        self._tally.sent.add(client_id)
        # The path carries the id, so that what is stored can be told apart; each hit is sent once.
        body = {"site": SITE, "type": "pageview", "id": client_id, "url": f"https://shop.example/{client_id}"}
        answer = await browser.post("/v1/hit", content=json.dumps(body), headers={"content-type": "text/plain"})
        if answer.status_code == 202:
            self._tally.acknowledged.add(client_id)
        else:
            assert answer.status_code == 503, answer.text
            self._tally.refused += 1
