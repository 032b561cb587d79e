"""The load: several browsers, each with its own yes, that send page views and now and then answer the banner again."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable
from types import TracebackType

import httpx

from tests.faults.notebook import Kind, Notebook
from tests.running.gateways import AGENT
from tests.running.load import TLS

SITE = 1
CONSENT_EVERY = 5  # requests of a browser
PATIENCE = 120.0  # seconds


class Load:
    """Sends from a thread of its own while the block lasts. A gateway that is gone is tried again until it is back.

    An answer other than success and 503 with Retry-After is a failure, raised at the end of the block.
    """

    def __init__(self, url: str, notebook: Notebook, numbers: itertools.count[int], browsers: int = 6) -> None:
        self._url = url
        self._notebook = notebook
        self._numbers = numbers
        self._browsers = browsers
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)
        self._failures: list[str] = []

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        if self._failures and error is None:
            raise AssertionError(self._failures[0])

    def takes(self, hits: int = 30, consents: int = 3) -> None:
        """Back once so many more were acknowledged."""
        until = {
            kind: len(self._notebook.acknowledged[kind]) + more
            for kind, more in ((Kind.HIT, hits), (Kind.CONSENT, consents))
        }
        self.waits(
            lambda: all(len(self._notebook.acknowledged[kind]) >= least for kind, least in until.items()),
            f"{hits} hits and {consents} consents acknowledged",
        )

    def is_refused(self, kind: Kind, more: int = 5) -> None:
        """Back once so many more were answered 503."""
        least = self._notebook.refused[kind] + more
        self.waits(lambda: self._notebook.refused[kind] >= least, f"{more} answers of 503 to a {kind}")

    def waits(self, true: Callable[[], bool], what: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while not true():
            if self._failures:
                raise AssertionError(self._failures[0])
            if time.monotonic() > give_up:
                raise AssertionError(f"not within {PATIENCE:.0f} s: {what}")
            time.sleep(0.02)

    def _run(self) -> None:
        try:
            asyncio.run(self._browse_all())
        except BaseException as error:
            self._failures.append(f"{type(error).__name__}: {error}")

    async def _browse_all(self) -> None:
        await asyncio.gather(*(self._browse() for _ in range(self._browsers)))

    async def _browse(self) -> None:
        while not self._ending.is_set():
            async with httpx.AsyncClient(
                base_url=self._url, headers={"user-agent": AGENT}, timeout=30, verify=TLS
            ) as browser:
                try:
                    await self._visit(browser)
                except httpx.TransportError:
                    await asyncio.sleep(0.05)  # what got no answer was not acknowledged

    async def _visit(self, browser: httpx.AsyncClient) -> None:
        notice = (await browser.get(f"/v1/sites/{SITE}/notice")).raise_for_status().json()
        for number in itertools.count():
            if self._ending.is_set():
                return
            await (self._answer(browser, notice) if number % CONSENT_EVERY == 0 else self._hit(browser))

    async def _answer(self, browser: httpx.AsyncClient, notice: dict[str, str]) -> None:
        id_ = self._id()
        # The hash of the script is whatever the page says: here it carries the id into the row.
        body = {"site": SITE, "purposes": {"analytics": True}, "fingerprint": notice["policy"]}
        body |= {"notice": notice["notice"], "script": id_}
        await self._send(browser, Kind.CONSENT, id_, "/v1/consent", json.dumps(body), 201)

    async def _hit(self, browser: httpx.AsyncClient) -> None:
        id_ = self._id()
        body = {"site": SITE, "type": "pageview", "id": id_, "url": f"https://shop.example/{id_}"}
        await self._send(browser, Kind.HIT, id_, "/v1/hit", json.dumps(body), 202)

    async def _send(
        self, browser: httpx.AsyncClient, kind: Kind, id_: str, path: str, content: str, success: int
    ) -> None:
        self._notebook.is_sent(kind, id_)
        answer = await browser.post(path, content=content, headers={"content-type": "text/plain"})
        if answer.status_code == success:
            self._notebook.is_acknowledged(kind, id_)
        elif answer.status_code == 503 and int(answer.headers.get("retry-after", "0")) > 0:
            self._notebook.is_refused(kind, id_)
            await asyncio.sleep(0.02)
        else:
            self._failures.append(f"{path} was answered {answer.status_code} {answer.headers} {answer.text[:500]}")
            self._ending.set()

    def _id(self) -> str:
        return f"{next(self._numbers):012x}"
