"""Computer, tablet and phone are told apart, with browser and system, as sites promise their visitors (RULES.md, promises)."""

from __future__ import annotations

import pytest

from gateway.enrich.user_agents import client

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"


@pytest.mark.parametrize(
    ("agent", "device", "browser", "system"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "desktop", "Chrome", "Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "desktop", "Firefox", "Linux"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1",
            "phone", "Mobile Safari", "iOS",
        ),
        (
            f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {WEBKIT} Version/16.6 Mobile/15E148 Safari/604.1",
            "tablet", "Mobile Safari", "iOS",
        ),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME} Mobile Safari/537.36", "phone", "Chrome Mobile", "Android"),
        (f"Mozilla/5.0 (Linux; Android 14; SM-X910) {CHROME} Safari/537.36", "tablet", "Chrome", "Android"),
    ],
)  # fmt: skip
def test_what_is_read_from_a_user_agent(agent: str, device: str, browser: str, system: str) -> None:
    found = client(agent)
    assert (found.device, found.browser, found.os) == (device, browser, system)
