"""Days, sums of money, languages and countries in words, as CLDR gives them for every language that the pages speak.

A language is a tag in lower case, "fr" or "fr-ca"; where CLDR does not know it, days and countries are in English.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from gateway.consent.texts import FALLBACK


def day_in_words(day: date, language: str) -> str:
    """ "November 22, 2026"."""
    return format_date(day, "long", locale=_locale(language) or Locale(FALLBACK))


def country_in_words(code: str, language: str) -> str:
    """ "France" for FR; the code itself where it is no country of ISO 3166-1."""
    name: str = (_locale(language) or Locale(FALLBACK)).territories.get(code, code)
    return name


def money_in_words(amount: float, currency: str, language: str) -> str:
    """ "€1,234.50" for EUR; the code stands for a currency that has no sign there."""
    return format_currency(amount, currency, locale=_locale(language) or Locale(FALLBACK))


def autonym(language: str) -> str:
    """What a language calls itself, its first letter upper case; the tag itself where CLDR does not know it."""
    locale = _locale(language)
    name = locale.get_display_name() if locale is not None else None
    return name[:1].upper() + name[1:] if name else language


@cache
def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
