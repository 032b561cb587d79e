"""The endpoint alone, in this process, for whoever has the token that is sent."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, Self, cast

import httpx
import msgspec
from starlette.applications import Starlette

from gateway.accounts.principal import Principal, Role
from gateway.clock import FrozenClock
from gateway.reports.matomo.api import ReportingApi
from gateway.reports.matomo.pairs import Pairs
from gateway.reports.real_time import RealTime
from gateway.reports.run import Reports
from gateway.reports.visit_log import VisitLog
from gateway.settings import Settings
from gateway.sites.catalog import Catalog
from gateway.sites.goals import CustomDimension, Goal
from gateway.state.notebook import Notebook
from gateway.warehouse.connection import Warehouse
from gateway.web import matomo_api, stats
from tests.warehouse.worlds import NOW, make_site

SITES = (
    msgspec.structs.replace(
        make_site(1), goals=(Goal(id=1, name="Newsletter"),), dimensions=(CustomDimension(id=2, name="Tier"),)
    ),
    make_site(2, "Europe/Paris"),
)
TOKENS = {
    "all": Principal("ada", Role.ADMIN),
    "one": Principal("bob", Role.EDITOR, frozenset({1})),
    "looks": Principal("vic", Role.VIEWER, frozenset({1})),
    "none": Principal("eve", Role.VIEWER, frozenset()),
    "hits": Principal("importer", Role.TRACKING, frozenset({1})),
}


class Client:
    def __init__(
        self, reports: Reports, warehouse: Warehouse, settings: Settings, notebook: Notebook | None = None
    ) -> None:
        self.exports: list[dict[str, Any]] = []
        audit = SimpleNamespace(record=lambda _action, user, **what: self.exports.append({"user": user, **what}))
        accounts = SimpleNamespace(by_token=TOKENS.get, by_session=lambda _: None, audit=audit)
        catalog, clock = Catalog(SITES), FrozenClock(NOW)
        api = ReportingApi(
            reports,
            Pairs(warehouse, settings),
            catalog,
            VisitLog(warehouse, catalog, settings, clock),
            RealTime(warehouse, catalog, settings, clock),
            notebook if notebook is not None else cast(Notebook, None),
        )
        self._app = Starlette(routes=matomo_api.routes)
        self._app.state.report_desk = self._desk = stats.ReportDesk(2)
        self._app.state.context = SimpleNamespace(accounts=accounts, matomo=api)

    def get(self, query: str, token: str = "all") -> httpx.Response:
        return self.send("GET", f"/index.php?module=API&{query}", token)

    def send(self, method: str, path: str, token: str = "", form: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=True)
            headers = {"authorization": f"Bearer {token}"} if token else {}
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
                return await client.request(method, path, data=form)

        return asyncio.run(ask())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._desk.close()
