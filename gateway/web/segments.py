"""`/v1/segments/{site}`: filters that people keep under a name (docs/stats-api.md)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.principal import Principal
from gateway.errors import BadRequest
from gateway.reports import filters
from gateway.state.shelf import Kind, Saved
from gateway.web import (
    keeping,
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
)

LONGEST = 4000  # characters of a filter, as /v1/stats takes them
_HEADERS = {"cache-control": "private, no-store"}


class SegmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST and PUT. `shared`: with all who read the site; for those who may edit it."""

    name: str
    filter: str
    shared: bool = False


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with a name."""

    id: str
    name: str
    filter: Annotated[str, Meta(description="As /v1/stats takes it.")]
    shared: Annotated[bool, Meta(description="With all who read the site; otherwise it is yours alone.")]
    may_change: Annotated[bool, Meta(description="Whether you may change and delete it.")]


class Segments(msgspec.Struct, frozen=True, kw_only=True):
    """Your segments of a site and those shared with you, by name."""

    kept: tuple[Segment, ...]
    may_share: bool


async def show(request: Request) -> Response:
    """GET /v1/segments/{site}."""
    reader, found = await keeping.seen(request, Kind.SEGMENT)
    told = tuple(_plain(reader, one) for one in found)
    return _json(Segments(kept=told, may_share=reader.may_edit(request.path_params["site"])))


async def add(request: Request) -> Response:
    """POST /v1/segments/{site} → 201."""
    writer = await keeping.require_writer(request, request.path_params["site"])
    body = _checked(await keeping.read(request, SegmentBody))
    added = await keeping.add(request, writer, Kind.SEGMENT, body.name, body.filter, shared=body.shared)
    return _json(_plain(writer, added), 201)


async def change(request: Request) -> Response:
    """PUT /v1/segments/{site}/{id}."""
    writer = await keeping.require_writer(request, request.path_params["site"])
    one = await keeping.of_path(request, writer, Kind.SEGMENT)
    body = _checked(await keeping.read(request, SegmentBody))
    changed = await keeping.change(request, writer, one, body.name, body.filter, shared=body.shared)
    return _json(_plain(writer, changed))


async def remove(request: Request) -> Response:
    """DELETE /v1/segments/{site}/{id} → 204."""
    writer = await keeping.require_writer(request, request.path_params["site"])
    await keeping.remove(request, writer, await keeping.of_path(request, writer, Kind.SEGMENT))
    return Response(status_code=204, headers=_HEADERS)


def _checked(body: SegmentBody) -> SegmentBody:
    """Raises BadRequest for a filter that /v1/stats would refuse, or that lets everything through."""
    if len(body.filter) > LONGEST:
        raise BadRequest(f"A filter has at most {LONGEST} characters.", "$.filter")
    if not filters.parse(body.filter).groups:
        raise BadRequest("A segment needs a filter.", "$.filter")
    return body


def _plain(reader: Principal, one: Saved) -> Segment:
    may_change = keeping.may_change(reader, one)
    return Segment(id=one.id, name=one.name, filter=one.body, shared=one.shared, may_change=may_change)


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, headers=_HEADERS, media_type="application/json")


routes: list[BaseRoute] = [
    Route("/v1/segments/{site:site}", show, methods=["GET"]),
    Route("/v1/segments/{site:site}", add, methods=["POST"]),
    Route("/v1/segments/{site:site}/{id}", change, methods=["PUT"]),
    Route("/v1/segments/{site:site}/{id}", remove, methods=["DELETE"]),
]
