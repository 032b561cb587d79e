"""`POST /v1/hit`: every type of message becomes the raw hit that it says, and what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.errors import BadRequest
from gateway.hits import HitType, Item
from gateway.ingest.native import parse
from gateway.privacy.visit import Visit

VISIT = Visit(
    received=1_000.0, address="192.0.2.0", user_agent="Browser", accept_language="fr-CA,fr", origin="https://a.example"
)
PAGE = {"site": 1, "url": "https://shop.example/mugs"}

MEANT: list[tuple[dict[str, Any], HitType, dict[str, Any]]] = [
    ({"type": "pageview"}, HitType.PAGEVIEW, {"goal": 0, "items": (), "count": -1, "visitor_hour": 255, "status": 0}),
    (
        {"type": "pageview", "status": 404, "hour": 0, "user": "c-17", "dimensions": {"1": "member", "255": ""}},
        HitType.PAGEVIEW,
        {"status": 404, "visitor_hour": 0, "user_id": "c-17", "dimensions": {1: "member", 255: ""}},
    ),
    ({"type": "pageview", "cookieless": True}, HitType.PAGEVIEW, {"cookieless": True}),
    (
        {"type": "event", "category": "form", "action": "sent", "name": "news", "value": -2.5},
        HitType.EVENT,
        {"category": "form", "action": "sent", "name": "news", "value": -2.5, "cookieless": False},
    ),
    (
        {"type": "download", "target": "https://shop.example/a.pdf"},
        HitType.DOWNLOAD,
        {"name": "https://shop.example/a.pdf"},
    ),
    ({"type": "outlink", "target": "https://else.example/"}, HitType.OUTLINK, {"name": "https://else.example/"}),
    (
        {"type": "search", "keyword": "blue mug", "category": "cups", "count": 0},
        HitType.SEARCH,
        {"name": "blue mug", "category": "cups", "count": 0},
    ),
    ({"type": "search", "keyword": "blue mug"}, HitType.SEARCH, {"category": "", "count": -1}),
    ({"type": "goal", "goal": 3, "revenue": 9.5}, HitType.GOAL, {"goal": 3, "revenue": 9.5}),
    (
        {
            "type": "order",
            "order": "A-1",
            "revenue": 30,
            "subtotal": 25,
            "tax": 3,
            "shipping": 4,
            "discount": 2,
            "items": [{"sku": "m1", "name": "Mug", "category": "Cups", "price": 12.5, "quantity": 2}, {"sku": "x"}],
        },
        HitType.ORDER,
        {
            "order": "A-1",
            "revenue": 30.0,
            "subtotal": 25.0,
            "tax": 3.0,
            "shipping": 4.0,
            "discount": 2.0,
            "items": (Item("m1", "Mug", "Cups", 12.5, 2), Item("x")),
        },
    ),
    (
        {"type": "cart", "revenue": 12.5, "items": [{"sku": "m1"}]},
        HitType.CART,
        {"revenue": 12.5, "items": (Item("m1"),)},
    ),
    (
        {"type": "content", "content": "Teaser", "piece": "a.jpg", "target": "/sale", "interaction": "click"},
        HitType.CONTENT,
        {"category": "Teaser", "name": "a.jpg", "target": "/sale", "action": "click"},
    ),
    (
        {"type": "engagement", "page_view": "v", "seconds": 12, "scroll": 0.5, "timings": [1, 2, 3, 4, 5, 6]},
        HitType.ENGAGEMENT,
        {"seconds": 12.0, "scroll": 0.5, "timings": (1, 2, 3, 4, 5, 6)},
    ),
]

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "visit"}, "$.type"),
    ({"type": "download"}, "$"),
    ({"type": "outlink", "target": ""}, "$.target"),
    ({"type": "outlink", "target": "x" * 2001}, "$.target"),
    ({"type": "search", "keyword": ""}, "$.keyword"),
    ({"type": "search", "keyword": "a", "count": -1}, "$.count"),
    ({"type": "event", "category": "a", "action": "b", "value": 1.7e308}, "$.value"),
    ({"type": "event", "category": "a", "action": "b", "value": -1.1e15}, "$.value"),
    ({"type": "goal", "goal": 0}, "$.goal"),
    ({"type": "goal", "goal": "3"}, "$.goal"),
    ({"type": "goal", "goal": 1, "revenue": 1e13}, "$.revenue"),
    ({"type": "order", "order": "", "revenue": 1}, "$.order"),
    ({"type": "order", "order": "a"}, "$"),
    ({"type": "order", "order": "a", "revenue": 1, "items": [{"sku": "a"}, {"sku": ""}]}, "$.items[1].sku"),
    ({"type": "cart", "revenue": 1, "items": [{"sku": "a", "quantity": -1}]}, "$.items[0].quantity"),
    ({"type": "cart", "revenue": 1, "items": [{"sku": "a"}] * 501}, "$.items"),
    ({"type": "content", "content": ""}, "$.content"),
    ({"type": "pageview", "status": 600}, "$.status"),
    ({"type": "pageview", "hour": 24}, "$.hour"),
    ({"type": "pageview", "timings": [1, 2, 3]}, "$.timings"),
    ({"type": "pageview", "timings": [1, 2, 3, 4, 5, -6]}, "$.timings[5]"),
    ({"type": "pageview", "user": "x" * 201}, "$.user"),
    ({"type": "pageview", "dimensions": {"0": "a"}}, "$.dimensions"),
    ({"type": "pageview", "dimensions": {"1": "x" * 251}}, "$.dimensions[...]"),
    ({"type": "pageview", "dimensions": {str(number): "" for number in range(1, 52)}}, "$.dimensions"),
    ({"type": "pageview", "colour": "red"}, "$"),
]


@pytest.mark.parametrize(("message", "kind", "fields"), MEANT)
def test_a_message_becomes_the_raw_hit_that_it_says(
    message: dict[str, Any], kind: HitType, fields: dict[str, Any]
) -> None:
    raw = parse(json.dumps({**PAGE, **message}).encode(), VISIT)
    assert (raw.site, raw.type, raw.url, raw.language, raw.at) == (1, kind, PAGE["url"], "fr-ca", 1_000.0)
    assert {name: getattr(raw, name) for name in fields} == fields


@pytest.mark.parametrize(("message", "where"), WRONG)
def test_what_is_wrong_is_named(message: dict[str, Any], where: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(json.dumps({**PAGE, **message}).encode(), VISIT)
    assert caught.value.where == where
