"""Months of plausible visits, written through the real pipeline, journal, delivery and rollup with a clock that moves.

Oldest day first. Days older than the raw hits' limit are rolled up as they are written and their raw hits deleted
afterwards, as retention would have done over the months.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta

import click

from gateway.app import Gateway
from gateway.clock import FrozenClock, SystemClock, add_months
from gateway.consent.choices import Answer, record_answer
from gateway.consent.notices import Notice, Notices, keep_durably
from gateway.consent.tallies import State, What
from gateway.demo.audience import HOST, Audience, Person, VisitPlan
from gateway.demo.site import SITE_ID
from gateway.errors import GatewayError
from gateway.hits import HitType, RawHit
from gateway.ingest.pipeline import Accepted
from gateway.privacy.cookies import Choice, months_after, visitor_ends
from gateway.privacy.standing import standing
from gateway.privacy.visit import Visit
from gateway.settings import Settings
from gateway.sites.catalog import ServedSite
from gateway.warehouse import retention
from gateway.web.hit import encode_hit
from gateway.web.lasting import encode_record
from gateway.web.tallying import key_of

SEED = 20_240_101
ACCEPTS = 0.61  # share of new browsers that say yes to everything
RETURNS = 0.38  # share of visits by a browser that came before
REMEMBERED = 4000
DAYS_AT_ONCE = 31


def write_history(settings: Settings, *, months: int, visits_a_day: int) -> None:
    """Write `months` of history up to yesterday. Refuses where the site already has visits, since it would double them."""
    asyncio.run(_write(settings, months, visits_a_day))


async def _write(settings: Settings, months: int, visits_a_day: int) -> None:
    real = SystemClock()
    clock = FrozenClock(real.now())
    gateway = Gateway(settings, clock=clock)
    site = gateway.catalog.get(SITE_ID)
    assert site is not None
    today = real.now().astimezone(site.zone).date()
    first = add_months(today, -months)
    gateway.journal.open()
    try:
        await gateway.prepare_warehouse()
        if await asyncio.to_thread(gateway.warehouse.query, "SELECT 1 FROM visits LIMIT 1"):
            raise GatewayError(
                f"There are visits in {settings.data_dir} already: history is written into an empty one only."
            )
        # Raw hits beyond their limit must live until their day is rolled up.
        await asyncio.to_thread(gateway.warehouse.command, "SYSTEM STOP TTL MERGES hits")
        await gateway.deliverer.start()
        days = [first + timedelta(days=number) for number in range((today - first).days)]
        writer = _Writer(gateway, site, clock, first, visits_a_day)
        with click.progressbar(days, label=f"Writing {months} months of visits", show_pos=True) as progress:
            waiting: list[date] = []
            for day in progress:
                await writer.write(day)
                waiting.append(day)
                if len(waiting) == DAYS_AT_ONCE or day == days[-1]:
                    await gateway.deliverer.flush()
                    await asyncio.to_thread(gateway.rollup.days, SITE_ID, waiting)
                    waiting = []
        clock.move_to(real.now())
        await asyncio.to_thread(retention.enforce, gateway.warehouse, settings, real)
        await asyncio.to_thread(gateway.warehouse.command, "SYSTEM START TTL MERGES hits")
        click.echo(
            f"{writer.hits:,} hits and {writer.consents:,} answers written; {writer.refused:,} hits refused by visitors."
        )
    finally:
        await gateway.deliverer.stop()
        await asyncio.to_thread(gateway.journal.close)
        await asyncio.to_thread(gateway.warehouse.close)
        gateway.geography.close()
        gateway.state.close()


class _Writer:
    def __init__(self, gateway: Gateway, site: ServedSite, clock: FrozenClock, first: date, visits_a_day: int) -> None:
        self._gateway = gateway
        self._clock = clock
        self._first = first
        self._average = visits_a_day
        self._audience = Audience(SEED)
        self._known: list[Person] = []
        self._site = site
        self._jar = gateway.jars[SITE_ID]
        self._notices = Notices(gateway.state, gateway.settings.base_url)
        self._shown: dict[str, Notice] = {}
        self.hits = self.consents = self.refused = 0

    async def write(self, day: date) -> None:
        """All visits of one site-local day, in the order of their starts."""
        midnight = datetime.combine(day, time.min, self._site.zone)
        plans = [self._audience.visit() for _ in range(self._audience.visits_on(day, self._first, self._average))]
        hits: list[bytes] = []
        answers: list[bytes] = []
        for plan in sorted(plans, key=lambda plan: plan.second):
            start = midnight.timestamp() + plan.second
            self._clock.move_to(datetime.fromtimestamp(start, self._site.zone))
            hits += self._visit(self._person(start, day, answers), plan, start)
        for notice in self._shown.values():
            await keep_durably(self._notices, notice, SITE_ID, midnight.timestamp(), self._gateway.journal)
        for stream, payloads in (("hits", hits), ("consents", answers)):
            if payloads:
                await self._gateway.journal.append(stream, payloads)
        await self._gateway.tallies.flush()
        self.hits += len(hits)
        self.consents += len(answers)

    def _person(self, now: float, day: date, answers: list[bytes]) -> Person:
        chance = self._audience.random
        if self._known and chance.random() < RETURNS:
            # Squared: recent browsers come back more than old ones.
            person = self._known[-1 - int(len(self._known) * chance.random() ** 2)]
            if person.consents_until > now:
                return person
        bump = (day.year - self._first.year) * 12 + day.month - self._first.month
        accepts = chance.random() < ACCEPTS
        until = months_after(now, self._site.site.choice_months) if accepts else 0.0
        person = self._audience.person(now, bump, until)
        if accepts:
            self._known.append(person)
            del self._known[:-REMEMBERED]
        answers.append(self._answer(person, accepts, now))
        return person

    def _answer(self, person: Person, accepts: bool, now: float) -> bytes:
        visit = Visit(received=now, address=person.address, user_agent=person.user_agent)
        notice = self._notices.notice(self._site, "fr", person.country)
        self._shown[notice.fingerprint] = notice
        purposes = {purpose.id: accepts for purpose in self._site.site.optional_purposes}
        answer = Answer(
            site=SITE_ID, purposes=purposes, method="accept_all" if accepts else "reject_all",
            fingerprint=self._site.fingerprint, notice=notice.fingerprint, language="fr",
        )  # fmt: skip
        stands = standing(visit, self._site, self._jar, person.country)
        shown = key_of(visit, self._site, What.SHOWN, "", person.country)
        self._gateway.tallies.add(shown._replace(language="fr", notice=notice.fingerprint))
        said = "accepted" if accepts else "refused"
        self._gateway.tallies.add(key_of(visit, self._site, What.ANSWER, said, person.country))
        return encode_record(record_answer(answer, visit, self._site, self._jar, stands, person.country).record)

    def _visit(self, person: Person, plan: VisitPlan, start: float) -> list[bytes]:
        cookies = self._cookies(person, start)
        rows: list[bytes] = []
        # A load is counted of everybody; of who agreed, and only of them, the visit is recorded too.
        visit = Visit(received=start, address=person.address, user_agent=person.user_agent)
        state = State.CONSENTED if person.consents_until > start else State.REFUSED
        country = self._gateway.geography.place(person.address).country
        load = key_of(visit, self._site, What.LOAD, state, country)
        self._gateway.tallies.add(load, len(plan.steps))
        referrer = plan.source
        for step in plan.steps:
            at = start + step.after
            view = f"{person.visitor.id}{at}"[-40:]
            url = f"{HOST}{step.page.path}{step.query}"
            page = {"url": url, "title": step.page.title, "page_view": view, "referrer": referrer}
            rows += self._run(person, at, cookies, HitType.PAGEVIEW, status=step.page.status, **page)
            for deed in step.deeds:
                rows += self._run(person, at + deed.after, cookies, deed.type, url=url, page_view=view, **deed.fields)
            rows += self._run(
                person, at + step.engaged, cookies, HitType.ENGAGEMENT, url=url, page_view=view,
                seconds=step.engaged, scroll=step.scroll,
            )  # fmt: skip
            referrer = url
        return rows

    def _run(self, person: Person, at: float, cookies: dict[str, str], kind: HitType, **fields: object) -> list[bytes]:
        visit = Visit(received=at, address=person.address, user_agent=person.user_agent, cookies=cookies)
        raw = RawHit(
            site=SITE_ID, type=kind, received=at, at=at, address=person.address, user_agent=person.user_agent,
            screen=person.screen, **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        outcome = self._gateway.pipeline.run(raw, visit, self._site)
        if isinstance(outcome, Accepted):
            return [encode_hit(outcome.hit)]
        self.refused += 1
        return []

    def _cookies(self, person: Person, now: float) -> dict[str, str]:
        """What this browser would send: its answer, and after a yes its visitor id."""
        site = self._site.site
        yes = person.consents_until > now
        expires = int(person.consents_until) if yes else int(months_after(now, site.choice_months))
        choice = Choice(
            p={purpose.id: int(yes) for purpose in site.optional_purposes}, f=self._site.fingerprint,
            d=int(now // 86_400), e=expires,
        )  # fmt: skip
        cookies = [self._jar.set_choice(choice, now)]
        if yes:
            ends = visitor_ends(person.visitor, site.max_cookie_months, expires)
            cookies.append(self._jar.set_visitor(person.visitor, ends, now))
        return dict(cookie.partition(";")[0].split("=", 1) for cookie in cookies)
