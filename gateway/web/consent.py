"""`GET·POST·DELETE /v1/consent` and `POST /v1/opt-out`: a choice is answered once it is on disk, and binds from then on."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.consent.choices import Answer, OptOut, Outcome, opt_out, record_answer, withdraw
from gateway.errors import BadRequest, GatewayError
from gateway.ingest.native import bad_request
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web.answers import JSON, answer, error_body, error_headers
from gateway.web.body import Disconnected, read_body
from gateway.web.parts import Parts
from gateway.web.times import iso_time

Body = TypeVar("Body")

_answer_decoder = msgspec.json.Decoder(Answer)
_opt_out_decoder = msgspec.json.Decoder(OptOut)
encode_record = msgspec.json.Encoder().encode


class ConsentEndpoint:
    """Pure ASGI: every choice of every visitor comes through here, and must not wait behind pages."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limit = parts.context.settings.limits.body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = self._parts.visit(scope)
        if scope["method"] == "OPTIONS":
            await answer(send, 204, b"", self._parts.origins.preflight(visit.origin))
            return
        site: list[ServedSite] = []
        try:
            status, body, cookies = await self._respond(scope, receive, visit, site)
        except Disconnected:
            return
        except GatewayError as error:
            headers = error_headers(error) + self._parts.origins.headers(visit, site[0] if site else None)
            await answer(send, error.status, error_body(error), headers)
            return
        headers = [JSON, (b"cache-control", b"private, no-store"), *self._parts.origins.headers(visit, site[0])]
        headers += [(b"set-cookie", cookie.encode()) for cookie in with_renewed(self._parts, visit, site[0], cookies)]
        await answer(send, status, msgspec.json.encode(body), headers)

    async def _respond(
        self, scope: Scope, receive: Receive, visit: Visit, found: list[ServedSite]
    ) -> tuple[int, dict[str, Any], list[str]]:
        """Status, body and cookies. `found` receives the site as soon as it is known, for the CORS headers of an error."""
        path, method = scope["path"], scope["method"]
        if path.endswith("/v1/opt-out"):
            if method != "POST":
                raise MethodNotAllowed("Only POST is answered here", "method")
            request = _decode(_opt_out_decoder, await read_body(receive, self._limit, visit.content_length))
            site = self._site(request.site, "$.site", visit, found)
            standing, place = self._parts.standing(visit, site)
            outcome = opt_out(request, visit, site, self._parts.jars[site.id], standing, place.country)
            await record(self._parts, outcome)
            return 200, {"status": "opted_out" if request.what == "sale" else "objected"}, outcome.cookies
        if method == "POST":
            given = _decode(_answer_decoder, await read_body(receive, self._limit, visit.content_length))
            site = self._site(given.site, "$.site", visit, found)
            standing, place = self._parts.standing(visit, site)
            await require_notice(self._parts, given, site)
            outcome = record_answer(given, visit, site, self._parts.jars[site.id], standing, place.country)
            await record(self._parts, outcome)
            return 201, _answered(outcome), outcome.cookies
        if method == "DELETE":
            site = self._site(_site_parameter(scope), "site", visit, found)
            standing, place = self._parts.standing(visit, site)
            outcome = withdraw(visit, site, self._parts.jars[site.id], standing, place.country, "preferences")
            await record(self._parts, outcome)
            return 200, _answered(outcome), outcome.cookies
        if method == "GET":
            site = self._parts.site(_site_parameter(scope), "site")
            found.append(site)
            return 200, self._held(visit, site), []
        raise MethodNotAllowed("GET, POST and DELETE are answered here", "method")

    def _site(self, site_id: int, where: str, visit: Visit, found: list[ServedSite]) -> ServedSite:
        site = self._parts.site(site_id, where)
        found.append(site)
        self._parts.origins.require_own(visit, site)
        return site

    def _held(self, visit: Visit, site: ServedSite) -> dict[str, Any]:
        standing, _ = self._parts.standing(visit, site)
        choice = standing.choice if standing.current else None
        jar = self._parts.jars[site.id]
        return {
            "purposes": {name: bool(said) for name, said in choice.p.items()} if choice else None,
            "sale": not (jar.opted_out(visit.cookies) or visit.gpc),
            "objected": jar.objected(visit.cookies),
            "expires": iso_time(choice.e) if choice else None,
            "jurisdiction": standing.situation.jurisdiction,
            "gpc": visit.gpc,
        }


async def record(parts: Parts, outcome: Outcome) -> None:
    """Put an answer's row on disk, and count it. Raises Unavailable where it could not be written."""
    await parts.context.journal.append("consents", [encode_record(outcome.record)], reserve=True)
    parts.context.metrics.consents.labels(str(outcome.record.site), outcome.record.method).inc()


async def require_notice(parts: Parts, given: Answer, site: ServedSite) -> None:
    """A yes must name the notice it was given to, or it proves nothing (RULES.md E7). Raises BadRequest."""
    if not any(given.purposes.values()) or given.fingerprint != site.fingerprint:
        return
    if parts.notices.was_composed(given.notice, site):
        return
    if not given.notice or not await asyncio.to_thread(parts.notices.was_shown, given.notice, site):
        raise BadRequest("A yes must name the notice that was shown, as /v1/sites/{site}/notice gave it", "$.notice")


class MethodNotAllowed(BadRequest):
    status = 405


def renewed(parts: Parts, visit: Visit, site: ServedSite) -> list[str]:
    """Objections and opt-outs never lapse while the visitor keeps coming: their cookies are renewed at each visit."""
    jar = parts.jars[site.id]
    cookies = []
    if jar.objected(visit.cookies):
        cookies.append(jar.set_objection(visit.received))
    if jar.opted_out(visit.cookies):
        cookies.append(jar.set_optout(visit.received))
    return cookies


def renewed_headers(parts: Parts, visit: Visit, site: ServedSite) -> list[tuple[bytes, bytes]]:
    return [(b"set-cookie", cookie.encode()) for cookie in renewed(parts, visit, site)] if visit.cookies else []


def with_renewed(parts: Parts, visit: Visit, site: ServedSite, cookies: list[str]) -> list[str]:
    """The cookies of an answer, and the renewed ones among those it does not set itself."""
    set_already = {cookie.partition("=")[0] for cookie in cookies}
    return cookies + [cookie for cookie in renewed(parts, visit, site) if cookie.partition("=")[0] not in set_already]


def _answered(outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    receipt = {
        "id": record.id if any(outcome.purposes.values()) else None,
        "site": record.site,
        "time": iso_time(record.ts / 1000),
        "method": record.method,
        "policy": record.policy,
        "notice": record.notice,
        "language": record.language,
        "jurisdiction": record.jurisdiction,
    }
    return {"receipt": receipt, "purposes": outcome.purposes, "expires": iso_time(outcome.expires)}


def _decode(decoder: msgspec.json.Decoder[Body], body: bytes) -> Body:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None


def _site_parameter(scope: Scope) -> int:
    for part in scope["query_string"].split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"site" and value.isdigit() and len(value) <= 10:
            return int(value)
    raise BadRequest("The parameter site, a number, is required", "site")
