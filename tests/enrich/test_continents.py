"""Every country lies on exactly one continent."""

from __future__ import annotations

import pytest

from gateway.enrich.continents import _COUNTRIES, CONTINENT, CONTINENTS, continent
from gateway.sites.codes import countries


def test_every_country_of_iso_3166_lies_on_one_continent() -> None:
    assert CONTINENT.keys() == countries() | {"XK"}
    assert sum(len(codes.split()) for codes in _COUNTRIES.values()) == len(CONTINENT)
    assert set(CONTINENT.values()) == set(CONTINENTS)


@pytest.mark.parametrize(
    ("country", "name"),
    [("FR", "europe"), ("MX", "north_america"), ("CR", "north_america"), ("BR", "south_america"), ("", ""), ("XX", "")],
)
def test_continent(country: str, name: str) -> None:
    assert continent(country) == name
