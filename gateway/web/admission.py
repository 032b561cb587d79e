"""How much one network, and one site, may ask of a worker in a minute; past that the answer is 429 with Retry-After.

The network is the truncated address that the edge made: no header, cookie or user agent makes it another one. Choices are
never held up: neighbours must not be able to crowd somebody's refusal out. Addresses of local networks are not counted:
behind a proxy that is not among `proxy.trusted` they are everybody's.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.clock import Clock
from gateway.enrich.geo import is_local
from gateway.errors import TooManyRequests
from gateway.metrics import Metrics
from gateway.settings import Limits
from gateway.web.answers import answer, error_body, error_headers
from gateway.web.door import Refusal
from gateway.web.edge import ADDRESS
from gateway.web.flood import Flood

# Pages on which visitors use their rights.
RIGHTS = ("/privacy/", "/do-not-sell/", "/banner/")


class Shares:
    """What each network and each site has left of its minute."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._networks = Flood(limits.requests_per_minute)
        self._sites = Flood(limits.site_hits_per_minute)
        self._refused = metrics.refused

    def request(self, address: str, now: float, cost: int = 1) -> None:
        """Count what comes from a truncated address. Raises TooManyRequests."""
        if address and not is_local(address) and (seconds := self._networks.wait(address, now, cost)):
            self._refused.labels(Refusal.NETWORK_RATE).inc()
            raise TooManyRequests("Too many requests from this network; try again later", retry_after=seconds)

    def hits(self, address: str, now: float, site: int, cost: int = 1) -> None:
        """Count hits of a site, from whatever address. Raises TooManyRequests."""
        if address and not is_local(address) and (seconds := self._sites.wait(site, now, cost)):
            self._refused.labels(Refusal.SITE_RATE).inc()
            raise TooManyRequests("Too many hits of this site; try again later", retry_after=seconds)


class Admission:
    """Counts the requests for pages, scripts and reports; the hot routes count their own, by hit."""

    def __init__(self, app: ASGIApp, shares: Shares, clock: Clock) -> None:
        self.app = app
        self._shares = shares
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(RIGHTS):
            try:
                self._shares.request(scope[ADDRESS], self._clock.timestamp())
            except TooManyRequests as error:
                await answer(send, error.status, error_body(error), error_headers(error))
                return
        await self.app(scope, receive, send)
