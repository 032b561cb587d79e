"""`/` with several sites: all of them on one page, and `/sites/figures`, what it shows of each."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.errors import NotAuthenticated, ReportTooLarge, WarehouseUnavailable
from gateway.reports.every_site import DAYS, SiteFigures
from gateway.web.auth import context_of, principal
from gateway.web.dashboard import readable
from gateway.web.stats import ReportDesk
from gateway.web.times import iso_time

FRESH_SECONDS = 20.0  # an answer is good for everybody who may see the same sites


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A site as the page lists it."""

    name: str
    domain: str
    figures: SiteFigures


class AllSites(msgspec.Struct, frozen=True, kw_only=True):
    """`stale`: the warehouse is away, and these are the last figures, of this time."""

    days: int
    sites: list[Listed]
    stale: str | UnsetType = UNSET


async def figures(request: Request) -> Response:
    """GET /sites/figures: the last thirty days and the thirty before of every site that this reader may see, by name."""
    reader = await principal(request)
    if reader is None:
        raise NotAuthenticated("Log in.")
    context = context_of(request)
    desk: ReportDesk = request.app.state.report_desk
    sites = readable(request, reader)
    question = ("sites", *(served.id for served in sites))
    recent = desk.last.find(question)
    if recent is not None and context.clock.timestamp() - recent.at < FRESH_SECONDS:
        return _answer(recent.answer)
    try:
        found = await desk.run(context.every_site.figures, sites)
        listed = [
            Listed(name=served.site.name, domain=served.site.domains[0], figures=one)
            for served, one in zip(sites, found, strict=True)
        ]
        answer = AllSites(days=DAYS, sites=listed)
        desk.last.keep(question, answer)
    except ReportTooLarge:
        raise
    except WarehouseUnavailable:
        last = desk.last.find(question)
        if last is None:
            raise
        answer = msgspec.structs.replace(last.answer, stale=iso_time(last.at))
    return _answer(answer)


def _answer(answer: AllSites) -> Response:
    return Response(
        msgspec.json.encode(answer), media_type="application/json", headers={"cache-control": "private, no-store"}
    )


routes: list[BaseRoute] = [Route("/sites/figures", figures, methods=["GET"])]
