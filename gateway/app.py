"""The only place that wires: settings → parts → ASGI application and its life."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway import secrets, settings_loader
from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action
from gateway.clock import Clock, SystemClock
from gateway.consent import heads, ledger
from gateway.consent.notices import Notices
from gateway.consent.preview import Previews
from gateway.consent.pruning import prune
from gateway.consent.reminders import Reminders
from gateway.consent.requests import Register
from gateway.consent.signing import LedgerKeys
from gateway.consent.subject_keys import SubjectKeys
from gateway.consent.subject_tokens import SubjectTokens
from gateway.consent.subjects import Subjects
from gateway.consent.tallies import Tallies
from gateway.consent.verification import Verification
from gateway.control import Control
from gateway.delivery.deliverer import Deliverer
from gateway.enrich import user_agents
from gateway.enrich.geo import CHECK_EVERY, Geography
from gateway.enrich.referrers import Referrers
from gateway.erasure.erasing import Erasing
from gateway.erasure.looks import Looks
from gateway.erasure.passing import Passing
from gateway.erasure.tombstones import RELOOK, Tombstones
from gateway.erasure.traces import Traces
from gateway.errors import GatewayError
from gateway.imports.alone import retaining
from gateway.ingest.pipeline import Pipeline
from gateway.jobs import Job, Jobs, NotNow
from gateway.journal.hold import Hold
from gateway.journal.journal import Journal
from gateway.mail import Mailer
from gateway.metrics import Metrics
from gateway.privacy.jars import Jars
from gateway.privacy.salts import Salts
from gateway.privacy.visitors import SiteKeys
from gateway.reports.cohorts import Cohorts
from gateway.reports.consents import ConsentReports
from gateway.reports.every_site import EverySite
from gateway.reports.funnels import Funnels
from gateway.reports.mail_reports import MailReports
from gateway.reports.matomo.api import ReportingApi
from gateway.reports.matomo.pairs import Pairs
from gateway.reports.overview import Overviews
from gateway.reports.present import Presence
from gateway.reports.real_time import RealTime
from gateway.reports.run import Reports
from gateway.reports.visit_log import VisitLog
from gateway.settings import Settings
from gateway.settings_loader import Loaded, Source
from gateway.sites.drafts import Written
from gateway.state.database import State
from gateway.state.job_runs import JobRuns
from gateway.state.leases import Leases
from gateway.studio.serving import REFRESH, Reloaded, Serving
from gateway.studio.versions import Versions
from gateway.warehouse import retention
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.migrations import migrate
from gateway.warehouse.rollup import Rollup
from gateway.web.access import Access
from gateway.web.admission import Admission
from gateway.web.auth import FORM_BYTES
from gateway.web.context import Context
from gateway.web.desk import Desk
from gateway.web.door import Door
from gateway.web.edge import Edge
from gateway.web.errors import HANDLERS
from gateway.web.headers import SecurityHeaders
from gateway.web.letter import letter
from gateway.web.live import Live
from gateway.web.parts import Parts
from gateway.web.routes import HotPaths, hot_routes, page_routes
from gateway.web.script import EmbeddedScript
from gateway.web.stats import ReportDesk
from gateway.webhooks.outbox import Outbox
from gateway.webhooks.post import Post

log = logging.getLogger("gateway")

MIGRATION_RETRY = 2.0
SWITCH_SECONDS = 0.0005
VISITORS_AT_ONCE, VISITORS_WAITING = 2, 16  # who read about themselves in the warehouse
DAY = 86_400.0
GEOGRAPHY = Path(__file__).parent / "assets" / "country.mmdb"


class Gateway:
    """One gateway: everything made once, in the order in which it depends on each other."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        written: Mapping[int, Written] | None = None,
        source: Source | None = None,
    ) -> None:
        """`written` is what the configuration writes itself; `source` is where it is read from again, None for nowhere."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.metrics = Metrics()
        _private(settings.data_dir)
        self.state = State(settings.state.url, settings.data_dir)
        keys = secrets.signing_keys(settings)
        self.accounts = Accounts(self.state, settings, self.clock)
        self.salts = Salts(self.state, self.clock)
        self.jars = Jars(keys, secure=urlsplit(settings.base_url).scheme != "http")
        self.versions = Versions(self.state, self.clock, self.accounts.audit)
        self.serving = Serving(Loaded(settings, written or {}), self.versions, self.clock, self.jars.add)
        self.catalog = self.serving.catalog
        self._source = source
        self.previews = Previews(keys, self.clock)
        self.subjects = Subjects(self.state, self.clock)
        self.subject_tokens = SubjectTokens(keys, self.clock)
        self.ledger_keys = LedgerKeys(secrets.ledger_seeds(settings))
        self.site_keys = SiteKeys(self.state, self.clock)
        self.tombstones = Tombstones(self.state, self.clock, settings.data_dir)
        self.geography = Geography(
            Path(settings.geo.database) if settings.geo.database else GEOGRAPHY, settings.data_dir, self.metrics
        )
        self.pipeline = Pipeline(
            settings,
            self.catalog,
            self.jars,
            self.salts,
            self.site_keys,
            self.geography,
            Referrers(),
            self.tombstones,
        )
        self.hold = Hold(settings.data_dir / "journal")
        self.journal = Journal(
            settings.data_dir / "journal",
            settings=settings.journal,
            clock=self.clock,
            metrics=self.metrics,
            seals={"consents": ledger.seal},
        )
        self.tallies = Tallies(self.journal)
        self.warehouse = Warehouse(settings)
        self.deliverer = Deliverer(
            settings.data_dir / "journal",
            self.warehouse,
            settings,
            self.clock,
            self.metrics,
            Passing(self.tombstones, Traces(self.state), self.metrics),
        )
        self.rollup = Rollup(self.warehouse, self.catalog, settings, self.clock, self.metrics)
        self.looks = Looks(self.state, self.clock, settings.data_dir, self.tombstones)
        self.erasing = Erasing(
            self.state, self.warehouse, self.rollup, self.looks, self.catalog, self.clock, self.metrics
        )
        self.report_desk = ReportDesk(settings.clickhouse.reports_at_once, self.clock)
        self.visitor_desk = Desk("visitor", VISITORS_AT_ONCE, VISITORS_WAITING)
        self.register = Register(self.state, self.clock, self.catalog)
        mailer = Mailer(settings.smtp, self.clock, self.metrics)
        self.reminders = Reminders(
            self.register,
            mailer,
            self.state,
            self.clock,
            self.catalog,
            settings.base_url,
        )
        self.outbox = Outbox(self.state, self.clock)
        self.post = Post(self.warehouse, self.outbox, self.catalog, self.clock, self.metrics)
        self.verification = Verification(self.warehouse, self.state, self.clock, settings.data_dir, self.ledger_keys)
        reports = Reports(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted)
        overviews = Overviews(reports, self.catalog, self.clock)
        self.mail_reports = MailReports(
            self.state,
            self.clock,
            self.catalog,
            overviews,
            mailer,
            letter,
            keys,
            settings.base_url,
        )
        self.context = Context(
            settings=settings,
            catalog=self.catalog,
            serving=self.serving,
            versions=self.versions,
            clock=self.clock,
            metrics=self.metrics,
            state=self.state,
            journal=self.journal,
            warehouse=self.warehouse,
            deliverer=self.deliverer,
            tallies=self.tallies,
            reports=reports,
            every_site=EverySite(self.warehouse, reports, settings, self.clock, self.tombstones.restricted),
            overviews=overviews,
            mail_reports=self.mail_reports,
            consents=ConsentReports(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted),
            funnels=Funnels(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted),
            cohorts=Cohorts(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted),
            matomo=ReportingApi(
                reports,
                Pairs(self.warehouse, settings, self.tombstones.restricted),
                self.catalog,
                VisitLog(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted),
                RealTime(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted),
            ),
            accounts=self.accounts,
            register=self.register,
            verification=self.verification,
            tombstones=self.tombstones,
            site_keys=self.site_keys,
            visitor_desk=self.visitor_desk,
        )
        self.live = Live(Presence(self.warehouse, self.catalog, settings, self.clock, self.tombstones.restricted).look)
        self.runs = JobRuns(self.state, self.clock)
        leases = None if settings.embedded else Leases(self.state, self.clock)
        self.jobs = Jobs(self._jobs(), leases, self.metrics, self.runs)
        # Several workers share a data directory; with a server the commands need none of them.
        self.control = Control(self) if settings.workers == 1 else None
        self._migrated: asyncio.Task[None] | None = None
        self._tallying: asyncio.Task[None] | None = None
        self._reloading: asyncio.Task[None] | None = None

    def _jobs(self) -> list[Job]:
        """All background work."""
        settings = self.settings
        return [
            Job("banners", "banners that other workers published are served", REFRESH, self.serving.refresh),
            Job(
                "rollup",
                "figures of days with new hits",
                settings.rollup.interval,
                self._moving(self.rollup.run),
                leader=True,
            ),
            Job(
                "generations",
                "figures that were replaced are deleted",
                60,
                self._moving(self.rollup.delete_old),
                leader=True,
            ),
            Job("tombstones", "what other hosts' visitors had erased or restricted", RELOOK, self.tombstones.refresh),
            Job("journal looks", "while an erasure waits, the journal is searched for its rows", 5, self.looks.look),
            # On the rollup's lease: figures are not made from hits that are about to go.
            Job(
                "erasures",
                "what visitors had erased goes",
                3,
                self._moving(self.erasing.run),
                leader=True,
                lease="rollup",
            ),
            Job("old tombstones", "tombstones that nothing can undo go", DAY, self.tombstones.purge, leader=True),
            Job(
                "retention", "what is past its limit is deleted", DAY, self._moving(self.enforce_retention), leader=True
            ),
            Job("ledger heads", "the last hashes of the ledger are published, signed", 3600, self.publish_heads),
            Job("requests", "requests answered 24 months ago are deleted", 3600, self.register.purge, leader=True),
            Job("reminders", "letters about requests due soon, once a day", 3600, self.reminders.send, leader=True),
            Job(
                "letters",
                "figures by e-mail, of the week or month that is over",
                600,
                self.mail_reports.send,
                leader=True,
            ),
            Job("webhooks", "the sites' own systems are told what visitors answered", 3, self.post.run, leader=True),
            Job("webhook record", "messages past their time are deleted", DAY, self.outbox.purge, leader=True),
            Job("salts", "tomorrow's salts are made, old ones destroyed", 600, self.turn_salts),
            Job("site keys", "keys that sign nothing alive are destroyed", DAY, self.site_keys.destroy_old),
            Job(
                "geography",
                "the geography database is read anew when its file changes",
                CHECK_EVERY,
                self.geography.check,
            ),
            Job("accounts", "customers' answers that lapsed are deleted", DAY, self.subjects.purge, leader=True),
            Job("sessions", "expired sessions and log-in attempts are deleted", 3600, self.accounts.purge, leader=True),
        ]

    def _moving(self, work: Callable[[], object]) -> Callable[[], object]:
        """A job that rewrites tables: not before they are there, and not while a backup holds them still."""

        def run() -> None:
            if self.warehouse.is_behind:
                raise NotNow
            with self.hold.passing() as free:
                if not free:
                    raise NotNow
                work()

        return run

    def enforce_retention(self) -> None:
        with retaining(self.state, self.clock) as free:
            if free:
                retention.enforce(self.warehouse, self.serving.settings, self.clock)
        prune(self.warehouse, self.clock, self.ledger_keys)

    def publish_heads(self) -> None:
        heads.publish(self.settings.data_dir, self.clock, self.ledger_keys)

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

    def turn_salts(self) -> None:
        for site in self.catalog:
            self.salts.prepare(site.id, site.zone)
        self.salts.destroy_old()

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


def _private(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / "journal").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise GatewayError(
            f"The data directory {data_dir} cannot be made: {reason}. Set data_dir to another one."
        ) from error
