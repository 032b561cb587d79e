"""What the visitor-facing endpoints share: the context, and what is made from it once for them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import Scope

from gateway.consent.notices import Notices
from gateway.consent.preview import Previews
from gateway.consent.subject_keys import SubjectKeys
from gateway.consent.subject_tokens import SubjectTokens
from gateway.consent.subjects import Subjects
from gateway.enrich.geo import Geography, Place, jurisdiction
from gateway.errors import UnknownSite
from gateway.ingest.pipeline import Pipeline
from gateway.privacy.account import Account
from gateway.privacy.cookies import CookieJar
from gateway.privacy.standing import Standing, standing
from gateway.privacy.visit import Visit, read_visit
from gateway.sites.catalog import ServedSite
from gateway.web.admission import Shares
from gateway.web.context import Context
from gateway.web.edge import ADDRESS, COUNTRY, EXCLUDED
from gateway.web.flood import Flood, Signals
from gateway.web.origins import Origins
from gateway.web.script import EmbeddedScript


class Parts:
    """One per application. `visit` parses a request, `site` finds a site, `standing` says how the visitor stands with it."""

    def __init__(
        self,
        context: Context,
        pipeline: Pipeline,
        jars: Mapping[int, CookieJar],
        geography: Geography,
        notices: Notices,
        script: EmbeddedScript,
        previews: Previews,
        subjects: Subjects,
        subject_keys: SubjectKeys,
        subject_tokens: SubjectTokens,
    ) -> None:
        self.context = context
        self.pipeline = pipeline
        self.jars = jars
        self.geography = geography
        self.notices = notices
        self.script = script
        self.previews = previews
        self.subjects = subjects
        self.subject_keys = subject_keys
        self.subject_tokens = subject_tokens
        self.flood = Flood(context.settings.limits.answers_per_minute)
        self.shares = Shares(context.settings.limits, context.metrics)
        self.signals = Signals()
        self.origins = Origins(context.catalog, context.settings.base_url)

    def visit(self, scope: Scope) -> Visit:
        return read_visit(
            scope["headers"], self.context.clock.timestamp(), scope[ADDRESS], scope[EXCLUDED], scope[COUNTRY]
        )

    def site(self, site_id: int, where: str = "$.site") -> ServedSite:
        """Raises UnknownSite."""
        site = self.context.catalog.get(site_id)
        if site is None:
            raise UnknownSite(f"There is no site {site_id} here", where)
        return site

    def place(self, visit: Visit) -> Place:
        return Place(visit.country_hint) if visit.country_hint else self.geography.place(visit.address)

    def standing(self, visit: Visit, site: ServedSite, account: Account | None = None) -> tuple[Standing, Place]:
        place = self.place(visit)
        law = jurisdiction(place, self.context.settings.privacy.local_jurisdiction)
        return standing(visit, site, self.jars[site.id], law, account), place
