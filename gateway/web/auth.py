"""Who is asking: an API token (Bearer, or Matomo's token_auth) or the dashboard's session cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from gateway.accounts.principal import Principal
from gateway.accounts.sessions import ABSOLUTE_SECONDS
from gateway.accounts.users import User
from gateway.errors import Forbidden, NotAuthenticated, TooLarge
from gateway.web.context import Context

SESSION_COOKIE = "gw_session"
FORM_BYTES = 200_000


async def principal(request: Request) -> Principal | None:
    """Who is asking, or None. A token that was sent decides alone: a wrong one is not rescued by a session."""
    accounts = context_of(request).accounts
    token = await _api_token(request)
    if token is not None:
        return await run_in_threadpool(accounts.by_token, token)
    session_id = request.cookies.get(SESSION_COOKIE)
    if not session_id:
        return None
    return await run_in_threadpool(accounts.by_session, session_id)


async def has_token(request: Request) -> bool:
    """True where an API token was sent, so that no session was looked at."""
    return await _api_token(request) is not None


async def session_user(request: Request) -> User:
    """Whose session the browser came with. An API token is nobody here: it keeps no account. Raises NotAuthenticated."""
    session_id = request.cookies.get(SESSION_COOKIE)
    user = await run_in_threadpool(context_of(request).accounts.own.user_of, session_id) if session_id else None
    if user is None:
        raise NotAuthenticated("Log in.")
    return user


async def require_admin(request: Request) -> Principal:
    """Who is logged in, if they are an admin; by a session alone. Raises NotAuthenticated or Forbidden."""
    reader = (await session_user(request)).principal
    if not reader.is_admin:
        raise Forbidden("This is for administrators.")
    return reader


async def require_reader(request: Request, site_id: int) -> Principal:
    """Who is asking, if they may see the figures of `site_id`. Raises NotAuthenticated or Forbidden.

    A site that does not exist is Forbidden to whoever reads named sites only, so that ids cannot be probed.
    """
    reader = await principal(request)
    if reader is None:
        raise NotAuthenticated("Log in, or send an API token as `Authorization: Bearer …`.")
    if not reader.may_read(site_id):
        raise Forbidden("You have no access to this site.", "$.site")
    return reader


async def require_evidence(request: Request) -> Principal:
    """Who is asking, if they may see the evidence. Raises NotAuthenticated or Forbidden."""
    reader = await principal(request)
    if reader is None:
        raise NotAuthenticated("Log in, or send an API token as `Authorization: Bearer …`.")
    if not reader.may_see_evidence:
        raise Forbidden("This is for the data protection officer and administrators.")
    return reader


async def require_token_of_evidence(request: Request) -> Principal:
    """The same for an API that changes something: by a token in the header alone, which no other website can send.

    Raises NotAuthenticated or Forbidden.
    """
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        raise NotAuthenticated("Send an API token as `Authorization: Bearer …`.")
    return await require_evidence(request)


async def require_keeper(request: Request, site_id: int) -> Principal:
    """Who is asking, if they may keep the choices of the customers of `site_id`: by a token in the header alone.

    Raises NotAuthenticated or Forbidden; a site that does not exist is Forbidden to whoever has named sites only.
    """
    if not request.headers.get("authorization", "").lower().startswith("bearer "):
        raise NotAuthenticated("Send an API token as `Authorization: Bearer …`.")
    keeper = await principal(request)
    if keeper is None:
        raise NotAuthenticated("This API token is unknown, revoked or expired.")
    if not keeper.may_keep_subjects(site_id):
        raise Forbidden("This token may not keep the choices of this site's customers.", "site")
    return keeper


async def read_form(request: Request) -> FormData:
    """The fields of a form, held in memory: no file is taken, so that nothing is put on disk.

    Raises TooLarge where more is announced than any form here has. A route that reads one also sets max_body_size, which
    holds for a body that is not announced.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > FORM_BYTES):
        raise TooLarge(f"A form may have {FORM_BYTES} bytes.", "body")
    return await request.form(max_files=0, max_fields=200, max_part_size=10_000)


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def set_cookie(response: Response, base_url: str, name: str, value: str, max_age: int = ABSOLUTE_SECONDS) -> None:
    """Set a cookie that scripts cannot read and that only the gateway's own paths get. `max_age` is in seconds."""
    url = urlsplit(base_url)
    response.set_cookie(
        name, value, max_age=max_age, path=url.path or "/", secure=url.scheme != "http", httponly=True, samesite="lax"
    )


async def _api_token(request: Request) -> str | None:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
    in_query = request.query_params.get("token_auth")
    if in_query is not None:
        return in_query
    form_type = "application/x-www-form-urlencoded"
    if request.method == "POST" and request.headers.get("content-type", "").startswith(form_type):
        in_form = (await read_form(request)).get("token_auth")
        if isinstance(in_form, str):
            return in_form
    return None
