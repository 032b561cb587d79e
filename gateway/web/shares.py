"""/sites/{site}/shares: the links that show a site's overview to whoever holds them. A plain form, without JavaScript."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.accounts.passwords import LEAST_LENGTH
from gateway.accounts.principal import Principal
from gateway.accounts.share_links import DEFAULT_DAYS, LONGEST_FILTER, LONGEST_NAME, MOST_MONTHS, ShareLink
from gateway.errors import BadRequest, Forbidden, NotFound
from gateway.reports.overview import KINDS, checked_filter, kind_of
from gateway.reports.small_numbers import LEAST
from gateway.web.auth import FORM_BYTES, context_of, require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.evidence import posted, whole_number
from gateway.web.pages import page, prefix
from gateway.web.times import iso_time

_DAYS = (1, 7, 30, 90, 180, 365)


@page
async def show(request: Request) -> Response:
    """GET /sites/{site}/shares: the links there are, and a form for another. `filter` fills in what it shows."""
    await _keeper(request)
    return await _list(request, fields={"filter": request.query_params.get("filter", "")[:LONGEST_FILTER]})


@page
async def make(request: Request) -> Response:
    """POST /sites/{site}/shares with name, kind, choice, filter, days, password: the link is on the page, this once."""
    keeper, site = await _maker(request), request.path_params["site"]
    form = await posted(request)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    context = context_of(request)
    if context.catalog.get(site) is None:
        raise NotFound("There is no such site.")
    try:
        token, link = await run_in_threadpool(
            context.accounts.shares.make,
            site,
            fields.get("name", ""),
            by=keeper.user,
            kind=kind_of(fields.get("kind", "")),
            choice=fields.get("choice") == "1",
            filter_=checked_filter(fields.get("filter", "")),
            days=whole_number(fields, "days", DEFAULT_DAYS),
            password=fields.get("password", ""),
        )
    except BadRequest as error:
        return await _list(request, fields=fields, problem=error.what, status=error.status)
    await _audit(request, Action.SHARE_CREATED, keeper, link)
    return await _list(request, made=f"{context.settings.base_url}/share/{token}", link=link)


@page
async def revoke(request: Request) -> Response:
    """POST /sites/{site}/shares/{share}/revoke: the link ends at once, for those who look at it as well."""
    keeper, site = await _keeper(request), request.path_params["site"]
    await posted(request)
    context = context_of(request)
    link = await run_in_threadpool(context.accounts.shares.revoke, site, request.path_params["share"])
    if link is not None:
        await _audit(request, Action.SHARE_REVOKED, keeper, link)
    return RedirectResponse(f"{prefix(context.settings.base_url)}/sites/{site}/shares", 303)


async def _keeper(request: Request) -> Principal:
    """Who is asking, if they may see and revoke a site's links: editors, and whoever answers for data protection."""
    site = request.path_params["site"]
    reader = await require_reader(request, site)
    if not reader.may_edit(site) and not reader.may_see_evidence:
        raise Forbidden("Sharing is for editors.")
    return reader


async def _maker(request: Request) -> Principal:
    site = request.path_params["site"]
    reader = await require_reader(request, site)
    if not reader.may_edit(site):
        raise Forbidden("Links are made by editors.")
    return reader


async def _list(
    request: Request,
    *,
    fields: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
    made: str = "",
    link: ShareLink | None = None,
) -> Response:
    context = context_of(request)
    site = request.path_params["site"]
    reader = await require_reader(request, site)
    values = {
        "links": await run_in_threadpool(context.accounts.shares.of_site, site),
        "now": context.clock.timestamp(),
        "fields": fields or {},
        "problem": problem,
        "made": made,
        "link": link,
        "kinds": list(KINDS),
        "days": _DAYS,
        "default_days": DEFAULT_DAYS,
        "months": MOST_MONTHS,
        "longest_name": LONGEST_NAME,
        "longest_filter": LONGEST_FILTER,
        "least_length": LEAST_LENGTH,
        "least": LEAST,
        "may_make": reader.may_edit(site),
        "time": iso_time,
    }
    response = await page_of_site(request, "shares.html", "shares", **values)
    response.status_code = status
    return response


async def _audit(request: Request, action: Action, keeper: Principal, link: ShareLink) -> None:
    detail = ", ".join(part for part in (link.id, link.name, link.kind, link.filter) if part)
    audit = context_of(request).accounts.audit
    await run_in_threadpool(audit.record, action, keeper.user, site=link.site, detail=detail)


routes: list[BaseRoute] = [
    Route("/sites/{site:site}/shares", show, methods=["GET"]),
    Route("/sites/{site:site}/shares", make, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/sites/{site:site}/shares/{share}/revoke", revoke, methods=["POST"], max_body_size=FORM_BYTES),
]
