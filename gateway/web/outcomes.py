"""Counts what became of every hit, by site, outcome and reason: nothing ends here without a number an operator can see."""

from __future__ import annotations

import logging
import traceback

from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import GatewayError, Unavailable, Unreadable
from gateway.hits import Dropped
from gateway.ingest.pipeline import Accepted
from gateway.metrics import Metrics
from gateway.sites.catalog import ServedSite

log = logging.getLogger("gateway.web")

RETRY_AFTER = 5  # seconds


class Outcomes:
    """The counter `gateway_hits_total`; its children are kept, since looking one up costs more than counting."""

    def __init__(self, metrics: Metrics) -> None:
        self._hits = metrics.hits
        self._children: dict[tuple[int, str, str], Counter] = {}
        self._logged: set[tuple[str, int | None]] = set()

    def count(self, site: ServedSite, outcome: Accepted | Dropped) -> None:
        if isinstance(outcome, Accepted):
            self._child(site.id, "accepted", outcome.hit.basis).inc()
        else:
            self._child(site.id, "refused" if outcome.reason.is_refusal else "dropped", outcome.reason).inc()

    def failed(self, site: ServedSite | None, error: GatewayError) -> None:
        """A hit answered with an error: the site is 0 where it was not known yet."""
        self._child(site.id if site else 0, "error", type(error).__name__).inc()

    def unexpected(self, error: Exception) -> GatewayError:
        """What a hit is answered with that failed in making it. What was raised on purpose stays what it is.

        A state database that fails is not the hit's fault: it may be sent again. Anything else is logged once for each line
        of code that raises it, since what a visitor sends can be sent many times.
        """
        if isinstance(error, GatewayError):
            return error
        if isinstance(error, SQLAlchemyError | OSError):
            log.error("a hit could not be taken", exc_info=error)
            return Unavailable("Hits cannot be taken at the moment; send this one again", retry_after=RETRY_AFTER)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        if (frame.filename, frame.lineno) not in self._logged:
            self._logged.add((frame.filename, frame.lineno))
            log.error("a hit could not be read", exc_info=error)
        return Unreadable("This could not be read; it was logged")

    def _child(self, site: int, outcome: str, reason: str) -> Counter:
        key = (site, outcome, reason)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._hits.labels(str(site), outcome, reason)
        return child
