"""Codes that sites use: countries (ISO 3166-1) and languages (BCP 47 over ISO 639-1)."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

# ISO 639-1. Languages without a two-letter code are written with their three letters and taken as they are.
_LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et "
    "eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk "
    "kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny "
    "oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk "
    "tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_TAG = re.compile(r"([a-z]{2,3})(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*")

# Languages that browsers and pages name otherwise than their texts do: Norwegian, Nynorsk, Hebrew of old.
ALIASES = {"no": "nb", "nn": "nb", "iw": "he"}

_US_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC "
    "SD TN TX UT VT VA WA WV WI WY".split()
)
# What people write for what ISO 3166-1 says.
_MEANT = {"UK": "GB", "EL": "GR", "EN": "GB"}


@functools.cache
def countries() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 code, from the time zone database."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


def is_country(code: str) -> bool:
    return code in countries()


def country_fix(code: str) -> str:
    meant = _MEANT.get(code.upper(), code.upper())
    return f"Write {meant}." if is_country(meant) else "Give a two-letter country code, such as FR."


def is_jurisdiction(code: str) -> bool:
    """A country, or a US state as US-CA."""
    return is_country(code) or (code.startswith("US-") and code[3:] in _US_STATES)


def is_language(tag: str) -> bool:
    """A BCP 47 tag in its usual case: fr, pt-BR, zh-Hant-TW."""
    match = _TAG.fullmatch(tag)
    return match is not None and (len(match[1]) == 3 or match[1] in _LANGUAGES)
