"""Lives in words are read in the languages that sites write them in."""

from __future__ import annotations

import pytest

from gateway.audit.lives import DAY, SESSION, seconds


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        ("6 months", "en", 6 * 31 * DAY),
        ("1 year", "fr", 366 * DAY),  # English is read everywhere
        ("13 mois", "fr", 13 * 31 * DAY),
        ("1 an", "fr", 366 * DAY),
        ("2 Jahre", "de", 2 * 366 * DAY),
        ("30 Tagen", "de", 30 * DAY),
        ("12 miesięcy", "pl", 12 * 31 * DAY),
        ("3 miesiące", "pl", 3 * 31 * DAY),
        ("30 minutes, 1 day at most", "en", DAY),
        ("The session", "en", SESSION),
        ("La session", "fr-CA", SESSION),
        ("Dauer der Sitzung", "de", SESSION),
        ("Until you take it back", "en", None),
        ("12 moons", "en", None),
        ("6 months", "xx", 6 * 31 * DAY),
    ],
)
def test_a_life(words: str, language: str, expected: float | None) -> None:
    assert seconds(words, language) == expected
