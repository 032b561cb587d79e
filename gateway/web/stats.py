"""GET /v1/stats/{site}: the figures as JSON or CSV (DESIGN.md, wire contracts; docs/stats-api.md)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType, field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.clock import Clock, SystemClock
from gateway.errors import ReportTooLarge, WarehouseUnavailable
from gateway.reports import csv_export, filters, guarded
from gateway.reports.guarded import Guarded
from gateway.reports.periods import Period
from gateway.reports.run import MAX_LIMIT, Compare, Reports, StatsQuery, StatsResult
from gateway.reports.small_numbers import LEAST
from gateway.web import (
    site_ids,  # noqa: F401 - makes {site:site} known to the route below
    stats_query,
)
from gateway.web.auth import has_token, require_reader
from gateway.web.context import Context
from gateway.web.desk import Desk
from gateway.web.hidden_below import HiddenBelow
from gateway.web.last_answers import LastAnswers
from gateway.web.times import iso_time

# A shared cache keeps nothing; a browser asks again whether its copy still holds.
_HEADERS = {"cache-control": "private, no-cache", "vary": "Authorization, Cookie"}
_EXPORT = {"cache-control": "private, no-store"}
# A figure is null where it is hidden for being small.
AnyRow = Mapping[str, str | float | int | None]
_WAITING_PER_THREAD = 16  # a dashboard asks for a dozen reports at once


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The question as it was understood, defaults filled in."""

    site: int
    first: date = field(name="from")
    last: date = field(name="to")
    period: Period
    metrics: tuple[str, ...]
    dimension: str | None
    filter: str
    compare: Compare | None
    order: str | None
    limit: int
    offset: int


class ComparedFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The same figures of another span: row i belongs to row i of the answer."""

    first: date = field(name="from")
    last: date = field(name="to")
    rows: tuple[AnyRow, ...]
    totals: AnyRow


class StatsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by period or by value of a dimension, and those of the whole site over the whole span (`totals`)."""

    query: Asked
    rows: tuple[AnyRow, ...]
    totals: AnyRow
    row_count: Annotated[int, Meta(description="Values that the dimension has in the span, before limit and offset.")]
    next: Annotated[
        str | UnsetType,
        Meta(description="Where there are more values: the next page, as a reference relative to the address asked."),
    ] = UNSET
    cut: Annotated[
        date | UnsetType,
        Meta(
            description="Where the span reaches back to days that are kept no more: nothing before this date is told."
        ),
    ] = UNSET
    hidden_below: HiddenBelow = UNSET
    compare: ComparedFigures | UnsetType = UNSET
    stale: Annotated[
        str | UnsetType,
        Meta(
            description="Only where stale=1 was asked: the warehouse is away, and these are the figures of this time."
        ),
    ] = UNSET


class ReportDesk(Desk):
    """Runs reports: `at_once` of them, and sixteen times as many wait. `last` has what was answered last."""

    def __init__(self, at_once: int, clock: Clock | None = None) -> None:
        super().__init__("report", at_once, at_once * _WAITING_PER_THREAD)
        self.last: LastAnswers[Any] = LastAnswers(clock or SystemClock())


async def stats(request: Request) -> Response:
    """Audience figures of a site.

    Metrics by dimension, period and filter, compared with another span, as JSON or CSV. 400 says which parameter is wrong,
    503 that the warehouse is away or the report too large.
    """
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    context: Context = request.app.state.context
    desk: ReportDesk = request.app.state.report_desk
    given = stats_query.read(request.query_params)
    as_csv, as_file = stats_query.is_csv(given), stats_query.is_download(given)
    query = stats_query.parse(given, site, context.reports.today(site))
    begin = msgspec.structs.replace(query, limit=min(query.limit, MAX_LIMIT)) if as_csv else query
    # A viewer looks at the dashboard; what their token reads has left it.
    guard = not reader.takes_small_figures and (as_file or await has_token(request))
    if guard:
        guarded.require_guardable(filters.parse(query.filter))
    if not as_file:
        return await _looked_at(request, given, query, guard)
    result: StatsResult | Guarded
    if guard:
        result = await desk.run(guarded.run, context.reports, begin)
    else:
        result = await desk.run(context.reports.run, begin)  # answers 503 while there still is a status to answer
    following = stats_query.following(given, query, result.row_count)
    detail = f"{query.dimension or query.period}, {query.first} to {query.last}"
    await asyncio.to_thread(context.accounts.audit.record, Action.EXPORT, reader.user, site=site, detail=detail)
    name = f"site-{site}-{query.dimension or query.period}-{query.first}-{query.last}"
    if not as_csv:
        body = msgspec.json.encode(answer(result, following))
        return Response(body, media_type="application/json", headers=_as_file(f"{name}.json"))
    return StreamingResponse(
        _lines(desk, context.reports, query, result),
        media_type="text/csv; charset=utf-8",
        headers=_as_file(f"{name}.csv"),
    )


async def _looked_at(request: Request, given: Mapping[str, str], query: StatsQuery, guard: bool) -> Response:
    """The answer as JSON; the last one to the same question where the warehouse is away and `stale` asks for it."""
    desk: ReportDesk = request.app.state.report_desk
    wanted = given.get("stale") == "1"
    try:
        reports = request.app.state.context.reports
        result = await (desk.run(guarded.run, reports, query) if guard else desk.run(reports.run, query))
        told = answer(result, stats_query.following(given, query, result.row_count))
        if wanted:
            desk.last.keep((query, guard), told)
    except ReportTooLarge:
        raise
    except WarehouseUnavailable:
        last = desk.last.find((query, guard)) if wanted else None
        if last is None:
            raise
        told = msgspec.structs.replace(last.answer, stale=iso_time(last.at))
    return _revalidated(request, msgspec.json.encode(told))


def answer(result: StatsResult | Guarded, following: str | None = None) -> StatsAnswer:
    """What goes out as JSON."""
    query, compared = result.query, result.compare
    return StatsAnswer(
        query=Asked(
            site=query.site,
            first=query.first,
            last=query.last,
            period=query.period,
            metrics=result.metrics,
            dimension=query.dimension or None,
            filter=query.filter,
            compare=query.compare or None,
            order=query.order or None,
            limit=query.limit,
            offset=query.offset,
        ),
        rows=result.rows,
        totals=result.totals,
        row_count=result.row_count,
        next=following or UNSET,
        cut=result.cut or UNSET,
        hidden_below=LEAST if isinstance(result, Guarded) else UNSET,
        compare=ComparedFigures(first=compared.first, last=compared.last, rows=compared.rows, totals=compared.totals)
        if compared
        else UNSET,
    )


def _revalidated(request: Request, body: bytes) -> Response:
    """The answer, or 304 where the client has it already (RFC 9110, 13.1.2)."""
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {**_HEADERS, "etag": etag}
    held = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in held or "*" in held:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _as_file(name: str) -> dict[str, str]:
    return {**_EXPORT, "content-disposition": f'attachment; filename="{name}"'}


async def _lines(
    desk: ReportDesk, reports: Reports, query: StatsQuery, result: StatsResult | Guarded
) -> AsyncIterator[bytes]:
    """The CSV. Past MAX_LIMIT values the rest is asked for while the beginning is on its way."""
    columns = [*_names(query), *result.metrics]
    if result.compare:
        columns += [f"compared_{name}" for name in _beside(query, result.metrics)]
    yield csv_export.header(columns)
    done = 0
    while True:
        for some in csv_export.lines(columns, _rows(query, result)):
            yield some
        done += MAX_LIMIT
        # Of values that were looked at apart it could not be known which give each other away.
        if (
            isinstance(result, Guarded)
            or not query.dimension
            or done >= query.limit
            or query.offset + done >= result.row_count
        ):
            return
        more = {"limit": min(MAX_LIMIT, query.limit - done), "offset": query.offset + done}
        result = await desk.run(reports.run, msgspec.structs.replace(query, **more))


def _rows(query: StatsQuery, result: StatsResult | Guarded) -> Sequence[AnyRow]:
    """The rows, each with what it is compared with beside it."""
    if not result.compare:
        return result.rows
    beside = _beside(query, result.metrics)
    empty: AnyRow = {}
    rows, others = list[AnyRow](result.rows), list[AnyRow](result.compare.rows)
    return [
        {**row, **{f"compared_{name}": other[name] for name in beside if name in other}}
        for row, other in zip_longest(rows, others, fillvalue=empty)
    ]


def _names(query: StatsQuery) -> list[str]:
    """The columns that say what a row is about."""
    if not query.dimension:
        return ["date"]
    return [query.dimension] if query.period is Period.RANGE else ["date", query.dimension]


def _beside(query: StatsQuery, metrics: Sequence[str]) -> list[str]:
    """What the compared row has of its own: its figures, and in a series its date."""
    return [*metrics] if query.dimension else ["date", *metrics]


routes: list[BaseRoute] = [Route("/v1/stats/{site:site}", stats, methods=["GET"], name="stats")]
