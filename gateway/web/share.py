"""/share/{token}: a site's overview for whoever holds the link, with small figures hidden (reports/overview.py).

Nothing here sets a cookie but the password's session, which this link alone is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.share_links import SESSION_SECONDS, ShareLink
from gateway.errors import BadRequest, GatewayError, NotAuthenticated, NotFound, TooManyRequests, Unavailable
from gateway.reports.overview import kind_of
from gateway.reports.periods import Span
from gateway.reports.small_numbers import LEAST
from gateway.sites.catalog import ServedSite
from gateway.web import csrf
from gateway.web.auth import FORM_BYTES, context_of, read_form, set_cookie
from gateway.web.desk import Desk
from gateway.web.errors import on_gateway_error
from gateway.web.languages import language_of
from gateway.web.pages import catalogue, page, prefix, render

COOKIE = "gw_share"
# The address is the key: no other website and no search engine learns of it.
_HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow", "cache-control": "no-store"}

Endpoint = Callable[[Request], Awaitable[Response]]


def _secretly(endpoint: Endpoint) -> Endpoint:
    """Every answer below /share carries the headers above."""

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        response = await endpoint(request)
        response.headers.update(_HEADERS)
        return response

    return answer


@_secretly
@page
async def show(request: Request) -> Response:
    """GET /share/{token}?from=: the shell, or the form for the password. The script asks for the figures."""
    link, served = await _find(request)
    if not await _is_open(request, link):
        return _form(request, served)
    spans = await _spans(request, link)
    return render(
        request,
        "share.html",
        {
            "site": served.site,
            "link": link,
            "address": f"{prefix(context_of(request).settings.base_url)}/share/{request.path_params['token']}",
            "spans": msgspec.json.encode([[span.first, span.last] for span in spans]).decode(),
            "goals": {goal.id: goal.name for goal in served.site.goals},
            "least": LEAST,
        },
    )


@_secretly
@page
async def enter(request: Request) -> Response:
    """POST /share/{token} with password. No token against forgery: before it there is no cookie that could be ridden on."""
    context = context_of(request)
    base_url = context.settings.base_url
    csrf.require_own_origin(request, base_url)
    _link, served = await _find(request)
    password = (await read_form(request)).get("password")
    token = request.path_params["token"]
    address = request.client.host if request.client else ""
    try:
        session = await run_in_threadpool(
            context.accounts.shares.enter, token, password if isinstance(password, str) else "", address
        )
    except TooManyRequests as error:
        words = catalogue(language_of(request))["login"]["too_many"].replace("{seconds}", str(error.retry_after or 1))
        return _form(request, served, problem=words, status=error.status, retry_after=error.retry_after)
    except (NotAuthenticated, Unavailable) as error:
        words = catalogue(language_of(request))["share"]["wrong"] if isinstance(error, NotAuthenticated) else error.what
        return _form(request, served, problem=words, status=error.status, retry_after=error.retry_after)
    here = f"{prefix(base_url)}/share/{token}"
    response = RedirectResponse(here, 303)
    set_cookie(response, f"{csrf.origin_of(base_url)}{here}", COOKIE, session, SESSION_SECONDS)
    return response


@_secretly
async def figures(request: Request) -> Response:
    """GET /share/{token}/figures?from=YYYY-MM-DD: the overview of the period that begins then, by default the last."""
    try:
        link, _served = await _find(request)
        if not await _is_open(request, link):
            raise NotAuthenticated("This link has a password.")
        spans = await _spans(request, link)
        wanted = request.query_params.get("from", "")
        span = next((one for one in spans if wanted in ("", one.first.isoformat())), None)
        if span is None:
            raise BadRequest("This link does not show such a period.", "$.from")
        desk: Desk = request.app.state.report_desk
        overview = await desk.run(context_of(request).overviews.of, link.site, span, link.filter)
    except GatewayError as error:
        return await on_gateway_error(request, error)
    return Response(msgspec.json.encode(overview), media_type="application/json")


async def _find(request: Request) -> tuple[ShareLink, ServedSite]:
    """Raises NotFound, the same for a link that never was, expired or was revoked."""
    context = context_of(request)
    link = await run_in_threadpool(context.accounts.shares.find, request.path_params["token"])
    served = context.catalog.get(link.site) if link is not None else None
    if link is None or served is None:
        raise NotFound("This link is not valid, or not any more.")
    return link, served


async def _is_open(request: Request, link: ShareLink) -> bool:
    if not link.has_password:
        return True
    session = request.cookies.get(COOKIE, "")
    return await run_in_threadpool(context_of(request).accounts.shares.is_open, link, session)


async def _spans(request: Request, link: ShareLink) -> list[Span]:
    """The periods that a link shows, the newest first."""
    spans = await run_in_threadpool(context_of(request).overviews.spans, link.site, kind_of(link.kind))
    return spans if link.choice else spans[:1]


def _form(
    request: Request, served: ServedSite, *, problem: str = "", status: int = 200, retry_after: int | None = None
) -> Response:
    values = {"site": served.site, "problem": problem, "here": request.path_params["token"]}
    return render(request, "share_password.html", values, status=status, retry_after=retry_after)


routes: list[BaseRoute] = [
    Route("/share/{token}", show, methods=["GET"]),
    Route("/share/{token}", enter, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/share/{token}/figures", figures, methods=["GET"]),
]
