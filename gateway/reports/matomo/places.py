"""What rows of countries, continents, regions and cities say of their places, beside their figures."""

from __future__ import annotations

from urllib.parse import quote_plus

from gateway.reports.matomo import names
from gateway.reports.matomo.answers import Row


def segment(*parts: tuple[str, str]) -> Row:
    """The segment of the visits that a row counts."""
    return {"segment": ";".join(f"{name}=={quote_plus(value)}" for name, value in parts)}


def country(value: str) -> Row:
    code = names.country_code(value)
    return {"code": code, **segment(("countryCode", code))}


def continent(value: str) -> Row:
    code = names.CONTINENTS.get(value, names.CONTINENTS[""])[0]
    return {"code": code, **segment(("continentCode", code))}


def _place(value: str) -> tuple[str, str]:
    """The country and what follows it."""
    code, _, name = value.partition(" ")
    return code, name


def label(value: str) -> str:
    code, name = _place(value)
    return f"{name}, {names.country(code)}" if name else names.UNKNOWN


def region(value: str) -> Row:
    code, name = _place(value)
    about: Row = {
        "region": name or "xx",
        "country": names.country_code(code),
        "country_name": names.country(code),
        "region_name": name or names.UNKNOWN,
    }
    return {**segment(("regionCode", name), ("countryCode", code.lower())), **about} if name else about


def city(value: str) -> Row:
    code, name = _place(value)
    about: Row = {
        "city_name": name or names.UNKNOWN,
        "country": names.country_code(code),
        "country_name": names.country(code),
    }
    return {**segment(("city", name), ("countryCode", code.lower())), **about} if name else about
