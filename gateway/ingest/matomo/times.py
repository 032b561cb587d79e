"""When a hit happened: now, unless the client says otherwise and may (`cdt`, `cdo`)."""

from __future__ import annotations

from datetime import datetime

from gateway.errors import BadRequest
from gateway.ingest.matomo.parameters import Values, number, whole

RECENT = 86_400.0  # seconds: so far back any client may date its own hit, which its offline queue does

_EPOCH = datetime(1970, 1, 1)  # of times without a zone, which are UTC


def happened(values: Values, received: float, *, trusted: bool) -> float:
    """Seconds since the epoch. What lies in the future is dated now: clocks of phones run ahead.

    Raises BadRequest for a `cdt` that is no time, for one before 1970, and for a past that needs a token.
    """
    text, ago = values.get("cdt", ""), values.get("cdo", "")
    if not text and not ago:
        return received
    back = whole(ago.lstrip("-"), 0, 2**31, 0)
    at = (_instant(text) if text else received) - back
    if at < 0:
        raise BadRequest("A time before 1970 is none of a hit", "cdt" if text else "cdo")
    if at >= received:
        return received
    if received - at >= RECENT and not trusted:
        raise BadRequest("A time more than 24 hours ago needs a valid token_auth", "cdt" if text else "cdo")
    return at


def _instant(text: str) -> float:
    """A Unix time, or a date and time, in UTC where no zone is named."""
    if text[4:5] != "-" and (at := number(text)) > 0:
        return at
    try:
        named = datetime.fromisoformat(text.strip())
        return named.timestamp() if named.tzinfo else (named - _EPOCH).total_seconds()
    except (ValueError, OverflowError):
        raise BadRequest("cdt must be a Unix time or a date and time such as 2026-11-22 10:30:00", "cdt") from None
