"""`POST /privacy/{site}/visits`: the list of a browser's visits, and the same to take away.

A computer may be shared, so that the privacy centre shows figures only and the list is behind a second click, in an answer
that nothing keeps. Neither the list nor a file has the number that the visits are filed under.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.consent.cldr import country_in_words, day_in_words
from gateway.consent.rights import Kind
from gateway.erasure.held import Held, held
from gateway.errors import BadRequest, Unavailable
from gateway.reports import csv_export
from gateway.web import site_ids  # noqa: F401 - makes {site:site} known to the routes below
from gateway.web.auth import FORM_BYTES, read_form
from gateway.web.lasting import exercised
from gateway.web.pages import page
from gateway.web.parts import Parts
from gateway.web.visitor_page import Caller, back, caller_of, own_caller_of, show

_SHOWN = 100
_PATIENCE = 5.0  # seconds until the page goes out without the figures
_RETRY = 60
_RIGHTS = {"list": Kind.ACCESS, "csv": Kind.COPY, "json": Kind.PORTABILITY}


async def numbers_of(parts: Parts, caller: Caller) -> tuple[int, ...]:
    """Under which numbers this browser's visits are filed; none without a verified visitor cookie."""
    return await asyncio.to_thread(parts.pipeline.numbers_of, caller.visit, caller.site)


async def summary(parts: Parts, caller: Caller, numbers: Sequence[int]) -> dict[str, object] | None:
    """The figures in the caller's words, empty where there are none; None where the warehouse does not say in time."""
    if not numbers:
        return {}
    try:
        found = await asyncio.wait_for(_read(parts, caller, numbers, rows=False), _PATIENCE)
    except (Unavailable, TimeoutError):
        return None
    if found is None:
        return {}
    days = {"first": found.first, "last": found.last, "gone": found.gone}
    in_words = {name: day_in_words(day, caller.language) for name, day in days.items()}
    return {"visits": found.visits, "page_views": found.pageviews, **in_words}


async def _read(parts: Parts, caller: Caller, numbers: Sequence[int], *, rows: bool) -> Held | None:
    context = parts.context
    desk, site = context.visitor_desk, caller.site.id
    return await desk.run(held, context.warehouse, context.settings, site, numbers, rows=rows)


def routes(parts: Parts) -> list[Route]:
    @page
    async def visits(request: Request) -> Response:
        caller = own_caller_of(parts, request)
        wanted = str((await read_form(request)).get("as", "list"))
        if wanted not in _RIGHTS:
            raise BadRequest("as is list, csv or json", "as")
        numbers = await numbers_of(parts, caller)
        if not numbers:
            return back(parts, caller, f"/privacy/{caller.site.id}")
        try:
            found = await _read(parts, caller, numbers, rows=True)
        except Unavailable:
            values = {"title": "centre_held", "message": "centre_unavailable"}
            return await show(parts, request, caller, "later.html", values, status=503, retry_after=_RETRY)
        await exercised(parts, _RIGHTS[wanted], caller.site.id)
        if wanted != "list":
            return _file(caller, found, wanted)
        rows = found.rows if found is not None else ()
        shown = [_in_words(row, caller) for row in rows[:_SHOWN]]
        return await show(parts, request, caller, "visits.html", {"visits": shown, "more": len(rows) > _SHOWN})

    @page
    async def again(request: Request) -> Response:
        # A language chosen on the list, or its address opened anew: the second click is made again.
        caller = caller_of(parts, request)
        return back(parts, caller, f"/privacy/{caller.site.id}")

    return [
        Route("/privacy/{site:site}/visits", visits, methods=["POST"], max_body_size=FORM_BYTES),
        Route("/privacy/{site:site}/visits", again, methods=["GET"]),
    ]


def _in_words(row: Mapping[str, Any], caller: Caller) -> dict[str, object]:
    started = datetime.fromisoformat(row["started"])
    return {
        **row,
        "start": f"{day_in_words(started.date(), caller.language)}, {started:%H:%M}",
        "duration": f"{row['seconds'] // 60}:{row['seconds'] % 60:02}",
        "country": country_in_words(row["country"], caller.language),
    }


def _file(caller: Caller, found: Held | None, form: str) -> Response:
    """Everything that is held: a table, or the same with what it is about for other software (GDPR art. 20)."""
    rows = found.rows if found is not None else ()
    if form == "csv":
        lines = [{**row, "pages": _joined(row, "path"), "titles": _joined(row, "title")} for row in rows]
        body = csv_export.write(list(lines[0]) if lines else ["started"], lines)
        media_type = "text/csv; charset=utf-8"
    else:
        about = {"site": caller.site.site.name, "controller": caller.site.site.controller.name, "held": found}
        body, media_type = msgspec.json.format(msgspec.json.encode(about)), "application/json"
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="visits-site-{caller.site.id}.{form}"',
    }
    return Response(body, media_type=media_type, headers=headers)


def _joined(row: Mapping[str, Any], field: str) -> str:
    return " | ".join(page[field] for page in row["pages"])
