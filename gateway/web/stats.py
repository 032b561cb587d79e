"""GET /v1/stats/{site}: the figures as JSON or CSV (DESIGN.md, wire contracts)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.errors import BadRequest
from gateway.reports import csv_export, periods
from gateway.reports.periods import Period
from gateway.reports.run import Compare, Compared, Reports, StatsQuery, StatsResult
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the route below
from gateway.web.auth import require_reader
from gateway.web.context import Context
from gateway.web.desk import Desk

# token_auth is how Matomo's tools log in; auth.py reads it.
_PARAMETERS = frozenset("metrics dimension from to period filter compare limit offset order format token_auth".split())
_COMPARE: dict[str, Compare] = {"": "", "previous": "previous", "year": "year"}
_HEADERS = {"cache-control": "private, no-store"}
_WAITING_PER_THREAD = 16  # a dashboard asks for a dozen reports at once


class ReportDesk(Desk):
    """Runs reports: `at_once` of them, and sixteen times as many wait."""

    def __init__(self, at_once: int) -> None:
        super().__init__("report", at_once, at_once * _WAITING_PER_THREAD)


async def stats(request: Request) -> Response:
    """The figures asked for. 400 says which parameter is wrong, 503 that the warehouse is away or the report too large."""
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    context: Context = request.app.state.context
    reports = context.reports
    parameters = _parameters(request)
    as_csv = _format(parameters) == "csv"
    query = parse(parameters, site, reports)
    desk: ReportDesk = request.app.state.report_desk
    result = await desk.run(reports.run, query)
    if as_csv:
        detail = f"{query.dimension or query.period}, {query.first} to {query.last}"
        await asyncio.to_thread(context.accounts.audit.record, Action.EXPORT, reader.user, site=site, detail=detail)
        name = f"site-{site}-{query.dimension or query.period}-{query.first}-{query.last}.csv"
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
        columns = [*_names(query), *result.metrics]
        return Response(csv_export.write(columns, result.rows), media_type="text/csv; charset=utf-8", headers=headers)
    return Response(msgspec.json.encode(answer(result)), media_type="application/json", headers=_HEADERS)


def parse(parameters: Mapping[str, str], site: int, reports: Reports) -> StatsQuery:
    """The typed question of a query string. Raises BadRequest or NotFound."""
    span = periods.parse_span(parameters.get("from", ""), parameters.get("to", ""), reports.today(site))
    dimension = parameters.get("dimension", "")
    compare = _COMPARE.get(parameters.get("compare", ""))
    if compare is None:
        raise BadRequest("compare is previous or year.", "$.compare")
    return StatsQuery(
        site=site,
        first=span.first,
        last=span.last,
        metrics=tuple(name for name in parameters.get("metrics", "").split(",") if name),
        dimension=dimension,
        period=periods.parse_period(parameters.get("period", ""), Period.RANGE if dimension else Period.DAY),
        filter=parameters.get("filter", ""),
        compare=compare,
        limit=_number(parameters, "limit", 100),
        offset=_number(parameters, "offset", 0),
        order=parameters.get("order", ""),
    )


def answer(result: StatsResult) -> dict[str, object]:
    """The JSON of an answer."""
    query = result.query
    body: dict[str, object] = {
        "query": {
            "site": query.site,
            "from": query.first,
            "to": query.last,
            "period": query.period,
            "metrics": result.metrics,
            "dimension": query.dimension or None,
            "filter": query.filter,
            "compare": query.compare or None,
            "order": query.order or None,
            "limit": query.limit,
            "offset": query.offset,
        },
        "rows": result.rows,
        "totals": result.totals,
        "row_count": result.row_count,
    }
    if result.cut is not None:
        body["cut"] = result.cut
    if result.compare is not None:
        body["compare"] = _compared(result.compare)
    return body


def _compared(compared: Compared) -> dict[str, object]:
    return {"from": compared.first, "to": compared.last, "rows": compared.rows, "totals": compared.totals}


def _names(query: StatsQuery) -> list[str]:
    """The columns that say what a row is about."""
    if not query.dimension:
        return ["date"]
    return [query.dimension] if query.period is Period.RANGE else ["date", query.dimension]


def _parameters(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in _PARAMETERS:
            raise BadRequest(f"Unknown parameter. Known: {', '.join(sorted(_PARAMETERS))}.", f"$.{name[:40]}")
        if name in found:
            raise BadRequest("This parameter is there twice.", f"$.{name}")
        if len(value) > 4000:
            raise BadRequest("This value is too long.", f"$.{name}")
        found[name] = value
    return found


def _format(parameters: Mapping[str, str]) -> str:
    chosen = parameters.get("format", "json")
    if chosen not in ("json", "csv"):
        raise BadRequest("format is json or csv.", "$.format")
    return chosen


def _number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadRequest("This is not a whole number.", f"$.{name}")
    return int(text)


routes: list[BaseRoute] = [Route("/v1/stats/{site:site}", stats, methods=["GET"], name="stats")]
