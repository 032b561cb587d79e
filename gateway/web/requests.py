"""`/requests`: the register of requests, for the data protection officer. Plain forms that work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal
from gateway.consent import deadlines
from gateway.consent.rights import Kind, Result, RightsRequest, Stage, Way
from gateway.errors import BadRequest, Conflict, GatewayError
from gateway.web.auth import FORM_BYTES, context_of, require_evidence
from gateway.web.context import Context
from gateway.web.evidence import posted, show, site_parameter, whole_number
from gateway.web.pages import page, prefix

PAGE = 50

Choice = TypeVar("Choice", bound=StrEnum)


@page
async def register(request: Request) -> Response:
    """GET /requests?stage=&site=&page=: what is to be answered, until when."""
    return await _list(request, await require_evidence(request))


@page
async def enter(request: Request) -> Response:
    """POST /requests with site, kind, came, received, reference, note."""
    reader = await require_evidence(request)
    context = context_of(request)
    fields = _texts(await posted(request))
    try:
        entry = await run_in_threadpool(
            context.register.register,
            one_of(Kind, fields, "kind"),
            whole_number(fields, "site"),
            came=one_of(Way, fields, "came"),
            by=reader.user,
            received=day(fields, "received"),
            reference=fields.get("reference", ""),
            note=fields.get("note", ""),
        )
    except BadRequest as error:
        return await _list(request, reader, fields=fields, problem=error.what, status=error.status)
    await audit(context, Action.REQUEST_ENTERED, reader, entry)
    return RedirectResponse(f"{prefix(context.settings.base_url)}/requests/{entry.id}", 303)


@page
async def one(request: Request) -> Response:
    """GET /requests/{id}."""
    return await _one(request, await require_evidence(request))


@page
async def change(request: Request) -> Response:
    """POST /requests/{id} with do = extend, answer or note, and the fields of that form."""
    reader = await require_evidence(request)
    context = context_of(request)
    fields = _texts(await posted(request))
    request_id, wish, register_ = request.path_params["id"], fields.get("do"), context.register
    try:
        if wish == "extend":
            entry = await run_in_threadpool(register_.extend, request_id, fields.get("reason", ""))
            await audit(context, Action.REQUEST_EXTENDED, reader, entry)
        elif wish == "answer":
            result, by = one_of(Result, fields, "result"), one_of(Way, fields, "answered_by")
            entry = await run_in_threadpool(
                register_.answer, request_id, result, by, reason=fields.get("reason", ""), note=fields.get("note")
            )
            await audit(context, Action.REQUEST_ANSWERED, reader, entry)
        elif wish == "note":
            entry = await run_in_threadpool(register_.annotate, request_id, fields.get("note", ""))
            await audit(context, Action.REQUEST_NOTED, reader, entry)
        else:
            raise BadRequest("The form does not say what to do.", "$.do")
    except (BadRequest, Conflict) as error:
        return await _one(request, reader, fields=fields, problem=error)
    return RedirectResponse(f"{prefix(context.settings.base_url)}/requests/{request_id}", 303)


async def audit(context: Context, action: Action, reader: Principal, entry: RightsRequest) -> None:
    """Write a change down: which request, of what kind, with what result; never its reference or note."""
    detail = ", ".join(part for part in (entry.id, entry.kind.value, entry.result and entry.result.value) if part)
    await run_in_threadpool(context.accounts.audit.record, action, reader.user, site=entry.site, detail=detail)


def one_of(choices: type[Choice], fields: Mapping[str, str], name: str, default: Choice | None = None) -> Choice:
    """Raises BadRequest."""
    given = fields.get(name, "")
    if not given and default is not None:
        return default
    try:
        return choices(given)
    except ValueError:
        raise BadRequest(f"This is one of {', '.join(choices)}.", f"$.{name}") from None


def day(fields: Mapping[str, str], name: str) -> date | None:
    """A day (ISO 8601); None where it is empty or absent. Raises BadRequest."""
    given = fields.get(name, "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise BadRequest("This is no day; write it as 2026-11-22.", f"$.{name}") from None


async def _list(
    request: Request,
    reader: Principal,
    *,
    fields: Mapping[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    query = request.query_params
    stage = one_of(Stage, query, "stage", Stage.OPEN)
    site = site_parameter(query)
    number = max(1, whole_number(query, "page", 1))
    now = context.clock.timestamp()

    def read() -> dict[str, object]:
        found = context.register.find(stage, site, PAGE + 1, (number - 1) * PAGE)
        return {
            "entries": [_shown(context, entry, now) for entry in found[:PAGE]],
            "more": len(found) > PAGE,
            "counts": {each.value: context.register.count(each, site) for each in Stage},
        }

    values = {
        **await run_in_threadpool(read),
        "stage": stage.value,
        "site": site,
        "number": number,
        "today": deadlines.last_day(now + 1, context.register.zone(site or 0)),
        "kinds": list(Kind),
        "ways": list(Way),
        "fields": fields or {},
        "problem": problem,
    }
    return show(request, reader, "requests.html", values, status=status)


async def _one(
    request: Request,
    reader: Principal,
    *,
    fields: Mapping[str, str] | None = None,
    problem: GatewayError | None = None,
) -> Response:
    context = context_of(request)
    entry = await run_in_threadpool(context.register.one, request.path_params["id"])
    values = {
        **_shown(context, entry, context.clock.timestamp()),
        "results": list(Result),
        "ways": list(Way),
        "fields": fields or {},
        "problem": problem.what if problem is not None else "",
    }
    return show(request, reader, "request.html", values, status=problem.status if problem is not None else 200)


def _shown(context: Context, entry: RightsRequest, now: float) -> dict[str, object]:
    zone = context.register.zone(entry.site)
    days = {
        name: deadlines.last_day(seconds, zone) if seconds is not None else None
        for name, seconds in (
            ("due", entry.due),
            ("received", entry.received + 1),
            ("extended", entry.extended and entry.extended + 1),
            ("answered", entry.answered and entry.answered + 1),
        )
    }
    return {"entry": entry, "days": days, "stage_now": entry.stage(now).value}


def _texts(form: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


routes: list[BaseRoute] = [
    Route("/requests", register, methods=["GET"]),
    Route("/requests", enter, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/requests/{id}", one, methods=["GET"]),
    Route("/requests/{id}", change, methods=["POST"], max_body_size=FORM_BYTES),
]
