"""What a walk over a site came upon. Frozen; times are seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple

StoredKind = Literal["cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker"]


class State(StrEnum):
    """What the visitor did before what is found was found."""

    NO_CHOICE = "no choice"
    REJECT = "reject"
    ACCEPT = "accept"
    GPC = "gpc"
    WITHDRAW = "withdraw"


class Kept(NamedTuple):
    """Something on the device. `where` is a cookie's domain, else the origin."""

    kind: StoredKind
    name: str
    where: str
    page: str
    life: float | None = None  # of a cookie: until it ends; None: with the session, or no term


class Sent(NamedTuple):
    """A request. `type` is the browser's: script, image, fetch, document, stylesheet, websocket, …"""

    url: str
    type: str
    page: str


class Gated(NamedTuple):
    """A script or frame that a page marks as waiting for a purpose."""

    url: str
    purpose: str


class Walk(NamedTuple):
    """Everything of one state: what was sent from the visitor's act on, and what was kept at the end of each page."""

    state: State
    jurisdiction: str  # as the gateway placed the browser; "" where unknown
    measure: bool  # whether audience measurement may run without an answer there
    should_ask: bool
    asked: bool
    kept: tuple[Kept, ...]
    sent: tuple[Sent, ...]
    gated: tuple[Gated, ...]
