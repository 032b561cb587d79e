"""Client Hints: what a browser says of itself apart from a user agent that it keeps short (WICG User-Agent Client Hints).

They come as `Sec-CH-UA*` headers or, from Matomo's clients, as the JSON `uadata`. Asking a browser for more than it says by
itself reads the device, so they are looked at for identified hits only, and nothing here asks for any.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec

LONGEST = 4096  # characters of uadata
MOST_BRANDS = 12

# One member of an RFC 8941 list: "Chromium";v="141".
_BRAND = re.compile(r'"([^"\\]{1,60})"(?:\s*;\s*v="([0-9.]{1,30})")?')
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}", re.ASCII)
# Letters, digits and what models are spelled with; never an address, which needs more dots or any colon.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ()+_/.-]{0,39}", re.ASCII)


class ClientHints(NamedTuple):
    """`brands` are (name, version), with the full versions where the browser gave them. Everything is "" where not said."""

    brands: tuple[tuple[str, str], ...] = ()
    platform: str = ""  # "Windows", "macOS", "Android", "Chrome OS", "Linux"
    platform_version: str = ""
    model: str = ""
    mobile: bool = False
    form_factors: tuple[str, ...] = ()


NO_HINTS = ClientHints()


class _Brand(msgspec.Struct):
    brand: str = ""
    version: str = ""


class _Data(msgspec.Struct, rename="camel"):
    brands: list[_Brand] = []
    full_version_list: list[_Brand] = []
    mobile: bool = False
    model: str = ""
    platform: str = ""
    platform_version: str = ""
    form_factors: list[str] = []


_decode = msgspec.json.Decoder(_Data, strict=False).decode


@lru_cache(maxsize=2048)
def from_uadata(text: str) -> ClientHints:
    """What a Matomo client sends in `uadata`; NO_HINTS for what is none, as Matomo ignores it too."""
    if not text or len(text) > LONGEST:
        return NO_HINTS
    try:
        data = _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return NO_HINTS
    brands = [(brand.brand, brand.version) for brand in (data.full_version_list or data.brands)]
    return _hints(brands, data.platform, data.platform_version, data.model, data.mobile, data.form_factors)


@lru_cache(maxsize=2048)
def from_headers(headers: tuple[tuple[str, str], ...]) -> ClientHints:
    """What the `Sec-CH-UA*` headers say, given as (lower-case name, value)."""
    found = dict(headers)
    brands = _BRAND.findall(found.get("sec-ch-ua-full-version-list") or found.get("sec-ch-ua", ""))
    return _hints(
        brands,
        _text(found.get("sec-ch-ua-platform", "")),
        _text(found.get("sec-ch-ua-platform-version", "")),
        _text(found.get("sec-ch-ua-model", "")),
        found.get("sec-ch-ua-mobile", "") == "?1",
        [],
    )


def _hints(
    brands: list[tuple[str, str]], platform: str, version: str, model: str, mobile: bool, form_factors: list[str]
) -> ClientHints:
    return ClientHints(
        tuple((_name(name), _version(number)) for name, number in brands[:MOST_BRANDS] if _name(name)),
        _name(platform),
        _version(version),
        _name(model),
        mobile,
        tuple(filter(None, map(_name, form_factors[:4]))),
    )


def _text(value: str) -> str:
    """An RFC 8941 string without its quotes."""
    return value.strip().strip('"')


def _name(text: str) -> str:
    text = text.strip()
    return text if _NAME.fullmatch(text) else ""


def _version(text: str) -> str:
    return text if _VERSION.fullmatch(text) else ""
