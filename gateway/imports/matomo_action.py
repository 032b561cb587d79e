"""The actions of an exported visit, each as the fields of RawHit that its type has (hits/hit.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.hits import HitType, Item
from gateway.imports.entry import Left
from gateway.ingest.matomo.parameters import number, whole
from gateway.sites.catalog import ServedSite

Values = Mapping[str, Any]


def _page(action: Values, _site: ServedSite) -> dict[str, Any]:
    return {"type": HitType.PAGEVIEW, "title": text(action, "pageTitle")[:2000]}


def _search(action: Values, _site: ServedSite) -> dict[str, Any]:
    return {
        "type": HitType.SEARCH,
        "name": (text(action, "siteSearchKeyword") or text(action, "pageTitle"))[:500],
        "category": text(action, "siteSearchCategory")[:500],
        "count": whole(text(action, "siteSearchCount"), 0, 2**31 - 1, -1),
    }


def _event(action: Values, _site: ServedSite) -> dict[str, Any]:
    return {
        "type": HitType.EVENT,
        "category": text(action, "eventCategory")[:500],
        "action": text(action, "eventAction")[:500],
        "name": text(action, "eventName")[:500],
        "value": number(text(action, "eventValue")),
    }


def _content(action: Values, _site: ServedSite) -> dict[str, Any]:
    return {
        "type": HitType.CONTENT,
        "category": text(action, "contentName")[:500],
        "name": text(action, "contentPiece")[:500],
        "target": text(action, "contentTarget")[:2000],
        "action": text(action, "contentInteraction")[:500],
    }


def _link(kind: HitType) -> Callable[[Values, ServedSite], dict[str, Any]]:
    return lambda action, _site: {"type": kind, "name": text(action, "url")[:2000]}


def _goal(action: Values, site: ServedSite) -> dict[str, Any] | Left:
    found = whole(text(action, "goalId"), 1, 2**32 - 1, 0)
    goal = next((goal for goal in site.site.goals if goal.id == found), None)
    if goal is None:
        return Left.UNKNOWN_GOAL
    if goal.match != "manual":
        return Left.OWN_GOAL
    return {"type": HitType.GOAL, "goal": found, "revenue": number(text(action, "revenue"))}


def _order(kind: HitType) -> Callable[[Values, ServedSite], dict[str, Any]]:
    amounts = {"subtotal": "revenueSubTotal", "tax": "revenueTax", "shipping": "revenueShipping"}

    def read(action: Values, _site: ServedSite) -> dict[str, Any]:
        lines = action.get("itemDetails")
        return {
            "type": kind,
            "order": text(action, "orderId")[:200] if kind is HitType.ORDER else "",
            "revenue": number(text(action, "revenue")),
            "discount": number(text(action, "revenueDiscount")),
            **{ours: number(text(action, theirs)) for ours, theirs in amounts.items()},
            "items": tuple(_item(line) for line in lines if isinstance(line, dict)) if isinstance(lines, list) else (),
        }

    return read


def _item(line: Values) -> Item:
    names = ("itemSKU", "itemName", "itemCategory")
    sku, name, category = (text(line, key)[:500] for key in names)
    return Item(sku[:200], name, category, number(text(line, "price")), whole(text(line, "quantity"), 0, 2**31, 1))


LINKS = (HitType.OUTLINK, HitType.DOWNLOAD)
ACTIONS: Mapping[str, Callable[[Values, ServedSite], dict[str, Any] | Left]] = {
    "action": _page,
    "search": _search,
    "event": _event,
    "content": _content,
    "contentImpression": _content,
    "contentInteraction": _content,
    "outlink": _link(HitType.OUTLINK),
    "download": _link(HitType.DOWNLOAD),
    "goal": _goal,
    "ecommerceOrder": _order(HitType.ORDER),
    "ecommerceAbandonedCart": _order(HitType.CART),
}


def text(values: Values, name: str) -> str:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value.strip() if isinstance(value, str) else str(value)
