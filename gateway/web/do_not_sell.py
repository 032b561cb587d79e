"""`/do-not-sell/{site}`: one click, no fields, and the status shown (RULES.md C1, C4, C8); the way back has two steps (C9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.opt_outs import OptOut, opt_in, opt_out
from gateway.errors import Conflict
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the routes below
from gateway.web.auth import FORM_BYTES
from gateway.web.pages import page
from gateway.web.parts import Parts
from gateway.web.visitor_page import Caller, caller_of, carry_out, notice_of, own_caller_of, show


def routes(parts: Parts) -> list[Route]:
    @page
    async def status(request: Request) -> Response:
        caller = caller_of(parts, request)
        allowed = request.query_params.get("done") == "allowed" and not caller.opted_out
        values = {"covers": list(_covers((await notice_of(parts, caller)).content)), "allowed": allowed}
        return await show(parts, request, caller, "do_not_sell.html", values)

    @page
    async def stop(request: Request) -> Response:
        caller = own_caller_of(parts, request)
        wish = OptOut(site=caller.site.id, what="sale", method="do_not_sell", surface="do_not_sell")
        outcome = opt_out(wish, caller.visit, caller.site, caller.jar, caller.standing, caller.country)
        return await carry_out(parts, request, caller, outcome, f"/do-not-sell/{caller.site.id}", "stopped")

    @page
    async def ask(request: Request) -> Response:
        return await asked(request, caller_of(parts, request))

    async def asked(request: Request, caller: Caller, status: int = 200) -> Response:
        return await show(parts, request, caller, "allow_sale.html", {}, status=status)

    @page
    async def allow(request: Request) -> Response:
        caller = own_caller_of(parts, request)
        if caller.minor:
            return await asked(request, caller, Conflict.status)
        try:
            outcome = opt_in(caller.visit, caller.site, caller.jar, caller.standing, caller.country, "do_not_sell")
        except Conflict as refused:
            # Global Privacy Control is on: the page says what to do about it.
            return await asked(request, caller, refused.status)
        return await carry_out(parts, request, caller, outcome, f"/do-not-sell/{caller.site.id}", "allowed")

    return [
        Route("/do-not-sell/{site:site}", status, methods=["GET"]),
        Route("/do-not-sell/{site:site}", stop, methods=["POST"], max_body_size=FORM_BYTES),
        Route("/do-not-sell/{site:site}/allow", ask, methods=["GET"]),
        Route("/do-not-sell/{site:site}/allow", allow, methods=["POST"], max_body_size=FORM_BYTES),
    ]


def _covers(notice: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Which purposes, and which services of each, an opt-out of sale switches off: a purpose's flag counts for its services."""
    for purpose in notice["purposes"]:
        services = [each["name"] for each in purpose["services"] if purpose["sale"] or each["sale"]]
        if purpose["sale"] or services:
            yield purpose["name"], services
