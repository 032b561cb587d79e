"""What of a visitor's requests is counted without a row (gateway.consent.tallies; docs/estimate.md says why it may be)."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from gateway.clock import local_hour
from gateway.consent.choices import Answer as GivenAnswer
from gateway.consent.outcome import Outcome
from gateway.consent.record import Method
from gateway.consent.tallies import Key, State, What
from gateway.enrich import bots, user_agents
from gateway.hits import Basis, Reason
from gateway.privacy.decision import decide
from gateway.privacy.standing import Standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.site import ANALYTICS
from gateway.web.parts import Parts

_ON_A_PAGE = frozenset({"banner", "preferences", "placeholder"})
_MAY_CHANGE = frozenset({State.UNANSWERED, State.REFUSED})
# A page that is loaded to be looked at asks for the script as one; a crawler that says nothing is known by its name.
_SCRIPT = ("", "script")


async def loaded(parts: Parts, visit: Visit, site: ServedSite, destination: str) -> None:
    """A page of `site` asked for its script: one load more. `destination` is Sec-Fetch-Dest, empty where it was not sent."""
    if destination not in _SCRIPT or not _is_audience(visit) or not _is_own_page(visit, site):
        return
    if await _is_restricted(parts, visit, site):
        return
    standing, place = parts.standing(visit, site)
    state = state_of(visit, standing)
    if state is not None:
        parts.context.tallies.add(key_of(visit, site, What.LOAD, state, place.country))


def shown(parts: Parts, visit: Visit, site: ServedSite, country: str, language: str, notice: str) -> None:
    """The banner goes out to be shown."""
    if _is_audience(visit):
        parts.context.tallies.add(
            key_of(visit, site, What.SHOWN, "", country)._replace(language=language, notice=notice)
        )


def answered(
    parts: Parts, visit: Visit, site: ServedSite, standing: Standing, given: GivenAnswer, outcome: Outcome
) -> None:
    """The page on which it was answered was counted before the answer: from here on it is one of the answer's state."""
    before = state_of(visit, standing)
    if not site.site.estimate or given.surface not in _ON_A_PAGE or before not in _MAY_CHANGE or outcome.objected:
        return
    after = State.CONSENTED if outcome.purposes.get(ANALYTICS) else State.REFUSED
    if after != before and _is_audience(visit):
        key = key_of(visit, site, What.LOAD, before, outcome.record.country)
        parts.context.tallies.add(key, -1)
        parts.context.tallies.add(key._replace(state=after))


def recorded(parts: Parts, visit: Visit, outcome: Outcome) -> None:
    """An answer by kind of device, which the ledger does not keep."""
    said = said_by(outcome)
    site = parts.context.catalog.get(outcome.record.site)
    if said and site is not None:
        parts.context.tallies.add(key_of(visit, site, What.ANSWER, said, outcome.record.country))


def said_by(outcome: Outcome) -> str:
    """accepted, refused, custom or withdrawn, as queries/consents.sql tells them apart; empty for what is no answer."""
    method = outcome.record.method
    if method is Method.WITHDRAW:
        return "withdrawn"
    if method not in (Method.ACCEPT_ALL, Method.REJECT_ALL, Method.SAVE):
        return ""
    said = {*outcome.purposes.values(), *outcome.services.values()}
    if True not in said:
        return "refused"
    return "custom" if False in said else "accepted"


def state_of(visit: Visit, standing: Standing) -> State | None:
    """None for whoever objected, in whatever way: they are in no tally of loads."""
    decision = decide(standing.situation)
    if decision.basis is Basis.CONSENT:
        return State.CONSENTED
    if visit.gpc:
        return None  # a signal against what runs without consent, and a tally does
    if decision.identified:
        return State.EXEMPT
    if decision.basis is None and decision.reason in (Reason.OBJECTED, Reason.OPTED_OUT):
        return None
    return State.REFUSED if standing.situation.answer.value == "no" else State.UNANSWERED


def _is_audience(visit: Visit) -> bool:
    return not visit.excluded and not visit.prefetch and bots.bot(visit.user_agent) is None


def _is_own_page(visit: Visit, site: ServedSite) -> bool:
    """False where the browser names a page that is not the site's, or one of its tests; a page may forbid it to say any."""
    try:
        host = urlsplit(visit.referer).hostname or ""
    except ValueError:
        return False
    return not host or (site.owns_host(host) and not site.is_test_host(host))


async def _is_restricted(parts: Parts, visit: Visit, site: ServedSite) -> bool:
    restricted = parts.context.tombstones.restricted(site.id)
    if not restricted:
        return False
    return not restricted.isdisjoint(await asyncio.to_thread(parts.pipeline.numbers_of, visit, site))


def key_of(visit: Visit, site: ServedSite, what: What, state: str, country: str) -> Key:
    """What a request counts under. The type of device is that of the user agent alone."""
    day, _ = local_hour(visit.received, site.zone)
    return Key(site.id, day, what, state, country, user_agents.client(visit.user_agent).device)
