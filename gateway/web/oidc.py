"""Logging in by the provider (OpenID Connect): the button's way there, and the way back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.accounts.refusals import Refused, Why
from gateway.accounts.sealing import Sealing
from gateway.errors import NotFound, Unavailable
from gateway.secrets import signing_keys
from gateway.web import login
from gateway.web.auth import SESSION_COOKIE, principal, set_cookie
from gateway.web.context import Context
from gateway.web.languages import language_of
from gateway.web.pages import catalogue, local_path, page, prefix

if TYPE_CHECKING:
    from gateway.accounts.provider import Begun, Person, Provider

log = logging.getLogger("gateway.web")

# Ties the way back to the browser that took the way there.
COOKIE = "gw_login_oidc"
COOKIE_SECONDS = 600
BACK = "/login/oidc/callback"
# However slow the provider is, it holds up this many threads and nobody for longer than this.
AT_ONCE = 4
ASKED_SECONDS = 15.0

Answer = TypeVar("Answer")


class Doors:
    """`provider` is None where none is set: then there is nothing here."""

    def __init__(self, context: Context, provider: Provider | None) -> None:
        self._accounts = context.accounts
        self._settings = context.settings
        self._base = prefix(context.settings.base_url)
        self._provider = provider
        self._sealing = Sealing(lambda: signing_keys(context.settings), "log-in by the provider")
        self._places: anyio.CapacityLimiter | None = None  # made in the event loop that it is of

    async def begin(self, request: Request) -> Response:
        """GET /login/oidc?next=…: to the provider."""
        provider = self._asked_for()
        wanted = local_path(request.query_params.get("next"), self._base)
        if await principal(request) is not None:
            return RedirectResponse(wanted, 303)
        try:
            url, begun = await self._in_time(partial(provider.begin, wanted))
        except Refused as refused:
            return self._refused(request, refused, wanted)
        response = RedirectResponse(url, 303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})
        sealed = self._sealing.seal(msgspec.json.encode(begun)).decode()
        set_cookie(response, self._settings.base_url, COOKIE, sealed, COOKIE_SECONDS)
        return response

    async def back(self, request: Request) -> Response:
        """GET /login/oidc/callback: from the provider, with a code. A new session id replaces any the browser came with."""
        provider = self._asked_for()
        begun = self._begun(request)
        wanted = local_path(begun.wanted if begun else None, self._base)
        try:
            if begun is None:
                raise Refused(Why.STALE, "no cookie")
            person: Person = await self._in_time(partial(provider.person, begun, dict(request.query_params)))
            session_id = await run_in_threadpool(
                self._accounts.identities.enter,
                person.issuer,
                person.subject,
                person.email,
                replaces=request.cookies.get(SESSION_COOKIE),
                browser=login.browser_of(request),
            )
        except Refused as refused:
            response = self._refused(request, refused, wanted)
        except Unavailable as error:
            response = login.login_form(
                request, wanted, problem=error.what, status=error.status, retry_after=error.retry_after
            )
        else:
            response = login.entered(self._settings.base_url, wanted, session_id)
            response.headers["cache-control"] = "no-store"
        set_cookie(response, self._settings.base_url, COOKIE, "", 0)
        return response

    def _asked_for(self) -> Provider:
        if self._provider is None:
            raise NotFound("This gateway has no provider of log-ins.")
        return self._provider

    def _begun(self, request: Request) -> Begun | None:
        """What the browser kept of the way there; None where that is nothing, or not of our making."""
        from gateway.accounts.provider import Begun

        opened = self._sealing.open(request.cookies.get(COOKIE, "").encode())
        return msgspec.json.decode(opened, type=Begun) if opened else None

    async def _in_time(self, ask: Callable[[], Answer]) -> Answer:
        self._places = self._places or anyio.CapacityLimiter(AT_ONCE)
        try:
            with anyio.fail_after(ASKED_SECONDS):
                return await anyio.to_thread.run_sync(ask, abandon_on_cancel=True, limiter=self._places)
        except TimeoutError as error:
            raise Refused(Why.AWAY, f"no answer in {ASKED_SECONDS:.0f} s") from error

    def _refused(self, request: Request, refused: Refused, wanted: str) -> Response:
        """The log-in form, which says why in the reader's language."""
        level = logging.WARNING if refused.why in (Why.AWAY, Why.INVALID) else logging.INFO
        log.log(level, "log-in by the provider", extra={"refused": refused.why.value, "detail": refused.detail})
        words = catalogue(language_of(request))["oidc"][refused.why]
        problem = words.replace("{provider}", self._settings.oidc.button)
        return login.login_form(request, wanted, problem=problem, status=refused.status)


def routes(context: Context) -> Sequence[BaseRoute]:
    doors = Doors(context, _provider(context))
    return [
        Route("/login/oidc", page(doors.begin), methods=["GET"]),
        Route(BACK, page(doors.back), methods=["GET"]),
    ]


def _provider(context: Context) -> Provider | None:
    settings = context.settings
    if not settings.oidc.issuer:
        return None
    # Here, so that only those who use it wait for the libraries of the protocol at each start.
    from gateway.accounts.provider import Provider

    return Provider(settings.oidc, settings.base_url + BACK, context.clock)
