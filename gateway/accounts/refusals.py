"""Why a log-in by the provider (OpenID Connect) came to nothing."""

from __future__ import annotations

from enum import StrEnum

from gateway.errors import GatewayError


class Why(StrEnum):
    """Each has its words in the texts of the interface, section "oidc"."""

    AWAY = "away"  # the provider does not answer, or not as a provider does
    STALE = "stale"  # not begun in this browser, or too long ago
    DENIED = "denied"  # the provider says no, or the user changed their mind there
    INVALID = "invalid"  # what the provider confirms is not what was asked, or is not signed by it
    EMAIL = "email"  # no e-mail address that the provider vouches for
    DOMAIN = "domain"  # its domain is not among those allowed
    UNKNOWN = "unknown"  # no user here, and none is made


# 424 (RFC 4918) for a provider that is away: the gateway itself works, and other ways to log in do too.
_STATUS = {Why.AWAY: 424, Why.STALE: 400, Why.INVALID: 400}


class Refused(GatewayError):
    """`detail` is for the gateway's own log: it names claims and errors, never what they hold."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"The log-in by the provider was refused: {why}.")
        self.why = why
        self.detail = detail
        self.status = _STATUS.get(why, 403)
