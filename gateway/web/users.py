"""`/users`: who may use the dashboard, for administrators. Plain forms that work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.principal import Principal, Role
from gateway.errors import BadRequest, Conflict, Forbidden, GatewayError
from gateway.web.auth import FORM_BYTES, context_of, require_admin
from gateway.web.evidence import posted, show, whole_number
from gateway.web.pages import page, prefix
from gateway.web.requests import one_of

ROLES = tuple(role for role in Role if not role.for_tokens_only)


@page
async def every(request: Request) -> Response:
    """GET /users: all of them, all API tokens, and the form for a new user."""
    return await _list(request, await require_admin(request))


@page
async def add(request: Request) -> Response:
    """POST /users with name, role, site…: the page shows the new user's invitation, this once.

    With do = revoke and token, an API token of anybody is revoked.
    """
    admin = await require_admin(request)
    form = await posted(request)
    fields, accounts = texts(form), context_of(request).accounts
    try:
        if fields.get("do") == "revoke":
            await run_in_threadpool(accounts.revoke_token, fields.get("token", ""), by=admin.user)
            return _to(request, "/users#tokens")
        role, sites = rights(request, form)
        invited = Principal(fields.get("name", ""), role, sites)
        secret = await run_in_threadpool(accounts.staff.invite, invited, by=admin.user)
    except (BadRequest, Conflict) as error:
        return await _list(request, admin, fields=fields, chosen=form.getlist("site"), problem=error)
    user = await run_in_threadpool(accounts.staff.named, invited.user)
    return await _one(request, admin, user.id, invitation=secret)


@page
async def one(request: Request) -> Response:
    """GET /users/{id}."""
    return await _one(request, await require_admin(request), request.path_params["id"])


@page
async def change(request: Request) -> Response:
    """POST /users/{id} with do = rights (role, site…), invite, end_sessions, second_off, disable, enable or delete."""
    admin = await require_admin(request)
    form = await posted(request)
    fields, staff, user_id = texts(form), context_of(request).accounts.staff, request.path_params["id"]
    simple = {"end_sessions": staff.end_sessions, "disable": staff.disable, "enable": staff.enable}
    wish = fields.get("do", "")
    try:
        if wish == "rights":
            await run_in_threadpool(staff.set_rights, user_id, *rights(request, form), by=admin.user)
        elif wish == "invite":
            secret = await run_in_threadpool(staff.invite_again, user_id, by=admin.user)
            return await _one(request, admin, user_id, invitation=secret)
        elif wish == "delete":
            if fields.get("sure") != "yes":
                raise BadRequest("Say that you are sure.", "$.sure")
            await run_in_threadpool(staff.delete, user_id, by=admin.user)
            return _to(request, "/users")
        elif wish == "second_off":
            second = context_of(request).accounts.second
            await run_in_threadpool(second.reset, await run_in_threadpool(staff.one, user_id), by=admin.user)
        elif wish in simple:
            await run_in_threadpool(simple[wish], user_id, by=admin.user)
        else:
            raise BadRequest("The form does not say what to do.", "$.do")
    except (BadRequest, Conflict) as error:
        return await _one(request, admin, user_id, problem=error)
    return _to(request, f"/users/{user_id}")


def rights(
    request: Request, form: FormData, name: str = "role", of: Principal | None = None
) -> tuple[Role, frozenset[int] | None]:
    """Role and sites of a form. Sites mean nothing for a role that has every site. Raises BadRequest.

    `of`: who may name no sites but those they read. Others are Forbidden to them whether or not they are there, so that ids
    cannot be probed.
    """
    role = one_of(Role, texts(form), name)
    sites = {whole_number({"site": str(value)}, "site") for value in form.getlist("site") if value}
    for site in sites:
        if of is not None and not of.may_read(site):
            raise Forbidden(f"You have no access to site {site}.", "$.site")
        if context_of(request).catalog.get(site) is None:
            raise BadRequest(f"There is no site {site} here.", "$.site")
    return role, frozenset(sites) if sites and role.limited_to_sites else None


def texts(form: FormData) -> dict[str, str]:
    """The fields of a form that are texts; of several of one name the last."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _list(
    request: Request,
    admin: Principal,
    *,
    fields: Mapping[str, str] | None = None,
    chosen: object = (),
    problem: GatewayError | None = None,
) -> Response:
    accounts = context_of(request).accounts
    values = {
        "users": await run_in_threadpool(accounts.staff.all),
        "tokens": await run_in_threadpool(accounts.tokens),
        "now": context_of(request).clock.timestamp(),
        "roles": ROLES,
        "fields": fields or {},
        "chosen": chosen,
        "problem": problem.what if problem else "",
    }
    return show(request, admin, "users.html", values, status=problem.status if problem else 200, here="users")


async def _one(
    request: Request, admin: Principal, user_id: str, *, invitation: str = "", problem: GatewayError | None = None
) -> Response:
    accounts = context_of(request).accounts
    user = await run_in_threadpool(accounts.staff.one, user_id)
    values = {
        "person": user,
        "chosen": [str(site) for site in user.principal.sites or ()],
        "sessions": await run_in_threadpool(accounts.own.sessions, user),
        "tokens": await run_in_threadpool(accounts.own.tokens, user),
        "second": await run_in_threadpool(accounts.second.standing, user),
        "roles": ROLES,
        "invitation": f"{context_of(request).settings.base_url}/invitation/{invitation}" if invitation else "",
        "problem": problem.what if problem else "",
    }
    return show(request, admin, "user.html", values, status=problem.status if problem else 200, here="users")


def _to(request: Request, path: str) -> Response:
    return RedirectResponse(prefix(context_of(request).settings.base_url) + path, 303)


routes: list[BaseRoute] = [
    Route("/users", every, methods=["GET"]),
    Route("/users", add, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/users/{id}", one, methods=["GET"]),
    Route("/users/{id}", change, methods=["POST"], max_body_size=FORM_BYTES),
]
