"""`GET·POST /matomo.php` and `/piwik.php`: existing Matomo clients, unmodified (MATOMO.md, Tracking)."""

from __future__ import annotations

import base64

from starlette.types import Receive, Scope, Send

from gateway.errors import BadRequest, GatewayError
from gateway.hits import Dropped, Reason
from gateway.ingest import matomo
from gateway.ingest.pipeline import Accepted
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.answers import NO_STORE, answer, error_body, error_headers
from gateway.web.body import Disconnected, read_body
from gateway.web.hit import encode_hit, ended_headers
from gateway.web.lasting import renewed_headers
from gateway.web.outcomes import Outcomes
from gateway.web.parts import Parts

PATHS = ("/matomo.php", "/piwik.php", "/js/matomo.php", "/js/piwik.php", "/js/tracker.php")

# A transparent GIF of one pixel, 43 bytes.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_GIF = (b"content-type", b"image/gif")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_FORM = "application/x-www-form-urlencoded"
_HELLO = (
    b"<!DOCTYPE html><title>Tracking endpoint</title>"
    b"<p>This endpoint takes Matomo tracking requests. <code>idsite</code> and <code>rec=1</code> are required.</p>"
)
_NOT_RECORDED = Dropped(Reason.NOT_RECORDED)


class MatomoEndpoint:
    def __init__(self, parts: Parts, outcomes: Outcomes) -> None:
        self._parts = parts
        self._outcomes = outcomes
        self._limit = parts.context.settings.limits.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        visit = self._parts.visit(scope)
        if method == "OPTIONS":
            await answer(send, 204, b"", self._parts.origins.preflight(visit.origin))
            return
        site: ServedSite | None = None
        try:
            form = await self._form(method, receive, visit)
            if method == "GET" and not scope["query_string"]:
                await answer(send, 200, _HELLO, [_HTML, NO_STORE])
                return
            values = matomo.parameters(scope["query_string"], form)
            site = self._parts.site(matomo.site_id(values), "idsite")
            outcome = self._outcome(values, visit, site)
            if isinstance(outcome, Accepted):
                await self._parts.context.journal.append("hits", [encode_hit(outcome.hit)])
        except Disconnected:
            return
        except GatewayError as error:
            self._outcomes.failed(site, error)
            headers = error_headers(error) + self._cors(method, visit, site)
            await answer(send, error.status, error_body(error), headers)
            return
        self._outcomes.count(site, outcome)
        headers = [NO_STORE, *self._cors(method, visit, site), *renewed_headers(self._parts, visit, site)]
        if isinstance(outcome, Accepted) and outcome.set_visitor is not None:
            headers.append((b"set-cookie", outcome.set_visitor.encode()))
        if isinstance(outcome, Dropped):
            headers += ended_headers(self._parts, site, outcome)
        if values.get("send_image") == "0":
            await answer(send, 204, b"", headers)
        else:
            await answer(send, 200, PIXEL, [_GIF, *headers])

    def _outcome(self, values: dict[str, str], visit: Visit, site: ServedSite) -> Accepted | Dropped:
        if not matomo.is_recorded(values):
            return _NOT_RECORDED
        return self._parts.pipeline.run(matomo.parse(values, visit, site.id), visit, site)

    async def _form(self, method: str, receive: Receive, visit: Visit) -> bytes:
        if method == "GET":
            return b""
        if method != "POST":
            raise BadRequest("GET and POST are answered here", "method")
        body = await read_body(receive, self._limit, visit.content_length)
        if b'"requests"' in body:
            raise BadRequest("Bulk requests are not taken yet; send one request at a time", "body")
        return body if not visit.content_type or visit.content_type.startswith((_FORM, "text/plain")) else b""

    def _cors(self, method: str, visit: Visit, site: ServedSite | None) -> list[tuple[bytes, bytes]]:
        return [] if method == "GET" else self._parts.origins.headers(visit, site)
