"""`/account`: what a user keeps themselves; `/invitation/{secret}`: where a new one chooses a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

import segno
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.passwords import LEAST_LENGTH
from gateway.accounts.principal import Principal, Role
from gateway.accounts.rights import check_rights
from gateway.accounts.secret_ids import new_id
from gateway.accounts.sessions import key_of
from gateway.accounts.users import User
from gateway.errors import BadRequest, Conflict, Forbidden, GatewayError, NotFound, TooManyRequests
from gateway.web import csrf
from gateway.web.auth import FORM_BYTES, SESSION_COOKIE, context_of, read_form, session_user, set_cookie
from gateway.web.dashboard import readable
from gateway.web.evidence import posted, show
from gateway.web.login import FORM_COOKIE, FORM_SECONDS, browser_of
from gateway.web.pages import page, prefix, render
from gateway.web.requests import day
from gateway.web.users import rights, texts


@page
async def own(request: Request) -> Response:
    """GET /account: password, language, sessions, API tokens."""
    return await _show(request, await session_user(request))


@page
async def change(request: Request) -> Response:
    """POST /account with do = password (current, new), end (session), end_others, token, revoke,
    second_begin (current), second_confirm (code) or second_off (current).

    `token` comes with name, scope, site… and expires, and is shown this once; `revoke` with the name as token.
    """
    user = await session_user(request)
    form = await posted(request)
    fields, account = texts(form), context_of(request).accounts.own
    session_id = request.cookies[SESSION_COOKIE]
    wish = fields.get("do", "")
    done = RedirectResponse(f"{prefix(context_of(request).settings.base_url)}/account?done={wish}", 303)
    try:
        if wish == "password":
            address = request.client.host if request.client else ""
            given = (user, fields.get("current", ""), fields.get("new", ""), address)
            fresh = await run_in_threadpool(
                account.change_password, *given, session_id=session_id, browser=browser_of(request)
            )
            set_cookie(done, context_of(request).settings.base_url, SESSION_COOKIE, fresh)
        elif wish == "end":
            await run_in_threadpool(account.end_session, user, fields.get("session", ""))
        elif wish == "end_others":
            await run_in_threadpool(account.end_other_sessions, user, session_id)
        elif wish == "second_begin":
            address = request.client.host if request.client else ""
            begin = context_of(request).accounts.second.begin
            await run_in_threadpool(begin, user, fields.get("current", ""), address)
        elif wish == "second_confirm":
            address = request.client.host if request.client else ""
            confirm = context_of(request).accounts.second.confirm
            codes = await run_in_threadpool(confirm, user, fields.get("code", ""), address, session_id=session_id)
            return await _show(request, user, codes=codes)
        elif wish == "second_off":
            address = request.client.host if request.client else ""
            remove = context_of(request).accounts.second.remove
            await run_in_threadpool(remove, user, fields.get("current", ""), address)
        elif wish == "token":
            role, sites = rights(request, form, "scope", user.principal)
            wanted = Principal(fields.get("name", ""), role, sites)
            token = await run_in_threadpool(account.create_token, user, wanted, _expiry(request, fields))
            return await _show(request, user, token=token)
        elif wish == "revoke":
            await run_in_threadpool(account.revoke_token, user, fields.get("token", ""))
        else:
            raise BadRequest("The form does not say what to do.", "$.do")
    except (BadRequest, Conflict, Forbidden, NotFound, TooManyRequests) as error:
        return await _show(request, user, fields=fields, problem=error)
    return done


@page
async def invitation(request: Request) -> Response:
    """GET /invitation/{secret}: the form for a password."""
    invited = await _invited(request)
    return _choose(request, invited)


@page
async def accept(request: Request) -> Response:
    """POST /invitation/{secret} with password, csrf: takes the password and leads to the log-in form."""
    context = context_of(request)
    csrf.require_own_origin(request, context.settings.base_url)
    form = await read_form(request)
    invited = await _invited(request)
    try:
        csrf.require_token(request.cookies.get(FORM_COOKIE), form.get(csrf.FIELD))
        secret, password = request.path_params["secret"], texts(form).get("password", "")
        await run_in_threadpool(context.accounts.own.accept, secret, password)
    except (BadRequest, Forbidden) as error:
        return _choose(request, invited, problem=error)
    return RedirectResponse(f"{prefix(context.settings.base_url)}/login", 303)


async def _invited(request: Request) -> User:
    user = await run_in_threadpool(context_of(request).accounts.own.invited, request.path_params["secret"])
    if user is None:
        raise NotFound("This invitation was used, replaced, or is over. Ask for a new one.")
    return user


def _choose(request: Request, invited: User, problem: GatewayError | None = None) -> Response:
    secret = request.cookies.get(FORM_COOKIE) or new_id()
    values = {
        "csrf": csrf.token(secret),
        "name": invited.principal.user,
        "least": LEAST_LENGTH,
        "problem": problem.what if problem else "",
    }
    response = render(request, "invitation.html", values, status=problem.status if problem else 200)
    set_cookie(response, context_of(request).settings.base_url, FORM_COOKIE, secret, FORM_SECONDS)
    return response


def _expiry(request: Request, fields: Mapping[str, str]) -> float | None:
    """The beginning of the first day (UTC) on which a token is worth nothing; None where no day is named."""
    last = day(fields, "expires")
    if last is None:
        return None
    expires = datetime.combine(last, time(), UTC).timestamp()
    if expires <= context_of(request).clock.timestamp():
        raise BadRequest("This day is over.", "$.expires")
    return expires


def _scopes(user: User) -> list[Role]:
    """The scopes that the user may give a token of theirs, be it for their own sites."""
    one = frozenset(sorted(user.principal.sites)[:1] if user.principal.sites is not None else [1])
    found = []
    for role in Role:
        wanted = Principal("", role, one if role.limited_to_sites else None)
        check_rights(wanted)
        if user.principal.covers(wanted):
            found.append(role)
    return found


async def _show(
    request: Request,
    user: User,
    *,
    fields: Mapping[str, str] | None = None,
    token: str = "",
    codes: Sequence[str] = (),
    problem: GatewayError | None = None,
) -> Response:
    context = context_of(request)
    account = context.accounts.own
    second = await run_in_threadpool(context.accounts.second.standing, user)
    values = {
        "person": user,
        "sessions": await run_in_threadpool(account.sessions, user),
        "present": key_of(request.cookies[SESSION_COOKIE]),
        "tokens": await run_in_threadpool(account.tokens, user),
        "scopes": _scopes(user),
        "own_sites": {served.id: served.site.name for served in readable(request, user.principal)},
        "token": token,
        "codes": codes,
        "second": second,
        "qr": segno.make(second.enrolment.uri, error="m").svg_data_uri(scale=4, light="white")
        if second.enrolment
        else "",
        "now": context.clock.timestamp(),
        "tomorrow": datetime.fromtimestamp(context.clock.timestamp() + 86_400, UTC).date(),
        "least": LEAST_LENGTH,
        "fields": fields or {},
        "done": request.query_params.get("done", "") if request.method == "GET" else "",
        "problem": problem.what if problem else "",
        "refused": (fields or {}).get("do", "") if problem else "",
    }
    return show(
        request, user.principal, "account.html", values, status=problem.status if problem else 200, here="account"
    )


routes: list[BaseRoute] = [
    Route("/account", own, methods=["GET"]),
    Route("/account", change, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/invitation/{secret}", invitation, methods=["GET"]),
    Route("/invitation/{secret}", accept, methods=["POST"], max_body_size=FORM_BYTES),
]
