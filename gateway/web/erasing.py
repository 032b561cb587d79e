"""`/privacy/{site}/erase`: what erasing means and what stays, and after a second yes the erasure itself (GDPR art. 17)."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.rights import Kind
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the routes below
from gateway.web.auth import FORM_BYTES
from gateway.web.lasting import exercised
from gateway.web.pages import page
from gateway.web.parts import Parts
from gateway.web.visitor_page import Caller, back, caller_of, own_caller_of, show
from gateway.web.visits_held import numbers_of


def routes(parts: Parts) -> list[Route]:
    @page
    async def ask(request: Request) -> Response:
        caller = caller_of(parts, request)
        if not await numbers_of(parts, caller):
            return back(parts, caller, f"/privacy/{caller.site.id}")
        return await show(parts, request, caller, "erase.html", {})

    @page
    async def erase(request: Request) -> Response:
        caller = own_caller_of(parts, request)
        path = f"/privacy/{caller.site.id}"
        if not await erase_now(parts, caller):
            return back(parts, caller, path)
        # The number goes too: with a new one, nothing leads from later visits to those erased.
        return back(parts, caller, path, "erased", [caller.jar.expire(caller.jar.visitor_name)])

    return [
        Route("/privacy/{site:site}/erase", ask, methods=["GET"]),
        Route("/privacy/{site:site}/erase", erase, methods=["POST"], max_body_size=FORM_BYTES),
    ]


async def erase_now(parts: Parts, caller: Caller) -> bool:
    """Erase everything under this browser's number, durably when this returns; False where it has none."""
    numbers = await numbers_of(parts, caller)
    if not numbers:
        return False
    await asyncio.to_thread(parts.context.tombstones.erase, caller.site.id, numbers)
    await exercised(parts, Kind.ERASURE, caller.site.id)
    return True
