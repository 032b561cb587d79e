"""Two days of four visits, small enough to count by hand; test_golden.py holds what every method says of them.

| # | visitor | when      | what                                                                    | seconds | from                  |
|---|---------|-----------|-------------------------------------------------------------------------|---------|-----------------------|
| A | id 1    | Mon 10:00 | /, /shop/boots (10:01), event worth 2 (10:01:30), download (:40), goal 1 worth 5 (10:02) | 121 | Qwant, "shoes"; FR phone |
| B | no id   | Mon 11:00 | /                                                                       | 0       | directly; DE desktop  |
| C | id 1    | Tue 09:00 | /shop/boots, search (:10), outlink (:20), order worth 30 (:40)          | 41      | campaign; FR phone    |
| D | no id   | Tue 10:00 | /shop/, / (10:00:20)                                                    | 21      | news.example; FR desktop |

On Wednesday nobody comes.
"""  # noqa: E501 - a table

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.hits import Hit, HitType
from tests.warehouse.worlds import at, make_hit

MON, TUE, WED = date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11)
PHONE: dict[str, Any] = {
    "visitor": 1, "anon": 11, "country": "FR", "region": "FR IDF", "city": "FR Paris", "device": "phone",
    "browser": "Mobile Safari", "browser_version": "18.1", "os": "iOS", "os_version": "18.1", "brand": "Apple",
    "model": "iPhone", "language": "fr", "screen": "390x844", "visitor_hour": 11,
}  # fmt: skip
DESK: dict[str, Any] = {
    "device": "desktop", "browser": "Firefox", "browser_version": "140.0", "os": "Windows", "os_version": "10",
    "screen": "1920x1080",
}  # fmt: skip
SEARCH: dict[str, Any] = {"referrer_type": "search", "referrer_name": "Qwant", "keyword": "shoes"}
CAMPAIGN: dict[str, Any] = {
    "referrer_type": "campaign", "referrer_name": "spring", "campaign_name": "spring", "campaign_keyword": "sale",
}  # fmt: skip
NEWS: dict[str, Any] = {"referrer_type": "website", "referrer_name": "news.example", "referrer_path": "/story"}
HOME: dict[str, Any] = {"path": "/", "title": "Home"}
SHOP: dict[str, Any] = {"path": "/shop/", "title": "Shop"}
BOOTS: dict[str, Any] = {"path": "/shop/boots", "title": "Boots"}
EVENT: dict[str, Any] = {"category": "Video", "action": "play", "name": "Trailer", "value": 2.0}


def audience() -> list[Hit]:
    german: dict[str, Any] = {"anon": 21, "country": "DE", "language": "de-de", **DESK}
    french: dict[str, Any] = {"anon": 22, "country": "FR", "language": "fr-fr", **DESK}
    return [
        make_hit(at(MON, "10:00"), **PHONE, **SEARCH, **HOME),
        make_hit(at(MON, "10:01"), **PHONE, **BOOTS),
        make_hit(at(MON, "10:01:30"), type=HitType.EVENT, **PHONE, **EVENT),
        make_hit(at(MON, "10:01:40"), type=HitType.DOWNLOAD, name="https://www.example.com/files/a.pdf", **PHONE),
        make_hit(at(MON, "10:02"), type=HitType.GOAL, goals=(1,), revenue=5.0, **PHONE),
        make_hit(at(MON, "11:00"), **german, **HOME),
        make_hit(at(TUE, "09:00"), **PHONE, **CAMPAIGN, **BOOTS),
        make_hit(at(TUE, "09:00:10"), type=HitType.SEARCH, name="red", count=3, **PHONE),
        make_hit(at(TUE, "09:00:20"), type=HitType.OUTLINK, name="https://partner.example/x", **PHONE),
        make_hit(at(TUE, "09:00:40"), type=HitType.ORDER, order_id=77, revenue=30.0, **PHONE),
        make_hit(at(TUE, "10:00"), **french, **NEWS, **SHOP),
        make_hit(at(TUE, "10:00:20"), **french, **HOME),
        make_hit(at(TUE, "12:00"), test=True, anon=30, country="FR", **DESK, **HOME),
    ]
