"""What every kind of import comes down to: one hit that happened some time ago, or the reason why a line is none."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.enrich.user_agents import Client
from gateway.hits import RawHit


class Left(StrEnum):
    """Why something in a file is not taken, besides the pipeline's own reasons (hits/reasons.py)."""

    MALFORMED = "malformed"  # not a line of this format
    METHOD = "method"  # not GET
    REDIRECT = "redirect"
    ERROR = "error"  # status 400 and above
    STATIC = "static"  # images, styles, scripts, fonts
    UNKNOWN_GOAL = "unknown_goal"  # the site does not define it
    OWN_GOAL = "own_goal"  # a goal that is found in its page or event, here as there
    UNKNOWN_ACTION = "unknown_action"  # of a plugin of Matomo's
    OUTSIDE = "outside"  # before --since, or not before --until
    PUBLISHED = "published"  # a day without raw hits, whose figures are made


class Unreadable(Exception):
    """A line, or a visit, that is not what it should be. The message says why, and holds nothing of its content."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One hit of an import. `raw.at` is when it happened; the address in it is truncated."""

    id: int  # 64 bits, the same whenever the same thing is read again
    raw: RawHit
    excluded: bool = False  # the full address was among the excluded ranges
    gpc: bool = False
    prefetch: bool = False
    client: Client | None = None  # where browser and system are known by name, and no user agent is
    keyword: str = ""  # searched for in an engine, where the referrer does not say it
