"""Parameter → what is recorded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.matomo.trackers import Tracker
from tests.web.visitors import START

ITEMS = json.dumps(
    [
        ["SKU-1", "Boots", ["Shoes", "Winter"], 89.5, 2],
        ["SKU-2", "Laces", "Shoes", "4.90"],
        ["SKU-3"],
        ["", "nothing without a number"],
        "no line",
    ]
)
ORDER = {
    "idgoal": "0",
    "ec_id": "A-17",
    "revenue": "183.90",
    "ec_st": "170",
    "ec_tx": "8.9",
    "ec_sh": "5",
    "ec_dt": "false",
    "ec_items": ITEMS,
}
LINES = [
    {"sku": "SKU-1", "name": "Boots", "category": "Shoes", "price": 89.5, "quantity": 2},
    {"sku": "SKU-2", "name": "Laces", "category": "Shoes", "price": 4.9, "quantity": 1},
    {"sku": "SKU-3", "name": "", "category": "", "price": 0.0, "quantity": 1},
]


@pytest.mark.parametrize(
    ("parameters", "row"),
    [
        ({}, {"type": "pageview", "host": "shop.example", "path": "/a"}),
        ({"url": "https://shop.example/a?product=3&session=1"}, {"path": "/a?product=3"}),
        ({"action_name": "Home"}, {"title": "Home"}),
        ({"urlref": "https://www.google.com/"}, {"referrer_type": "search", "referrer_name": "Google"}),
        (
            {"url": "https://shop.example/?mtm_campaign=Spring"},
            {"referrer_type": "campaign", "campaign_name": "spring"},
        ),
        ({"lang": "fr-FR,fr;q=0.9"}, {"language": "fr-fr"}),
        ({"res": "1920x1080"}, {"screen": "1920x1080"}),
        ({"new_visit": "1"}, {"new_visit": True}),
        ({"h": "23", "m": "5", "s": "9"}, {"visitor_hour": 23}),
        ({"pv_id": "00000000000000ff"}, {"page_view": 255}),
        ({"http_status": "404"}, {"status": 404}),
        (
            {"pf_net": "1", "pf_srv": "20", "pf_tfr": "3", "pf_dm1": "40", "pf_dm2": "5"},
            {"timings": [1, 20, 3, 40, 5, 0]},
        ),
        ({"dimension1": "gold", "dimension2": "not defined"}, {"dimensions": {"1": "gold"}}),
        ({"dimension7": " ann ", "dimension1": ""}, {"dimensions": {"7": "ann"}}),
        (
            {"e_c": "Videos", "e_a": "Paused", "e_n": "Teaser", "e_v": "12.5"},
            {"type": "event", "category": "Videos", "action": "Paused", "name": "Teaser", "value": 12.5},
        ),
        ({"e_c": "Videos", "e_a": "Paused", "e_v": "nan"}, {"type": "event"}),
        ({"e_c": "Videos"}, {"type": "pageview"}),
        ({"download": "https://cdn.example/a.zip?key=1"}, {"type": "download", "name": "https://cdn.example/a.zip"}),
        ({"link": "HTTP://Other.example/x/"}, {"type": "outlink", "name": "http://other.example/x/"}),
        ({"link": "mailto:ann@example.com"}, {"type": "outlink", "name": "mailto:(e-mail)"}),
        (
            {"search": "red boots", "search_cat": "shoes", "search_count": "0"},
            {"type": "search", "name": "red boots", "category": "shoes", "count": 0},
        ),
        ({"search": "boots"}, {"type": "search", "name": "boots"}),
        ({"search": " "}, {"type": "pageview"}),
        (
            {"url": "https://shop.example/s?Q=red+boots&search_count=7"},
            {"type": "search", "name": "red boots", "count": 7},
        ),
        ({"url": "https://shop.example/s?q=&k=boots"}, {"type": "search", "name": "boots", "path": "/s"}),
        ({"url": "https://shop.example/s?page=2"}, {"type": "pageview"}),
        (
            {"c_n": "Teaser", "c_p": "image.jpg", "c_t": "https://shop.example/sale?x=1"},
            {"type": "content", "category": "Teaser", "name": "image.jpg", "target": "https://shop.example/sale"},
        ),
        ({"c_n": "Teaser", "c_i": "click"}, {"type": "content", "category": "Teaser", "action": "click"}),
        ({"idgoal": "1", "revenue": "9.5"}, {"type": "goal", "goals": [1], "revenue": 9.5}),
        ({"idgoal": "2"}, {"type": "goal", "goals": [2], "revenue": 10.0}),
        ({"url": "https://SHOP.example/Thanks?id=4#top"}, {"type": "pageview", "goals": [2], "revenue": 10.0}),
        ({"url": "https://shop.example/thanks/more"}, {"type": "pageview"}),
        ({"action_name": "You are Welcome"}, {"goals": [3]}),
        ({"e_c": "Newsletter", "e_a": "Played", "e_n": "A trailer"}, {"type": "event", "goals": [4, 7, 8]}),
        ({"download": "https://shop.example/prices/2026.PDF"}, {"goals": [5], "revenue": 2.5}),
        ({"link": "https://partner.example/a"}, {"goals": [6]}),
        (
            ORDER,
            {
                "type": "order",
                "revenue": 183.9,
                "subtotal": 170.0,
                "tax": 8.9,
                "shipping": 5.0,
                "items": LINES,
            },
        ),
        (
            {"idgoal": "0", "revenue": "183.9", "ec_items": ITEMS},
            {"type": "cart", "revenue": 183.9, "items": LINES},
        ),
        ({"idgoal": "0", "ec_id": "A", "revenue": "1", "ec_items": "no JSON"}, {"type": "order", "revenue": 1.0}),
        ({"idgoal": "-1"}, {"type": "pageview"}),
        ({"cid": "zzzzzzzzzzzzzzzz"}, {"type": "pageview"}),
        ({"cdt": str(int(START.timestamp()) + 60)}, {"ts": int(START.timestamp() * 1000)}),  # its clock runs ahead
        # Accepted, and nothing of it kept (docs/matomo.md).
        (
            {
                "_idn": "1",
                "_rcn": "x",
                "_rck": "x",
                "_refts": "1",
                "_ref": "https://ads.example/",
                "cvar": '{"1":["a","b"]}',
                "_cvar": "{}",
                "gt_ms": "12",
                "bw_bytes": "100",
                "source": "x",
                "recMode": "2",
                "queuedtracking": "0",
                "debug": "1",
                "consent": "1",
                "dp": "1",
                "cookie": "1",
                "apiv": "1",
                "java": "1",
                "cs": "utf-8",
            },
            {"type": "pageview"},
        ),
    ],
    ids=lambda value: "" if not isinstance(value, dict) else ",".join(value)[:40],
)
def test_parameters(tracker: Tracker, parameters: dict[str, str], row: dict[str, Any]) -> None:
    found = tracker.hit(**parameters)
    assert {name: found.get(name) for name in row} == row
    said = {"goals", "revenue", "subtotal", "tax", "items", "dimensions", "timings", "status", "visitor_hour", "target"}
    assert {name for name in said if found.get(name)} <= row.keys()
    assert ("order_id" in found) is (row["type"] == "order" if "type" in row else False)


def test_ping_extends_and_nothing_else(tracker: Tracker) -> None:
    row = tracker.hit(ping="1", e_c="Videos", e_a="Played", idgoal="1")
    assert row["type"] == "ping"
    assert "goals" not in row and "category" not in row


def test_a_click_on_a_content_that_is_a_link_is_both(tracker: Tracker) -> None:
    tracker.send(link="https://partner.example/", c_n="Banner", c_p="b.png", c_i="click", rand="7")
    outlink, content = tracker.rows()
    assert (outlink["type"], outlink["name"]) == ("outlink", "https://partner.example/")
    assert (content["type"], content["category"], content["action"]) == ("content", "Banner", "click")
    assert outlink["visitor"] == content["visitor"]
    assert outlink["id"] != content["id"]


def test_one_order_is_one_hit_however_often_its_page_is_loaded(tracker: Tracker) -> None:
    tracker.send(**ORDER, rand="1")
    tracker.send(**ORDER, rand="2")
    tracker.send(**{**ORDER, "ec_id": "A-18"}, rand="3")
    first, again, other = tracker.rows()
    assert first["id"] == again["id"] != other["id"]
    assert first["order_id"] == again["order_id"] != other["order_id"]


def test_an_order_has_only_so_many_items(tracker: Tracker) -> None:
    items = json.dumps([[str(number)] for number in range(501)])
    answer = tracker.send(idgoal="0", ec_items=items)
    assert (answer.status_code, answer.json()["error"]["where"]) == (400, "ec_items")


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-22 10:30:00",
        "2026-11-22T10:30:00Z",
        "2026-11-22T11:30:00+01:00",
        str(int(datetime(2026, 11, 22, 10, 30, tzinfo=UTC).timestamp())),
    ],
)
def test_a_queue_dates_its_hits_of_the_last_day(tracker: Tracker, said: str) -> None:
    assert tracker.hit(cdt=said)["ts"] == 1_000 * int((START - timedelta(hours=1, minutes=30)).timestamp())
    assert tracker.hit(cdt=said, cdo="60")["ts"] == 1_000 * int((START - timedelta(hours=1, minutes=31)).timestamp())


def test_ua_replaces_the_header_with_or_without_token(tracker: Tracker) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
    assert tracker.hit(ua=phone)["os"] == "iOS"


def test_bots_1_counts_crawlers(tracker: Tracker) -> None:
    crawler = "Googlebot/2.1 (+http://www.google.com/bot.html)"
    tracker.send(ua=crawler)
    assert tracker.rows() == []
    assert tracker.hit(ua=crawler, bots="1")["type"] == "pageview"


def test_whose_visit_it_is(tracker: Tracker) -> None:
    """The gateway's own cookie, else uid, else cid, else _id: under a key of the site's, never as sent."""
    by_id = tracker.hit(_id="0123456789abcdef")["visitor"]
    assert tracker.hit(_id="0123456789ABCDEF00")["visitor"] == by_id
    assert tracker.hit(cid="0123456789abcdef", _id="fedcba9876543210")["visitor"] == by_id
    by_user = tracker.hit(uid="customer-4711", _id="0123456789abcdef")["visitor"]
    assert by_user != by_id
    assert tracker.hit(uid="customer-4711")["visitor"] == by_user
    assert tracker.browser.cookies == {}
    other = tracker.hit(idsite="2", url="https://other.example/", uid="customer-4711")["visitor"]
    assert other not in (by_user, by_id)
    by_cookie = tracker.hit()["visitor"]
    assert "gw_visitor_1" in tracker.browser.cookies
    assert tracker.hit(uid="customer-4711", _id="0123456789abcdef")["visitor"] == by_cookie
    kept = json.dumps(tracker.gateway.rows("hits"))
    assert "customer-4711" not in kept and "0123456789abcdef" not in kept.lower()
