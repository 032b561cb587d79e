"""What readers keep of a site under a name, segments and funnels alike: who may see, change, share and delete it; the audit log.

Whoever reads a site keeps their own; sharing is for those who may edit the site, and so is changing what others shared.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.errors import Forbidden, NotFound
from gateway.ingest.native import bad_request
from gateway.state.shelf import Kind, Saved, Shelf
from gateway.web import csrf
from gateway.web.auth import SESSION_COOKIE, context_of, require_reader
from gateway.web.body import read_body

CSRF_HEADER = "x-csrf-token"
BODY_BYTES = 100_000
_ADDED = {Kind.SEGMENT: Action.SEGMENT_SAVED, Kind.FUNNEL: Action.FUNNEL_SAVED}
_CHANGED = {Kind.SEGMENT: Action.SEGMENT_CHANGED, Kind.FUNNEL: Action.FUNNEL_CHANGED}
_DELETED = {Kind.SEGMENT: Action.SEGMENT_DELETED, Kind.FUNNEL: Action.FUNNEL_DELETED}

Body = TypeVar("Body")


async def require_writer(request: Request, site: int) -> Principal:
    """Who changes what they keep of a site: by a token in the header, or in a session by the gateway's own pages.

    Raises NotAuthenticated or Forbidden, also where the site is not there.
    """
    writer = await require_reader(request, site)
    context = context_of(request)
    if context.catalog.get(site) is None:
        raise NotFound("There is no such site.", "$.site")
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        csrf.require_own_origin(request, context.settings.base_url)
        csrf.require_token(request.cookies.get(SESSION_COOKIE), request.headers.get(CSRF_HEADER))
    return writer


async def read(request: Request, type_: type[Body]) -> Body:
    """The request's JSON. Raises BadRequest, TooLarge."""
    try:
        return msgspec.json.decode(await read_body(request.receive, BODY_BYTES), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(error) from None


async def seen(request: Request, kind: Kind) -> tuple[Principal, list[Saved]]:
    """Who asks, and what they see. Raises NotAuthenticated, Forbidden, NotFound."""
    site = request.path_params["site"]
    reader = await require_reader(request, site)
    if context_of(request).catalog.get(site) is None:
        raise NotFound("There is no such site.", "$.site")
    return reader, await run_in_threadpool(_shelf(request).seen_by, reader.user, site, kind)


async def add(request: Request, writer: Principal, kind: Kind, name: str, body: str, *, shared: bool) -> Saved:
    """Raises BadRequest, Conflict, and Forbidden for sharing without the right to."""
    site = request.path_params["site"]
    _require_sharing(writer, site, shared)
    added = await run_in_threadpool(_shelf(request).add, site, kind, writer.user, name, body, shared=shared)
    await _note(request, _ADDED[kind], writer, added)
    return added


async def change(request: Request, writer: Principal, one: Saved, name: str, body: str, *, shared: bool) -> Saved:
    """Raises as add() does."""
    _require_sharing(writer, one.site, shared and not one.shared)
    changed = await run_in_threadpool(_shelf(request).change, one, name, body, shared=shared)
    await _note(request, _CHANGED[one.kind], writer, changed)
    return changed


async def remove(request: Request, writer: Principal, one: Saved) -> None:
    await run_in_threadpool(_shelf(request).remove, one)
    await _note(request, _DELETED[one.kind], writer, one)


async def of_path(request: Request, writer: Principal, kind: Kind) -> Saved:
    """The one that the path names, for changing it. Raises Forbidden, or NotFound where the writer does not even see it."""
    one = await run_in_threadpool(_shelf(request).one, request.path_params["site"], kind, request.path_params["id"])
    if one.owner != writer.user and not one.shared:
        raise NotFound(f"There is no such {kind}.", "$.id")
    if not may_change(writer, one):
        raise Forbidden("What others shared is changed by those who may edit the site.", "$.id")
    return one


def may_change(reader: Principal, one: Saved) -> bool:
    return one.owner == reader.user or (one.shared and reader.may_edit(one.site))


def _require_sharing(writer: Principal, site: int, shares: bool) -> None:
    if shares and not writer.may_edit(site):
        raise Forbidden("Sharing with all who read the site is for those who may edit it.", "$.shared")


async def _note(request: Request, action: Action, writer: Principal, one: Saved) -> None:
    audit = context_of(request).accounts.audit
    detail = f"{one.name}{', shared' if one.shared else ''}"
    await run_in_threadpool(audit.record, action, writer.user, site=one.site, detail=detail)


def _shelf(request: Request) -> Shelf:
    context = context_of(request)
    return Shelf(context.state, context.clock)
