"""The routing table: what is answered, and by which file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web import dashboard, embed, login, matomo, notice, operations, privacy_centre, stats
from gateway.web.consent import ConsentEndpoint
from gateway.web.hit import HitEndpoint
from gateway.web.matomo import MatomoEndpoint
from gateway.web.outcomes import Outcomes
from gateway.web.parts import Parts


def hot_routes(parts: Parts) -> dict[str, ASGIApp]:
    """Exact paths answered by pure ASGI endpoints, before any router."""
    outcomes = Outcomes(parts.context.metrics)
    tracking = MatomoEndpoint(parts, outcomes)
    choices = ConsentEndpoint(parts)
    return {
        "/v1/hit": HitEndpoint(parts, outcomes),
        "/v1/consent": choices,
        "/v1/opt-out": choices,
        **dict.fromkeys(matomo.PATHS, tracking),
    }


def page_routes(parts: Parts) -> Sequence[BaseRoute]:
    return [
        *embed.routes(parts),
        *notice.routes(parts),
        *privacy_centre.routes(parts),
        *operations.routes(parts.context),
        *stats.routes,
        *login.routes,
        *dashboard.routes,
    ]


class HotPaths:
    """Sends exact paths straight to their endpoint and everything else to the application.

    `prefix` is the path of the public URL: a reverse proxy may pass it on or strip it, both are answered.
    """

    def __init__(self, app: ASGIApp, hot: Mapping[str, ASGIApp], prefix: str) -> None:
        self.app = app
        self._hot = {**hot, **{prefix + path: endpoint for path, endpoint in hot.items()}}
        self._names = {**{path: path for path in hot}, **{prefix + path: path for path in hot}}
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            endpoint = self._hot.get(path)
            if endpoint is not None:
                scope["gateway.route"] = self._names[path]
                await endpoint(scope, receive, send)
                return
            if self._prefix and path.startswith(self._prefix + "/"):
                scope["path"] = path[len(self._prefix) :]
        await self.app(scope, receive, send)
