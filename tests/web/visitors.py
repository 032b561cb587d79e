"""A gateway's own endpoints in this process, on a clock that stands still, and browsers that visit them; no warehouse."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from gateway.app import Gateway
from gateway.clock import FrozenClock
from gateway.settings import ClickHouse, Limits, Oidc, Privacy, Settings
from gateway.sites.site import DEFAULT_PURPOSES, Controller, Cookie, Purpose, Service, Site

Result = TypeVar("Result")

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ADVERTS = Purpose(
    id="adverts",
    name="Adverts",
    description="Shows adverts.",
    retention="A month.",
    sale=True,
    services=(Service(id="adhouse", name="Ad House"), Service(id="adbarn", name="Ad Barn")),
    cookies=(Cookie(name="_ad*", life="A month", description="Recognises you."),),
)
MEDIA = Purpose(
    id="media",
    name="Videos",
    description="Shows videos.",
    retention="A month.",
    services=(Service(id="kino", name="Kino"), Service(id="broker", name="Broker", sale=True)),
    cookies=(Cookie(name="kino_viewer", life="A month", description="Recognises you."),),
)
SHOP = Site(
    id=1,
    name="Shop",
    domains=("shop.example", "*.shop.example"),
    test_domains=("staging.example",),
    main_url="https://shop.example/",
    controller=Controller(name="Shop", address="Street", email="a@shop.example", authority="CNIL"),
    hosting_country="FR",
    purposes=(*DEFAULT_PURPOSES, ADVERTS, MEDIA),
)


class Served:
    """One gateway. Every visitor comes from an address of this machine, so `law` is everybody's jurisdiction."""

    def __init__(
        self,
        folder: Path,
        *sites: Site,
        law: str = "FR",
        url: str = "https://privacy.shop.example",
        clickhouse: str = "http://127.0.0.1:9",  # nobody listens there, and few things here ask
        limits: Limits = Limits(),  # noqa: B008 - frozen
        hsts_seconds: int = 0,
        oidc: Oidc = Oidc(),  # noqa: B008 - frozen
    ) -> None:
        self.clock = FrozenClock(START)
        self.url = url
        self.address = "127.0.0.1"  # of whoever comes next; a local one, or `law` is not theirs
        self._folder = folder
        settings = Settings(
            data_dir=folder,
            public_url=url,
            privacy=Privacy(local_jurisdiction=law),
            clickhouse=ClickHouse(url=clickhouse),
            limits=limits,
            hsts_seconds=hsts_seconds,
            oidc=oidc,
            sites=sites or (SHOP,),
        )
        self.gateway = Gateway(settings, clock=self.clock)
        self._app = self.gateway.application()
        self._loop = asyncio.Runner()
        self._loop.run(self._open())

    async def _open(self) -> None:
        self.gateway.turn_salts()
        self.gateway.journal.open()

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> httpx.Response:
        return self.run(self.send(method, path, headers, body))

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | AsyncIterator[bytes] = b""
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(self.address, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=self.url) as client:
            # As the client is: what httpx would add by itself is not a browser's.
            client.headers.clear()
            return await client.request(method, path, headers=headers, content=body)

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        return self._loop.run(scenario)

    def rows(self, stream: str = "consents") -> list[dict[str, Any]]:
        """What is on disk in the journal."""
        return rows_on_disk(self._folder, stream)

    def close(self) -> None:
        self._loop.run(asyncio.to_thread(self.gateway.journal.close))
        self.gateway.geography.close()
        self.gateway.state.close()
        self._loop.close()


def rows_on_disk(folder: Path, stream: str) -> list[dict[str, Any]]:
    """What is in the journal of a gateway with this data directory."""
    found: list[dict[str, Any]] = []
    for file in sorted((folder / "journal").glob("*.segment")):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            query = "SELECT payload FROM records WHERE stream = ? ORDER BY seq"
            found += [json.loads(payload) for (payload,) in database.execute(query, (stream,))]
    return found


@contextlib.contextmanager
def served(
    folder: Path,
    *sites: Site,
    law: str = "FR",
    url: str = "https://privacy.shop.example",
    clickhouse: str = "http://127.0.0.1:9",
    limits: Limits = Limits(),  # noqa: B008 - frozen
    hsts_seconds: int = 0,
    oidc: Oidc = Oidc(),  # noqa: B008 - frozen
) -> Iterator[Served]:
    one = Served(
        folder, *sites, law=law, url=url, clickhouse=clickhouse, limits=limits, hsts_seconds=hsts_seconds, oidc=oidc
    )
    try:
        yield one
    finally:
        one.close()


class Browser:
    """Keeps cookies by name, as a browser does with those of one host; their age is not watched."""

    def __init__(self, gateway: Served, *, gpc: bool = False, cookies: Mapping[str, str] | None = None) -> None:
        self.gateway = gateway
        self.gpc = gpc
        self.cookies = dict(cookies or {})
        self.set_now: list[str] = []  # the Set-Cookie values of the last answer

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        sent = {"user-agent": AGENT, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.gpc:
            sent["sec-gpc"] = "1"
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.gateway.request(method, path, sent, body)
        self.set_now = answer.headers.get_list("set-cookie")
        for header in self.set_now:
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, b"", **headers)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return self.send("POST", path, json.dumps(body).encode(), **headers)

    def submit(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        form = {"content_type": "application/x-www-form-urlencoded", **headers}
        return self.send("POST", path, urlencode(fields).encode(), **form)

    def notice(self, query: str = "") -> dict[str, Any]:
        answer = self.get(f"/v1/sites/1/notice{query}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def answer(self, purposes: dict[str, bool], **more: object) -> httpx.Response:
        """Look at the notice, then answer it."""
        seen = self.notice()
        body = {"site": 1, "purposes": purposes, "fingerprint": seen["policy"], "notice": seen["notice"], **more}
        return self.post("/v1/consent", body)
