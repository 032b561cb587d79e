"""What the pages of the data protection officer share, and the one that only shows: retention."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.principal import Principal
from gateway.consent.deadlines import KEPT_MONTHS
from gateway.errors import BadRequest
from gateway.reports import kept_by_people
from gateway.state.job_runs import JobRuns
from gateway.warehouse import retention
from gateway.web import csrf
from gateway.web.auth import SESSION_COOKIE, context_of, read_form, require_evidence
from gateway.web.dashboard import frame
from gateway.web.pages import page, render
from gateway.web.times import iso_time


def show(
    request: Request,
    reader: Principal,
    template: str,
    values: Mapping[str, object],
    *,
    status: int = 200,
    here: str = "evidence",
) -> Response:
    """One of these pages. Besides `values` a template finds the sites by id, and `time(seconds)`, ISO 8601 UTC."""
    sites = {served.id: served.site.name for served in context_of(request).catalog}
    ordered = dict(sorted(sites.items(), key=lambda item: (item[1].casefold(), item[0])))
    around = {**frame(request, reader, here=here), "site_names": ordered, "time": iso_time}
    return render(request, template, {**around, **values}, status=status)


async def posted(request: Request) -> FormData:
    """The fields of a form on one of these pages. Raises Forbidden where another website sent it."""
    csrf.require_own_origin(request, context_of(request).settings.base_url)
    form = await read_form(request)
    csrf.require_token(request.cookies.get(SESSION_COOKIE), form.get(csrf.FIELD))
    return form


def site_parameter(parameters: Mapping[str, str], name: str = "site") -> int | None:
    """A site's number in a query or form; None where it is empty or absent. Raises BadRequest."""
    return whole_number(parameters, name) if parameters.get(name) else None


def whole_number(parameters: Mapping[str, str], name: str, default: int = 0) -> int:
    """Raises BadRequest."""
    text = parameters.get(name, "") or str(default)
    if not re.fullmatch("[0-9]{1,10}", text):
        raise BadRequest("This is not a whole number.", f"$.{name}")
    return int(text)


@page
async def show_retention(request: Request) -> Response:
    """GET /retention: what is kept, how long, when something is deleted next, and the work that sees to it."""
    reader = await require_evidence(request)
    context = context_of(request)
    lines = await run_in_threadpool(retention.report, context.warehouse, context.settings, context.clock)
    lines += await run_in_threadpool(kept_by_people.report, context.state, context.settings.retention.data_months)
    kept = {"requests": await run_in_threadpool(context.register.count), "months": KEPT_MONTHS}
    jobs = await run_in_threadpool(JobRuns(context.state, context.clock).listed)
    return show(request, reader, "retention.html", {"lines": lines, "register": kept, "jobs": jobs})


routes: list[BaseRoute] = [
    Route("/retention", show_retention, methods=["GET"]),
]
