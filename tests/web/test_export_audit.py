from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
from starlette.applications import Starlette

from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action
from gateway.clock import FrozenClock
from gateway.reports.run import StatsQuery, StatsResult
from gateway.settings import Dashboard, Settings
from gateway.state.database import State
from gateway.web import stats
from tests.web.harness import API_TOKEN, QUICK


class NoReports:
    """Reports of a site without a visit."""

    def today(self, site_id: int) -> date:
        return date(2026, 11, 2)

    def run(self, query: StatsQuery) -> StatsResult:
        return StatsResult(query=query, metrics=query.metrics, rows=(), totals={}, row_count=0)


def test_an_export_is_in_the_audit_log_and_a_look_is_not(tmp_path: Path) -> None:
    state = State("", tmp_path)
    clock = FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))
    accounts = Accounts(state, Settings(dashboard=Dashboard(api_token=API_TOKEN)), clock, hasher=QUICK)
    app = Starlette(routes=stats.routes)
    app.state.context = SimpleNamespace(accounts=accounts, reports=NoReports())
    app.state.report_desk = stats.ReportDesk(at_once=1)

    async def ask(form: str) -> None:
        headers = {"authorization": f"Bearer {API_TOKEN}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
            url = f"/v1/stats/7?metrics=visits&dimension=country&from=2026-11-01&to=2026-11-02&format={form}"
            assert (await client.get(url)).status_code == 200

    asyncio.run(ask("json"))
    assert accounts.audit.latest() == []
    asyncio.run(ask("csv"))
    entry = accounts.audit.latest()[0]
    assert (entry.action, entry.user, entry.site) == (Action.EXPORT, "token of the settings", 7)
    assert entry.detail == "country, 2026-11-01 to 2026-11-02"
    app.state.report_desk.close()
    state.close()
