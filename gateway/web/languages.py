"""In which language a reader of the dashboard is spoken to: the one chosen in the menu, else what the browser prefers.

Only the words are meant. Numbers and dates are written by the browser, in whatever language it speaks.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

# By tag: each in its own words. For every one there is gateway/templates/texts/{tag}.json.
LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "Français", "de": "Deutsch"}
ENGLISH = "en"
COOKIE = "gw_language"
COOKIE_SECONDS = 395 * 86400


def chosen(request: Request) -> str:
    """The language that the reader chose; empty where they did not."""
    wanted = request.cookies.get(COOKIE, "")
    return wanted if wanted in LANGUAGES else ""


def language_of(request: Request) -> str:
    """The language of a page. Never fails: what a header gets wrong counts for nothing."""
    return chosen(request) or preferred(request.headers.get("accept-language", "")) or ENGLISH


def preferred(header: str) -> str:
    """The best of LANGUAGES by an Accept-Language header (RFC 9110 § 12.5.4); empty where it names none of them."""
    best, weight = "", 0.0
    for part in header[:1000].split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        asked = _weight(parameter)
        if language in LANGUAGES and asked > weight:
            best, weight = language, asked
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
