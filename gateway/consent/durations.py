"""Durations in words, as CLDR gives them for every language that the banner speaks."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.units import format_unit

# By CLDR's plural forms, where its words are missing or wrong: Maltese has only "mon"; Irish lenites by the last digit
# (13 mhí: trí mhí dhéag); Latvian has the genitive after 10 to 20, where the texts take the nominative.
_MENDED = {
    "mt": {"one": "xahar", "two": "xahrejn", "few": "{} xhur", "many": "{}-il xahar", "other": "{} xahar"},
    "ga": {"one": "{} mhí", "two": "{} mhí", "few": "{} mhí", "many": "{} mí", "other": "{} mí"},
    "lv": {"one": "{} mēnesis", "zero": "{} mēneši", "other": "{} mēneši"},
}


@cache
def months_in_words(months: int, language: str) -> str:
    """ "6 months" in a language of `texts.load()`, given as "fr" or "fr-ca". Raises nothing: English where CLDR has no words."""
    base = language.partition("-")[0]
    try:
        locale = Locale(base)
    except (ValueError, UnknownLocaleError):
        return months_in_words(months, "en")
    if base in _MENDED:
        form = locale.plural_form(months % 10 if base == "ga" else months)
        return _MENDED[base][form].format(months)
    # Some languages have the full word under "short" only, and Babel then repeats the unit's name.
    for length in ("long", "short"):
        words = format_unit(months, "duration-month", length=length, locale=locale)
        if "duration" not in words:
            return words.replace("\u202f", " ").replace("\xa0", " ")
    return months_in_words(months, "en")
