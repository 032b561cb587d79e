"""`/index.php?module=API` and `POST /`: Matomo's Reporting API over HTTP (docs/matomo-reporting.md)."""

from __future__ import annotations

import asyncio
import re
from time import monotonic

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.errors import BadRequest, GatewayError, NotAuthenticated
from gateway.reports.matomo import formats, question
from gateway.reports.matomo.api import TOGETHER, Asker
from gateway.reports.matomo.metadata import TITLES
from gateway.reports.matomo.methods import METHODS
from gateway.reports.matomo.question import Format, Question
from gateway.web.auth import FORM_BYTES, context_of, principal, read_form
from gateway.web.desk import Desk

_FILES = (Format.CSV, Format.TSV)


async def reporting(request: Request) -> Response:
    """The answer of a method. Whatever is wrong is said in the format that was asked for, with the status of the error."""
    form = Format.JSON
    try:
        given = await _parameters(request)
        form = question.format_of(given)
        if given.get("module", "API") != "API" or "method" not in given:
            raise BadRequest("Only module=API with a method is answered here.", "module")
        return await _answer(request, given)
    except GatewayError as error:
        written = formats.error(error.what, form)
        headers = {"cache-control": "no-store"}
        if error.retry_after is not None:
            headers["retry-after"] = str(error.retry_after)
        return Response(written.body, error.status, headers, written.media_type)


async def _answer(request: Request, given: dict[str, str]) -> Response:
    context = context_of(request)
    asked = question.parse(given)
    reader = await principal(request)
    desk: Desk = request.app.state.report_desk
    asker = Asker(reader, context.accounts.by_token, monotonic() + TOGETHER)
    answer = await desk.run(context.matomo.answer, asked, given, asker)
    headers = {"cache-control": "private, no-store", "vary": "Authorization, Cookie"}
    if asked.format in _FILES:
        name = re.sub(r"[^\w.,-]", "_", f"{asked.method}-{asked.period}-{asked.date}"[:150])
        headers["content-disposition"] = f'attachment; filename="{name}.{asked.format}"'
        await asyncio.to_thread(_note, request, asked, reader)
    written = formats.write(answer, asked.format, unicode=asked.unicode, titles=TITLES if asked.translate else None)
    return Response(written.body, 200, headers, written.media_type)


def _note(request: Request, asked: Question, reader: Principal | None) -> None:
    """What leaves as a file is in the audit log."""
    if reader is None:
        raise NotAuthenticated("Send an API token as token_auth.", "token_auth")
    if asked.method not in METHODS:
        return
    context = context_of(request)
    detail = f"{asked.method}, {asked.period} {asked.date}"
    for served in context.matomo.sites_of(asked, reader):
        context.accounts.audit.record(Action.EXPORT, reader.user, site=served.id, detail=detail)


async def _parameters(request: Request) -> dict[str, str]:
    """Form fields and query; the query wins, and of a repeated name the last, as in PHP, which numbers `urls[]`."""
    pairs: list[tuple[str, str]] = []
    if request.method == "POST":
        pairs += [(name, value) for name, value in (await read_form(request)).multi_items() if isinstance(value, str)]
    pairs += request.query_params.multi_items()
    given: dict[str, str] = {}
    for number, (name, value) in enumerate(pairs):
        given[f"urls[{number}]" if name == "urls[]" else name] = value
    return given


class _AtRoot(Route):
    """`GET /?module=API…`, which Matomo answers too; any other GET / is the dashboard's."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        asked = scope["type"] == "http" and b"module=API" in scope["query_string"]
        return super().matches(scope) if asked else (Match.NONE, {})


routes: list[BaseRoute] = [
    _AtRoot("/", reporting, methods=["GET"]),
    Route("/index.php", reporting, methods=["GET", "POST"], max_body_size=FORM_BYTES, name="matomo_reporting"),
    Route("/", reporting, methods=["POST"], max_body_size=FORM_BYTES),
]
