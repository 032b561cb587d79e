"""`/v1/requests`: the register of requests as JSON, for the systems of the data protection officer (docs/requests.md)."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.consent import deadlines
from gateway.consent.requests import PAGE_LIMIT
from gateway.consent.rights import Kind, Result, RightsRequest, Stage, Way
from gateway.errors import BadRequest
from gateway.ingest.native import bad_request
from gateway.web.auth import context_of, require_evidence, require_token_of_evidence
from gateway.web.body import read_body
from gateway.web.context import Context
from gateway.web.evidence import site_parameter, whole_number
from gateway.web.requests import audit, one_of
from gateway.web.times import iso_time

_HEADERS = {"cache-control": "private, no-store"}
_PARAMETERS = frozenset({"site", "stage", "limit", "offset", "token_auth"})
_BODY_BYTES = 20_000

Body = TypeVar("Body")


class NewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /v1/requests`. `received` is a day of the site's zone; today where it is absent."""

    site: int
    kind: Kind
    came: Way = Way.API
    received: date | None = None
    reference: str = ""
    note: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /v1/requests/{id}/answer`. `reason` is required unless all was granted."""

    result: Result
    answered_by: Way = Way.API
    reason: str = ""
    note: str | None = None


class Extension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of `POST /v1/requests/{id}/extend`."""

    reason: str


async def find(request: Request) -> Response:
    """GET /v1/requests?site=&stage=&limit=&offset=."""
    await require_evidence(request)
    context, query = context_of(request), request.query_params
    for name in query:
        if name not in _PARAMETERS:
            raise BadRequest(f"Unknown parameter. Known: {', '.join(sorted(_PARAMETERS))}.", f"$.{name[:40]}")
    stage, site = one_of(Stage, query, "stage", Stage.ALL), site_parameter(query)
    limit, offset = whole_number(query, "limit", 100), whole_number(query, "offset")
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadRequest(f"This is 1 to {PAGE_LIMIT}.", "$.limit")
    found = await run_in_threadpool(context.register.find, stage, site, limit, offset)
    count = await run_in_threadpool(context.register.count, stage, site)
    return _json({"requests": [_plain(context, entry) for entry in found], "count": count})


async def enter(request: Request) -> Response:
    """POST /v1/requests → 201."""
    writer, context = await require_token_of_evidence(request), context_of(request)
    body = await _body(request, NewRequest)
    entry = await run_in_threadpool(
        context.register.register,
        body.kind,
        body.site,
        came=body.came,
        by=writer.user,
        received=body.received,
        reference=body.reference,
        note=body.note,
    )
    await audit(context, Action.REQUEST_ENTERED, writer, entry)
    return _json(_plain(context, entry), 201)


async def one(request: Request) -> Response:
    """GET /v1/requests/{id}."""
    await require_evidence(request)
    context = context_of(request)
    return _json(_plain(context, await run_in_threadpool(context.register.one, request.path_params["id"])))


async def answer(request: Request) -> Response:
    """POST /v1/requests/{id}/answer."""
    writer, context = await require_token_of_evidence(request), context_of(request)
    body, request_id = await _body(request, Answer), request.path_params["id"]
    entry = await run_in_threadpool(
        context.register.answer, request_id, body.result, body.answered_by, reason=body.reason, note=body.note
    )
    await audit(context, Action.REQUEST_ANSWERED, writer, entry)
    return _json(_plain(context, entry))


async def extend(request: Request) -> Response:
    """POST /v1/requests/{id}/extend."""
    writer, context = await require_token_of_evidence(request), context_of(request)
    body = await _body(request, Extension)
    entry = await run_in_threadpool(context.register.extend, request.path_params["id"], body.reason)
    await audit(context, Action.REQUEST_EXTENDED, writer, entry)
    return _json(_plain(context, entry))


def _plain(context: Context, entry: RightsRequest) -> dict[str, object]:
    return {
        "id": entry.id,
        "site": entry.site,
        "kind": entry.kind,
        "came": entry.came,
        "reference": entry.reference,
        "note": entry.note,
        "received": iso_time(entry.received),
        "due": deadlines.last_day(entry.due, context.register.zone(entry.site)),
        "stage": entry.stage(context.clock.timestamp()),
        "extended": iso_time(entry.extended) if entry.extended is not None else None,
        "extension_reason": entry.extension_reason,
        "answered": iso_time(entry.answered) if entry.answered is not None else None,
        "result": entry.result,
        "answered_by": entry.answered_by,
        "reason": entry.reason,
        "created_by": entry.created_by,
    }


async def _body(request: Request, type_: type[Body]) -> Body:
    try:
        return msgspec.json.decode(await read_body(request.receive, _BODY_BYTES), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, headers=_HEADERS, media_type="application/json")


routes: list[BaseRoute] = [
    Route("/v1/requests", find, methods=["GET"]),
    Route("/v1/requests", enter, methods=["POST"]),
    Route("/v1/requests/{id}", one, methods=["GET"]),
    Route("/v1/requests/{id}/answer", answer, methods=["POST"]),
    Route("/v1/requests/{id}/extend", extend, methods=["POST"]),
]
