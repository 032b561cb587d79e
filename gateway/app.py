"""One gateway: settings → parts (wiring.py) → ASGI application and its life."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway import settings_loader
from gateway.accounts.audit_log import Action
from gateway.clock import Clock
from gateway.consent.notices import Notices
from gateway.consent.subject_keys import SubjectKeys
from gateway.control import Control
from gateway.enrich import user_agents
from gateway.errors import GatewayError
from gateway.jobs import Jobs
from gateway.schedule import schedule
from gateway.settings import Settings
from gateway.settings_loader import Source
from gateway.sites.drafts import Written
from gateway.state.leases import Leases
from gateway.studio.serving import Reloaded
from gateway.warehouse.migrations import migrate
from gateway.web.access import Access
from gateway.web.admission import Admission
from gateway.web.auth import FORM_BYTES
from gateway.web.door import Door
from gateway.web.edge import Edge
from gateway.web.errors import HANDLERS
from gateway.web.headers import SecurityHeaders
from gateway.web.parts import Parts
from gateway.web.routes import HotPaths, hot_routes, page_routes
from gateway.web.script import EmbeddedScript
from gateway.wiring import Wiring

log = logging.getLogger("gateway")

MIGRATION_RETRY = 2.0
SWITCH_SECONDS = 0.0005


class Gateway(Wiring):
    """One gateway: its parts, the jobs that run on them, and its life from the first write taken to the last delivered."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        written: Mapping[int, Written] | None = None,
        source: Source | None = None,
    ) -> None:
        """`written` is what the configuration writes itself; `source` is where it is read from again, None for nowhere."""
        super().__init__(settings, clock=clock, written=written)
        self._source = source
        leases = None if settings.embedded else Leases(self.state, self.clock)
        self.jobs = Jobs(schedule(self), leases, self.metrics, self.runs)
        # Several workers share a data directory; with a server the commands need none of them.
        self.control = Control(self) if settings.workers == 1 else None
        self._migrated: asyncio.Task[None] | None = None
        self._tallying: asyncio.Task[None] | None = None
        self._reloading: asyncio.Task[None] | None = None

    def reload(self) -> Reloaded:
        """Read the configuration again and serve its sites. Blocks. Raises SettingsError with nothing changed."""
        if self._source is None:
            raise GatewayError("This gateway's sites are in no file that could be read again.")
        loaded = settings_loader.read(*self._source)
        for site in loaded.settings.sites:
            self.salts.prepare(site.id, ZoneInfo(site.timezone))
        reloaded = self.serving.reload(loaded)
        self.accounts.audit.record(Action.CONFIGURATION_RELOADED, "", detail=f"configuration {reloaded.configuration}")
        return reloaded

    def _hang_up(self) -> None:
        """SIGHUP."""
        self._reloading = asyncio.create_task(self._reload_logged(), name="reload")

    async def _reload_logged(self) -> None:
        try:
            await asyncio.to_thread(self.reload)
        except GatewayError as error:
            log.error("the configuration was not reloaded; nothing changed", extra={"error": error.what})

    async def start(self) -> None:
        """Take writes first, then everything that may have to wait for the warehouse."""
        await asyncio.to_thread(user_agents.client, "Mozilla/5.0")  # half a second, the first time
        await asyncio.to_thread(self.turn_salts)
        self.journal.open()
        if self.jobs.leases is not None:
            # Only this process has the slot: after a crash it goes on with its jobs at once, and waits for no lease of its own.
            self.jobs.leases.holder = f"{self.looks.identity()}:{self.journal.slot}"
        if self.settings.embedded:
            await self.prepare_warehouse()
        else:
            # A server that is away keeps no visitor waiting: hits are journaled until it answers.
            self.warehouse.is_behind = True
            self._migrated = asyncio.create_task(self._migrate_when_possible(), name="migrations")
        self._tallying = asyncio.create_task(self.tallies.run(), name="tallies")
        await self.deliverer.start()
        self.jobs.start()
        if self.control is not None:
            await self.control.start()
        if self._source is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hang_up)
        # What is alive now lives as long as the process: the collector need not walk it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        # Delivery and the jobs are threads: each time the event loop polls, one of them may take the interpreter, and by default
        # keeps it for 5 ms. Measured beside a thread that computes all the time: eight times as many turns of the loop.
        sys.setswitchinterval(SWITCH_SECONDS)
        log.info("gateway started", extra={"sites": len(self.catalog), "warehouse": self.settings.clickhouse.url})

    async def stop(self) -> None:
        """Drain: what was acknowledged is on disk already; what can still be delivered in time is."""
        if self.control is not None:
            await self.control.stop()
        if self._migrated is not None:
            self._migrated.cancel()
        await self.jobs.stop()
        if self._tallying is not None:
            self._tallying.cancel()
            await self.tallies.flush()
        await asyncio.to_thread(self.journal.close)  # first, so that its last segment can be delivered and unlinked
        await self.deliverer.stop()
        self.report_desk.close()
        self.visitor_desk.close()
        await asyncio.to_thread(self.verification.close)
        await asyncio.to_thread(self.warehouse.close)
        self.geography.close()
        self.state.close()
        log.info("gateway stopped")

    async def prepare_warehouse(self) -> None:
        """Bring the schema up to date. Raises MigrationError, WarehouseUnavailable."""
        applied = await asyncio.to_thread(migrate, self.warehouse, self.settings)
        if applied:
            log.info("schema migrated", extra={"applied": applied})

    async def _migrate_when_possible(self) -> None:
        while True:
            try:
                await self.prepare_warehouse()
                self.warehouse.is_behind = False
                return
            except GatewayError as error:
                log.warning("the warehouse is not ready; trying again", extra={"error": error.what})
                await asyncio.sleep(MIGRATION_RETRY)

    def application(self) -> ASGIApp:
        """The ASGI application, outermost first: edge, hot paths, access log, security headers, pages."""
        parts = Parts(
            self.context,
            self.pipeline,
            self.jars,
            self.geography,
            Notices(self.state, self.settings.base_url),
            EmbeddedScript(self.settings.base_url),
            self.previews,
            self.subjects,
            SubjectKeys(self.state),
            self.subject_tokens,
        )
        pages = Starlette(
            routes=list(page_routes(parts)),
            exception_handlers={**HANDLERS, ClientDisconnect: _on_disconnect},
            lifespan=self._lifespan,
            max_body_size=FORM_BYTES,  # of any page; a route may take less
        )
        # Its redirects would name whatever host the request named, and a cache before us would keep them.
        pages.router.redirect_slashes = False
        pages.state.context = self.context
        pages.state.report_desk = self.report_desk
        pages.state.live = self.live
        public = urlsplit(self.settings.base_url)
        inner = Access(
            SecurityHeaders(
                Admission(pages, parts.shares, self.clock),
                hsts_seconds=self.settings.hsts_seconds if public.scheme == "https" else 0,
            ),
            self.metrics,
        )
        return Edge(
            HotPaths(inner, hot_routes(parts), public.path.rstrip("/"), self.metrics),
            self.settings,
            Door(self.settings.limits, self.metrics),
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it
