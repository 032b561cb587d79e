"""The gateway's cookies: read, verified, written. One set per site, each with its own clock (DESIGN.md, Cookies).

Signed values are `payload.signature` with HMAC-SHA-256 under a key derived per cookie name, so that a cookie of one site
is worth nothing on another. Keys rotate: the newest signs, every one verifies.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import msgspec

from gateway.clock import add_months

OBJECTION_MONTHS = 13
# What an objection or opt-out of sale says: whose it is. Both bind this browser alike.
OWN = "1"
ACCOUNTS = "a"  # of a customer who was logged in here; it is no other customer's (RULES.md E13)
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_AGAIN = "\n"  # between the values of cookies of one name; no header can hold it


class Choice(msgspec.Struct, frozen=True, gc=False):
    """What `gw_choice_{site}` holds: an answer, and no identifier. Scripts read it, so its keys are short."""

    p: dict[str, int]  # purpose → 1 or 0
    f: str  # fingerprint of the policy answered to
    d: int  # day of the answer, days since the epoch
    e: int  # when it lapses, seconds since the epoch
    s: dict[str, int] = {}  # service → 1 or 0


class Visitor(msgspec.Struct, frozen=True, gc=False):
    """What `gw_visitor_{site}` holds: a random id (32 hexadecimal digits) and its birth (seconds since the epoch)."""

    id: str
    born: int


class _Seal:
    """Signs and verifies the values of one cookie, in the format of itsdangerous' Signer.

    The same HMAC-SHA-256 (RFC 2104: an inner and an outer hash) with both hashes set up once per key, because every hit
    verifies two cookies and every answer signs three, and the general path costs ten times as much. A property test holds
    it to what itsdangerous signs and takes.
    """

    def __init__(self, keys: Sequence[bytes], name: str) -> None:
        derived = [_cookie_key(key, name) for key in keys]
        self._ready = [(hashlib.sha256(_padded(key, 0x36)), hashlib.sha256(_padded(key, 0x5C))) for key in derived]

    def sign(self, payload: bytes) -> str:
        return (payload + b"." + _signature(self._ready[0], payload)).decode()

    def verified(self, value: str | None) -> bytes | None:
        """The payload; None for what is absent, malformed or signed with none of the keys."""
        if not value or not value.isascii():
            return None
        payload, _, signature = value.encode().rpartition(b".")
        for ready in self._ready:
            if hmac.compare_digest(_signature(ready, payload), signature):
                return payload
        return None


def _signature(ready: tuple[hashlib._Hash, hashlib._Hash], payload: bytes) -> bytes:
    inside, outside = ready[0].copy(), ready[1].copy()
    inside.update(payload)
    outside.update(inside.digest())
    # 32 bytes in base64url, without the one "=" that pads them.
    return binascii.b2a_base64(outside.digest(), newline=False).translate(_URL_SAFE)[:-1]


def _cookie_key(key: bytes, name: str) -> bytes:
    return hmac.digest(key, f"gateway cookie {name}".encode(), "sha256")


def choice_key(key: bytes, site: int) -> bytes:
    """The key of `gw_choice_{site}` alone, for a website's own server (docs/verify-choice.md)."""
    return _cookie_key(key, _choice_name(site))


def _choice_name(site: int) -> str:
    return f"gw_choice_{site}"


def _padded(key: bytes, pad: int) -> bytes:
    """A key of at most 64 bytes as RFC 2104 mixes it into a hash."""
    return bytes(byte ^ pad for byte in key.ljust(64, b"\0"))


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class CookieJar:
    """Reads and writes one site's cookies. `keys` are the signing keys, newest first."""

    def __init__(self, site: int, keys: Sequence[bytes], *, path: str, domain: str, secure: bool) -> None:
        self.choice_name = _choice_name(site)
        self.receipt_name = f"gw_receipt_{site}"
        self.visitor_name = f"gw_visitor_{site}"
        self.objection_name = f"gw_objection_{site}"
        self.optout_name = f"gw_optout_{site}"
        self._choice_seal = _Seal(keys, self.choice_name)
        self._receipt_seal = _Seal(keys, self.receipt_name)
        self._visitor_seal = _Seal(keys, self.visitor_name)
        # A site's cookies are at the root, for this host alone or for the domain.
        secured = "; SameSite=Lax" + ("; Secure" if secure else "")
        self._clearing = tuple(
            f"; Path=/{where}{secured}" for where in ("", *([f"; Domain={domain}"] if domain else []))
        )
        self._attributes = (
            f"; Path={path}"
            + (f"; Domain={domain}" if domain else "")
            + "; SameSite=Lax"
            + ("; Secure" if secure else "")
        )

    # Reading: None for what is absent, forged, malformed or past its time.

    def choice(self, cookies: dict[str, str], now: float) -> Choice | None:
        value = cookies.get(self.choice_name)
        if value is None:
            return None
        if _AGAIN not in value:
            return self._choice(value, now)
        # The newest answer counts, and of two given at the same second a no.
        found = [choice for part in value.split(_AGAIN) if (choice := self._choice(part, now)) is not None]
        return max(found, key=lambda choice: (choice.e, -sum(choice.p.values())), default=None)

    def _choice(self, value: str, now: float) -> Choice | None:
        payload = self._choice_seal.verified(value)
        if payload is None:
            return None
        try:
            choice = _decode_choice(binascii.a2b_base64(payload.translate(_FROM_URL_SAFE) + b"==="))
        except (msgspec.MsgspecError, ValueError):
            return None
        return choice if choice.e > now else None

    def receipt(self, cookies: dict[str, str]) -> str | None:
        payload = self._receipt_seal.verified(cookies.get(self.receipt_name))
        return payload.decode() if payload is not None else None

    def visitor(self, cookies: dict[str, str], now: float, max_months: int) -> Visitor | None:
        """The visitor, refused from `max_months` (at most 13) after birth whatever the browser kept (RULES.md E8)."""
        payload = self._visitor_seal.verified(cookies.get(self.visitor_name))
        if payload is None:
            return None
        identifier, _, born_text = payload.decode().partition("-")
        if not born_text.isdigit():
            return None
        born = int(born_text)
        age = now - born
        # Shorter than any run of that many months: the exact end is computed only for cookies near it.
        if age > (max_months * 28 - 1) * 86_400 and now >= months_after(born, max_months):
            return None
        return Visitor(identifier, born) if age >= -86_400 else None

    def objection(self, cookies: dict[str, str]) -> str:
        """Whose objection stands: OWN, ACCOUNTS, or "" for nobody's."""
        return _whose(cookies.get(self.objection_name, ""))

    def objected(self, cookies: dict[str, str]) -> bool:
        return self.objection(cookies) != ""

    def optout(self, cookies: dict[str, str]) -> str:
        """Whose opt-out of sale stands: OWN, ACCOUNTS, or "" for nobody's."""
        return _whose(cookies.get(self.optout_name, ""))

    def opted_out(self, cookies: dict[str, str]) -> bool:
        return self.optout(cookies) != ""

    # Writing: each returns the value of one Set-Cookie header.

    def set_choice(self, choice: Choice, now: float) -> str:
        # Not HttpOnly: gates open from it without a request.
        return self._set(
            self.choice_name, self._choice_seal.sign(choice_payload(choice)), choice.e - now, http_only=False
        )

    def set_receipt(self, receipt: str, expires: float, now: float) -> str:
        return self._set(self.receipt_name, self._receipt_seal.sign(receipt.encode()), expires - now)

    def set_visitor(self, visitor: Visitor, expires: float, now: float) -> str:
        signed = self._visitor_seal.sign(f"{visitor.id}-{visitor.born}".encode())
        return self._set(self.visitor_name, signed, expires - now)

    def set_objection(self, now: float, whose: str = OWN) -> str:
        return self._set(self.objection_name, whose, months_after(now, OBJECTION_MONTHS) - now, http_only=False)

    def set_optout(self, now: float, whose: str = OWN) -> str:
        return self._set(self.optout_name, whose, months_after(now, OBJECTION_MONTHS) - now, http_only=False)

    def expire(self, name: str) -> str:
        return self._set(name, "", 0)

    def clear(self, name: str) -> list[str]:
        """Expire a cookie of the site's own, for the host and for the domain. `name` is a token (clearing.py)."""
        return [f"{name}=; Max-Age=0{attributes}" for attributes in self._clearing]

    def _set(self, name: str, value: str, seconds: float, *, http_only: bool = True) -> str:
        return f"{name}={value}; Max-Age={max(0, int(seconds))}{self._attributes}" + ("; HttpOnly" if http_only else "")


def _whose(value: str) -> str:
    if not value:
        return ""
    values = value.split(_AGAIN)
    return next((whose for whose in (OWN, ACCOUNTS) if whose in values), "")


def choice_payload(choice: Choice) -> bytes:
    """A choice as scripts read it; worth nothing here without a signature."""
    return base64.urlsafe_b64encode(msgspec.json.encode(choice)).rstrip(b"=")


def read_cookies(header: str) -> dict[str, str]:
    """The gateway's own cookies of one Cookie header (RFC 6265 § 5.4); the site's others are not looked at.

    A browser may hold two of a name (host-only and for a domain, after a change of `cookie_domain`): both are kept, and
    whoever reads them decides which counts.
    """
    found: dict[str, str] = {}
    if "gw_" not in header:
        return found
    for part in header.split(";"):
        part = part.strip()
        if part.startswith("gw_"):
            name, _, value = part.partition("=")
            found[name] = f"{found[name]}{_AGAIN}{value}" if name in found else value
    return found


def months_after(seconds: float, months: int) -> float:
    """Seconds since the epoch of the same instant `months` calendar months later, in UTC."""
    day = int(seconds // _DAY)
    return seconds + (_days_later(day, months) - day) * _DAY


@lru_cache(maxsize=4096)
def _days_later(day: int, months: int) -> int:
    """The day, counted from the epoch, that is `months` calendar months after `day`."""
    return add_months(date.fromordinal(_EPOCH + day), months).toordinal() - _EPOCH


def visitor_ends(visitor: Visitor, max_months: int, consent_ends: float | None) -> float:
    """When a visitor's cookie ends: the earliest of its months from birth and the consent's end; never extended."""
    ends = months_after(visitor.born, max_months)
    return min(ends, consent_ends) if consent_ends is not None else ends


_decode_choice = msgspec.json.Decoder(Choice).decode
