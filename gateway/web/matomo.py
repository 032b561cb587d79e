"""`GET·POST /matomo.php` and `/piwik.php`: existing Matomo clients, unmodified (MATOMO.md, Tracking)."""

from __future__ import annotations

import base64

from starlette.types import Receive, Scope, Send

from gateway.errors import BadRequest, GatewayError, TooLarge, TooManyRequests
from gateway.hits import Dropped, Reason
from gateway.ingest import matomo
from gateway.ingest.authority import Senders, authority
from gateway.ingest.pipeline import Accepted
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.answers import NO_STORE, Header, answer, error_body, error_headers
from gateway.web.body import Disconnected, read_body
from gateway.web.headers import PAGES
from gateway.web.hit import cookies_of, encode_hit
from gateway.web.matomo_bulk import BulkEndpoint, Place, bulk_error
from gateway.web.outcomes import Outcomes
from gateway.web.parts import Parts
from gateway.web.senders import bearer, principal, recognised

PATHS = tuple(
    f"{folder}/{script}"
    for folder in ("", "/js")
    for script in ("matomo.php", "piwik.php", *(("", "index.php", "tracker.php") if folder else ()))
)

# A transparent GIF of one pixel, 43 bytes.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_GIF = (b"content-type", b"image/gif")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_FORM = "application/x-www-form-urlencoded"
_HELLO_HEADERS: tuple[Header, ...] = (_HTML, NO_STORE, *PAGES)
_HELLO = (
    b"<!DOCTYPE html><title>Tracking endpoint</title>"
    b"<p>This endpoint takes Matomo tracking requests. <code>idsite</code> and <code>rec=1</code> are required.</p>"
)
_NOT_RECORDED = Dropped(Reason.NOT_RECORDED)


class MatomoEndpoint:
    """One request, one answer; a bulk request goes on to its own endpoint."""

    def __init__(self, parts: Parts, outcomes: Outcomes) -> None:
        self._parts = parts
        self._outcomes = outcomes
        self._senders = Senders(parts.context.settings)
        self._bulk = BulkEndpoint(parts, outcomes, self._senders)
        limits = parts.context.settings.limits
        self._limit = limits.body_bytes
        self._bulk_limit = max(limits.bulk_bytes, limits.body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._bulk.place() as place:
            await self._answer(scope, receive, send, place)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, place: Place) -> None:
        method = scope["method"]
        visit = self._parts.visit(scope)
        if method == "OPTIONS":
            await answer(send, 204, b"", self._parts.origins.preflight(visit.origin))
            return
        site: ServedSite | None = None
        try:
            body = await self._body(method, receive, visit, place)
            if method == "GET" and not scope["query_string"]:
                await answer(send, 200, _HELLO, _HELLO_HEADERS)
                return
            if matomo.is_bulk(body):
                await self._bulk(scope, send, visit, body, place)
                return
            values = matomo.parameters(scope["query_string"], self._form(body, visit))
            site = self._parts.site(matomo.site_id(values), "idsite")
            try:
                outcomes = await self._outcomes_of(values, visit, site, scope)
                hits = [encode_hit(outcome.hit) for outcome in outcomes if isinstance(outcome, Accepted)]
            except Exception as error:
                raise self._outcomes.unexpected(error) from None
            if hits:
                await self._parts.context.journal.append("hits", hits)
        except Disconnected:
            return
        except GatewayError as error:
            self._outcomes.failed(site, error)
            headers = (*error_headers(error), *self._cors(method, visit, site))
            body = bulk_error(error) if isinstance(error, TooManyRequests) else error_body(error)
            await answer(send, error.status, body, headers)
            return
        cookies: list[str] = []
        for outcome in outcomes:
            self._outcomes.count(site, outcome)
            cookies += cookies_of(self._parts, visit, site, outcome)
        headers = (NO_STORE, *self._cors(method, visit, site))
        if values.get("send_image") == "0":
            await answer(send, 204, b"", headers, cookies)
        else:
            await answer(send, 200, PIXEL, (_GIF, *headers), cookies)

    async def _outcomes_of(
        self, values: dict[str, str], visit: Visit, site: ServedSite, scope: Scope
    ) -> list[Accepted | Dropped]:
        """What becomes of one request: of its hit, or hits. Raises BadRequest."""
        if not matomo.is_recorded(values):
            return [_NOT_RECORDED]
        token = values.get("token_auth") or bearer(scope)
        may = authority(await principal(self._parts, token), site.id) if token else None
        if may is None:
            self._parts.shares.request(visit.address, visit.received)
            self._parts.shares.hits(visit.address, visit.received, site.id)
        of = self._senders.visit(visit, values.get("cip", ""), values.get("ua", ""), may)
        run = self._parts.pipeline.run
        outcomes: list[Accepted | Dropped] = []
        for raw in matomo.raw_hits(values, of, site, may):
            outcomes.append(run(raw, of, site))
            of = recognised(of, outcomes[-1])
        return outcomes or [_NOT_RECORDED]

    async def _body(self, method: str, receive: Receive, visit: Visit, place: Place) -> bytes:
        if method == "GET":
            return b""
        if method != "POST":
            raise BadRequest("GET and POST are answered here", "method")

        def grows(size: int) -> None:
            if size > self._limit:  # as bulk requests only may be; so many at once fit into memory
                place.take()

        body = await read_body(receive, self._bulk_limit, visit.content_length, grows)
        if len(body) > self._limit and not matomo.is_bulk(body):
            raise TooLarge(f"The body may have {self._limit} bytes", "body")
        return body

    def _form(self, body: bytes, visit: Visit) -> bytes:
        return body if not visit.content_type or visit.content_type.startswith((_FORM, "text/plain")) else b""

    def _cors(self, method: str, visit: Visit, site: ServedSite | None) -> tuple[Header, ...]:
        return () if method == "GET" else tuple(self._parts.origins.headers(visit, site))
