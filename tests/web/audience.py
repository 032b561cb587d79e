"""The pages of consent and real time on a real port, with accounts as they are and reports that are scripted."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import uvicorn
from msgspec import structs
from starlette.applications import Starlette

from gateway.accounts.accounts import Accounts
from gateway.accounts.principal import Principal, Role
from gateway.clock import SystemClock
from gateway.errors import WarehouseUnavailable
from gateway.reports.consents import ALL, AudienceEstimate, By, ConsentFigures, columns_of
from gateway.reports.estimate import Estimate
from gateway.reports.periods import Span
from gateway.reports.present import Here, Minute, Present
from gateway.settings import Dashboard, Settings
from gateway.sites.catalog import Catalog
from gateway.sites.site import DEFAULT_PURPOSES
from gateway.state.database import State
from gateway.web import consents, dashboard, live, login
from gateway.web.auth import SESSION_COOKIE
from gateway.web.errors import HANDLERS
from gateway.web.headers import SecurityHeaders
from gateway.web.stats import ReportDesk
from tests.web.harness import ADMIN_PASSWORD, QUICK, make_site

TODAY = date(2026, 11, 22)
MARKUP = "<img src=x onerror=alert(1)>"


class Scripted:
    """What the reports would answer."""

    def __init__(self) -> None:
        self.away = False
        self.looks = 0
        self.visitors = 7
        self.exact: list[bool] = []

    def today(self, _site: int) -> date:
        return TODAY

    def consents(self, _site: int, span: Span, by: By = "day", *, exact: bool = False) -> ConsentFigures:
        self._answer()
        self.exact.append(exact)
        columns = columns_of(by)
        values = {
            "day": [(span.first + timedelta(days=n)).isoformat() for n in range(span.length)],
            "country": ["FR", "DE", MARKUP],
            "purpose": ["analytics", "adverts"],
        }.get(by, ["x"])
        rows: list[dict[str, str | int | None]] = [
            {by: value, **{name: 1000 + 10 * number + at for at, name in enumerate(columns)}}
            for number, value in enumerate(values)
        ]
        rows[-1]["refused"] = 3 if exact else None
        totals: dict[str, int | None] = {name: 12_345 + number for number, name in enumerate(ALL)}
        return ConsentFigures(span=span, by=by, totals=totals, rows=tuple(rows), cut=None)

    def audience(self, _site: int, span: Span) -> AudienceEstimate:
        self._answer()
        found = Estimate(visits=8642.4, low=8100.0, high=9200.0, recorded=4321, strata=12)
        return AudienceEstimate(
            span=span, since=span.first, found=found, loads=20_000, base=10_000, refused=4_000, unanswered=6_000
        )

    def look(self, _site: int) -> Present:
        self.looks += 1
        self._answer()
        minutes = tuple(Minute(at=1_795_347_000 + 60 * n, visitors=n % 3, pageviews=n) for n in range(30))
        pages = (Here(value="/cart", visitors=5), Here(value=MARKUP, visitors=2))
        return Present(
            at=1_795_348_800.0,
            visitors=self.visitors,
            minutes=minutes,
            pages=pages,
            countries=(Here(value="FR", visitors=7),),
        )

    def _answer(self) -> None:
        if self.away:
            raise WarehouseUnavailable("The warehouse is away.", retry_after=1)


class Audience:
    def __init__(self, url: str, accounts: Accounts, scripted: Scripted, watch: live.Live) -> None:
        self.url = url
        self.accounts = accounts
        self.scripted = scripted
        self.watch = watch
        accounts.create_user(Principal("vera", Role.VIEWER, frozenset({1})), ADMIN_PASSWORD, by="test")

    def session(self, name: str = "admin") -> str:
        return self.accounts.login(name, ADMIN_PASSWORD, "192.0.2.0")

    def get(self, path: str, name: str = "admin", **headers: str) -> httpx.Response:
        cookie = f"{SESSION_COOKIE}={self.session(name)}"
        return httpx.get(self.url + path, headers={"cookie": cookie, **headers}, timeout=30)


@contextlib.contextmanager
def running(folder: Path, every: float = 0.1) -> Iterator[Audience]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sites = (
        structs.replace(make_site(1, "Harbour Shop"), estimate=True, purposes=DEFAULT_PURPOSES),
        make_site(2, "Hill"),
    )
    settings = Settings(
        public_url=url, data_dir=folder, dashboard=Dashboard(admin_password=ADMIN_PASSWORD), sites=sites
    )
    state = State("", folder)
    accounts = Accounts(state, settings, SystemClock(), hasher=QUICK)
    accounts.ensure_admin()
    scripted = Scripted()
    app = Starlette(
        routes=[*consents.routes, *live.routes, *login.routes, *dashboard.routes], exception_handlers=dict(HANDLERS)
    )
    app.state.context = SimpleNamespace(
        settings=settings,
        catalog=Catalog(sites),
        clock=SystemClock(),
        state=state,
        accounts=accounts,
        reports=scripted,
        consents=scripted,
    )
    app.state.report_desk = ReportDesk(2)
    app.state.live = live.Live(scripted.look, every)
    served = SecurityHeaders(app)
    server = uvicorn.Server(
        uvicorn.Config(served, log_level="critical", lifespan="off", ws="none", proxy_headers=False)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield Audience(url, accounts, scripted, app.state.live)
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(20)
        listener.close()
        app.state.report_desk.close()
        state.close()
