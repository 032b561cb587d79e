"""The dashboard's pages. The server sends the shell; the scripts fetch the figures from /v1/stats/{site}."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.principal import Principal
from gateway.errors import BadRequest, Forbidden, NotAuthenticated, NotFound, WarehouseUnavailable
from gateway.reports.presence import dimensions_with_values
from gateway.sites.catalog import ServedSite
from gateway.web import assets, csrf, languages, navigation
from gateway.web.auth import SESSION_COOKIE, context_of, principal, read_form, require_reader, set_cookie
from gateway.web.pages import local_path, page, prefix, render
from gateway.web.stats import ReportDesk

SITES_AT_ONCE = 50  # rows of the page of all sites; the script turns its pages


@page
async def all_sites(request: Request) -> Response:
    """GET /: the sites this reader may see, or the one site where there is only one."""
    reader = await _reader(request)
    sites = readable(request, reader)
    if len(sites) == 1:
        return RedirectResponse(f"{prefix(context_of(request).settings.base_url)}/sites/{sites[0].id}", 303)
    return render(
        request,
        "sites.html",
        {
            **frame(request, reader, here="sites"),
            "sites": [served.site for served in sites[:SITES_AT_ONCE]],
            "count": len(sites),
        },
    )


@page
async def one_site(request: Request) -> Response:
    """GET /sites/{site}: the overview of one site. The view is in the query string and read by the script."""
    return await page_of_site(request, "site.html", "overview")


async def dimensions(request: Request) -> Response:
    """GET /sites/{site}/dimensions: which of them the site has values of, for the overview's panels and tabs."""
    site = request.path_params["site"]
    await require_reader(request, site)
    context = context_of(request)
    desk: ReportDesk = request.app.state.report_desk
    first = context.reports.earliest(site)
    try:
        found = await desk.run(dimensions_with_values, context.warehouse, site, first)
        desk.last.keep(("dimensions", site), found)
    except WarehouseUnavailable:
        last = desk.last.find(("dimensions", site))
        if last is None:
            raise
        found = last.answer
    return JSONResponse({"dimensions": found}, headers={"cache-control": "private, no-store"})


async def page_of_site(request: Request, template: str, here: str, **values: object) -> Response:
    """A page about the site of the path, for whoever may read it. `here` is its key in the menu.

    Raises NotAuthenticated, Forbidden, NotFound.
    """
    reader = await _reader(request)
    site_id = request.path_params["site"]
    if not reader.may_read(site_id):
        raise Forbidden("You have no access to this site.")
    context = context_of(request)
    served = context.catalog.get(site_id)
    if served is None:
        raise NotFound("There is no such site.")
    around = {
        **frame(request, reader, served, here),
        "site": served.site,
        "several": len(readable(request, reader)) > 1,
        "script": f"{context.settings.base_url}/gateway/{served.id}.js",
        "data_months": context.settings.retention.data_months,
        "goals": {goal.id: goal.name for goal in served.site.goals},
        "dimensions": {
            f"dimension{one.id}": {"name": one.name, "ofActions": one.scope == "action"}
            for one in served.site.dimensions
        },
    }
    return render(request, template, {**around, **values})


@page
async def choose_language(request: Request) -> Response:
    """POST /language with language, next, csrf: kept in a cookie of this browser for 13 months."""
    base_url = context_of(request).settings.base_url
    csrf.require_own_origin(request, base_url)
    form = await read_form(request)
    csrf.require_token(request.cookies.get(SESSION_COOKIE), form.get(csrf.FIELD))
    wanted, back = form.get("language"), form.get("next")
    if not isinstance(wanted, str) or wanted not in languages.LANGUAGES:
        raise BadRequest(f"The interface speaks {', '.join(languages.LANGUAGES)}.", "$.language")
    response = RedirectResponse(local_path(back if isinstance(back, str) else None, prefix(base_url)), 303)
    set_cookie(response, base_url, languages.COOKIE, wanted, languages.COOKIE_SECONDS)
    return response


def frame(request: Request, reader: Principal, served: ServedSite | None = None, here: str = "") -> dict[str, object]:
    """What the frame around every page of the dashboard shows: its menus, with `here` marked, and who is logged in."""
    base = prefix(context_of(request).settings.base_url)
    query = f"?{request.url.query}" if request.url.query else ""
    return {
        "user": reader.user,
        "own_account": SESSION_COOKIE in request.cookies,
        "csrf": csrf.token(request.cookies.get(SESSION_COOKIE, "")),
        "places": navigation.links(reader),
        "site_places": navigation.links_of_site(reader, served.id) if served else [],
        "site_name": served.site.name if served else "",
        "place": here,
        "languages": languages.LANGUAGES,
        # A form was posted to where this page is not; then the choice leads to the start.
        "address": base + request.scope["path"] + query if request.method == "GET" else f"{base}/",
    }


async def _reader(request: Request) -> Principal:
    reader = await principal(request)
    if reader is None:
        raise NotAuthenticated("Log in.")
    return reader


def readable(request: Request, reader: Principal) -> list[ServedSite]:
    """The sites whose figures this reader may see, by name."""
    sites = (served for served in context_of(request).catalog if reader.may_read(served.id))
    return sorted(sites, key=lambda served: (served.site.name.casefold(), served.id))


routes: list[BaseRoute] = [
    Route("/", all_sites, methods=["GET"]),
    Route("/sites/{site:site}", one_site, methods=["GET"]),
    Route("/sites/{site:site}/dimensions", dimensions, methods=["GET"]),
    Route("/language", choose_language, methods=["POST"]),
    Route("/assets/dashboard/{name}", assets.serve, methods=["GET"]),
]
