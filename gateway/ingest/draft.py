"""A hit on its way through the pipeline: what came in, and what each step has found out so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.enrich import campaigns, referrers, user_agents
from gateway.enrich.campaigns import Campaign
from gateway.enrich.geo import NOWHERE, Place
from gateway.enrich.referrers import Referrer
from gateway.enrich.user_agents import Client
from gateway.hits import Basis, RawHit
from gateway.ingest import goals
from gateway.ingest.goals import Reached
from gateway.privacy.cookies import Visitor
from gateway.privacy.urls import Page
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite


@dataclass(slots=True)
class Draft:
    """Lives within one call of the pipeline; each step fills in its own fields and no others."""

    raw: RawHit
    visit: Visit
    site: ServedSite
    page: Page | None = None
    test: bool = False
    reached: Reached = goals.NONE
    order: int = 0  # keyed hash of the order's number; under the day's salt where nobody is identified by it
    place: Place = NOWHERE
    jurisdiction: str = ""
    basis: Basis = Basis.COOKIELESS
    new_visitor: Visitor | None = None  # a cookie to set, made in this request
    visitor: int = 0
    anon: int = 0
    day: str = ""
    local_hour: int = 0
    client: Client = field(default=user_agents.UNKNOWN)
    referrer: Referrer = field(default=referrers.DIRECT)
    campaign: Campaign = field(default=campaigns.NONE)
