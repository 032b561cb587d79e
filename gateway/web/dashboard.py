"""The dashboard's pages. The server sends the shell; the scripts fetch the figures from /v1/stats/{site}."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.principal import Principal
from gateway.errors import Forbidden, NotAuthenticated, NotFound
from gateway.sites.catalog import ServedSite
from gateway.web import assets, csrf
from gateway.web.auth import SESSION_COOKIE, context_of, principal
from gateway.web.pages import page, prefix, render


@page
async def all_sites(request: Request) -> Response:
    """GET /: the sites this reader may see, or the one site where there is only one."""
    reader = await _reader(request)
    sites = _readable(request, reader)
    if len(sites) == 1:
        return RedirectResponse(f"{prefix(context_of(request).settings.base_url)}/sites/{sites[0].id}", 303)
    return render(request, "sites.html", {**frame(request, reader), "sites": [served.site for served in sites]})


@page
async def one_site(request: Request) -> Response:
    """GET /sites/{site}: the overview of one site. The view is in the query string and read by the script."""
    reader = await _reader(request)
    site_id = request.path_params["site"]
    if not reader.may_read(site_id):
        raise Forbidden("You have no access to this site.")
    context = context_of(request)
    served = context.catalog.get(site_id)
    if served is None:
        raise NotFound("There is no such site.")
    values = {
        **frame(request, reader),
        "site": served.site,
        "several": len(_readable(request, reader)) > 1,
        "script": f"{context.settings.base_url}/gateway/{served.id}.js",
        "data_months": context.settings.retention.data_months,
    }
    return render(request, "site.html", values)


def frame(request: Request, reader: Principal) -> dict[str, object]:
    """What the frame around every page of the dashboard shows."""
    token = csrf.token(request.cookies.get(SESSION_COOKIE, ""))
    return {"user": reader.user, "csrf": token, "evidence": reader.may_see_evidence}


async def _reader(request: Request) -> Principal:
    reader = await principal(request)
    if reader is None:
        raise NotAuthenticated("Log in.")
    return reader


def _readable(request: Request, reader: Principal) -> list[ServedSite]:
    sites = (served for served in context_of(request).catalog if reader.may_read(served.id))
    return sorted(sites, key=lambda served: (served.site.name.casefold(), served.id))


routes: list[BaseRoute] = [
    Route("/", all_sites, methods=["GET"]),
    Route("/sites/{site:site}", one_site, methods=["GET"]),
    Route("/assets/dashboard/{name}", assets.serve, methods=["GET"]),
]
