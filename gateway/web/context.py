"""What every endpoint may use, made once by app.py and found at `request.app.state.context`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.accounts.accounts import Accounts
    from gateway.clock import Clock
    from gateway.consent.requests import Register
    from gateway.consent.tallies import Tallies
    from gateway.consent.verification import Verification
    from gateway.delivery.deliverer import Deliverer
    from gateway.erasure.tombstones import Tombstones
    from gateway.journal.journal import Journal
    from gateway.metrics import Metrics
    from gateway.privacy.visitors import SiteKeys
    from gateway.reports.cohorts import Cohorts
    from gateway.reports.consents import ConsentReports
    from gateway.reports.every_site import EverySite
    from gateway.reports.funnels import Funnels
    from gateway.reports.mail_reports import MailReports
    from gateway.reports.matomo.api import ReportingApi
    from gateway.reports.overview import Overviews
    from gateway.reports.run import Reports
    from gateway.settings import Settings
    from gateway.sites.catalog import Catalog
    from gateway.state.database import State
    from gateway.studio.serving import Serving
    from gateway.studio.versions import Versions
    from gateway.warehouse.connection import Warehouse
    from gateway.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Context:
    settings: Settings
    catalog: Catalog
    serving: Serving
    versions: Versions
    clock: Clock
    metrics: Metrics
    state: State
    journal: Journal
    warehouse: Warehouse
    deliverer: Deliverer
    tallies: Tallies
    reports: Reports
    every_site: EverySite
    overviews: Overviews
    mail_reports: MailReports
    consents: ConsentReports
    funnels: Funnels
    cohorts: Cohorts
    matomo: ReportingApi
    accounts: Accounts
    register: Register
    verification: Verification
    tombstones: Tombstones
    site_keys: SiteKeys
    visitor_desk: Desk  # through it visitors' pages read in the warehouse
