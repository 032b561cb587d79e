"""What becomes of a request's description in the row that is stored, and under which reason others are dropped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec import structs

from gateway.enrich.geo import Place
from gateway.enrich.rates import Rates
from tests.web.visitors import AGENT, SHOP, Browser, Served, served

PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"
)
UADATA = {"platform": "Android", "platformVersion": "15.0.0", "model": "Pixel 9", "mobile": True}
HINTS = {
    "sec_ch_ua": '"Chromium";v="141", "Brave";v="141"',
    "sec_ch_ua_platform": '"Android"',
    "sec_ch_ua_platform_version": '"15.0.0"',
    "sec_ch_ua_model": '"Pixel 9"',
}
RESTORED = {"os_version": "15", "brand": "Google", "model": "Pixel 9"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("hits"), structs.replace(SHOP, before_choice="cookieless")) as gateway:
        yield gateway


def hit(
    gateway: Served, *, consent: bool = True, headers: dict[str, str] | None = None, **query: str
) -> dict[str, Any]:
    """The row that a Matomo client's page view becomes; {} where it is dropped."""
    browser = Browser(gateway)
    if consent:
        assert browser.answer({"analytics": True}).status_code == 201
    before = len(gateway.rows("hits"))
    parameters = {"idsite": "1", "rec": "1", "url": "https://shop.example/", **query}
    assert browser.get(f"/matomo.php?{urlencode(parameters)}", **(headers or {})).status_code == 200
    return next(iter(gateway.rows("hits")[before:]), {})


def dropped(gateway: Served, reason: str) -> float:
    labels = {"site": "1", "outcome": "dropped", "reason": reason}
    return gateway.gateway.metrics.registry.get_sample_value("gateway_hits_total", labels) or 0.0


@pytest.mark.parametrize("sent", ["uadata", "headers"])
def test_client_hints_count_for_identified_hits_only(shop: Served, sent: str) -> None:
    headers = {"user_agent": PHONE, **(HINTS if sent == "headers" else {})}
    uadata = json.dumps(UADATA) if sent == "uadata" else ""
    identified = hit(shop, headers=headers, uadata=uadata)
    cookieless = hit(shop, consent=False, headers=headers, uadata=uadata)
    assert (identified["basis"], cookieless["basis"]) == ("consent", "cookieless")
    assert RESTORED.items() <= identified.items()
    assert cookieless["os_version"] == "10" and not {"brand", "model"} & cookieless.keys()
    assert cookieless["browser"] == "Chrome Mobile"
    assert identified["device"] == cookieless["device"] == "phone"


@pytest.mark.parametrize(
    ("agent", "referrer", "reason"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "", "bot"),
        ("curl/8.5.0", "", "bot_agent"),
        ("", "", "bot_agent"),
        (AGENT, "https://semalt.com/x", "referrer_spam"),
    ],
)
def test_what_is_no_audience_is_dropped_and_counted_apart(shop: Served, agent: str, referrer: str, reason: str) -> None:
    before = dropped(shop, reason)
    assert hit(shop, consent=False, headers={"user_agent": agent}, urlref=referrer) == {}
    assert dropped(shop, reason) == before + 1


def test_floods_are_dropped_as_bots(shop: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.gateway.pipeline, "_rates", Rates(2))
    monkeypatch.setattr(shop, "address", "81.2.69.160")
    kept = [bool(hit(shop, consent=False)) for _ in range(4)]
    assert kept == [True, True, False, False]
    assert dropped(shop, "bot_rate") == 2


def test_a_flood_of_one_visitor_is_one_whatever_its_browser_calls_itself(
    shop: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(shop)
    browser.answer({"analytics": True})
    page = f"/matomo.php?{urlencode({'idsite': '1', 'rec': '1', 'url': 'https://shop.example/'})}"
    browser.get(page)  # has its cookie now
    monkeypatch.setattr(shop.gateway.pipeline, "_visitor_rates", Rates(2))
    before, dropped_before = len(shop.rows("hits")), dropped(shop, "bot_rate")
    for number in range(5):
        assert browser.get(page, user_agent=f"{AGENT} {number}").status_code == 200
    assert {row["visitor"] for row in shop.rows("hits")[before:]} != {0}
    assert len(shop.rows("hits")) - before == 2
    assert dropped(shop, "bot_rate") == dropped_before + 3
    assert hit(shop), "others are counted"


@pytest.mark.parametrize(
    ("url", "referrer", "described"),
    [
        ("/?utm_source=chatgpt.com", "", {"referrer_type": "ai", "referrer_name": "ChatGPT"}),
        ("/?gclid=Cj0KCQjw", "", {"referrer_type": "search", "referrer_name": "Google"}),
        ("/?gclid=Cj0KCQjw", "https://forum.example/t", {"referrer_type": "website", "referrer_name": "forum.example"}),
        (
            "/?mtm_campaign=Spring&gclid=Cj0KCQjw",
            "https://www.google.fr/search?q=Chaises",
            {"referrer_type": "campaign", "referrer_name": "spring", "campaign_name": "spring", "keyword": "chaises"},
        ),
        ("/#mtm_campaign=a&mtm_kwd=b", "", {"referrer_type": "campaign", "referrer_name": "a", "keyword": "b"}),
        ("/", "https://www.bing.com/search?q=x", {"referrer_type": "search", "referrer_name": "Bing", "keyword": "x"}),
        ("/", "android-app://com.linkedin.android/", {"referrer_type": "social", "referrer_name": "LinkedIn"}),
    ],
)
def test_where_it_came_from(shop: Served, url: str, referrer: str, described: dict[str, str]) -> None:
    row = hit(shop, url=f"https://shop.example{url}", urlref=referrer)
    assert described.items() <= row.items()
    assert "Cj0KCQjw" not in json.dumps(row) and "gclid" not in json.dumps(row)


def test_nothing_of_a_person_is_in_the_row(shop: Served) -> None:
    url = "https://shop.example/u/ann%2540mail.example/+33612345678;jsessionid=7?email=ann@mail.example&utm_campaign=ann%40mail.example"
    row = hit(
        shop,
        url=url,
        urlref="https://forum.example/u/ann%40mail.example?token=5f4dcc3b5aa765d61d8327deb882cf99",
        action_name="Hello ann@mail.example",
        headers={
            "user_agent": "Mozilla/5.0 (Linux; Android 13; ann@mail.example 203.0.113.77) Chrome/141.0.0.0 Mobile Safari"
        },
    )
    stored = json.dumps(row)
    assert row["path"] == "/u/(e-mail)/(phone)"
    assert not [
        one for one in ("ann", "mail.example", "612345678", "5f4dcc", "203.0.113.77", "jsessionid") if one in stored
    ]


def test_the_place_names_its_country(shop: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.gateway.geography, "place", lambda _: Place("FR", "FR IDF", "FR Paris"))
    row = hit(shop)
    assert (row["country"], row["region"], row["city"]) == ("FR", "FR IDF", "FR Paris")


def test_a_database_that_breaks_fails_no_request(shop: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"no database")
    monkeypatch.setattr(shop.gateway.geography, "_file", broken)
    monkeypatch.setattr(shop, "address", "81.2.69.160")
    job = next(job for job in shop.gateway.jobs.table if job.name == "geography")
    for _ in range(2):
        job.run()
    row = hit(shop, consent=False)
    assert row["basis"] == "cookieless" and "country" not in row
