"""What a connection may cost before it is anybody's request; protocol.py holds clients to it.

The application carries one Door as its attribute `door`: a server that knows it asks it, any other ASGI server does without.
What is turned away here, or later for its rate, is counted in `gateway_refused_total`.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Collection
from enum import StrEnum
from typing import Any

from gateway.metrics import Metrics
from gateway.settings import Limits

LOOK_EVERY = 1.0  # seconds: a limit of time holds that exactly
LEAST_RATE = 2_000  # bytes a second that a body may take at least, beyond limits.body_seconds
SPARE_FILES = 128  # open files that are no connections: the journal, the state, the warehouse


class Refusal(StrEnum):
    """Why a client was turned away."""

    MALFORMED = "malformed"  # no HTTP/1.1
    HEADERS = "headers"  # too large, or too many
    SLOW_HEADERS = "slow_headers"
    SLOW_BODY = "slow_body"
    SLOW_READER = "slow_reader"  # does not take what it asked for
    BODY = "body"  # goes on sending what was refused already
    CONNECTIONS = "connections"
    NETWORK_RATE = "network_rate"
    SITE_RATE = "site_rate"


class Door:
    """The limits, and who was turned away. One per application."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self.limits = limits
        self.connections = min(limits.connections, _open_files() - SPARE_FILES)
        self.longest_body = max(limits.bulk_bytes, limits.body_bytes)
        self._refused = metrics.refused
        self._watched: asyncio.AbstractEventLoop | None = None

    def refused(self, reason: Refusal) -> None:
        self._refused.labels(reason).inc()

    def watch(self, connections: Collection[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Look at every connection now and then, for as long as there is one."""
        if self._watched is not loop:
            self._watched = loop
            loop.call_later(LOOK_EVERY, self._look, connections, loop)

    def _look(self, connections: Collection[Any], loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in tuple(connections):
            connection.look(now)
        self._watched = None
        if connections:
            self.watch(connections, loop)


def _open_files() -> int:
    """How many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 20
