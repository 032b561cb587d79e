"""`/v1/annotations/{site}`: notes at days, read by whoever reads the site, written by those who may edit it."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.errors import BadRequest, Forbidden, NotFound
from gateway.reports import csv_export, periods
from gateway.state.notebook import LONGEST, Annotation, Notebook
from gateway.web import (
    keeping,
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
)
from gateway.web.auth import context_of, require_reader
from gateway.web.times import iso_time

PARAMETERS = {
    "from": "First day: YYYY-MM-DD, today or yesterday.",
    "to": "Last day, included.",
    "format": "json or csv.",
    "token_auth": "An API token, for tools that can send no header.",
}
_HEADERS = {"cache-control": "private, no-store", "vary": "Authorization, Cookie"}
_COLUMNS = ("day", "note", "by", "changed", "id")


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST. With `id` that note is written anew."""

    day: date
    note: Annotated[str, Meta(max_length=4 * LONGEST)]
    id: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What happened on a day of the site's calendar."""

    id: str
    day: date
    note: str
    by: Annotated[str, Meta(description="Who wrote it last.")]
    changed: str


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """The notes of a span, by day."""

    annotations: tuple[Note, ...]
    may_write: bool


async def find(request: Request) -> Response:
    """GET /v1/annotations/{site}?from=&to=&format=: without days all there are."""
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    context, query = context_of(request), request.query_params
    served = context.catalog.get(site)
    if served is None:
        raise NotFound("There is no such site.", "$.site")
    today = context.clock.now().astimezone(served.zone).date()
    for name in query:
        if name not in PARAMETERS:
            raise BadRequest(f"Unknown parameter. Known: {', '.join(sorted(PARAMETERS))}.", f"$.{name[:40]}")
    first, last = (
        periods.parse_day(query[name], today, f"$.{name}") if query.get(name) else None for name in ("from", "to")
    )
    found = await run_in_threadpool(_notebook(request).find, site, first, last)
    told = tuple(_plain(one) for one in found)
    wanted = query.get("format", "json")
    if wanted == "csv":
        await asyncio.to_thread(context.accounts.audit.record, Action.EXPORT, reader.user, site=site, detail="notes")
        lines = csv_export.write(_COLUMNS, [msgspec.structs.asdict(one) for one in told])
        name = f'attachment; filename="site-{site}-notes.csv"'
        headers = {**_HEADERS, "content-disposition": name}
        return Response(lines, media_type="text/csv; charset=utf-8", headers=headers)
    if wanted != "json":
        raise BadRequest("format is json or csv.", "$.format")
    return _json(Notes(annotations=told, may_write=reader.may_edit(site)))


async def write(request: Request) -> Response:
    """POST /v1/annotations/{site}: 201 for a new note, 200 for one written anew."""
    site: int = request.path_params["site"]
    writer = await _writer(request, site)
    body = await keeping.read(request, NoteBody)
    one = await run_in_threadpool(_notebook(request).write, site, body.day, body.note, by=writer.user, id_=body.id)
    await _audit(request, Action.NOTE_WRITTEN, writer, one)
    return _json(_plain(one), 200 if body.id else 201)


async def remove(request: Request) -> Response:
    """DELETE /v1/annotations/{site}?id= → 204."""
    site: int = request.path_params["site"]
    writer = await _writer(request, site)
    one = await run_in_threadpool(_notebook(request).remove, site, request.query_params.get("id", ""))
    await _audit(request, Action.NOTE_REMOVED, writer, one)
    return Response(status_code=204, headers=_HEADERS)


async def _writer(request: Request, site: int) -> Principal:
    writer = await keeping.require_writer(request, site)
    if not writer.may_edit(site):
        raise Forbidden("Notes are written by those who may edit the site.")
    return writer


async def _audit(request: Request, action: Action, writer: Principal, one: Annotation) -> None:
    audit = context_of(request).accounts.audit
    await run_in_threadpool(audit.record, action, writer.user, site=one.site, detail=f"{one.day}: {one.note}")


def _notebook(request: Request) -> Notebook:
    context = context_of(request)
    return Notebook(context.state, context.clock)


def _plain(one: Annotation) -> Note:
    return Note(id=one.id, day=one.day, note=one.note, by=one.by, changed=iso_time(one.changed))


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, headers=_HEADERS, media_type="application/json")


routes: list[BaseRoute] = [
    Route("/v1/annotations/{site:site}", find, methods=["GET"]),
    Route("/v1/annotations/{site:site}", write, methods=["POST"]),
    Route("/v1/annotations/{site:site}", remove, methods=["DELETE"]),
]
