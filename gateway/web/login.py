"""Logging in and out of the dashboard."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.second_factor import STEP_SECONDS, CodeNeeded
from gateway.accounts.secret_ids import new_id
from gateway.enrich import user_agents
from gateway.errors import BadRequest, Forbidden, NotAuthenticated, TooManyRequests, Unavailable
from gateway.web import csrf
from gateway.web.auth import SESSION_COOKIE, context_of, principal, set_cookie
from gateway.web.languages import language_of
from gateway.web.pages import catalogue, local_path, page, prefix, render

# Holds a random secret while somebody looks at the form, so that a log-in can be tied to the browser that asked for it.
FORM_COOKIE = "gw_login"
FORM_SECONDS = 3600
# Holds the step between password and code.
STEP_COOKIE = "gw_login_step"


@page
async def show_form(request: Request) -> Response:
    """GET /login. Who is logged in already goes on to where they wanted."""
    base = prefix(context_of(request).settings.base_url)
    wanted = local_path(request.query_params.get("next"), base)
    if await principal(request) is not None:
        return RedirectResponse(wanted, 303)
    return login_form(request, wanted)


@page
async def log_in(request: Request) -> Response:
    """POST /login with name, password, csrf, next. A new session id replaces any the browser came with."""
    context = context_of(request)
    base_url = context.settings.base_url
    csrf.require_own_origin(request, base_url)
    form = await request.form(max_files=0, max_fields=10, max_part_size=10_000)
    name, password, wanted = (_text(form.get(field)) for field in ("name", "password", "next"))
    wanted = local_path(wanted, prefix(base_url))
    try:
        csrf.require_token(request.cookies.get(FORM_COOKIE), form.get(csrf.FIELD))
    except Forbidden as error:
        # A form left open past its cookie's life is an honest mistake: show a fresh one.
        return login_form(request, wanted, name=name, problem=error.what, status=error.status)
    # Already truncated by the edge; no code here can see the full address.
    address = request.client.host if request.client else ""
    replaces = request.cookies.get(SESSION_COOKIE)
    try:
        session_id = await run_in_threadpool(
            context.accounts.login, name, password, address, replaces=replaces, browser=browser_of(request)
        )
    except CodeNeeded as needed:
        response = code_form(request, wanted, str(form.get(csrf.FIELD)))
        set_cookie(response, base_url, STEP_COOKIE, needed.step, STEP_SECONDS)
        return response
    except (NotAuthenticated, TooManyRequests, Unavailable) as error:
        problem = _too_many(request, error.retry_after) if isinstance(error, TooManyRequests) else error.what
        return login_form(
            request, wanted, name=name, problem=problem, status=error.status, retry_after=error.retry_after
        )
    return entered(base_url, wanted, session_id)


@page
async def with_code(request: Request) -> Response:
    """POST /login/code with code, csrf, next: the second factor, after the password."""
    context = context_of(request)
    base_url = context.settings.base_url
    csrf.require_own_origin(request, base_url)
    form = await request.form(max_files=0, max_fields=10, max_part_size=10_000)
    code, wanted, token = (_text(form.get(field)) for field in ("code", "next", csrf.FIELD))
    wanted = local_path(wanted, prefix(base_url))
    address = request.client.host if request.client else ""
    step, replaces = request.cookies.get(STEP_COOKIE, ""), request.cookies.get(SESSION_COOKIE)
    try:
        csrf.require_token(request.cookies.get(FORM_COOKIE), token)
        session_id = await run_in_threadpool(
            context.accounts.second.finish, step, code, address, replaces=replaces, browser=browser_of(request)
        )
    except (BadRequest, Forbidden) as error:
        return login_form(request, wanted, problem=error.what, status=error.status)
    except (NotAuthenticated, TooManyRequests) as error:
        problem = _too_many(request, error.retry_after) if isinstance(error, TooManyRequests) else error.what
        return code_form(request, wanted, token, problem=problem, status=error.status, retry_after=error.retry_after)
    return entered(base_url, wanted, session_id)


@page
async def log_out(request: Request) -> Response:
    """POST /logout with csrf. The session ends on the server, whatever becomes of the cookie."""
    context = context_of(request)
    base_url = context.settings.base_url
    csrf.require_own_origin(request, base_url)
    session_id = request.cookies.get(SESSION_COOKIE)
    if session_id:
        form = await request.form(max_files=0, max_fields=10, max_part_size=10_000)
        csrf.require_token(session_id, form.get(csrf.FIELD))
        await run_in_threadpool(context.accounts.logout, session_id)
    response = RedirectResponse(f"{prefix(base_url)}/login", 303)
    set_cookie(response, base_url, SESSION_COOKIE, "", 0)
    return response


def entered(base_url: str, wanted: str, session_id: str) -> Response:
    """On to what was wanted, with a new session."""
    response = RedirectResponse(wanted, 303)
    set_cookie(response, base_url, SESSION_COOKIE, session_id)
    for cookie in (FORM_COOKIE, STEP_COOKIE):
        set_cookie(response, base_url, cookie, "", 0)
    return response


def code_form(
    request: Request,
    wanted: str,
    token: str,
    *,
    problem: str = "",
    status: int = 200,
    retry_after: int | None = None,
) -> Response:
    """The form for a code, with the csrf `token` of the form before it."""
    values = {"csrf": token, "next": wanted, "problem": problem}
    return render(request, "login_code.html", values, status=status, retry_after=retry_after)


def login_form(
    request: Request,
    wanted: str,
    *,
    name: str = "",
    problem: str = "",
    status: int = 200,
    retry_after: int | None = None,
) -> Response:
    """The log-in form, with a `problem` where there was one."""
    secret = request.cookies.get(FORM_COOKIE) or new_id()
    settings = context_of(request).settings
    values = {"csrf": csrf.token(secret), "next": wanted, "name": name, "problem": problem}
    values["provider"] = settings.oidc.button
    response = render(request, "login.html", values, status=status, retry_after=retry_after)
    set_cookie(response, settings.base_url, FORM_COOKIE, secret, FORM_SECONDS)
    return response


def browser_of(request: Request) -> str:
    """What a session is known by to its owner: "Firefox, Linux"; "" where the browser does not say."""
    client = user_agents.client(request.headers.get("user-agent", ""))
    return ", ".join(part for part in (client.browser, client.os) if part)


def _too_many(request: Request, seconds: int | None) -> str:
    return catalogue(language_of(request))["login"]["too_many"].replace("{seconds}", str(seconds or 1))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


routes: list[BaseRoute] = [
    Route("/login", show_form, methods=["GET"]),
    Route("/login", log_in, methods=["POST"]),
    Route("/login/code", with_code, methods=["POST"]),
    Route("/logout", log_out, methods=["POST"]),
]
