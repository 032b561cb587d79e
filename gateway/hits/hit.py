"""The two shapes of a hit: as it came in (RawHit), and as it is stored (Hit)."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class HitType(StrEnum):
    PAGEVIEW = "pageview"
    EVENT = "event"
    DOWNLOAD = "download"
    OUTLINK = "outlink"
    SEARCH = "search"
    GOAL = "goal"
    ORDER = "order"
    CART = "cart"  # the cart as it is now, not ordered
    CONTENT = "content"
    PING = "ping"  # extends a visit, never starts one
    ENGAGEMENT = "engagement"  # seconds of attention so far on one page view; extends like a ping


class Basis(StrEnum):
    """Under what a hit was recorded (DESIGN.md, the decision)."""

    CONSENT = "consent"
    EXEMPT = "exempt"
    OBJECTION = "objection"  # runs until objected to (GB)
    OPT_OUT = "opt_out"  # runs until opted out of (US)
    COOKIELESS = "cookieless"


class Item(msgspec.Struct, frozen=True, gc=False):
    """One line of an order or a cart, an object in the journal. Price is of one piece, in the site's currency."""

    sku: str
    name: str = ""
    category: str = ""
    price: float = 0.0
    quantity: int = 1


class RawHit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One tracking request as parsed from the wire, before anything was decided about it.

    `address` is already truncated. Texts are bounded by the wire's own limits. Times are seconds since the epoch.
    """

    site: int
    type: HitType
    received: float
    at: float  # when it happened; `received` unless a token allowed the client to say otherwise
    address: str
    user_agent: str
    url: str
    referrer: str = ""
    title: str = ""
    page_view: str = ""
    client_id: str = ""  # the client's own id of this hit, so that a retry is not counted twice
    visitor_id: str = ""  # Matomo's _id or cid: counts only when identified
    language: str = ""  # "fr" or "fr-ca"
    screen: str = ""
    new_visit: bool = False
    category: str = ""
    action: str = ""
    name: str = ""
    value: float = 0.0
    seconds: float = 0.0  # engagement: attentive seconds so far on this page view
    scroll: float = 0.0  # 0…1
    user_id: str = ""  # the site's own name of its customer (uid): counts only when identified
    goal: int = 0  # a goal reached by hand; those by URL or event are found in the pipeline
    revenue: float = 0.0  # of the goal, or the order's total
    order: str = ""  # the shop's order number
    subtotal: float = 0.0
    tax: float = 0.0
    shipping: float = 0.0
    discount: float = 0.0
    items: tuple[Item, ...] = ()
    dimensions: dict[int, str] = {}  # custom dimensions, 1…255
    timings: tuple[
        int, ...
    ] = ()  # ms: network, server, transfer, DOM processing, DOM completion, onload; all six or none
    target: str = ""  # where a content leads
    count: int = -1  # results of a site search; -1 unknown
    status: int = 0  # HTTP status of the page, 0 unknown
    visitor_hour: int = 255  # 0…23 on the visitor's own clock, 255 unknown
    bots: bool = False  # the client wants known crawlers counted as visitors
    declared: Basis | None = None  # what the API token declares that it came with; None for visitors' own hits
    country: str = ""  # where the visitor is, as an API token's holder says; "" to look its address up
    region: str = ""
    city: str = ""
    uadata: str = ""  # Client Hints as a Matomo client sends them, JSON: read only when identified
    cookieless: bool = False  # the page wants it not to be identified, whatever the decision would allow


class Hit(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One row of the table `hits`, field for field; in the journal it is this, as one JSON object.

    A field is never renamed or removed, and a new one has a default: an old journal must stay readable.
    """

    site: int
    day: str  # site-local date, YYYY-MM-DD
    ts: int  # milliseconds since the epoch, UTC
    local_hour: int  # 0…23 in the site's zone
    anon: int  # that day's fingerprint, 64 bits
    visitor: int  # hash of the visitor id, 64 bits; 0 where there is none
    id: int  # hash of the client's own id, 64 bits; random where it sent none
    type: HitType
    basis: Basis
    test: bool = False  # came from one of the site's test domains
    new_visit: bool = False
    page_view: int = 0
    host: str = ""
    path: str = ""
    title: str = ""
    referrer_type: str = "direct"  # direct, search, social, website, campaign, ai
    referrer_name: str = ""  # engine, network or host
    referrer_path: str = ""
    keyword: str = ""
    campaign_name: str = ""
    campaign_source: str = ""
    campaign_medium: str = ""
    campaign_keyword: str = ""
    campaign_content: str = ""
    campaign_id: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, "" where unknown
    region: str = ""
    city: str = ""
    browser: str = ""
    browser_version: str = ""
    os: str = ""
    os_version: str = ""
    device: str = ""  # desktop, phone, tablet, tv, console, wearable, …
    brand: str = ""
    model: str = ""
    language: str = ""
    screen: str = ""
    category: str = ""
    action: str = ""
    name: str = ""
    value: float = 0.0
    seconds: float = 0.0
    scroll: float = 0.0
    goals: tuple[int, ...] = ()  # goals that this hit reached
    revenue: float = 0.0  # of its goals, or the order's total
    order_id: int = 0  # hash of the shop's order number, 64 bits
    subtotal: float = 0.0
    tax: float = 0.0
    shipping: float = 0.0
    discount: float = 0.0
    items: tuple[Item, ...] = ()
    dimensions: dict[int, str] = {}
    timings: tuple[int, ...] = ()  # ms: network, server, transfer, DOM processing, DOM completion, onload
    target: str = ""
    count: int = -1
    status: int = 0
    visitor_hour: int = 255
    goal_revenues: tuple[float, ...] = ()  # what each of its goals is worth; rows older than this field have none
