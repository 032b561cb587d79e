"""The statistics API on a real port, over a database of this test, with accounts as they are."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import uvicorn
from starlette.applications import Starlette

from gateway.accounts.accounts import Accounts
from gateway.accounts.principal import Principal, Role
from gateway.errors import Conflict
from gateway.state.database import State
from gateway.web import stats
from gateway.web.auth import SESSION_COOKIE
from gateway.web.errors import HANDLERS
from tests.warehouse.worlds import World
from tests.web.harness import ADMIN_PASSWORD, QUICK


class Office:
    """`url` is where the API is; `token` is an editor's of site 1 alone."""

    def __init__(self, url: str, accounts: Accounts, world: World) -> None:
        self.url = url
        self.world = world
        self.accounts = accounts
        self.token = self.token_of(Role.EDITOR, 1)

    def token_of(self, role: Role, *sites: int) -> str:
        name = f"{role}-{'-'.join(map(str, sites))}"
        return self.accounts.create_token(Principal(name, role, frozenset(sites) or None), by="test")

    def bearer(self, role: Role, *sites: int) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token_of(role, *sites)}"}

    def session(self) -> dict[str, str]:
        """The cookie of somebody who logged in."""
        name = "ada"
        with contextlib.suppress(Conflict):  # who is there already
            self.accounts.create_user(Principal(name, Role.VIEWER, frozenset({1})), ADMIN_PASSWORD, by="test")
        return {"cookie": f"{SESSION_COOKIE}={self.accounts.login(name, ADMIN_PASSWORD, '192.0.2.0')}"}

    def get(self, query: str, *, site: int = 1, headers: dict[str, str] | None = None) -> httpx.Response:
        """`query` may be a whole reference: a path, or one that begins with ?."""
        sent = {"authorization": f"Bearer {self.token}"} if headers is None else headers
        return httpx.get(httpx.URL(f"{self.url}/v1/stats/{site}").join(query), headers=sent, timeout=60)


@contextlib.contextmanager
def office(world: World, folder: Path) -> Iterator[Office]:
    state = State("", folder)
    accounts = Accounts(state, world.settings, world.clock, hasher=QUICK)
    app = Starlette(routes=stats.routes, exception_handlers=dict(HANDLERS))
    app.state.context = SimpleNamespace(reports=world.reports, accounts=accounts)
    app.state.report_desk = stats.ReportDesk(2)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield Office(f"http://127.0.0.1:{listener.getsockname()[1]}", accounts, world)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        app.state.report_desk.close()
        state.close()
