"""`/sites/{site}/retention`, and the API that it and other tools read: who came back in the weeks after their first visit."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType, field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.errors import BadRequest
from gateway.reports import csv_export, filters, guarded, guarded_ways
from gateway.reports.cohorts import MOST_WEEKS, Cohorts
from gateway.reports.guarded_ways import GuardedCohort, GuardedRetention
from gateway.reports.small_numbers import LEAST
from gateway.web import (
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
    stats_query,
)
from gateway.web.auth import context_of, require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.desk import Desk
from gateway.web.hidden_below import HiddenBelow
from gateway.web.pages import page

DEFAULT_WEEKS = 12
_HEADERS = {"cache-control": "private, no-store", "vary": "Authorization, Cookie"}
# Name → what it is for, as /openapi.json says it.
PARAMETERS = {
    "weeks": f"How many weeks, the present one included: 2 to 56, {DEFAULT_WEEKS} where it is absent.",
    "filter": "Of which first visits, in the grammar of /v1/stats.",
    **{name: stats_query.PARAMETERS[name] for name in ("format", "token_auth")},
}


class RetentionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Visitors by the week of their first visit, and how many of them came in each week from then on."""

    site: int
    first: date = field(name="from")
    last: date = field(name="to")
    filter: str
    cohorts: tuple[GuardedCohort, ...]
    visits: Annotated[int | None, Meta(description="All visits of these weeks.")]
    cookieless: Annotated[
        int | None, Meta(description="Of them, those of visitors who are not recognised: in no cohort.")
    ]
    exempt: Annotated[int | None, Meta(description="Of them, those under the exemption: in no cohort.")]
    cut: Annotated[
        date | UnsetType, Meta(description="The weeks asked for begin before this date: nothing before it is kept.")
    ] = UNSET
    hidden_below: HiddenBelow = UNSET


async def retention(request: Request) -> Response:
    """GET /v1/retention/{site}, as JSON or CSV."""
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    context = context_of(request)
    given = stats_query.read(request.query_params, PARAMETERS)
    as_csv = stats_query.is_csv(given)
    weeks = given.get("weeks") or str(DEFAULT_WEEKS)
    if not re.fullmatch("[0-9]{1,3}", weeks):
        raise BadRequest("This is not a whole number.", "$.weeks")
    desk: Desk = request.app.state.report_desk
    guard = not reader.takes_small_figures
    found = await desk.run(_guarded if guard else _exact, context.cohorts, site, int(weeks), given.get("filter", ""))
    if as_csv:
        detail = f"retention, {found.first} to {found.last}"
        await asyncio.to_thread(context.accounts.audit.record, Action.EXPORT, reader.user, site=site, detail=detail)
        columns = ["week", *(f"week_{later}" for later in range(len(found.cohorts)))]
        rows = [{"week": one.week.isoformat(), **_by_week(one)} for one in found.cohorts]
        name = f"site-{site}-retention-{found.first}-{found.last}.csv"
        return Response(
            csv_export.write(columns, rows),
            media_type="text/csv; charset=utf-8",
            headers={**_HEADERS, "content-disposition": f'attachment; filename="{name}"'},
        )
    answer = RetentionAnswer(
        site=site,
        first=found.first,
        last=found.last,
        filter=given.get("filter", ""),
        cohorts=found.cohorts,
        visits=found.visits,
        cookieless=found.cookieless,
        exempt=found.exempt,
        cut=found.cut or UNSET,
        hidden_below=LEAST if guard else UNSET,
    )
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=_HEADERS)


@page
async def show(request: Request) -> Response:
    """GET /sites/{site}/retention. The view is in the query string and read by the script."""
    return await page_of_site(request, "cohorts.html", "cohorts")


def _exact(reports: Cohorts, site: int, weeks: int, filter_: str) -> GuardedRetention:
    return msgspec.convert(reports.run(site, weeks, filter_), GuardedRetention, from_attributes=True)


def _guarded(reports: Cohorts, site: int, weeks: int, filter_: str) -> GuardedRetention:
    """Without small figures. Raises BadRequest as well for a filter that compares by order."""
    found, chosen = reports.run(site, weeks, filter_), filters.parse(filter_)
    guarded.require_guardable(chosen)
    whole, *others = (reports.run(site, MOST_WEEKS, text) for text in (filter_, *guarded.with_less(chosen)))
    return guarded_ways.retention(found, whole, others)


def _by_week(one: GuardedCohort) -> dict[str, int | None]:
    return {f"week_{later}": visitors for later, visitors in enumerate(one.visitors)}


routes: list[BaseRoute] = [
    Route("/v1/retention/{site:site}", retention, methods=["GET"]),
    Route("/sites/{site:site}/retention", show, methods=["GET"]),
]
