"""The dashboard on a real port, with accounts as they are and the parts it does not use left out."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import httpx
import uvicorn
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.accounts.accounts import Accounts
from gateway.clock import Clock
from gateway.settings import Dashboard, Settings
from gateway.sites.catalog import Catalog
from gateway.sites.site import Controller, Site
from gateway.state.database import State
from gateway.web import account, audit_page, cohorts, dashboard, every_site, funnels, login, notes, segments, users
from gateway.web.errors import HANDLERS
from gateway.web.headers import SecurityHeaders
from gateway.web.stats import ReportDesk
from tests.web.fake_stats import FakeStats

ADMIN_PASSWORD = "correct horse battery"
API_TOKEN = "a-token-of-the-settings-0123456789abcdef"
# Real parameters take 50 ms a hash, which only the timing matters for.
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@dataclass
class Harness:
    """A running dashboard. `url` carries the path prefix; `address` is what the edge would say of the next clients."""

    url: str
    prefix: str
    accounts: Accounts
    stats: FakeStats
    state: State
    app: Starlette

    def browser(self, address: str = "192.0.2.0") -> httpx.Client:
        """A client with its own cookies that does not follow redirects."""
        return httpx.Client(base_url=self.url, headers={"x-test-address": address}, timeout=20)

    def log_in(
        self, client: httpx.Client, name: str = "admin", password: str = ADMIN_PASSWORD, **fields: str
    ) -> httpx.Response:
        """Fetch the form, fill it in, send it."""
        page = client.get("/login")
        return client.post("/login", data={"name": name, "password": password, "csrf": csrf_of(page), **fields})


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


def make_site(site_id: int, name: str) -> Site:
    controller = Controller(name="Shop Ltd", address="1 Quay, Cork", email="privacy@shop.example", authority="DPC")
    host = f"{name.lower().replace(' ', '-')}.example"
    return Site(
        id=site_id, name=name, domains=(host,), controller=controller, hosting_country="IE", timezone="Europe/Dublin"
    )


@contextlib.contextmanager
def running(
    folder: Path, clock: Clock, sites: tuple[Site, ...], *, prefix: str = "", scheme: str = "http"
) -> Iterator[Harness]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        public_url=f"{scheme}://127.0.0.1:{port}{prefix}",
        data_dir=folder,
        dashboard=Dashboard(admin_password=ADMIN_PASSWORD, api_token=API_TOKEN),
        sites=sites,
    )
    state = State("", folder)
    accounts = Accounts(state, settings, clock, hasher=QUICK)
    accounts.ensure_admin()
    stats = FakeStats()

    async def answer_stats(request: Request) -> Response:
        return await stats(request)

    async def answer_dimensions(_request: Request) -> Response:
        return stats.dimensions()

    routes = [
        Route("/v1/stats/{site:site}", answer_stats),
        Route("/sites/{site:site}/dimensions", answer_dimensions),
        *every_site.routes,
        *segments.routes,
        *notes.routes,
        *audit_page.routes,
        *users.routes,
        *account.routes,
        *funnels.routes,
        *cohorts.routes,
        *login.routes,
        *dashboard.routes,
    ]
    app = Starlette(routes=routes, exception_handlers=dict(HANDLERS))
    app.state.context = SimpleNamespace(
        settings=settings, catalog=Catalog(sites), clock=clock, state=state, accounts=accounts
    )
    served = SecurityHeaders(_Edge(app, prefix))
    config = uvicorn.Config(served, log_level="critical", lifespan="off", ws="none", proxy_headers=False)
    app.state.context.every_site = SimpleNamespace(figures=stats.every_site)
    app.state.report_desk = ReportDesk(2, clock)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        # The server speaks plain http whatever the public URL says, as behind a proxy that ends TLS.
        yield Harness(f"http://127.0.0.1:{port}{prefix}", prefix, accounts, stats, state, app)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        app.state.report_desk.close()
        state.close()


class _Edge:
    """Truncated address and path prefix, as the edge hands them on."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = dict(scope["headers"]).get(b"x-test-address", b"127.0.0.0").decode()
        scope = {**scope, "client": (address, 0)}
        if self.prefix and scope["path"].startswith(self.prefix + "/"):
            scope["path"] = scope["path"][len(self.prefix) :]
        await self.app(scope, receive, send)
