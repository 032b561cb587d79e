"""Browser, operating system and device from the user agent and the Client Hints with it, by ua-parser.

Its expressions run in linear time, in an engine of its own: about 70 µs for a new user agent, and next to nothing for one of
those that are remembered. (Its older interface, which the package user-agents calls, takes 2.5 ms and backtracks.)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import ua_parser

from gateway.enrich.client_hints import NO_HINTS, ClientHints
from gateway.enrich.devices import device
from gateway.privacy.personal import clean

LONGEST = 512  # characters that are looked at: real ones have 100 to 300
REMEMBERED = 16_384


class Client(NamedTuple):
    """`device` is one of `devices.MATOMO_DEVICE`; everything is "" where unknown. Versions are major.minor, as in Matomo."""

    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    brand: str
    model: str


UNKNOWN = Client("", "", "", "", "", "", "")

# Browsers that call themselves Chrome in the user agent and say who they are in the hints only.
_BRANDS = {"Brave": "Brave", "Vivaldi": "Vivaldi", "DuckDuckGo": "DuckDuckGo", "Opera GX": "Opera GX", "Avast Secure Browser":
           "Avast Secure Browser", "AVG Secure Browser": "AVG Secure Browser", "Norton Private Browser": "Norton"}  # fmt: skip
# The hints' names of browsers whose user agent tells them too, but may cut their version.
_FAMILIES = {"Google Chrome": "Chrome", "Microsoft Edge": "Edge", "Opera": "Opera", "YaBrowser": "Yandex Browser",
             "Samsung Internet": "Samsung Internet", "Chromium": "Chromium"}  # fmt: skip

_REDUCED_ANDROID = re.compile(r"(Linux; )?Android 10; K\b")
_WINDOWS_11 = 13  # Sec-CH-UA-Platform-Version from 13 on is Windows 11 (Microsoft's documentation of the hint)
_WINDOWS = {"0.1": "7", "0.2": "8", "0.3": "8.1"}

# Models are what stood between two marks of the user agent: visitors' text. Kept where it is spelled like a model.
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ()+_/,.-]{0,39}", re.ASCII)
_NUMBERS = re.compile(r"\d{9}|\d{1,3}(?:[ ._,/-]\d{1,3}){3}")
_GENERIC = re.compile(r"Generic")
# Makers whose models ua-parser leaves to a generic brand.
_MAKERS = (
    ("Samsung", re.compile(r"(?:SM|GT|SGH|SCH)-[A-Z]")),
    ("Google", re.compile(r"Pixel\b|Nexus\b")),
    ("Motorola", re.compile(r"(?i:moto)\b|XT\d{4}")),
    ("XiaoMi", re.compile(r"Redmi\b|POCO\b|Mi \d|M20\d{2}|2[0-9]{3,4}[A-Z0-9]{4,}")),
    ("Oppo", re.compile(r"CPH\d{4}")),
    ("Realme", re.compile(r"RMX\d{4}")),
    ("OnePlus", re.compile(r"ONEPLUS\b|OnePlus\b")),
    ("Lenovo", re.compile(r"Lenovo\b|TB-?[X0-9]")),
    ("Sony", re.compile(r"BRAVIA\b|Xperia\b")),
    ("PAX", re.compile(r"PAX\b")),
    ("Vivo", re.compile(r"vivo\b|V2\d{3}[A-Z]?\b")),
)
_NO_MODELS = frozenset({"K", "Smartphone", "Tablet", "Feature Phone", "Desktop", "Mobile", "Browser", "unknown"})


def client(user_agent: str, hints: ClientHints = NO_HINTS) -> Client:
    """What a user agent and its hints say; UNKNOWN for an empty one. The same two are looked at once."""
    return _client(readable(user_agent), hints) if user_agent else UNKNOWN


def readable(user_agent: str) -> str:
    """A user agent as far as it is looked at: bounded, and in ASCII, which a header that no browser sent may not be."""
    user_agent = user_agent[:LONGEST]
    return user_agent if user_agent.isascii() else user_agent.encode("ascii", "replace").decode()


@lru_cache(maxsize=REMEMBERED)
def _client(user_agent: str, hints: ClientHints) -> Client:
    told = restored(user_agent, hints)
    parsed = ua_parser.parse(told)
    browser, os, kind = parsed.user_agent, parsed.os, parsed.device
    brand, model = _made_by(kind.brand, kind.model) if kind is not None else ("", "")
    family, version = (
        (_known(browser.family), _version(browser.major, browser.minor)) if browser is not None else ("", "")
    )
    family, version = _browser(family, version, hints)
    system, system_version = (_known(os.family), _version(os.major, os.minor)) if os is not None else ("", "")
    return Client(
        family,
        version,
        system,
        _system_version(system, system_version, hints),
        device(told, hints.form_factors),
        brand,
        model,
    )


def restored(user_agent: str, hints: ClientHints) -> str:
    """The user agent with Android's version and model back in the place from which Chromium took them."""
    if hints.platform != "Android" or not (hints.model or hints.platform_version):
        return user_agent
    version = hints.platform_version.partition(".")[0] or "10"
    return _REDUCED_ANDROID.sub(lambda _: f"Linux; Android {version}; {hints.model or 'K'}", user_agent, count=1)


def _browser(family: str, version: str, hints: ClientHints) -> tuple[str, str]:
    for brand, number in hints.brands:
        own = _BRANDS.get(brand)
        if own is not None and family.startswith(("Chrome", "Chromium", own)):
            return own, _version(*_two(number))
        if number and family.startswith(_FAMILIES.get(brand, "\0")):
            return family, _version(*_two(number))
    return family, version


def _system_version(system: str, version: str, hints: ClientHints) -> str:
    told = hints.platform_version
    if not told:
        return version
    if system == "Windows" and hints.platform == "Windows":
        major, minor = _two(told)
        if int(major) >= _WINDOWS_11:
            return "11"
        return _WINDOWS.get(f"{major}.{minor}", "10") if int(major) < 1 else "10"
    if (system, hints.platform) in {("Mac OS X", "macOS"), ("Chrome OS", "Chrome OS"), ("Android", "Android")}:
        major, minor = _two(told)
        return major if system == "Android" and minor in (None, "0") else _version(major, minor)
    return version


def _two(number: str) -> tuple[str, str | None]:
    major, _, rest = number.partition(".")
    return major, rest.partition(".")[0] or None


def _made_by(brand: str | None, model: str | None) -> tuple[str, str]:
    """Brand and model where both are known as such; a model of nobody's may be any text, and is not kept."""
    name = (model or "").strip()
    if brand is None or _GENERIC.match(brand):
        brand = next((maker for maker, pattern in _MAKERS if pattern.match(name)), "")
    brand = _known(brand)
    spelled = bool(_MODEL.fullmatch(name)) and not _NUMBERS.search(name) and name not in _NO_MODELS
    return brand, name if brand and spelled else ""


def _known(name: str) -> str:
    """A family's name: ours to know, though some hold a word of the user agent."""
    return "" if name == "Other" else clean(name[:60])


def _version(major: str | None, minor: str | None) -> str:
    parts = [part[:8] for part in (major, minor) if part]
    return ".".join(parts)
