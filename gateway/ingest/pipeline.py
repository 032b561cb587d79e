"""From an untrusted request to a row: the visible list of steps.

Each step looks at the draft, fills in what it is responsible for, and returns None, or the reason why the hit ends here.
The order is the order of DESIGN.md's data flow: what is not audience first, then the decision, then identity, and only
for what may be recorded, the description.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from gateway.clock import add_months, local_hour
from gateway.enrich import bots, campaigns, client_hints, user_agents
from gateway.enrich.client_hints import NO_HINTS
from gateway.enrich.geo import Geography, Place, jurisdiction
from gateway.enrich.rates import Rates
from gateway.enrich.referrer_spam import ReferrerSpam
from gateway.enrich.referrers import Referrers
from gateway.erasure.tombstones import Tombstones
from gateway.hits import Basis, Dropped, Hit, HitType, RawHit, Reason
from gateway.ingest import authority
from gateway.ingest.draft import Draft
from gateway.ingest.goals import Goals
from gateway.ingest.row import row
from gateway.ingest.searches import as_search
from gateway.privacy import urls
from gateway.privacy.addresses import coarser
from gateway.privacy.cookies import CookieJar, visitor_ends
from gateway.privacy.decision import Answer, decide
from gateway.privacy.salts import Salts
from gateway.privacy.standing import standing
from gateway.privacy.visit import Visit
from gateway.privacy.visitors import SiteKeys, day_fingerprint, new_visitor, visitor_hash
from gateway.settings import Settings
from gateway.sites.catalog import Catalog, ServedSite

LATEST = 86_400.0  # seconds a hit may lie in the future


class Accepted(NamedTuple):
    """A hit to be stored. `set_visitor` is a Set-Cookie value where this request made the visitor."""

    hit: Hit
    set_visitor: str | None = None


class Pipeline:
    """Runs a raw hit through STEPS. Pure but for the salts, keys and caches passed in; raises nothing of its own."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        jars: Mapping[int, CookieJar],
        salts: Salts,
        keys: SiteKeys,
        geography: Geography,
        referrers: Referrers,
        tombstones: Tombstones,
    ) -> None:
        self.catalog = catalog
        self._jars = jars
        self._salts = salts
        self._keys = keys
        self._geography = geography
        self._referrers = referrers
        self._tombstones = tombstones
        self._local_jurisdiction = settings.privacy.local_jurisdiction
        self._raw_months = settings.retention.raw_months
        self._rates = Rates(settings.unwanted.hits_per_minute)
        self._visitor_rates = Rates(settings.unwanted.hits_per_minute)
        file = settings.unwanted.referrers_file
        self._spam = ReferrerSpam(settings.unwanted.referrers, Path(file) if file else None)
        self._goals: WeakKeyDictionary[ServedSite, Goals] = WeakKeyDictionary()
        # The whole way of a hit, in order.
        self.steps: tuple[Callable[[Draft], Dropped | None], ...] = (
            self.exclude_staff,
            self.drop_prefetch,
            self.drop_bots,
            self.drop_floods,
            self.read_page,
            self.check_host,
            self.drop_spam,
            self.read_search,
            self.reach_goals,
            self.date,
            self.check_age,
            self.locate,
            self.decide,
            self.drop_floods_of_visitors,
            self.fingerprint,
            self.number_order,
            self.describe_client,
            self.describe_campaign,
            self.describe_referrer,
        )

    def run(self, raw: RawHit, visit: Visit, site: ServedSite) -> Accepted | Dropped:
        draft = Draft(raw, visit, site)
        for step in self.steps:
            dropped = step(draft)
            if dropped is not None:
                return dropped
        return Accepted(row(draft), self._set_visitor(draft))

    # Steps: not this site's audience.

    def exclude_staff(self, draft: Draft) -> Dropped | None:
        return _EXCLUDED if draft.visit.excluded else None

    def drop_prefetch(self, draft: Draft) -> Dropped | None:
        return _PREFETCH if draft.visit.prefetch else None

    def drop_bots(self, draft: Draft) -> Dropped | None:
        raw = draft.raw
        if raw.bots:
            return None
        reason = bots.bot(raw.user_agent)
        if reason is None or (reason is Reason.BOT_AGENT and raw.declared is not None):
            # A website's own server is a program, and one that was let in.
            return None
        return Dropped(reason)

    def drop_floods(self, draft: Draft) -> Dropped | None:
        raw = draft.raw
        if raw.declared is not None:  # a log being replayed is fast
            return None
        return _FLOOD if self._rates.exceeded(raw.address, raw.user_agent, raw.received) else None

    def read_page(self, draft: Draft) -> Dropped | None:
        draft.page = urls.parse(draft.raw.url)
        return None

    def check_host(self, draft: Draft) -> Dropped | None:
        if draft.page is None or not draft.site.owns_host(draft.page.host):
            return _UNKNOWN_HOST
        draft.test = draft.site.is_test_host(draft.page.host)
        return None

    def drop_spam(self, draft: Draft) -> Dropped | None:
        return _SPAM if self._spam.sent(draft.raw.referrer) else None

    # Steps: what it was.

    def read_search(self, draft: Draft) -> Dropped | None:
        assert draft.page is not None  # check_host let it through
        draft.raw = as_search(draft.raw, draft.page, draft.site)
        return None

    def reach_goals(self, draft: Draft) -> Dropped | None:
        goals = self._goals.get(draft.site)
        if goals is None:
            goals = self._goals[draft.site] = Goals(draft.site.site.goals)
        draft.reached = goals.reached(draft.raw)
        return None

    # Steps: when and where.

    def date(self, draft: Draft) -> Dropped | None:
        if not 0 <= draft.raw.at <= draft.raw.received + LATEST:  # a calendar does not reach everywhere
            return _TOO_LATE if draft.raw.at < 0 else _IN_FUTURE
        draft.day, draft.local_hour = local_hour(draft.raw.at, draft.site.zone)
        return None

    def check_age(self, draft: Draft) -> Dropped | None:
        raw = draft.raw
        if raw.at == raw.received:
            return None
        received_on, _ = local_hour(raw.received, draft.site.zone)
        return _TOO_LATE if draft.day < _months_before(received_on, self._raw_months) else None

    def locate(self, draft: Draft) -> Dropped | None:
        hint = draft.visit.country_hint
        draft.place = Place(hint) if hint else self._geography.place(draft.raw.address)
        draft.place = authority.placed(draft.raw, draft.place)
        draft.jurisdiction = jurisdiction(draft.place, self._local_jurisdiction)
        return None

    # Steps: the decision, and who.

    def decide(self, draft: Draft) -> Dropped | None:
        site, visit, jar = draft.site, draft.visit, self._jars[draft.site.id]
        if site.analytics is None:
            return _REFUSED
        declared = draft.raw.declared
        if declared is not None and not visit.cookies and not visit.gpc:
            # A server's hit, with nothing of its visitor's that could say otherwise.
            decision = authority.declared(declared, site.analytics_regime(draft.jurisdiction))
        else:
            situation = standing(visit, site, jar, draft.jurisdiction).situation
            if not visit.is_own and situation.answer is Answer.YES:
                # Another website's page made the browser send this: cookies may forbid there, not allow.
                situation = situation._replace(answer=Answer.NONE)
            if self._is_restricted(draft, jar):
                situation = situation._replace(objected=True)
            decision = decide(situation)
            if declared is not None and (decision.basis is not None or decision.reason is Reason.NO_CHOICE):
                decision = authority.declared(declared, situation.regime)
        if decision.basis is None:
            return Dropped(decision.reason or Reason.NO_CHOICE)
        draft.basis = decision.basis
        if decision.identified and draft.raw.cookieless:
            # The page asked for less than it may have. What is exempt stays so, with its limits.
            draft.basis = decision.basis if decision.basis is Basis.EXEMPT else Basis.COOKIELESS
        elif decision.identified:
            self._identify(draft, jar)
            # In flight while it was erased, or from a browser that never got the answer.
            if draft.new_visitor is None and draft.visitor:
                before = self._tombstones.standing(site.id, draft.visitor).erased_before
                return _ERASED if draft.raw.at * 1000 < before else None
        return None

    def drop_floods_of_visitors(self, draft: Draft) -> Dropped | None:
        # Address and user agent are the client's to change; all of these would be one visit.
        if not draft.visitor or draft.new_visitor is not None or draft.raw.declared is not None:
            return None
        return _FLOOD if self._visitor_rates.exceeded_by(draft.visitor, draft.raw.received) else None

    def _is_restricted(self, draft: Draft, jar: CookieJar) -> bool:
        """Whether this browser had its processing restricted (GDPR art. 18); nobody else's hit is looked at for it."""
        site, visit = draft.site, draft.visit
        restricted = self._tombstones.restricted(site.id)
        if not restricted:
            return False
        visitor = jar.visitor(visit.cookies, visit.received, site.site.max_cookie_months)
        return visitor is not None and not restricted.isdisjoint(self._keys.hashes(site.id, visitor))

    def _identify(self, draft: Draft, jar: CookieJar) -> None:
        """The visitor by its cookie; else by the id that its client sent; else a new one, whose cookie goes with the answer."""
        site, visit, raw = draft.site, draft.visit, draft.raw
        visitor = jar.visitor(visit.cookies, visit.received, site.site.max_cookie_months) if visit.is_own else None
        if visitor is not None:
            draft.visitor = visitor_hash(self._keys.at(site.id, visitor.born), visitor.id)
        elif raw.user_id and draft.basis is not Basis.EXEMPT:
            draft.visitor = visitor_hash(self._keys.current(site.id), f"user {raw.user_id}")
        elif raw.visitor_id:
            draft.visitor = visitor_hash(self._keys.current(site.id), f"client {raw.visitor_id}")
        elif (
            raw.declared is None
            and visit.fetch_site != "cross-site"
            and raw.type not in (HitType.PING, HitType.ENGAGEMENT)
        ):
            # A cross-site request stores no cookie, and a ping comes after a page view that already had its chance.
            draft.new_visitor = new_visitor(visit.received)
            draft.visitor = visitor_hash(self._keys.at(site.id, draft.new_visitor.born), draft.new_visitor.id)

    def numbers_of(self, visit: Visit, site: ServedSite) -> tuple[int, ...]:
        """Every number in `hits.visitor` that a browser's verified cookie may have; none without one.

        May block on the state database.
        """
        visitor = self._jars[site.id].visitor(visit.cookies, visit.received, site.site.max_cookie_months)
        return self._keys.hashes(site.id, visitor) if visitor is not None else ()

    def fingerprint(self, draft: Draft) -> Dropped | None:
        address = coarser(draft.raw.address) if draft.basis is Basis.EXEMPT else draft.raw.address
        salt = self._salts.salt(draft.site.id, draft.day, draft.site.zone)
        draft.anon = day_fingerprint(salt, draft.site.id, address, draft.raw.user_agent)
        return None

    def number_order(self, draft: Draft) -> Dropped | None:
        """Always a keyed hash: the numbers of shops are short, and would be guessed.

        Of who is not identified by consent or law it is made under the day's salt, so that from 48 h after that day nobody
        can tell whose order it was.
        """
        if draft.raw.order:
            site = draft.site
            of_day = draft.basis in (Basis.COOKIELESS, Basis.EXEMPT)
            key = self._salts.salt(site.id, draft.day, site.zone) if of_day else self._keys.current(site.id)
            draft.order = visitor_hash(key, f"order {draft.raw.order}")
        return None

    # Steps: the description.

    def describe_client(self, draft: Draft) -> Dropped | None:
        raw = draft.raw
        hints = NO_HINTS
        if draft.basis is not Basis.COOKIELESS:
            hints = client_hints.from_uadata(raw.uadata) if raw.uadata else client_hints.from_headers(draft.visit.hints)
        draft.client = user_agents.client(raw.user_agent, hints)
        return None

    def describe_campaign(self, draft: Draft) -> Dropped | None:
        if draft.page is not None and draft.page.query:
            draft.campaign = campaigns.campaign(draft.page.query)
        return None

    def describe_referrer(self, draft: Draft) -> Dropped | None:
        raw, campaign = draft.raw, draft.campaign
        if raw.referrer:
            draft.referrer = self._referrers.referrer(raw.referrer, draft.site.owns_host)
        elif draft.page is not None and draft.page.query:
            draft.referrer = self._referrers.of_click(draft.page.query)
        if campaign.only_source:
            assistant = self._referrers.assistant(campaign.source)
            if assistant is not None:  # it says so itself, and ran no campaign
                draft.referrer, draft.campaign = assistant, campaigns.NONE
        return None

    def _set_visitor(self, draft: Draft) -> str | None:
        visitor = draft.new_visitor
        if visitor is None:
            return None
        jar = self._jars[draft.site.id]
        choice = jar.choice(draft.visit.cookies, draft.visit.received)
        consent_ends = choice.e if choice is not None and draft.basis is Basis.CONSENT else None
        ends = visitor_ends(visitor, draft.site.site.max_cookie_months, consent_ends)
        return jar.set_visitor(visitor, ends, draft.visit.received)


@lru_cache(maxsize=64)
def _months_before(day: str, months: int) -> str:
    return add_months(date.fromisoformat(day), -months).isoformat()


_EXCLUDED = Dropped(Reason.EXCLUDED_ADDRESS)
_PREFETCH = Dropped(Reason.PREFETCH)
_UNKNOWN_HOST = Dropped(Reason.UNKNOWN_HOST)
_FLOOD = Dropped(Reason.BOT_RATE)
_SPAM = Dropped(Reason.REFERRER_SPAM)
_IN_FUTURE = Dropped(Reason.IN_FUTURE)
_TOO_LATE = Dropped(Reason.TOO_LATE)
_REFUSED = Dropped(Reason.NOT_RECORDED)
_ERASED = Dropped(Reason.ERASED)
