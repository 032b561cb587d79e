"""Screen sizes in one spelling."""

from __future__ import annotations

import pytest

from gateway.ingest.screens import screen


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1920x1080", "1920x1080"),
        ("1920X1080", "1920x1080"),
        ("1920×1080", "1920x1080"),
        (" 1920 x 1080 ", "1920x1080"),
        ("01920x01080", "1920x1080"),
        ("0x0", ""),
        ("1920", ""),
        ("1920x1080x24", ""),
        ("192000x1080", ""),
        ("1920.5x1080", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_screens(text: str, size: str) -> None:
    assert screen(text) == size
