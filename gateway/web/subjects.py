"""`/v1/subjects/{id}`: the customer area of a site, kept by the site's own server (docs/customer-area.md; RULES.md E13, C6).

The id is the site's own, percent-encoded. It is hashed here and goes no further: no log line, no row, no answer has it.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.consent.choices import Answer, PurposeId, record_answer
from gateway.consent.opt_outs import OptOut, opt_in, opt_out
from gateway.consent.outcome import Outcome
from gateway.consent.record import Method
from gateway.consent.subject_tokens import MOST_SECONDS
from gateway.errors import BadRequest
from gateway.ingest.native import bad_request
from gateway.privacy.account import Account
from gateway.privacy.standing import standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.site import ANALYTICS
from gateway.web.auth import require_keeper
from gateway.web.body import Disconnected, read_body
from gateway.web.consent import require_notice
from gateway.web.evidence import whole_number
from gateway.web.lasting import record
from gateway.web.logged_in import LoggedIn, refuse_minor
from gateway.web.parts import Parts
from gateway.web.times import iso_time

_HEADERS = {"cache-control": "private, no-store"}
SiteNumber = Annotated[int, Meta(ge=1, le=2**32 - 1)]
Body = TypeVar("Body")


class NewChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of PUT: what the customer answered; what is absent stays as it is. A yes needs `fingerprint` and `notice`."""

    site: SiteNumber
    purposes: Annotated[dict[PurposeId, bool], Meta(max_length=100)] | None = None
    services: Annotated[dict[PurposeId, bool], Meta(max_length=500)] = {}
    fingerprint: Annotated[str, Meta(max_length=64)] = ""
    notice: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""
    language: Annotated[str, Meta(max_length=35)] = ""
    jurisdiction: Annotated[str, Meta(pattern="^([A-Z]{2}(-[A-Z]{2})?)?$")] = ""  # the customer's; "": the strictest
    opted_out: bool | None = None
    objected: bool | None = None
    minor: bool | None = None


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST …/token."""

    site: SiteNumber
    seconds: Annotated[int, Meta(ge=1, le=MOST_SECONDS)] = MOST_SECONDS


def routes(parts: Parts) -> list[BaseRoute]:
    subjects = parts.subjects

    async def held(request: Request) -> Response:
        """GET /v1/subjects/{id}/consent?site=."""
        site, subject = await _authorized(parts, request, _site_number(request))
        return _json(_plain(site, await run_in_threadpool(subjects.account, site.id, subject)))

    async def put(request: Request) -> Response:
        """PUT /v1/subjects/{id}/consent."""
        given = await _body(request, NewChoice, parts)
        site, subject = await _authorized(parts, request, given.site)
        person = LoggedIn(subject, await run_in_threadpool(subjects.account, site.id, subject))
        outcomes = await _outcomes(parts, request, given, site, person)
        if given.minor is not None:
            await run_in_threadpool(subjects.mark, site.id, subject, minor=given.minor)
        for outcome in outcomes:
            await record(parts, outcome, None)
            await run_in_threadpool(subjects.take, site, subject, outcome)
        return _json(_plain(site, await run_in_threadpool(subjects.account, site.id, subject)))

    async def token(request: Request) -> Response:
        """POST /v1/subjects/{id}/token → 201."""
        given = await _body(request, NewToken, parts)
        site, subject = await _authorized(parts, request, given.site)
        made, ends = parts.subject_tokens.token(site.id, subject, given.seconds)
        return _json({"token": made, "expires": iso_time(ends)}, 201)

    async def erase(request: Request) -> Response:
        """DELETE /v1/subjects/{id}?site= → 204, whether anything was kept or not."""
        site, subject = await _authorized(parts, request, _site_number(request))
        await run_in_threadpool(subjects.erase, site.id, subject)
        return Response(status_code=204, headers=_HEADERS)

    # An id may hold a slash.
    return [
        Route("/v1/subjects/{id:path}/consent", held, methods=["GET"]),
        Route("/v1/subjects/{id:path}/consent", put, methods=["PUT"]),
        Route("/v1/subjects/{id:path}/token", token, methods=["POST"]),
        Route("/v1/subjects/{id:path}", erase, methods=["DELETE"]),
    ]


async def _outcomes(
    parts: Parts, request: Request, given: NewChoice, site: ServedSite, person: LoggedIn
) -> list[Outcome]:
    """What follows from a PUT, everything checked before anything is done. Raises BadRequest, Conflict."""
    says_yes = any((given.purposes or {}).values()) or any(given.services.values())
    if given.minor is not False:
        refuse_minor(person, says_yes or given.opted_out is False)
    if given.minor and (says_yes or given.opted_out is False):
        raise BadRequest("A minor is asked nothing optional, so nothing can be agreed to", "$.minor")
    if given.services and given.purposes is None:
        raise BadRequest("Answers to services come with those to purposes", "$.services")
    if given.objected is False:
        raise BadRequest(f"An objection ends with a yes to {ANALYTICS}", "$.objected")
    if given.objected and given.purposes and given.purposes.get(ANALYTICS):
        raise BadRequest(f"This contradicts the yes to {ANALYTICS}", "$.objected")
    if given.purposes is None and given.opted_out is None and given.objected is None and given.minor is None:
        raise BadRequest("Say purposes, opted_out, objected or minor", "$")
    # The request is the site's server's: its cookies, signals and country are not the customer's.
    visit: Visit = msgspec.structs.replace(parts.visit(request.scope), cookies={}, gpc=False, accept_language="")
    jar, country = parts.jars[site.id], given.jurisdiction[:2]
    stands = standing(visit, site, jar, given.jurisdiction)
    outcomes = []
    if given.purposes is not None:
        answer = Answer(
            site=site.id,
            purposes=given.purposes,
            services=given.services,
            fingerprint=given.fingerprint,
            notice=given.notice,
            language=given.language,
            surface="api",
        )
        await require_notice(parts, answer, site)
        outcome = record_answer(answer, visit, site, jar, stands, country)
        row = msgspec.structs.replace(outcome.record, method=Method.API, follows=person.account.receipt)
        outcomes.append(outcome._replace(record=row))
    if given.objected:
        objection = OptOut(site=site.id, what="analytics", surface="api")
        outcomes.append(opt_out(objection, visit, site, jar, stands, country))
    if given.opted_out:
        request_of_sale = OptOut(site=site.id, what="sale", method="do_not_sell", surface="api")
        outcomes.append(opt_out(request_of_sale, visit, site, jar, stands, country))
    elif given.opted_out is False:
        outcomes.append(opt_in(visit, site, jar, stands, country, surface="api"))
    return outcomes


async def _authorized(parts: Parts, request: Request, number: int) -> tuple[ServedSite, bytes]:
    """The site and the customer's hash, for a token that may keep that site's customers. Raises GatewayError."""
    await require_keeper(request, number)
    site = parts.site(number, "site")
    return site, await run_in_threadpool(parts.subject_keys.hashed, site.id, request.path_params["id"])


def _plain(site: ServedSite, account: Account) -> dict[str, Any]:
    choice = account.choice
    return {
        "site": site.id,
        "purposes": {name: bool(said) for name, said in choice.p.items()} if choice else None,
        "services": {name: bool(said) for name, said in choice.s.items()} if choice else None,
        "policy": choice.f if choice else None,
        "current": choice is not None and choice.f == site.fingerprint,
        "answered": iso_time(account.answered) if account.answered is not None else None,
        "expires": iso_time(choice.e) if choice else None,
        "receipt": account.receipt or None,
        "opted_out": account.opted_out or account.minor,
        "objected": account.objected,
        "minor": account.minor,
    }


def _site_number(request: Request) -> int:
    if not request.query_params.get("site"):
        raise BadRequest("The parameter site, a number, is required", "site")
    return whole_number(request.query_params, "site")


async def _body(request: Request, type_: type[Body], parts: Parts) -> Body:
    try:
        body = await read_body(request.receive, parts.context.settings.limits.body_bytes)
        return msgspec.json.decode(body, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None
    except Disconnected:
        raise BadRequest("The body ended before it was complete", "body") from None


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, headers=_HEADERS, media_type="application/json")
