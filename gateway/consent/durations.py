"""Durations in words, as CLDR gives them for every language that the banner speaks."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.units import format_unit

# CLDR has no words for months in Maltese, only "mon".
_MALTESE = {"one": "xahar", "two": "xahrejn", "few": "{} xhur", "many": "{}-il xahar", "other": "{} xahar"}


@cache
def months_in_words(months: int, language: str) -> str:
    """ "6 months" in a language of `texts.load()`, given as "fr" or "fr-ca". Raises nothing: English where CLDR has no words."""
    base = language.partition("-")[0]
    try:
        locale = Locale(base)
    except (ValueError, UnknownLocaleError):
        return months_in_words(months, "en")
    if base == "mt":
        return _MALTESE[locale.plural_form(months)].format(months)
    # Some languages have the full word under "short" only, and Babel then repeats the unit's name.
    for length in ("long", "short"):
        words = format_unit(months, "duration-month", length=length, locale=locale)
        if "duration" not in words:
            return words.replace("\u202f", " ").replace("\xa0", " ")
    return months_in_words(months, "en")
