"""Counts what became of every hit, by site, outcome and reason: nothing ends here without a number an operator can see."""

from __future__ import annotations

from prometheus_client import Counter

from gateway.errors import GatewayError
from gateway.hits import Dropped
from gateway.ingest.pipeline import Accepted
from gateway.metrics import Metrics
from gateway.sites.catalog import ServedSite


class Outcomes:
    """The counter `gateway_hits_total`; its children are kept, since looking one up costs more than counting."""

    def __init__(self, metrics: Metrics) -> None:
        self._hits = metrics.hits
        self._children: dict[tuple[int, str, str], Counter] = {}

    def count(self, site: ServedSite, outcome: Accepted | Dropped) -> None:
        if isinstance(outcome, Accepted):
            self._child(site.id, "accepted", outcome.hit.basis).inc()
        else:
            self._child(site.id, "refused" if outcome.reason.is_refusal else "dropped", outcome.reason).inc()

    def failed(self, site: ServedSite | None, error: GatewayError) -> None:
        """A hit answered with an error: the site is 0 where it was not known yet."""
        self._child(site.id if site else 0, "error", type(error).__name__).inc()

    def _child(self, site: int, outcome: str, reason: str) -> Counter:
        key = (site, outcome, reason)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._hits.labels(str(site), outcome, reason)
        return child
