"""Letters with a site's figures: the page that says who gets them, what one looks like, and the link that stops them."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.errors import BadRequest, Forbidden, NotFound, Unavailable
from gateway.reports.mail_reports import KINDS, Kind, MailReport
from gateway.web import csrf
from gateway.web.auth import FORM_BYTES, context_of, require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.desk import Desk
from gateway.web.evidence import posted
from gateway.web.languages import LANGUAGES, language_of
from gateway.web.pages import catalogue, page, prefix, render
from gateway.web.times import iso_time

_HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}


@page
async def show(request: Request) -> Response:
    """GET /sites/{site}/letters?preview=week: who gets letters, and what one would look like."""
    await _keeper(request)
    return await _list(request)


@page
async def add(request: Request) -> Response:
    """POST /sites/{site}/letters with address, kind, language."""
    keeper = await _keeper(request)
    site = request.path_params["site"]
    fields = {name: value for name, value in (await posted(request)).items() if isinstance(value, str)}
    context = context_of(request)
    if context.catalog.get(site) is None:
        raise NotFound("There is no such site.")
    try:
        kind, language = _kind(fields.get("kind", "")), fields.get("language", "")
        if language not in LANGUAGES:
            raise BadRequest(f"Letters speak {', '.join(LANGUAGES)}.", "$.language")
        address = fields.get("address", "")
        one = await run_in_threadpool(context.mail_reports.add, site, kind, address, language, by=keeper.user)
    except BadRequest as error:
        return await _list(request, fields=fields, problem=error.what, status=error.status)
    await _audit(request, Action.LETTERS_BEGUN, keeper.user, one)
    return _back(request)


@page
async def remove(request: Request) -> Response:
    """POST /sites/{site}/letters/{letters}/remove."""
    keeper = await _keeper(request)
    await posted(request)
    reports = context_of(request).mail_reports
    one = await run_in_threadpool(reports.remove, request.path_params["site"], request.path_params["letters"])
    if one is not None:
        await _audit(request, Action.LETTERS_ENDED, keeper.user, one)
    return _back(request)


@page
async def confirm(request: Request) -> Response:
    """GET and POST /letters/confirm/{token}: whoever was asked says that they want the letters; looking confirms nothing.

    No token against forgery: the address is one, which went to this mailbox alone.
    """
    context = context_of(request)
    if request.method == "POST":
        csrf.require_own_origin(request, context.settings.base_url)
    one = await run_in_threadpool(context.mail_reports.to_confirm, request.path_params["token"])
    if one is not None and request.method == "POST" and one.confirmed is None:
        await run_in_threadpool(context.mail_reports.confirm, one.id)
        await _audit(request, Action.LETTERS_CONFIRMED, "", one)
    return _answered(request, one, "confirm", "confirmed")


@page
async def stop(request: Request) -> Response:
    """GET and POST /letters/stop/{token}: whoever gets the letters stops them; a program that only looks does not.

    No token against forgery: the address is one, and RFC 8058 has mail servers post to it.
    """
    context = context_of(request)
    if request.method == "POST":
        csrf.require_own_origin(request, context.settings.base_url)
    one = await run_in_threadpool(context.mail_reports.of_link, request.path_params["token"])
    if one is not None and request.method == "POST":
        await run_in_threadpool(context.mail_reports.remove, one.site, one.id)
        await _audit(request, Action.LETTERS_ENDED, "", one)
    return _answered(request, one, "stop", "stopped")


def _answered(request: Request, one: MailReport | None, asks: str, done: str) -> Response:
    """The page behind a link of a letter: what would be done, or that it was."""
    served = context_of(request).catalog.get(one.site) if one is not None else None
    text = catalogue(language_of(request))["letters"]
    site = served.site.name if served else ""
    sure = text[f"{asks}_sure"].replace("{site}", site).replace("{address}", one.address) if one is not None else ""
    message = text["gone"] if one is None else text[done] if request.method == "POST" else sure
    values = {
        "message": message,
        "asks": one is not None and request.method == "GET",
        "here": f"/letters/{asks}/{request.path_params['token']}",
        "button": text[asks],
    }
    response = render(request, "letters_stop.html", values, status=404 if one is None else 200)
    response.headers.update(_HEADERS)
    return response


async def _keeper(request: Request) -> Principal:
    site = request.path_params["site"]
    reader = await require_reader(request, site)
    if not reader.may_edit(site):
        raise Forbidden("Letters are for editors.")
    return reader


async def _list(
    request: Request, *, fields: dict[str, str] | None = None, problem: str = "", status: int = 200
) -> Response:
    context = context_of(request)
    site = request.path_params["site"]
    served = context.catalog.get(site)
    if served is None:
        raise NotFound("There is no such site.")
    desk: Desk = request.app.state.report_desk
    kind = _kind(request.query_params.get("preview", KINDS[0]))
    language = language_of(request)
    try:
        letter = await desk.run(context.mail_reports.letter, served, kind, language)
        away = ""
    except Unavailable as error:
        letter, away = None, error.what
    values = {
        "reports": await run_in_threadpool(context.mail_reports.of_site, site),
        "configured": context.mail_reports.configured,
        "letter": letter,
        "letter_away": away,
        "kinds": KINDS,
        "shown": kind,
        "fields": fields or {},
        "problem": problem,
        "time": iso_time,
    }
    response = await page_of_site(request, "letters.html", "letters", **values)
    response.status_code = status
    return response


def _kind(text: str) -> Kind:
    """Raises BadRequest."""
    for kind in KINDS:
        if kind == text:
            return kind
    raise BadRequest(f"Letters come every {' or '.join(KINDS)}.", "$.kind")


def _back(request: Request) -> Response:
    site = request.path_params["site"]
    return RedirectResponse(f"{prefix(context_of(request).settings.base_url)}/sites/{site}/letters", 303)


async def _audit(request: Request, action: Action, user: str, one: MailReport) -> None:
    audit = context_of(request).accounts.audit
    await run_in_threadpool(audit.record, action, user, site=one.site, detail=f"{one.kind}, {one.address}")


routes: list[BaseRoute] = [
    Route("/sites/{site:site}/letters", show, methods=["GET"]),
    Route("/sites/{site:site}/letters", add, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/sites/{site:site}/letters/{letters}/remove", remove, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/letters/confirm/{token}", confirm, methods=["GET", "POST"], max_body_size=FORM_BYTES),
    Route("/letters/stop/{token}", stop, methods=["GET", "POST"], max_body_size=FORM_BYTES),
]
