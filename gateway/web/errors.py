"""The one place where errors become HTTP: JSON that says where and what, a page for a browser, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadRequest, GatewayError, Unavailable
from gateway.web.answers import error_body, error_headers

log = logging.getLogger("gateway.web")

RETRY_AFTER = 5  # seconds


def of_state(error: SQLAlchemyError) -> GatewayError:
    """What a request is answered with whose statement the state database did not take; it is logged.

    400 for a value that it cannot hold (PostgreSQL has no U+0000 in a text), 503 while it is away, locked, or too busy.
    """
    log.error("the state database failed", exc_info=error)
    if isinstance(error, DataError):
        return BadRequest("This holds something that cannot be stored, such as a character U+0000.")
    if isinstance(error, OperationalError | InterfaceError | TimeoutError):
        return Unavailable("The state database does not answer at the moment.", retry_after=RETRY_AFTER)
    return failure()


def failure() -> GatewayError:
    return GatewayError("Something went wrong here; it was logged")


async def on_gateway_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    if error.status >= 500 and error.retry_after is None:
        log.error("request failed", exc_info=error)
    return _json(error, error.status)


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = {404: "There is nothing at this address", 405: "This method is not answered here"}.get(
        error.status_code, error.detail
    )
    response = _json(GatewayError(what, "path" if error.status_code == 404 else "method"), error.status_code)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def on_state_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SQLAlchemyError)
    known = of_state(error)
    return _json(known, known.status)


async def on_any_error(request: Request, error: Exception) -> Response:
    log.error("request failed", exc_info=error)
    return _json(failure(), 500)


HANDLERS: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    GatewayError: on_gateway_error,
    HTTPException: on_http_error,
    SQLAlchemyError: on_state_error,
    Exception: on_any_error,
}


def _json(error: GatewayError, status: int) -> Response:
    headers = {name.decode(): value.decode() for name, value in error_headers(error)}
    return Response(error_body(error), status_code=status, headers=headers)
