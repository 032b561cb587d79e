"""Which way a language is written, as CLDR says."""

from __future__ import annotations

from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError

Direction = Literal["ltr", "rtl"]


@cache
def direction(language: str) -> Direction:
    """ "rtl" or "ltr", what HTML's `dir` takes. `language` is a BCP 47 tag in any case: "ar", "he-il", "pa-Arab".

    A script in the tag counts. Raises nothing: a tag that CLDR does not know is taken as its base language, and a
    language that it does not know as left to right.
    """
    for tag in (language, language.partition("-")[0]):
        try:
            return "rtl" if Locale.parse(tag, sep="-").text_direction == "rtl" else "ltr"
        except (ValueError, UnknownLocaleError):
            continue
    return "ltr"
