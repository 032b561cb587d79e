"""Whose API token a tracking request carries; and a visitor who was new a moment ago, in the same request."""

from __future__ import annotations

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from gateway.accounts.principal import Principal
from gateway.hits import Dropped
from gateway.ingest.pipeline import Accepted
from gateway.privacy.visit import Visit
from gateway.web.parts import Parts

_BEARER = b"bearer "


def bearer(scope: Scope) -> str:
    """The token of an Authorization header, "" where there is none."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
            return str(value[len(_BEARER) :].strip(), "latin-1")
    return ""


async def principal(parts: Parts, token: str) -> Principal | None:
    """Whose rights a token carries. An unknown one gives nothing and takes nothing: the request is what it is without."""
    return await run_in_threadpool(parts.context.accounts.by_token, token) if token else None


def recognised(visit: Visit, outcome: Accepted | Dropped) -> Visit:
    """`visit` for the next hit of the same request: with the cookie of a visitor that this outcome made."""
    if isinstance(outcome, Dropped) or outcome.set_visitor is None:
        return visit
    name, _, value = outcome.set_visitor.partition(";")[0].partition("=")
    return msgspec.structs.replace(visit, cookies={**visit.cookies, name: value})
