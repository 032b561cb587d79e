from __future__ import annotations

import pytest

from gateway.consent import texts
from gateway.consent.directions import direction


def test_of_the_shipped_languages_arabic_and_hebrew_run_from_right_to_left() -> None:
    assert {language for language in texts.load() if direction(language) == "rtl"} == {"ar", "he"}


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("ar-eg", "rtl"),
        ("he-IL", "rtl"),
        ("fa", "rtl"),
        ("pa", "ltr"),
        ("pa-Arab", "rtl"),  # the script decides, not the language
        ("ar-x-shop", "rtl"),  # CLDR knows no such tag, but its base
        ("pt-br", "ltr"),
        ("xx", "ltr"),
        ("", "ltr"),
    ],
)
def test_a_tag_says_which_way_it_is_written(language: str, written: str) -> None:
    assert direction(language) == written
