"""Matomo's words for our values: labels that reports show, and the codes that segments are written with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale

from gateway.enrich.devices import MATOMO_DEVICE

UNKNOWN = "Unknown"

# Ours → Matomo's code and label. Matomo has two North Americas; ours is one, under the code of the northern.
CONTINENTS: Mapping[str, tuple[str, str]] = {
    "africa": ("afr", "Africa"),
    "antarctica": ("ant", "Antarctica"),
    "asia": ("asi", "Asia"),
    "europe": ("eur", "Europe"),
    "north_america": ("amn", "North America"),
    "oceania": ("oce", "Oceania"),
    "south_america": ("ams", "South America"),
    "": ("unk", UNKNOWN),
}
# Ours → Matomo's code and label.
DEVICES: Mapping[str, tuple[str, str]] = {
    **{ours: (code, "TV" if code == "tv" else code.capitalize()) for ours, code in MATOMO_DEVICE.items()},
    "": ("", UNKNOWN),
}
# Ours → the number and the word that Matomo has for it, and its label.
REFERRER_TYPES: Mapping[str, tuple[int, str, str]] = {
    "direct": (1, "direct", "Direct Entry"),
    "search": (2, "search", "Search Engines"),
    "website": (3, "website", "Websites"),
    "campaign": (6, "campaign", "Campaigns"),
    "social": (7, "social", "Social Networks"),
    "ai": (8, "ai-assistant", "AI Assistants"),
}
# Code → our names of it. A name without a code is asked for by browserName.
BROWSERS: Mapping[str, tuple[str, ...]] = {
    "AN": ("Android", "Android Browser"),
    "BR": ("Brave",),
    "CH": ("Chrome",),
    "CI": ("Chrome Mobile iOS",),
    "CM": ("Chrome Mobile",),
    "CR": ("Chromium",),
    "CV": ("Chrome Mobile WebView", "Chrome Webview"),
    "DD": ("DuckDuckGo Mobile", "DuckDuckGo"),
    "FF": ("Firefox",),
    "FM": ("Firefox Mobile",),
    "FI": ("Firefox iOS",),
    "IE": ("IE", "Internet Explorer"),
    "IM": ("IE Mobile",),
    "MF": ("Mobile Safari", "Mobile Safari UI/WKWebView"),
    "OP": ("Opera",),
    "OM": ("Opera Mobile",),
    "OI": ("Opera Mini",),
    "PS": ("Edge", "Edge Mobile", "Microsoft Edge"),
    "SB": ("Samsung Internet", "Samsung Browser"),
    "SF": ("Safari",),
    "SK": ("Amazon Silk",),
    "UC": ("UC Browser",),
    "VI": ("Vivaldi",),
    "YA": ("Yandex Browser",),
    "UNK": ("",),
}
SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "AND": ("Android",),
    "COS": ("Chrome OS", "ChromeOS"),
    "DEB": ("Debian",),
    "FED": ("Fedora",),
    "FRE": ("FreeBSD",),
    "HAR": ("HarmonyOS",),
    "IOS": ("iOS",),
    "IPA": ("iPadOS",),
    "KOS": ("KaiOS",),
    "LIN": ("Linux",),
    "MAC": ("Mac OS X", "macOS", "Mac"),
    "TIZ": ("Tizen",),
    "TVO": ("ATV OS X", "tvOS"),
    "UBT": ("Ubuntu",),
    "WAS": ("watchOS", "WatchOS"),
    "WIN": ("Windows",),
    "WPH": ("Windows Phone",),
    "UNK": ("",),
}
_FAMILIES = {
    "Linux": "GNU/Linux",
    "Ubuntu": "GNU/Linux",
    "Debian": "GNU/Linux",
    "Fedora": "GNU/Linux",
    "Mac OS X": "Mac",
    "macOS": "Mac",
    "ChromeOS": "Chrome OS",
    "iPadOS": "iOS",
    "ATV OS X": "iOS",
    "tvOS": "iOS",
    "watchOS": "iOS",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def country(code: str) -> str:
    """The English name of an ISO 3166-1 code, as Unicode CLDR has it."""
    return _english().territories.get(code.upper(), UNKNOWN) if code else UNKNOWN


def country_code(code: str) -> str:
    return code.lower() or "xx"


def countries_named(name: str) -> tuple[str, ...]:
    """The codes of the countries of that English name."""
    wanted = name.casefold()
    return tuple(code for code, text in _english().territories.items() if len(code) == 2 and text.casefold() == wanted)


def language(code: str) -> str:
    """The English name of the language that a BCP 47 tag begins with."""
    return _english().languages.get(code.partition("-")[0].lower(), UNKNOWN) if code else UNKNOWN


def language_and_place(code: str) -> str:
    """French - Canada (fr-ca)."""
    if not code:
        return UNKNOWN
    place = code.partition("-")[2].upper()
    return f"{language(code)}{f' - {country(place)}' if place else ''} ({code})"


def family(system: str) -> str:
    """The family of an operating system."""
    return _FAMILIES.get(system, system) or UNKNOWN


def code_of(name: str, table: Mapping[str, tuple[str, ...]]) -> str:
    """Matomo's code for a browser's or system's name, "" where it has none here."""
    return next((code for code, names in table.items() if name in names), "")


@cache
def _english() -> Locale:
    return Locale("en")
