"""The access log and the request metrics, in place of uvicorn's log, which would write full addresses.

A line says what was asked and how it was answered: the route, never the query, never an address.
"""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.metrics import Metrics

log = logging.getLogger("gateway.access")

_LONGEST_PATH = 200


class Access:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._requests = metrics.requests
        self._seconds = metrics.request_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - started
            route = route_name(scope)
            self._requests.labels(route, str(status)).inc()
            self._seconds.labels(route).observe(seconds)
            if log.isEnabledFor(logging.INFO):
                log.info(
                    "request",
                    extra={"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 2)},
                )


def route_name(scope: Scope) -> str:
    """The route's pattern, so that metrics have few labels and a log line has no parameter in it."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path[:_LONGEST_PATH] if isinstance(path, str) else "(none)"
