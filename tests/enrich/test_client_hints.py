"""Client Hints fill in what a reduced user agent leaves out, as headers and as Matomo's uadata."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.enrich.client_hints import NO_HINTS, ClientHints, from_headers, from_uadata
from gateway.enrich.user_agents import client

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36"
PHONE = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"
TABLET = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36"


def brands(*named: tuple[str, str]) -> list[dict[str, str]]:
    listed = (("Not?A_Brand", "8.0.0.0"), ("Chromium", "141.0.7390.54"), *named)
    return [{"brand": name, "version": version} for name, version in listed]


GOOGLE = brands(("Google Chrome", "141.0.7390.54"))


@pytest.mark.parametrize(
    ("agent", "data", "browser", "system", "device", "maker"),
    [
        (WINDOWS, {"platform": "Windows", "platformVersion": "15.0.0", "fullVersionList": GOOGLE}, "Chrome 141.0", "Windows 11",
         "desktop", ""),
        (WINDOWS, {"platform": "Windows", "platformVersion": "13.0.0"}, "Chrome 141.0", "Windows 11", "desktop", ""),
        (WINDOWS, {"platform": "Windows", "platformVersion": "10.0.0"}, "Chrome 141.0", "Windows 10", "desktop", ""),
        (WINDOWS, {"platform": "Windows", "platformVersion": "0.3.0"}, "Chrome 141.0", "Windows 8.1", "desktop", ""),
        (WINDOWS, {"platform": "Windows", "fullVersionList": brands(("Brave", "141.1.2.3"))}, "Brave 141.1", "Windows 10",
         "desktop", ""),
        (f"{WINDOWS} Edg/141.0.0.0", {"fullVersionList": brands(("Microsoft Edge", "141.2.3537.57"))}, "Edge 141.2", "Windows 10",
         "desktop", ""),
        (MAC, {"platform": "macOS", "platformVersion": "26.1.0"}, "Chrome 141.0", "Mac OS X 26.1", "desktop", "Apple Mac"),
        (PHONE, {"platform": "Android", "platformVersion": "15.0.0", "model": "Pixel 9", "mobile": True}, "Chrome Mobile 141.0",
         "Android 15", "phone", "Google Pixel 9"),
        (PHONE, {"platform": "Android", "platformVersion": "13", "model": "SM-N986B"}, "Chrome Mobile 141.0", "Android 13",
         "phablet", "Samsung SM-N986B"),
        (TABLET, {"platform": "Android", "platformVersion": "14.0.0", "model": "SM-X910", "formFactors": ["Tablet"]},
         "Chrome 141.0", "Android 14", "tablet", "Samsung SM-X910"),
        (TABLET, {"platform": "Android", "platformVersion": "12.0.0", "formFactors": ["Automotive"]}, "Chrome 141.0",
         "Android 12", "car", ""),
        (PHONE, {"platform": "Windows", "platformVersion": "15.0.0"}, "Chrome Mobile 141.0", "Android 10", "phone", ""),
        (PHONE, {}, "Chrome Mobile 141.0", "Android 10", "phone", ""),
    ],
)  # fmt: skip
def test_uadata(agent: str, data: dict[str, Any], browser: str, system: str, device: str, maker: str) -> None:
    found = client(agent, from_uadata(json.dumps(data)))
    assert f"{found.browser} {found.browser_version}" == browser
    assert f"{found.os} {found.os_version}" == system
    assert found.device == device
    assert f"{found.brand} {found.model}".strip() == maker


def test_headers_say_the_same() -> None:
    headers = (
        ("sec-ch-ua", '"Not?A_Brand";v="8", "Chromium";v="141", "Brave";v="141"'),
        (
            "sec-ch-ua-full-version-list",
            '"Not?A_Brand";v="8.0.0.0", "Chromium";v="141.0.7390.54", "Brave";v="141.1.83.109"',
        ),
        ("sec-ch-ua-mobile", "?1"),
        ("sec-ch-ua-model", '"Pixel 9"'),
        ("sec-ch-ua-platform", '"Android"'),
        ("sec-ch-ua-platform-version", '"15.0.0"'),
    )
    hints = from_headers(headers)
    versions = (("Not?A_Brand", "8.0.0.0"), ("Chromium", "141.0.7390.54"), ("Brave", "141.1.83.109"))
    assert hints == ClientHints(versions[1:], "Android", "15.0.0", "Pixel 9", mobile=True)
    assert from_headers(headers[:1]).brands == (("Chromium", "141"), ("Brave", "141"))
    assert client(PHONE, hints)[:4] == ("Brave", "141.1", "Android", "15")
    assert client(WINDOWS, from_headers(headers[:1])).browser == "Brave"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"x"', '{"brands": 7}', '{"model": {"a": 1}}', "{" * 5000,
     '{"brands": [' + "[" * 3000, "é", "\ud800"],
)  # fmt: skip
def test_what_is_no_uadata_says_nothing(text: str) -> None:
    assert from_uadata(text) == NO_HINTS


@pytest.mark.parametrize("model", ["203.0.113.77", "2001:db8::1", "ann@mail.example", "x" * 41, "Pixel\n9", "<b>", "é"])
def test_no_text_of_a_visitor_becomes_a_model(model: str) -> None:
    hints = from_uadata(json.dumps({"platform": "Android", "platformVersion": "15", "model": model}))
    assert client(PHONE, hints).model == ""


@settings(deadline=None)
@given(st.text(max_size=100), st.text(max_size=100), st.text(max_size=100))
def test_any_hint_is_read(name: str, version: str, platform: str) -> None:
    uadata = json.dumps({"fullVersionList": [{"brand": name, "version": version}], "platform": platform, "model": name})
    headers = (("sec-ch-ua", f'"{name}";v="{version}"'), ("sec-ch-ua-platform-version", version))
    for hints in (from_uadata(uadata), from_headers(headers)):
        client(PHONE, hints)
        client(WINDOWS, hints)
