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
        ("ar", "6 أشهر", "13 شهرًا"),
        ("xx", "6 months", "13 months"),
    ],
)
def test_months_are_said_as_the_language_says_them(language: str, six: str, thirteen: str) -> None:
    assert months_in_words(6, language) == six
    assert months_in_words(13, language) == thirteen
