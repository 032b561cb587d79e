"""One week of seven visits, and what every report of it says, counted by hand.

| # | visitor | day | start | pages and more                     | seconds | engaged | where    |
|---|---------|-----|-------|------------------------------------|---------|---------|----------|
| 1 | id 1    | Mon | 10:00 | home, shop (10:01)                 | 61      | 0       | FR phone |
| 2 | id 1    | Tue | 11:00 | home                               | 0       | 0       | FR phone |
| 3 | id 2    | Tue | 12:00 | shop, cart (12:00:30), event (:40) | 41      | 0       | DE desktop, by search |
| 4 | no id   | Tue | 13:00 | home                               | 0       | 0       | FR desktop |
| 5 | no id   | Wed | 13:00 | home, engaged 20 (13:00:30)        | 31      | 20      | FR desktop |
| 6 | id 2    | Sun | 09:00 | cart, cart (09:02), cart (09:04)   | 241     | 0       | DE desktop, by campaign |
| 7 | id 3    | Sun | 09:30 | a lone event                       | 0       | 0       | unknown country |

And on Monday one visit from a test domain, which no figure has unless asked for.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.hits import Hit, HitType
from tests.warehouse.worlds import at, make_hit

MON, TUE, WED, SUN = (date(2026, 11, day) for day in (9, 10, 11, 15))
FR_PHONE: dict[str, Any] = {"country": "FR", "device": "phone", "browser": "Safari"}
FR_DESK: dict[str, Any] = {"country": "FR", "device": "desktop", "browser": "Firefox"}
DE_DESK: dict[str, Any] = {"country": "DE", "device": "desktop", "browser": "Firefox"}
HOME: dict[str, Any] = {"path": "/", "title": "=Home"}
SHOP: dict[str, Any] = {"path": "/shop", "title": "Shop"}
CART: dict[str, Any] = {"path": "/cart", "title": "Cart"}
SEARCH: dict[str, Any] = {"referrer_type": "search", "referrer_name": "Qwant"}
CAMPAIGN: dict[str, Any] = {"referrer_type": "campaign", "referrer_name": "spring", "campaign_name": "spring"}


def audience() -> list[Hit]:
    one: dict[str, Any] = {"visitor": 1, "anon": 11, **FR_PHONE}
    two: dict[str, Any] = {"visitor": 2, "anon": 12, **DE_DESK}
    return [
        make_hit(at(MON, "10:00"), **one, **HOME),
        make_hit(at(MON, "10:01"), **one, **SHOP),
        make_hit(at(TUE, "11:00"), **one, **HOME),
        make_hit(at(TUE, "12:00"), **two, **SHOP, **SEARCH),
        make_hit(at(TUE, "12:00:30"), **two, **CART),
        make_hit(at(TUE, "12:00:40"), type=HitType.EVENT, **two),
        make_hit(at(TUE, "13:00"), anon=21, **FR_DESK, **HOME),
        make_hit(at(WED, "13:00"), anon=22, page_view=5, **FR_DESK, **HOME),
        make_hit(at(WED, "13:00:30"), anon=22, page_view=5, type=HitType.ENGAGEMENT, seconds=20, **FR_DESK),
        make_hit(at(SUN, "09:00"), **two, **CART, **CAMPAIGN),
        make_hit(at(SUN, "09:02"), **two, **CART),
        make_hit(at(SUN, "09:04"), **two, **CART),
        make_hit(at(SUN, "09:30"), visitor=3, anon=13, type=HitType.EVENT),
        make_hit(at(MON, "15:00"), anon=30, test=True, **FR_DESK, **HOME),
    ]


def _totals(**figures: float) -> dict[str, Any]:
    return {"totals": figures}


def _rows(name: str, metric: str, figures: dict[str, float]) -> dict[str, Any]:
    return {"rows": [{name: value, metric: figure} for value, figure in figures.items()]}


_DAYS = [f"2026-11-{day:02}" for day in range(9, 16)]

# query → the parts of its answer
EXPECTED: dict[str, dict[str, Any]] = {
    "": _totals(
        visitors=5,
        visits=7,
        pageviews=10,
        actions=12,
        bounce_rate=round(4 / 7, 6),
        avg_seconds=round(374 / 7, 6),
        engaged_seconds=round(20 / 7, 6),
    ),
    "metrics=visits": _rows("date", "visits", dict(zip(_DAYS, [1, 3, 1, 0, 0, 0, 2], strict=True))),
    "metrics=visitors": _rows("date", "visitors", dict(zip(_DAYS, [1, 3, 1, 0, 0, 0, 2], strict=True))),
    "metrics=visitors&period=week": _rows("date", "visitors", {"2026-11-09": 5}),
    "metrics=visitors&period=month": _rows("date", "visitors", {"2026-11-09": 5}),
    "metrics=visitors&period=range": _rows("date", "visitors", {"2026-11-09": 5}),
    "dimension=country&metrics=visitors": _rows("country", "visitors", {"FR": 3, "DE": 1, "": 1}),
    "dimension=country&metrics=visits": _rows("country", "visits", {"FR": 4, "DE": 2, "": 1}),
    "dimension=country&metrics=visits&order=visits": _rows("country", "visits", {"": 1, "DE": 2, "FR": 4}),
    "dimension=country&metrics=bounce_rate&order=country": _rows(
        "country", "bounce_rate", {"": 1, "DE": 0, "FR": 0.75}
    ),
    "dimension=device&metrics=pageviews": _rows("device", "pageviews", {"desktop": 7, "phone": 3, "": 0}),
    "dimension=browser&metrics=avg_seconds": _rows(
        "browser", "avg_seconds", {"Firefox": 313 / 4, "Safari": 30.5, "": 0}
    ),
    "dimension=page&metrics=pageviews": _rows("page", "pageviews", {"/": 4, "/cart": 4, "/shop": 2}),
    "dimension=page&metrics=visits": _rows("page", "visits", {"/": 4, "/cart": 2, "/shop": 2}),
    "dimension=page&metrics=visitors": _rows("page", "visitors", {"/": 3, "/shop": 2, "/cart": 1}),
    "dimension=page&metrics=entries": _rows("page", "entries", {"/": 4, "/cart": 1, "/shop": 1}),
    "dimension=page&metrics=exits": _rows("page", "exits", {"/": 3, "/cart": 2, "/shop": 1}),
    "dimension=page&metrics=bounce_rate": _rows("page", "bounce_rate", {"/": 0.75, "/cart": 0, "/shop": 0}),
    # home: 60 + 0 + 0 + 30 over 4 views; cart: 10 + 120 + 120 + 0 over 4; shop: 0 + 30 over 2
    "dimension=page&metrics=avg_seconds": _rows("page", "avg_seconds", {"/cart": 62.5, "/": 22.5, "/shop": 15}),
    "dimension=title&metrics=visits": _rows("title", "visits", {"=Home": 4, "Cart": 2, "Shop": 2}),
    "dimension=entry_page&metrics=visits": _rows("entry_page", "visits", {"/": 4, "/cart": 1, "/shop": 1}),
    "dimension=exit_page&metrics=visits": _rows("exit_page", "visits", {"/": 3, "/cart": 2, "/shop": 1}),
    "dimension=referrer_type&metrics=visits": _rows(
        "referrer_type", "visits", {"direct": 5, "campaign": 1, "search": 1}
    ),
    "dimension=referrer&metrics=visits": _rows("referrer", "visits", {"Qwant": 1, "spring": 1}),
    "dimension=campaign&metrics=visits": _rows("campaign", "visits", {"spring": 1}),
    "dimension=hour&metrics=visits&order=hour": _rows("hour", "visits", {"09": 2, "10": 1, "11": 1, "12": 1, "13": 2}),
    "dimension=country&metrics=visitors&period=day&filter=country==FR": {
        "rows": [
            {"date": "2026-11-09", "country": "FR", "visitors": 1},
            {"date": "2026-11-10", "country": "FR", "visitors": 2},
            {"date": "2026-11-11", "country": "FR", "visitors": 1},
        ]
    },
    "metrics=visits&filter=country==FR": _totals(visits=4),
    "metrics=visits&filter=country!=FR": _totals(visits=3),
    "metrics=visits&filter=country==": _totals(visits=1),
    "metrics=visits&filter=country==FR;device==desktop": _totals(visits=2),
    "metrics=visits&filter=country==DE,device==phone": _totals(visits=4),
    "metrics=visits&filter=country==DE,country==FR;device==phone": _totals(visits=2),
    "metrics=visitors&filter=page==/cart": _totals(visitors=1),
    "metrics=visits&filter=page=@CAR": _totals(visits=2),
    "metrics=visits&filter=page!@cart": _totals(visits=5),
    "metrics=visits&filter=page=^/s": _totals(visits=2),
    "metrics=visits&filter=page=$OP": _totals(visits=2),
    "metrics=visits&filter=title=@home;actions>1": _totals(visits=1),
    "metrics=visits&filter=actions>=3": _totals(visits=2),
    "metrics=visits&filter=hour<=9": _totals(visits=2),
    "metrics=visits&filter=identified==0": _totals(visits=2),
    "metrics=visits&filter=seconds>60": _totals(visits=2),
    "metrics=visits&filter=test==1": _totals(visits=1),
    "metrics=visits&filter=test==1,test==0": _totals(visits=8),
    "dimension=page&metrics=pageviews&filter=country==DE": _rows("page", "pageviews", {"/cart": 4, "/shop": 1}),
    "dimension=title&metrics=visits&filter=country==DE": _rows("title", "visits", {"Cart": 2, "Shop": 1}),
}
