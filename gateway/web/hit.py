"""`POST /v1/hit`: the gateway's own hits. Pure ASGI, since this is the hottest route; it answers when the hit is on disk."""

from __future__ import annotations

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.errors import BadRequest, GatewayError
from gateway.hits import Basis, Dropped, Hit, Reason
from gateway.ingest import goals, native
from gateway.ingest.pipeline import Accepted
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.answers import JSON, NO_STORE, answer, error_body, error_headers
from gateway.web.body import Disconnected, read_body
from gateway.web.lasting import renewed
from gateway.web.outcomes import Outcomes
from gateway.web.parts import Parts

_IDENTIFIED = b'{"status":"identified"}'
_COOKIELESS = b'{"status":"cookieless"}'

encode_hit = msgspec.json.Encoder().encode


class HitEndpoint:
    def __init__(self, parts: Parts, outcomes: Outcomes) -> None:
        self._parts = parts
        self._outcomes = outcomes
        self._limit = parts.context.settings.limits.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), "")
            await answer(send, 204, b"", self._parts.origins.preflight(origin))
            return
        visit = self._parts.visit(scope)
        site: ServedSite | None = None
        try:
            if method != "POST":
                raise BadRequest("Only POST is answered here", "method")
            body = await read_body(receive, self._limit, visit.content_length)
            raw = native.parse(body, visit)
            site = self._parts.site(raw.site)
            self._parts.shares.request(visit.address, visit.received)
            self._parts.shares.hits(visit.address, visit.received, site.id)
            if raw.goal:
                goals.require(site, raw.goal, "$.goal")
            try:
                outcome = self._parts.pipeline.run(raw, visit, site)
                hits = [encode_hit(outcome.hit)] if isinstance(outcome, Accepted) else []
            except Exception as error:
                raise self._outcomes.unexpected(error) from None
            if hits:
                await self._parts.context.journal.append("hits", hits)
        except Disconnected:
            return
        except GatewayError as error:
            status = 405 if method != "POST" else error.status
            self._outcomes.failed(site, error)
            headers = error_headers(error) + self._parts.origins.headers(visit, site)
            await answer(send, status, error_body(error), headers)
            return
        self._outcomes.count(site, outcome)
        headers = [JSON, NO_STORE, *self._parts.origins.headers(visit, site)]
        cookies = cookies_of(self._parts, visit, site, outcome)
        if isinstance(outcome, Dropped):
            await answer(send, 200, dropped_body(outcome), headers, cookies)
        else:
            await answer(send, 202, _status(outcome.hit), headers, cookies)


def _status(hit: Hit) -> bytes:
    return _COOKIELESS if hit.basis is Basis.COOKIELESS else _IDENTIFIED


def cookies_of(parts: Parts, visit: Visit, site: ServedSite, outcome: Accepted | Dropped) -> list[str]:
    """Set-Cookie values that go with a hit's answer: what lasts is renewed, and a visitor made here begins.

    A browser that still has an erased id loses it: the answer that took it away may never have arrived.
    """
    cookies = renewed(parts, visit, site)
    if isinstance(outcome, Dropped):
        if outcome.reason is Reason.ERASED:
            jar = parts.jars[site.id]
            cookies.append(jar.expire(jar.visitor_name))
    elif outcome.set_visitor is not None:
        cookies.append(outcome.set_visitor)
    return cookies


def dropped_body(dropped: Dropped) -> bytes:
    status = "refused" if dropped.reason.is_refusal else "dropped"
    return f'{{"status":"{status}","reason":"{dropped.reason}"}}'.encode()
