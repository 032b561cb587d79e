"""`/sites/{site}/funnels`, and the API that it and other tools read: figures of any funnel, and funnels under a name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.errors import BadRequest
from gateway.reports import csv_export, filters, funnels, guarded, guarded_ways
from gateway.reports.funnels import FunnelQuery, Funnels, Within
from gateway.reports.guarded_ways import GuardedFunnel, GuardedStep
from gateway.reports.small_numbers import LEAST
from gateway.state.shelf import Kind, Saved
from gateway.web import (
    keeping,
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
    stats_query,
)
from gateway.web.auth import context_of, require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.desk import Desk
from gateway.web.hidden_below import HiddenBelow
from gateway.web.pages import page

LONGEST = 4000  # characters of the steps, or of a filter
_HEADERS = {"cache-control": "private, no-store", "vary": "Authorization, Cookie"}
_WITHIN: Mapping[str, Within] = {"": "visit", "visit": "visit", "visitor": "visitor"}
_COLUMNS = ("step", "reached", "lost", "of_previous", "of_first")
# Name → what it is for, as /openapi.json says it.
PARAMETERS = {
    "steps": "2 to 10 of them, in the grammar of filters: ; is then, comma is or. page==/;page=^/shop;goal==order",
    "within": "visit: steps of one visit; visitor: of all visits of a visitor who is recognised.",
    **{name: stats_query.PARAMETERS[name] for name in ("date", "from", "to", "filter", "format", "token_auth")},
}


class FunnelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many came to each step, each later than the one before."""

    site: int
    first: date = field(name="from")
    last: date = field(name="to")
    within: Within
    filter: str
    steps: tuple[GuardedStep, ...]
    everybody: Annotated[
        int | None, Meta(description="All visits, or visitors, of these days; also those that never began.")
    ]
    cut: Annotated[
        date | UnsetType,
        Meta(description="Hits are kept 13 months at most: nothing before this date is told."),
    ] = UNSET
    hidden_below: HiddenBelow = UNSET


class FunnelBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST and PUT. `shared`: with all who read the site; for those who may edit it."""

    name: str
    steps: str
    within: Within = "visit"
    shared: bool = False


class KeptFunnel(msgspec.Struct, frozen=True, kw_only=True):
    """Steps with a name."""

    id: str
    name: str
    steps: str
    within: Within
    shared: Annotated[bool, Meta(description="With all who read the site; otherwise it is yours alone.")]
    may_change: Annotated[bool, Meta(description="Whether you may change and delete it.")]


class KeptFunnels(msgspec.Struct, frozen=True, kw_only=True):
    """Your funnels of a site and those shared with you, by name."""

    kept: tuple[KeptFunnel, ...]
    may_share: bool


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    steps: str
    within: Within


async def figures(request: Request) -> Response:
    """GET /v1/funnels/{site}/figures, as JSON or CSV."""
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    context = context_of(request)
    given = stats_query.read(request.query_params, PARAMETERS)
    as_csv = stats_query.is_csv(given)
    within = _WITHIN.get(given.get("within", ""))
    if within is None:
        raise BadRequest("within is visit or visitor.", "$.within")
    span = stats_query.span(given, context.reports.today(site))
    query = FunnelQuery(
        site=site,
        first=span.first,
        last=span.last,
        steps=given.get("steps", ""),
        within=within,
        filter=given.get("filter", ""),
    )
    desk: Desk = request.app.state.report_desk
    guard = not reader.takes_small_figures
    found = await desk.run(_guarded if guard else _exact, context.funnels, query)
    if as_csv:
        detail = f"funnel, {span.first} to {span.last}"
        await asyncio.to_thread(context.accounts.audit.record, Action.EXPORT, reader.user, site=site, detail=detail)
        name = f"site-{site}-funnel-{span.first}-{span.last}.csv"
        rows = [msgspec.structs.asdict(step) for step in found.steps]
        return Response(
            csv_export.write(_COLUMNS, rows),
            media_type="text/csv; charset=utf-8",
            headers={**_HEADERS, "content-disposition": f'attachment; filename="{name}"'},
        )
    answer = FunnelAnswer(
        site=site,
        first=span.first,
        last=span.last,
        within=within,
        filter=query.filter,
        steps=found.steps,
        everybody=found.everybody,
        cut=found.cut or UNSET,
        hidden_below=LEAST if guard else UNSET,
    )
    return _json(answer)


def _exact(reports: Funnels, query: FunnelQuery) -> GuardedFunnel:
    return msgspec.convert(reports.run(query), GuardedFunnel, from_attributes=True)


def _guarded(reports: Funnels, query: FunnelQuery) -> GuardedFunnel:
    """Without small figures. Raises BadRequest as well for a filter that compares by order."""
    chosen = filters.parse(query.filter)
    guarded.require_guardable(chosen)
    others = [reports.run(msgspec.structs.replace(query, filter=less)) for less in guarded.with_less(chosen)]
    return guarded_ways.funnel(reports.run(query), others)


async def kept(request: Request) -> Response:
    """GET /v1/funnels/{site}."""
    reader, found = await keeping.seen(request, Kind.FUNNEL)
    told = tuple(_plain(reader, one) for one in found)
    return _json(KeptFunnels(kept=told, may_share=reader.may_edit(request.path_params["site"])))


async def add(request: Request) -> Response:
    """POST /v1/funnels/{site} → 201."""
    writer = await keeping.require_writer(request, request.path_params["site"])
    body = _checked(await keeping.read(request, FunnelBody))
    added = await keeping.add(request, writer, Kind.FUNNEL, body.name, _stored(body), shared=body.shared)
    return _json(_plain(writer, added), 201)


async def change(request: Request) -> Response:
    """PUT /v1/funnels/{site}/{id}."""
    writer = await keeping.require_writer(request, request.path_params["site"])
    one = await keeping.of_path(request, writer, Kind.FUNNEL)
    body = _checked(await keeping.read(request, FunnelBody))
    changed = await keeping.change(request, writer, one, body.name, _stored(body), shared=body.shared)
    return _json(_plain(writer, changed))


async def remove(request: Request) -> Response:
    """DELETE /v1/funnels/{site}/{id} → 204."""
    writer = await keeping.require_writer(request, request.path_params["site"])
    await keeping.remove(request, writer, await keeping.of_path(request, writer, Kind.FUNNEL))
    return Response(status_code=204, headers=_HEADERS)


@page
async def show(request: Request) -> Response:
    """GET /sites/{site}/funnels. The funnel and the view are in the query string and read by the script."""
    months = context_of(request).settings.retention.raw_months
    return await page_of_site(request, "funnels.html", "funnels", raw_months=months, most_steps=funnels.MOST_STEPS)


def _checked(body: FunnelBody) -> FunnelBody:
    """Raises BadRequest for steps that are no funnel."""
    if len(body.steps) > LONGEST:
        raise BadRequest(f"Steps have at most {LONGEST} characters.", "$.steps")
    funnels.parse(body.steps)
    return body


def _stored(body: FunnelBody) -> str:
    return msgspec.json.encode(_Stored(steps=body.steps, within=body.within)).decode()


def _plain(reader: Principal, one: Saved) -> KeptFunnel:
    stored = msgspec.json.decode(one.body, type=_Stored)
    return KeptFunnel(
        id=one.id,
        name=one.name,
        steps=stored.steps,
        within=stored.within,
        shared=one.shared,
        may_change=keeping.may_change(reader, one),
    )


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, headers=_HEADERS, media_type="application/json")


routes: list[BaseRoute] = [
    Route("/v1/funnels/{site:site}", kept, methods=["GET"]),
    Route("/v1/funnels/{site:site}", add, methods=["POST"]),
    Route("/v1/funnels/{site:site}/figures", figures, methods=["GET"]),
    Route("/v1/funnels/{site:site}/{id}", change, methods=["PUT"]),
    Route("/v1/funnels/{site:site}/{id}", remove, methods=["DELETE"]),
    Route("/sites/{site:site}/funnels", show, methods=["GET"]),
]
