"""`GET·POST·DELETE /v1/consent` and `POST·DELETE /v1/opt-out`: a choice is answered once it is on disk, and binds at once."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.consent.choices import Answer, record_answer, withdraw
from gateway.consent.opt_outs import OptOut, opt_in, opt_out
from gateway.consent.outcome import Outcome
from gateway.errors import BadRequest, GatewayError
from gateway.ingest.native import bad_request
from gateway.privacy.clearing import to_clear
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.web import tallying
from gateway.web.answers import JSON, answer, error_body, error_headers
from gateway.web.body import Disconnected, read_body
from gateway.web.lasting import with_lasting
from gateway.web.logged_in import EXPIRED, carry_out, described, following, logged_in, met, refuse_minor
from gateway.web.parts import Parts
from gateway.web.times import iso_time

Body = TypeVar("Body")

_answer_decoder = msgspec.json.Decoder(Answer)
_opt_out_decoder = msgspec.json.Decoder(OptOut)


class ConsentEndpoint:
    """Pure ASGI: every choice of every visitor comes through here, and must not wait behind pages."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limit = parts.context.settings.limits.body_bytes
        self._requests = parts.context.metrics.requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = self._parts.visit(scope)
        route = "/v1/opt-out" if scope["path"].endswith("/v1/opt-out") else "/v1/consent"
        if scope["method"] == "OPTIONS":
            await answer(send, 204, b"", self._parts.origins.preflight(visit.origin))
            return
        site: list[ServedSite] = []
        try:
            status, body, cookies = await self._respond(scope, receive, visit, site)
            cookies = await with_lasting(self._parts, visit, site[0], cookies)
        except Disconnected:
            return
        except GatewayError as error:
            headers = error_headers(error) + self._parts.origins.headers(visit, site[0] if site else None)
            self._requests.labels(route, str(error.status)).inc()
            await answer(send, error.status, error_body(error), headers)
            return
        self._requests.labels(route, str(status)).inc()
        headers = [JSON, (b"cache-control", b"private, no-store"), *self._parts.origins.headers(visit, site[0])]
        await answer(send, status, msgspec.json.encode(body), headers, cookies)

    async def _respond(
        self, scope: Scope, receive: Receive, visit: Visit, found: list[ServedSite]
    ) -> tuple[int, dict[str, Any], list[str]]:
        """Status, body and cookies. `found` receives the site as soon as it is known, for the CORS headers of an error."""
        is_opt_out, method = scope["path"].endswith("/v1/opt-out"), scope["method"]
        parts = self._parts
        if method == "GET" and not is_opt_out:
            site = parts.site(_parameter(scope), "site")
            found.append(site)
            return 200, *await self._held(visit, site, _subject(scope))
        given: Answer | OptOut | None = None
        if method == "POST":
            body = await read_body(receive, self._limit, visit.content_length)
            given = _decode(_opt_out_decoder, body) if is_opt_out else _decode(_answer_decoder, body)
        elif method != "DELETE":
            raise MethodNotAllowed("This method is not answered here", "method")
        site = self._site(given.site if given else _parameter(scope), "$.site" if given else "site", visit, found)
        standing, place = parts.standing(visit, site)
        jar = parts.jars[site.id]
        token, where = (given.subject, "$.subject") if given else (_subject(scope), "subject")
        person = await logged_in(parts, site, token, where)
        if is_opt_out:
            if isinstance(given, OptOut):
                outcome = opt_out(given, visit, site, jar, standing, place.country)
                status = "opted_out" if given.what == "sale" else "objected"
                if not token and outcome.repeats(jar, visit.cookies):
                    return 200, {"status": status}, outcome.cookies
            else:
                _require_sale(scope)
                refuse_minor(person, True)
                outcome = opt_in(visit, site, jar, standing, place.country)
                status = "opted_in"
            cookies, account = await carry_out(parts, visit, site, outcome, token, person)
            return 200, {"status": status, **account}, cookies + cleared(parts, scope, site, outcome)
        if isinstance(given, Answer):
            if given.says_yes:
                # Shown before the policy was replaced: it is recorded as what it was given to, and asked about again.
                site = parts.context.catalog.earlier(site, given.fingerprint, visit.received) or site
            refuse_minor(person, given.says_yes)
            await require_notice(parts, given, site)
            outcome = record_answer(given, visit, site, jar, standing, place.country)
        else:
            outcome = withdraw(visit, site, jar, standing, place.country, "preferences")
        cookies, account = await carry_out(parts, visit, site, outcome, token, person)
        if isinstance(given, Answer):
            tallying.answered(parts, visit, site, standing, given, outcome)
        cookies += cleared(parts, scope, site, outcome)
        return (201 if given else 200), {**_answered(outcome), **account}, cookies

    def _site(self, site_id: int, where: str, visit: Visit, found: list[ServedSite]) -> ServedSite:
        site = self._parts.site(site_id, where)
        found.append(site)
        self._parts.origins.require_own(visit, site)
        return site

    async def _held(self, visit: Visit, site: ServedSite, token: str) -> tuple[dict[str, Any], list[str]]:
        parts = self._parts
        person = await logged_in(parts, site, token, "subject")
        standing, _ = parts.standing(visit, site)
        if person is not None:
            if visit.is_own:
                person = await met(parts, visit, site, standing.situation.jurisdiction, person)
            standing, _ = parts.standing(visit, site, person.account)
        choice = standing.choice if standing.current else None
        held = {
            "purposes": {name: bool(said) for name, said in choice.p.items()} if choice else None,
            "services": {name: bool(said) for name, said in choice.s.items()} if choice else None,
            "receipt": parts.jars[site.id].receipt(visit.cookies),
            "sale": not (standing.situation.opted_out or visit.gpc),
            "objected": standing.situation.objected,
            "expires": iso_time(choice.e) if choice else None,
            "jurisdiction": standing.situation.jurisdiction,
            "gpc": visit.gpc,
        }
        if token:
            held["account"] = described(parts, visit, site, person, standing) if person else EXPIRED
        return held, following(parts, visit, site, person if visit.is_own else None)


def cleared(parts: Parts, scope: Scope, site: ServedSite, outcome: Outcome) -> list[str]:
    """Set-Cookie values that expire what refused purposes had left on this browser."""
    header = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    names = to_clear(header, site.site.purposes, outcome.purposes, outcome.services) if header else []
    return [cookie for name in names for cookie in parts.jars[site.id].clear(name)]


async def require_notice(parts: Parts, given: Answer, site: ServedSite) -> None:
    """A yes must name the notice it was given to, or it proves nothing (RULES.md E7). Raises BadRequest."""
    if not given.says_yes or given.fingerprint != site.fingerprint:
        return
    if parts.notices.was_composed(given.notice, site):
        return
    if not given.notice or not await asyncio.to_thread(parts.notices.was_shown, given.notice, site):
        raise BadRequest("A yes must name the notice that was shown, as /v1/sites/{site}/notice gave it", "$.notice")


class MethodNotAllowed(BadRequest):
    status = 405


def _answered(outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    receipt = {
        "id": record.id if outcome.is_yes else None,
        "site": record.site,
        "time": iso_time(record.ts / 1000),
        "method": record.method,
        "policy": record.policy,
        "notice": record.notice,
        "language": record.language,
        "jurisdiction": record.jurisdiction,
    }
    return {
        "receipt": receipt,
        "purposes": outcome.purposes,
        "services": outcome.services,
        "expires": iso_time(outcome.expires),
    }


def _decode(decoder: msgspec.json.Decoder[Body], body: bytes) -> Body:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None


def _parameter(scope: Scope) -> int:
    """The site, a number, in the query."""
    for part in scope["query_string"].split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"site" and value.isdigit() and len(value) <= 10:
            return int(value)
    raise BadRequest("The parameter site, a number, is required", "site")


def _subject(scope: Scope) -> str:
    """The token of a logged-in customer in the query, "" where there is none."""
    for part in scope["query_string"].split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"subject":
            return str(value.decode("latin-1"))
    return ""


def _require_sale(scope: Scope) -> None:
    if b"what=sale" not in scope["query_string"].split(b"&"):
        raise BadRequest("Only an opt-out of sale can be taken back: what=sale is required", "what")
