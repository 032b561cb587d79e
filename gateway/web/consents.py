"""Consent in figures: the page, and the API that it and other tools read (docs/dashboard.md; docs/estimate.md)."""

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
from gateway.errors import BadRequest, Forbidden
from gateway.reports import csv_export
from gateway.reports.consents import BY, By, columns_of
from gateway.reports.estimate import LEAST as LEAST_OF_STRATA
from gateway.reports.small_numbers import LEAST
from gateway.web import (
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
    stats_query,
)
from gateway.web.auth import context_of, principal, require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.desk import Desk
from gateway.web.pages import page

_HEADERS = {"cache-control": "private, no-store", "vary": "Authorization, Cookie"}
_SPAN = {
    "date": "The span by name: a day, two with a comma between, lastN, previousN, week, month, year. In place of from and to.",
    "from": "First day: YYYY-MM-DD, today or yesterday.",
    "to": "Last day, included.",
}
# Name → what it is for, as /openapi.json says it.
PARAMETERS = {
    **_SPAN,
    "by": "One row for each day, country, language, notice, device or purpose.",
    "exact": f"1: figures under {LEAST} are not hidden; for the data protection officer and administrators.",
    "format": "json or csv.",
    "download": "1: as a file, which is an export.",
    "token_auth": "An API token, for tools that can send no header.",
}
ESTIMATE_PARAMETERS = {**_SPAN, "token_auth": PARAMETERS["token_auth"]}


class ConsentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Banners shown, answers, opt-outs and signals of a span, by one thing.

    null is a figure that is hidden, because it is small or would give a small one away.
    """

    site: int
    first: date = field(name="from")
    last: date = field(name="to")
    by: By
    totals: dict[str, int | None]
    rows: tuple[dict[str, str | int | None], ...]
    hidden_below: Annotated[int, Meta(description="Figures from 1 up to this are hidden; 0: none are.")]
    cut: Annotated[
        date | UnsetType, Meta(description="Refusals are kept six months: nothing before this date is told.")
    ] = UNSET


class EstimateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The estimated whole audience: never part of the counted figures.

    Without the five figures of an estimate, too little was counted for one. Who objected is in no figure.
    """

    site: int
    first: date = field(name="from")
    last: date = field(name="to")
    counting: Annotated[bool, Meta(description="Whether the site counts page loads now (its setting `estimate`).")]
    since: date | None
    loads: int
    recorded_loads: int
    refused_loads: int
    unanswered_loads: int
    visits: int | None = None
    low: int | None = None
    high: int | None = None
    recorded_visits: int | None = None
    strata: int | None = None


async def consents(request: Request) -> Response:
    """Consent figures of a site, as JSON or CSV."""
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    context = context_of(request)
    given = stats_query.read(request.query_params, PARAMETERS)
    exact = _choice(given, "exact", ("0", "1"), "0") == "1"
    if exact and not reader.may_see_evidence:
        raise Forbidden("Small figures are for the data protection officer and administrators.", "$.exact")
    by: By = next(one for one in BY if one == _choice(given, "by", BY, "day"))
    as_csv = _choice(given, "format", ("json", "csv"), "json") == "csv"
    as_file = as_csv or _choice(given, "download", ("0", "1"), "0") == "1"
    desk: Desk = request.app.state.report_desk
    span = stats_query.span(given, context.reports.today(site))
    found = await desk.run(context.consents.consents, site, span, by, exact=exact)
    name = f"site-{site}-consents-{by}-{span.first}-{span.last}"
    if as_file:
        detail = f"consents by {by}, {span.first} to {span.last}"
        await asyncio.to_thread(context.accounts.audit.record, Action.EXPORT, reader.user, site=site, detail=detail)
    if as_csv:
        return Response(
            csv_export.write([by, *columns_of(by)], found.rows),
            media_type="text/csv; charset=utf-8",
            headers={**_HEADERS, "content-disposition": f'attachment; filename="{name}.csv"'},
        )
    answer = ConsentAnswer(
        site=site,
        first=span.first,
        last=span.last,
        by=by,
        totals=found.totals,
        rows=found.rows,
        hidden_below=0 if exact else LEAST,
        cut=found.cut or UNSET,
    )
    response = _json(answer)
    if as_file:
        response.headers["content-disposition"] = f'attachment; filename="{name}.json"'
    return response


async def estimates(request: Request) -> Response:
    """The estimated whole audience of a site."""
    site: int = request.path_params["site"]
    await require_reader(request, site)
    context = context_of(request)
    desk: Desk = request.app.state.report_desk
    span = stats_query.span(stats_query.read(request.query_params, ESTIMATE_PARAMETERS), context.reports.today(site))
    found = await desk.run(context.consents.audience, site, span)
    served = context.catalog.get(site)
    told = found.found
    figures = (
        {
            "visits": round(told.visits),
            "low": round(told.low),
            "high": round(told.high),
            "recorded_visits": told.recorded,
            "strata": told.strata,
        }
        if told is not None
        else {}
    )
    answer = EstimateAnswer(
        site=site,
        first=span.first,
        last=span.last,
        counting=served is not None and served.site.estimate,
        since=found.since,
        loads=found.loads,
        recorded_loads=found.base,
        refused_loads=found.refused,
        unanswered_loads=found.unanswered,
        **figures,
    )
    return _json(answer)


@page
async def show(request: Request) -> Response:
    """GET /sites/{site}/consent. The view is in the query string and read by the script."""
    served = context_of(request).catalog.get(request.path_params["site"])
    purposes = {purpose.id: purpose.name for purpose in served.site.optional_purposes} if served else {}
    reader = await principal(request)
    values = {
        "purposes": msgspec.json.encode(purposes).decode(),
        "least": LEAST,
        "least_of_strata": LEAST_OF_STRATA,
        "sees_small": reader is not None and reader.may_see_evidence,
    }
    return await page_of_site(request, "consent.html", "consent", **values)


def _json(answer: object) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=_HEADERS)


def _choice(given: Mapping[str, str], name: str, allowed: tuple[str, ...], otherwise: str) -> str:
    chosen = given.get(name, otherwise)
    if chosen not in allowed:
        raise BadRequest(f"{name} is {' or '.join(allowed)}.", f"$.{name}")
    return chosen


routes: list[BaseRoute] = [
    Route("/v1/consents/{site:site}", consents, methods=["GET"]),
    Route("/v1/estimates/{site:site}", estimates, methods=["GET"]),
    Route("/sites/{site:site}/consent", show, methods=["GET"]),
]
