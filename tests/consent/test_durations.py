from __future__ import annotations

import pytest

from gateway.consent.durations import months_in_words


@pytest.mark.parametrize(
    ("language", "six", "thirteen"),
    [
        ("en", "6 months", "13 months"),
        ("fr-ca", "6 mois", "13 mois"),
        ("pl", "6 miesięcy", "13 miesięcy"),
        ("it", "6 mesi", "13 mesi"),  # under "short" only
        ("mt", "6 xhur", "13-il xahar"),  # not in CLDR
        ("ga", "6 mhí", "13 mhí"),  # wrong in CLDR: 13 mí
        ("lv", "6 mēneši", "13 mēneši"),  # in CLDR the genitive
        ("ar", "6 أشهر", "13 شهرًا"),
        ("xx", "6 months", "13 months"),
    ],
)
def test_months_are_said_as_the_language_says_them(language: str, six: str, thirteen: str) -> None:
    assert months_in_words(6, language) == six
    assert months_in_words(13, language) == thirteen


def test_irish_lenites_by_the_last_digit() -> None:
    lenited = [months for months in range(1, 26) if months_in_words(months, "ga") == f"{months} mhí"]
    assert lenited == [*range(1, 7), *range(11, 17), *range(21, 26)]
    assert months_in_words(10, "ga") == "10 mí"


def test_latvian_agrees_with_the_last_digit_but_not_with_eleven() -> None:
    assert [months_in_words(months, "lv") for months in (1, 10, 11, 21)] == [
        "1 mēnesis",
        "10 mēneši",
        "11 mēneši",
        "21 mēnesis",
    ]
