"""Lives in words, as sites declare them to visitors ("6 months", "13 mois", "die Sitzung"), in seconds."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.units import format_unit

DAY = 86_400.0
# The longest that a unit can be: whoever is promised a month may meet 31 days.
_SECONDS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": DAY,
    "week": 7 * DAY,
    "month": 31 * DAY,
    "year": 366 * DAY,
}
_SESSION = re.compile(
    r"session|sitzung|sesión|sessão|sessione|sessie|sesj|relace|istunto|munkamenet|seanss|σύνοδ|сесия", re.I
)
_FIGURE = re.compile(r"(\d+)[\s\u00a0\u202f-]*([^\W\d]+)")

_STEM = 4  # letters that tell a unit even with an ending behind them

SESSION = 0.0


def seconds(words: str, language: str) -> float | None:
    """The longest life that the words allow: SESSION, seconds, or None where they name no term.

    Units are CLDR's words of `language` and of English. Of several figures the largest counts ("30 minutes, at most 1 day").
    """
    terms = []
    units = {**_units("en"), **_units(language.partition("-")[0])}
    for figure, word in _FIGURE.findall(words.casefold()):
        # Case endings stay unknown to CLDR: "nach 30 Tagen" is of "Tage".
        known = next((word[: len(word) - cut] for cut in range(3) if word[: len(word) - cut] in units), None)
        if known is not None and (known == word or len(known) >= _STEM):
            terms.append(int(figure) * units[known])
    if terms:
        return max(terms)
    return SESSION if _SESSION.search(words) else None


@cache
def _units(language: str) -> dict[str, float]:
    """Every form of every unit's name → its seconds; nothing for a language that CLDR does not know."""
    try:
        locale = Locale(language)
    except (ValueError, UnknownLocaleError):
        return {}
    found: dict[str, float] = {}
    for unit, length in _SECONDS.items():
        for number in (1, 2, 3, 5, 11, 20, 21, 100):  # among them every plural form of the banner's languages
            for match in _FIGURE.finditer(
                format_unit(number, f"duration-{unit}", length="long", locale=locale).casefold()
            ):
                found[match[2]] = length
    return found
