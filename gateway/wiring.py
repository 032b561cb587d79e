"""The parts of a gateway, each made once, in the order in which they depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gateway import secrets
from gateway.accounts.accounts import Accounts
from gateway.clock import Clock, SystemClock
from gateway.consent import ledger
from gateway.consent.preview import Previews
from gateway.consent.reminders import Reminders
from gateway.consent.requests import Register
from gateway.consent.signing import LedgerKeys
from gateway.consent.subject_tokens import SubjectTokens
from gateway.consent.subjects import Subjects
from gateway.consent.tallies import Tallies
from gateway.consent.verification import Verification
from gateway.delivery.deliverer import Deliverer
from gateway.enrich.geo import Geography
from gateway.enrich.referrers import Referrers
from gateway.erasure.erasing import Erasing
from gateway.erasure.looks import Looks
from gateway.erasure.passing import Passing
from gateway.erasure.tombstones import Tombstones
from gateway.erasure.traces import Traces
from gateway.errors import GatewayError
from gateway.ingest.pipeline import Pipeline
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
from gateway.settings_loader import Loaded
from gateway.sites.drafts import Written
from gateway.state.database import State
from gateway.state.job_runs import JobRuns
from gateway.state.notebook import Notebook
from gateway.studio.serving import Serving
from gateway.studio.versions import Versions
from gateway.warehouse.connection import Warehouse
from gateway.warehouse.rollup import Rollup
from gateway.web.context import Context
from gateway.web.desk import Desk
from gateway.web.letter import asking, letter
from gateway.web.live import Live
from gateway.web.stats import ReportDesk
from gateway.webhooks.outbox import Outbox
from gateway.webhooks.post import Post

GEOGRAPHY = Path(__file__).parent / "assets" / "country.mmdb"
VISITORS_AT_ONCE, VISITORS_WAITING = 2, 16  # who read about themselves in the warehouse


class Wiring:
    """Raises GatewayError where the data directory cannot be made, WarehouseUnavailable where another process has it."""

    def __init__(
        self, settings: Settings, *, clock: Clock | None = None, written: Mapping[int, Written] | None = None
    ) -> None:
        """`written` is what the configuration writes itself."""
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
            asking,
            self.accounts.makers.may_edit,
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
                Notebook(self.state, self.clock),
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

    def turn_salts(self) -> None:
        for site in self.catalog:
            self.salts.prepare(site.id, site.zone)
        self.salts.destroy_old()


def _private(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data_dir / "journal").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise GatewayError(
            f"The data directory {data_dir} cannot be made: {reason}. Set data_dir to another one."
        ) from error
