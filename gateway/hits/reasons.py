"""Why a hit was not recorded: a closed list, because each is counted and shown to the operator."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    # Refused: the visitor's decision, or the absence of one (DESIGN.md, the decision).
    OBJECTED = "objected"
    OPTED_OUT = "opted_out"
    REFUSED = "refused"
    NO_CHOICE = "no_choice"
    ERASED = "erased"  # sent under an id whose data the visitor had erased
    # Dropped: not a visit of this site's audience.
    BOT = "bot"  # on the maintained list of crawlers
    BOT_AGENT = "bot_agent"  # its user agent is empty, a program's or a headless browser's
    BOT_RATE = "bot_rate"  # more hits a minute from one network and user agent than people make
    REFERRER_SPAM = "referrer_spam"
    PREFETCH = "prefetch"
    UNKNOWN_HOST = "unknown_host"
    EXCLUDED_ADDRESS = "excluded_address"
    NOT_RECORDED = "not_recorded"  # Matomo's rec is not 1
    TOO_LATE = "too_late"  # older than the raw hits that are kept
    IN_FUTURE = "in_future"

    @property
    def is_refusal(self) -> bool:
        """True where the visitor's own decision (or silence) is the reason."""
        return self in _REFUSALS


_REFUSALS = frozenset({Reason.OBJECTED, Reason.OPTED_OUT, Reason.REFUSED, Reason.NO_CHOICE, Reason.ERASED})


class Dropped(NamedTuple):
    """A hit that ends here, and why."""

    reason: Reason
