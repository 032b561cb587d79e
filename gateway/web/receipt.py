"""`GET /privacy/{site}/receipt.json`: the record of this browser's consent, for its owner to keep (ISO/IEC TS 27560).

The verified, HttpOnly receipt cookie names the record, so that no address does.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.receipt_book import ReceiptBook
from gateway.errors import Unavailable
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the routes below
from gateway.web.pages import page
from gateway.web.parts import Parts
from gateway.web.visitor_page import VARY, caller_of, show

_RETRY = 60  # seconds; a record is in the warehouse within a few, unless that is away


def routes(parts: Parts) -> list[Route]:
    book = ReceiptBook(parts.context.warehouse, parts.context.settings.base_url)

    @page
    async def receipt(request: Request) -> Response:
        caller = caller_of(parts, request)
        record_id = caller.jar.receipt(caller.visit.cookies)
        title = {"title": "centre_receipt"}
        if record_id is None:
            values = {**title, "message": "centre_receipt_none"}
            return await show(parts, request, caller, "later.html", values, status=404)
        try:
            found = await parts.context.visitor_desk.run(book.one, caller.site.id, record_id)
        except Unavailable:
            found = None
        if found is None:
            values = {**title, "message": "centre_receipt_later"}
            return await show(parts, request, caller, "later.html", values, status=503, retry_after=_RETRY)
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="receipt-site-{caller.site.id}.json"',
            "vary": VARY,
        }
        body = msgspec.json.format(msgspec.json.encode(found))
        return Response(body, media_type="application/ld+json", headers=headers)

    return [Route("/privacy/{site:site}/receipt.json", receipt, methods=["GET"])]
