"""Opt-outs and objections last while the visitor keeps coming: renewed at each visit, and begun by a signal that is seen.

The cookies are constants; what they say needs no identifier (RULES.md C3, C5).
"""

from __future__ import annotations

import asyncio
import logging

import msgspec
import sqlalchemy as sa

from gateway.consent.opt_outs import opt_out_by_signal
from gateway.consent.outcome import Outcome
from gateway.consent.record import Method
from gateway.consent.rights import Kind, Way
from gateway.errors import GatewayError, TooManyRequests
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web import tallying
from gateway.web.context import Context
from gateway.web.parts import Parts

encode_record = msgspec.json.Encoder().encode

log = logging.getLogger("gateway.web")

# A withdrawal is no request: it is answered by being done. Nor is a signal: the ledger's row says when it was first seen.
_RIGHTS = {Method.OBJECTION: Kind.OBJECTION, Method.DO_NOT_SELL: Kind.OPT_OUT_OF_SALE}


async def record(parts: Parts, outcome: Outcome, visit: Visit | None) -> None:
    """Put an answer's row on disk, and count it; a right exercised enters the register of requests.

    `visit` is None where the site's own server answers. Raises Unavailable where the row could not be written, and
    TooManyRequests for a yes from a network that has filled its share of the ledger; a no holds without its row.
    """
    if visit is not None and (seconds := _wait(parts, outcome, visit)):
        if outcome.is_yes:
            raise TooManyRequests("Too many answers from this network; try again later", retry_after=seconds)
        parts.context.metrics.consents_unwritten.labels(str(outcome.record.site), outcome.record.method).inc()
        return
    await parts.context.journal.append("consents", [encode_record(outcome.record)], reserve=True)
    parts.context.metrics.consents.labels(str(outcome.record.site), outcome.record.method).inc()
    if visit is not None:
        tallying.recorded(parts, visit, outcome)
    kind = _RIGHTS.get(outcome.record.method)
    if kind is not None:
        way = Way.API if outcome.record.surface == "api" else Way.PAGE
        await exercised(parts, kind, outcome.record.site, way)


def _wait(parts: Parts, outcome: Outcome, visit: Visit) -> int:
    """Seconds until this row may be written; 0: now."""
    row = outcome.record
    if row.method is Method.OPT_IN:
        parts.signals.forget(row.site, visit)
    if not row.follows and parts.place(visit).local:
        return 0
    return parts.flood.wait(row.follows or (row.site, visit.address), visit.received)


async def exercised(parts: Parts, kind: Kind, site: int, way: Way = Way.PAGE) -> None:
    """Enter a right that was granted in this very request in the register; never raises: a failure is logged."""
    await asyncio.to_thread(_register, parts.context, kind, site, way)


def renewed(parts: Parts, visit: Visit, site: ServedSite) -> list[str]:
    """Set-Cookie values that let a standing objection or opt-out begin its term anew."""
    cookies: list[str] = []
    if not visit.cookies:
        return cookies
    jar = parts.jars[site.id]
    if whose := jar.objection(visit.cookies):
        cookies.append(jar.set_objection(visit.received, whose))
    if whose := jar.optout(visit.cookies):
        cookies.append(jar.set_optout(visit.received, whose))
    return cookies


async def with_lasting(parts: Parts, visit: Visit, site: ServedSite, cookies: list[str]) -> list[str]:
    """The cookies of an answer, with those that it does not set itself renewed, or begun by Global Privacy Control.

    The row of an opt-out by signal is on disk when this returns. Raises Unavailable where it could not be written.
    """
    set_already = {cookie.partition("=")[0] for cookie in cookies}
    lasting = renewed(parts, visit, site)
    # A cross-site request stores no cookie: it would be a new opt-out each time.
    if visit.gpc and visit.fetch_site != "cross-site" and parts.jars[site.id].optout_name not in set_already:
        standing, place = parts.standing(visit, site)
        signalled = opt_out_by_signal(visit, site, parts.jars[site.id], standing, place.country)
        if signalled is not None:
            if parts.signals.is_new(site.id, visit):
                try:
                    await record(parts, signalled, visit)
                except GatewayError:
                    parts.signals.forget(site.id, visit)
                    raise
            lasting += signalled.cookies
    return cookies + [cookie for cookie in lasting if cookie.partition("=")[0] not in set_already]


def _register(context: Context, kind: Kind, site: int, way: Way) -> None:
    try:
        context.register.granted_at_once(kind, site, way)
    except sa.exc.DBAPIError:
        # What was asked for is done; whoever asked must not be told otherwise.
        log.exception("a right exercised is missing in the register", extra={"site": site, "kind": kind.value})
