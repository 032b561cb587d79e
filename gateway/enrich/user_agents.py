"""Browser, operating system and device from the user agent, by ua-parser; cached, since one parse costs about 1 ms."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import user_agents

from gateway.privacy.addresses import redact


class Client(NamedTuple):
    """`device` is desktop, phone, tablet, tv, console, wearable or "" (unknown). Versions are major.minor."""

    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    brand: str
    model: str


UNKNOWN = Client("", "", "", "", "", "", "")

_TELEVISIONS = (
    "smart-tv",
    "smarttv",
    "googletv",
    "appletv",
    "hbbtv",
    "netcast",
    "webos.tv",
    "tizen tv",
    "roku",
    "bravia",
)
_CONSOLES = ("playstation", "xbox", "nintendo")
_WEARABLES = ("watch", "wear os")


@lru_cache(maxsize=16_384)
def client(user_agent: str) -> Client:
    """What `user_agent` says of itself; UNKNOWN for an empty one."""
    if not user_agent:
        return UNKNOWN
    parsed = user_agents.parse(user_agent)
    return Client(
        browser=_known(parsed.browser.family),
        browser_version=_version(parsed.browser.version),
        os=_known(parsed.os.family),
        os_version=_version(parsed.os.version),
        device=_device(user_agent.lower(), parsed),
        brand=_known(parsed.device.brand),
        model=_known(parsed.device.model),
    )


def _device(lower: str, parsed: user_agents.parsers.UserAgent) -> str:
    if any(mark in lower for mark in _TELEVISIONS):
        return "tv"
    if any(mark in lower for mark in _CONSOLES):
        return "console"
    if any(mark in lower for mark in _WEARABLES):
        return "wearable"
    if parsed.is_tablet:
        return "tablet"
    if parsed.is_mobile:
        return "phone"
    if parsed.is_pc:
        return "desktop"
    return ""


def _known(name: str | None) -> str:
    # A model is whatever text stood between two marks of the user agent: visitors' input, so bounded and redacted.
    return "" if name is None or name == "Other" else redact(name[:60])


def _version(parts: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in parts[:2])
