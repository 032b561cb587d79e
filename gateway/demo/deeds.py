"""What visitors of the example shop do besides looking at pages, as hits: fields of RawHit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gateway.demo.goods import GUIDE, MUSEUM, Good
from gateway.hits import HitType, Item


class Deed(NamedTuple):
    """`after` is seconds after the page was opened."""

    type: HitType
    after: float
    fields: Mapping[str, Any]


def added(good: Good) -> Deed:
    return Deed(HitType.EVENT, 4.0, {"category": "shop", "action": "add to cart", "name": good.slug})


def ordered(number: int, cart: Mapping[Good, int]) -> Deed:
    items = tuple(Item(good.slug, good.name, "", good.cents / 100, count) for good, count in cart.items())
    revenue = sum(item.price * item.quantity for item in items)
    return Deed(HitType.ORDER, 0.5, {"order": f"H{number}", "revenue": revenue, "subtotal": revenue, "items": items})


def took_guide() -> Deed:
    return Deed(HitType.DOWNLOAD, 6.0, {"name": f"https://halden.example{GUIDE}"})


def looked_elsewhere() -> Deed:
    return Deed(HitType.OUTLINK, 9.0, {"name": MUSEUM})
