"""Browser, system, device, brand and model of real user agents, of every type that Matomo knows."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.enrich.devices import MATOMO_DEVICE
from gateway.enrich.user_agents import UNKNOWN, client

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{BLINK} Chrome/141.0.0.0"
SILK = f"{BLINK} Silk/120.4.1 like Chrome/120.0.6099.234 Safari/537.36"

AGENTS = [
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "desktop", "Chrome 141.0", "Windows 10", ""),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/141.0.0.0",
     "desktop", "Edge 141.0", "Windows 10", ""),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 OPR/124.0.0.0",
     "desktop", "Opera 124.0", "Windows 10", ""),
    ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "desktop", "IE 11.0", "Windows 7", ""),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.1 Safari/605.1.15", "desktop", "Safari 18.1",
     "Mac OS X 10.15", "Apple Mac"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "desktop", "Firefox 140.0", "Linux", ""),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "desktop", "Firefox 140.0", "Ubuntu", ""),
    (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "desktop", "Chrome 141.0", "Chrome OS 14541.0", ""),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT} Version/18.1 Mobile/15E148 Safari/604.1", "phone",
     "Mobile Safari 18.1", "iOS 18.1", "Apple iPhone"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT} CriOS/141.0.7390.69 Mobile/15E148 Safari/604.1", "phone",
     "Chrome Mobile iOS 141.0", "iOS 18.1", "Apple iPhone"),
    (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME} Mobile Safari/537.36", "phone", "Chrome Mobile 141.0", "Android 15",
     "Google Pixel 9"),
    (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "phone", "Chrome Mobile 141.0", "Android 10", ""),
    (f"Mozilla/5.0 (Linux; Android 10; K) {BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "phone",
     "Samsung Internet 28.0", "Android 10", ""),
    ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "phone", "Firefox Mobile 140.0", "Android 15", ""),
    (f"Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) {BLINK} Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36",
     "phone", "Chrome Mobile WebView 141.0", "Android 14", "Samsung SM-S918B"),
    (f"Mozilla/5.0 (Linux; Android 13; Redmi Note 12 Pro) {CHROME} Mobile Safari/537.36", "phone", "Chrome Mobile 141.0",
     "Android 13", "XiaoMi Redmi Note 12 Pro"),
    ("Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+", "phone",
     "BlackBerry WebKit 10.0", "BlackBerry OS 10.0", "BlackBerry Touch"),
    (f"Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) {BLINK} Chrome/52.0 Mobile Edge/15.15254",
     "phone", "Edge Mobile 15.15254", "Windows Phone 10.0", "Nokia Lumia 950"),
    (f"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) {WEBKIT} Version/16.6 Mobile/15E148 Safari/604.1", "tablet",
     "Mobile Safari 16.6", "iOS 16.6", "Apple iPad"),
    (f"Mozilla/5.0 (Linux; Android 14; SM-X910) {CHROME} Safari/537.36",
     "tablet", "Chrome 141.0", "Android 14", "Samsung SM-X910"),
    ("Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0", "tablet", "Firefox Mobile 140.0", "Android 14", ""),
    (f"Mozilla/5.0 (Linux; Android 9; KFMAWI) {SILK}", "tablet", "Amazon Silk 120.4", "Android 9", "Amazon Kindle"),
    (f"Mozilla/5.0 (Linux; Android 9; SM-N960F) {BLINK} Chrome/120.0.0.0 Mobile Safari/537.36", "phablet", "Chrome Mobile 120.0",
     "Android 9", "Samsung SM-N960F"),
    (f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) {BLINK} 76.0.3809.146/6.0 TV Safari/537.36", "tv", "Safari", "Tizen 6.0",
     "Samsung SMART-TV"),
    (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {BLINK} Chrome/94.0.4606.128 Safari/537.36 WebAppManager", "tv", "Chrome 94.0", "Web0S",
     "LG Web0S SmartTV"),
    (f"Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2 Build/STT1.211025.001.Z3) {BLINK} Chrome/100.0.4896.127 Safari/537.36", "tv",
     "Chrome 100.0", "Android 12", "Sony BRAVIA 4K VH2"),
    (f"Mozilla/5.0 (Linux; Android) {BLINK} Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000 DeviceType/AndroidTV", "tv",
     "Chrome 90.0", "Chromecast Linux 1.56", "Google AndroidTV"),
    ("Roku/DVP-14.0 (14.0.0.4193-30)", "tv", "Roku 14.0", "Roku 14.0", ""),
    ("AppleTV11,1/11.1", "tv", "", "ATV OS X", "Apple AppleTV"),
    (f"Mozilla/5.0 (PlayStation; PlayStation 5/6.50) {WEBKIT} Version/13.0 Safari/605.1.15", "console", "Safari 13.0", "",
     "Sony PlayStation 5"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) {BLINK} Chrome/48.0.2564.82 Safari/537.36 Edge/20.02",
     "console", "Edge 20.02", "Windows 10", ""),
    ("Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474",
     "console", "", "", "Nintendo Switch"),
    ("Mozilla/5.0 (Linux; Tizen 2.3; SM-R720) AppleWebKit/537.3 (KHTML, like Gecko) SamsungBrowser/1.0 Mobile Safari/537.3",
     "wearable", "Samsung Internet 1.0", "Tizen 2.3", ""),
    (f"Mozilla/5.0 (Linux; Android 10; Quest 2) {BLINK} OculusBrowser/23.2.0.4.49 Chrome/104.0 VR Safari/537.36",
     "wearable", "Oculus Browser 23.2", "Android 10", "Meta Quest 2"),
    (f"Mozilla/5.0 (X11; GNU/Linux) {BLINK} Chrome/120.0.0.0 Safari/537.36 QtCarBrowser", "car", "Chrome 120.0", "Linux",
     "Tesla Model S"),
    (f"Mozilla/5.0 (X11; GNU/Linux) {BLINK} Chromium/79.0.3945.130 Chrome/79.0.3945.130 Safari/537.36 Tesla/2021.44.25-7c2a1a",
     "car", "Chromium 79.0", "Linux", ""),
    (f"Mozilla/5.0 (Fuchsia) {BLINK} Chrome/114.0.0.0 Safari/537.36 CrKey/1.56.500000 DeviceType/SmartDisplay", "smart_display",
     "Chrome 114.0", "Chromecast Fuchsia 1.56", "Google SmartDisplay"),
    (f"Mozilla/5.0 (Linux; Android 9; AEOBC) {SILK}", "smart_display", "Amazon Silk 120.4", "Android 9", "Amazon Kindle"),
    (f"Mozilla/5.0 (X11; Linux armv7l) {BLINK} Chrome/90.0.4430.225 Safari/537.36 CrKey/1.54.250320 DeviceType/SmartSpeaker",
     "smart_speaker", "Chrome 90.0", "Chromecast SmartSpeaker 1.54", "Google SmartSpeaker"),
    ("Mozilla/5.0 (Linux; U; Android 4.1.2; en-us; EK-GC100 Build/JZO54K) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0",
     "camera", "Android 4.1", "Android 4.1", "Samsung EK-GC100"),
    (f"Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5_7 like Mac OS X) {WEBKIT} Version/12.1.2 Mobile/15E148 Safari/604.1",
     "portable_media_player", "Mobile Safari 12.1", "iOS 12.5", "Apple iPod"),
    ("Nokia6300/2.0 (04.20) Profile/MIDP-2.0 Configuration/CLDC-1.1 UNTRUSTED/1.0", "feature_phone",
     "Nokia Services (WAP) Browser", "", "Nokia 6300"),
    ("Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "feature_phone", "Firefox Mobile 48.0",
     "KaiOS 2.5", "Nokia 8110"),
    (f"Mozilla/5.0 (Linux; Android 7.1.2; PAX A920) {BLINK} Chrome/70.0 Mobile Safari/537.36", "peripheral", "Chrome 70.0",
     "Android 7.1", "PAX PAX A920"),
    ("", "", "", "", ""),
    ("something else", "", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "device", "browser", "system", "maker"), AGENTS)
def test_what_a_user_agent_says(agent: str, device: str, browser: str, system: str, maker: str) -> None:
    found = client(agent)
    assert found.device == device
    assert f"{found.browser} {found.browser_version}".strip() == browser
    assert f"{found.os} {found.os_version}".strip() == system
    assert f"{found.brand} {found.model}".strip() == maker


def test_every_type_of_matomo_is_found_and_has_its_name() -> None:
    assert {client(agent).device for agent, *_ in AGENTS} - {""} == MATOMO_DEVICE.keys()
    assert list(MATOMO_DEVICE.values())[:4] == ["desktop", "smartphone", "tablet", "feature phone"]


@pytest.mark.parametrize(
    "model",
    ["203.0.113.77", "SM-203.0.113.77", "SM-203-0-113-77", "Pixel 2001:db8:1:2:3:4:5:6", "SM-G356938035643809",
     "SM-ann@mail.example", "Redmi ann%40mail.example", "SM-<script>", "Ann's phone", "ann"],
)  # fmt: skip
def test_no_text_of_a_visitor_becomes_a_model(model: str) -> None:
    assert client(f"Mozilla/5.0 (Linux; Android 13; {model}) {CHROME} Mobile Safari/537.36").model == ""


@pytest.mark.parametrize("word", ["ann@mail.example", "203.0.113.77", "2001:db8:1:2:3:4:5:6"])
def test_no_address_is_in_any_part(word: str) -> None:
    for agent, *_ in AGENTS:
        for place in (" ", "/", "; ", ")"):
            assert word not in " ".join(client(agent.replace(place, f"{place}{word}{place}")))


@settings(deadline=None)
@given(st.text(max_size=600))
def test_any_text_is_read(agent: str) -> None:
    found = client(agent)
    assert len("".join(found)) < 400
    assert client("") == UNKNOWN


@pytest.mark.parametrize("part", ["a", "(", "; ", "Mozilla/5.0 ", "Android 1", "SM-", "%", "\u00e9", "\ud800"])
def test_a_hostile_user_agent_takes_no_longer_than_others(part: str) -> None:
    start = perf_counter()
    client(part * (20_000 // len(part)))
    assert perf_counter() - start < 1.0
