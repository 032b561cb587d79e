"""The messages of `POST /v1/hit`, one type each, with their limits. What is not named here is refused."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from gateway.hits import HitType, Item

SiteId = Annotated[int, Meta(ge=1, le=2**32 - 1)]
Url = Annotated[str, Meta(min_length=1, max_length=8192)]
Target = Annotated[str, Meta(min_length=1, max_length=2000)]
Identifier = Annotated[str, Meta(max_length=64)]
Label = Annotated[str, Meta(max_length=500)]
Name = Annotated[str, Meta(min_length=1, max_length=500)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Milliseconds = Annotated[int, Meta(ge=0, le=3_600_000)]
Amount = Annotated[float, Meta(ge=-1e12, le=1e12)]  # in the site's currency
Value = Annotated[float, Meta(ge=-1e15, le=1e15)]  # so that no sum of them ever overflows
DimensionId = Annotated[int, Meta(ge=1, le=255)]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    """What every message may say. `kind` is the hit it becomes."""

    kind: ClassVar = HitType.PAGEVIEW

    site: SiteId
    page_view: Identifier = ""
    id: Identifier = ""  # of this hit: the same again is a repeated delivery
    language: Annotated[str, Meta(max_length=100)] = ""
    screen: Annotated[str, Meta(max_length=20)] = ""
    title: Annotated[str, Meta(max_length=2000)] = ""
    referrer: Annotated[str, Meta(max_length=8192)] = ""
    user: Annotated[str, Meta(max_length=200)] = ""  # the site's own name of its customer: counts only when identified
    dimensions: Annotated[dict[DimensionId, Annotated[str, Meta(max_length=250)]], Meta(max_length=50)] = {}
    # Navigation Timing: network, server, transfer, DOM processing, DOM completion, onload.
    timings: Annotated[tuple[Milliseconds, ...], Meta(min_length=6, max_length=6)] = ()
    status: Annotated[int, Meta(ge=0, le=599)] = 0  # HTTP status of the page, 0 unknown
    hour: Annotated[int, Meta(ge=0, le=23)] = 255  # on the visitor's own clock; left out where unknown
    cookieless: bool = False  # the page wants this hit not to be identified, whatever the answer

    def own(self) -> dict[str, Any]:
        """What only this type says, under the names of RawHit."""
        return {}


class PageviewMessage(Message, frozen=True, kw_only=True, tag="pageview"):
    """A page was seen."""

    url: Url


class EventMessage(Message, frozen=True, kw_only=True, tag="event"):
    """Something happened on a page. `value` is a number of the site's own."""

    kind: ClassVar = HitType.EVENT

    category: Name
    action: Name
    name: Label = ""
    value: Value = 0.0
    url: Url

    def own(self) -> dict[str, Any]:
        return {"category": self.category, "action": self.action, "name": self.name, "value": self.value}


class DownloadMessage(Message, frozen=True, kw_only=True, tag="download"):
    """A file was asked for: `target` is its address."""

    kind: ClassVar = HitType.DOWNLOAD

    target: Target
    url: Url

    def own(self) -> dict[str, Any]:
        return {"name": self.target}


class OutlinkMessage(Message, frozen=True, kw_only=True, tag="outlink"):
    """The visitor left for another site: `target` is the address there."""

    kind: ClassVar = HitType.OUTLINK

    target: Target
    url: Url

    def own(self) -> dict[str, Any]:
        return {"name": self.target}


class SearchMessage(Message, frozen=True, kw_only=True, tag="search"):
    """The site was searched. `count` is how much was found; left out where unknown."""

    kind: ClassVar = HitType.SEARCH

    keyword: Name
    category: Label = ""
    count: Annotated[int, Meta(ge=0, le=2**31 - 1)] = -1
    url: Url

    def own(self) -> dict[str, Any]:
        return {"name": self.keyword, "category": self.category, "count": self.count}


class GoalMessage(Message, frozen=True, kw_only=True, tag="goal"):
    """A goal of the site's was reached, as the page itself says."""

    kind: ClassVar = HitType.GOAL

    goal: Annotated[int, Meta(ge=1, le=2**32 - 1)]
    revenue: Amount = 0.0
    url: Url

    def own(self) -> dict[str, Any]:
        return {"goal": self.goal, "revenue": self.revenue}


class ItemMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an order or a cart; the price is of one piece."""

    sku: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Label = ""
    category: Label = ""
    price: Amount = 0.0
    quantity: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 1


Items = Annotated[tuple[ItemMessage, ...], Meta(max_length=500)]


class OrderMessage(Message, frozen=True, kw_only=True, tag="order"):
    """An order was placed. `revenue` is its total; the same order number again is the same order."""

    kind: ClassVar = HitType.ORDER

    order: Annotated[str, Meta(min_length=1, max_length=200)]
    revenue: Amount
    subtotal: Amount = 0.0
    tax: Amount = 0.0
    shipping: Amount = 0.0
    discount: Amount = 0.0
    items: Items = ()
    url: Url

    def own(self) -> dict[str, Any]:
        amounts = {name: getattr(self, name) for name in ("revenue", "subtotal", "tax", "shipping", "discount")}
        return {"order": self.order, "items": _items(self.items), **amounts}


class CartMessage(Message, frozen=True, kw_only=True, tag="cart"):
    """The cart as it is now, not ordered."""

    kind: ClassVar = HitType.CART

    revenue: Amount
    items: Items = ()
    url: Url

    def own(self) -> dict[str, Any]:
        return {"revenue": self.revenue, "items": _items(self.items)}


class ContentMessage(Message, frozen=True, kw_only=True, tag="content"):
    """A piece of content was seen, or, with `interaction`, acted upon."""

    kind: ClassVar = HitType.CONTENT

    content: Name
    piece: Label = ""
    target: Annotated[str, Meta(max_length=2000)] = ""
    interaction: Label = ""
    url: Url

    def own(self) -> dict[str, Any]:
        return {"category": self.content, "name": self.piece, "target": self.target, "action": self.interaction}


class EngagementMessage(Message, frozen=True, kw_only=True, tag="engagement"):
    """Attention so far on one page view: seconds, and the deepest scroll as a share of the page (0…1)."""

    kind: ClassVar = HitType.ENGAGEMENT

    page_view: Annotated[str, Meta(min_length=1, max_length=64)]
    seconds: Seconds
    scroll: Annotated[float, Meta(ge=0, le=1)] = 0.0
    url: Annotated[str, Meta(max_length=8192)] = ""

    def own(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "scroll": self.scroll}


AnyMessage = (
    PageviewMessage
    | EventMessage
    | DownloadMessage
    | OutlinkMessage
    | SearchMessage
    | GoalMessage
    | OrderMessage
    | CartMessage
    | ContentMessage
    | EngagementMessage
)


def _items(items: tuple[ItemMessage, ...]) -> tuple[Item, ...]:
    return tuple(Item(item.sku, item.name, item.category, item.price, item.quantity) for item in items)
