"""Reads the consent gateway's choice cookie on a website's own server. Copy this file; it needs nothing else.

    keys = [bytes.fromhex(line) for line in open("choice-keys.txt").read().split()]  # gateway choice-key --site 1
    choice = read_choice(choice_cookies(request.headers.get("Cookie", ""), site=1), keys, time.time())
    if choice is not None and choice.grants("analytics", policy="0123456789abcdef"):
        ...

Format and rules: docs/verify-choice.md. No answer never means yes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

_LONGEST = 4096  # characters; browsers keep no longer cookie


class Choice(NamedTuple):
    """A verified answer that has not lapsed."""

    purposes: Mapping[str, bool]
    services: Mapping[str, bool]
    policy: str  # fingerprint of the policy that was answered
    day: int  # days since 1970-01-01 UTC
    expires: int  # seconds since 1970-01-01 UTC

    def grants(self, purpose: str, policy: str) -> bool:
        """Did the visitor say yes to this purpose, under this, the current policy?"""
        return self.policy == policy and self.purposes.get(purpose, False)

    def grants_service(self, service: str, purpose: str, policy: str) -> bool:
        """The service's own answer where there is one, else that of the purpose it belongs to."""
        return self.policy == policy and self.services.get(service, self.purposes.get(purpose, False))


def choice_cookies(header: str, site: int) -> list[str]:
    """Every value of `gw_choice_{site}` in a Cookie header: after a change of domain a browser may hold two."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return [value for name, _, value in pairs if name == f"gw_choice_{site}"]


def read_choice(values: Iterable[str], keys: Sequence[bytes], now: float) -> Choice | None:
    """The answer in the cookie's values; None where none is genuine, well-formed and unexpired.

    `keys` are the site's choice keys (32 bytes each), all of which are tried; `now` is in seconds since the epoch.
    Of several answers the one that lapses last counts, and of two given at the same second the one that allows less.
    """
    found = [choice for value in values if (choice := _read(value, keys)) is not None and choice.expires > now]
    return max(found, key=lambda choice: (choice.expires, -sum(choice.purposes.values())), default=None)


def _read(value: str, keys: Sequence[bytes]) -> Choice | None:
    payload, dot, signature = value.rpartition(".")
    if not dot or not value.isascii() or len(value) > _LONGEST:
        return None
    # All keys are compared, in constant time each.
    if not any([hmac.compare_digest(_signature(payload, key), signature) for key in keys]):
        return None
    try:
        text = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        given = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    purposes, services = _answers(given.get("p")), _answers(given.get("s", {}))
    policy, day, expires = given.get("f"), given.get("d"), given.get("e")
    if (
        purposes is None
        or services is None
        or not isinstance(policy, str)
        or type(day) is not int
        or type(expires) is not int
    ):
        return None
    return Choice(purposes, services, policy, day, expires)


def _signature(payload: str, key: bytes) -> str:
    digest = hmac.new(key, payload.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _answers(given: object) -> dict[str, bool] | None:
    """None where anything in it is not an answer: half a choice grants nothing. True and False are not 1 and 0 here."""
    if not isinstance(given, dict) or any(type(said) is not int or said not in (0, 1) for said in given.values()):
        return None
    return {name: said == 1 for name, said in given.items()}
