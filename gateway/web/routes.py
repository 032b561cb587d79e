"""The routing table: what is answered, and by which file."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from time import perf_counter

from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.metrics import Metrics
from gateway.web import (
    account,
    audit_page,
    banner,
    cohorts,
    consents,
    dashboard,
    do_not_sell,
    embed,
    every_site,
    evidence,
    funnels,
    ledger,
    letters,
    live,
    login,
    matomo,
    matomo_api,
    notes,
    notice,
    oidc,
    openapi,
    operations,
    privacy_centre,
    requests,
    requests_api,
    segments,
    share,
    shares,
    stats,
    studio,
    studio_page,
    subjects,
    users,
)
from gateway.web.answers import answer, error_body, error_headers
from gateway.web.consent import ConsentEndpoint
from gateway.web.errors import failure, of_state
from gateway.web.hit import HitEndpoint
from gateway.web.matomo import MatomoEndpoint
from gateway.web.outcomes import Outcomes
from gateway.web.parts import Parts

log = logging.getLogger("gateway.web")

HOT_PATHS = ("/v1/hit", "/v1/consent", "/v1/opt-out", *matomo.PATHS)


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
    found: list[BaseRoute] = [
        *embed.routes(parts),
        *notice.routes(parts),
        *privacy_centre.routes(parts),
        *do_not_sell.routes(parts),
        *banner.routes(parts),
        *subjects.routes(parts),
        *studio.routes(parts),
        *studio_page.routes(parts),
        *operations.routes(parts.context),
        *stats.routes,
        *segments.routes,
        *funnels.routes,
        *cohorts.routes,
        *notes.routes,
        *matomo_api.routes,
        *requests_api.routes,
        *ledger.routes,
        *requests.routes,
        *evidence.routes,
        *audit_page.routes,
        *users.routes,
        *account.routes,
        *login.routes,
        *oidc.routes(parts.context),
        *every_site.routes,
        *dashboard.routes,
        *consents.routes,
        *live.routes,
        *shares.routes,
        *letters.routes,
        *share.routes,
    ]
    return [*found, *openapi.routes(parts.context.settings.base_url, found, HOT_PATHS)]


class HotPaths:
    """Sends exact paths straight to their endpoint and everything else to the application.

    Hot paths have no line in the access log: what became of each hit and consent is counted by outcome instead.

    `prefix` is the path of the public URL: a reverse proxy may pass it on or strip it, both are answered.
    """

    def __init__(self, app: ASGIApp, hot: Mapping[str, ASGIApp], prefix: str, metrics: Metrics) -> None:
        self.app = app
        timed = {path: (endpoint, metrics.request_seconds.labels(path)) for path, endpoint in hot.items()}
        self._hot = {**timed, **{prefix + path: endpoint for path, endpoint in timed.items()}}
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            found = self._hot.get(path)
            if found is not None:
                endpoint, seconds = found
                started = perf_counter()
                try:
                    await endpoint(scope, receive, send)
                except SQLAlchemyError as error:
                    await self._failed(send, of_state(error))
                except Exception:
                    log.exception("request failed", extra={"route": path})
                    await self._failed(send, failure())
                seconds.observe(perf_counter() - started)
                return
            if self._prefix and path.startswith(self._prefix + "/"):
                scope["path"] = path[len(self._prefix) :]
        await self.app(scope, receive, send)

    async def _failed(self, send: Send, error: GatewayError) -> None:
        await answer(send, error.status, error_body(error), error_headers(error))
