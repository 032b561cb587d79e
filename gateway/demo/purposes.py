"""What the example shop asks its visitors: the default purposes filled in, embedded videos, and partners, which is a sale."""

from __future__ import annotations

from msgspec import structs

from gateway.sites.site import DEFAULT_PURPOSES, Cookie, Purpose, Recipient, Service

_DETAILS: dict[str, dict[str, object]] = {
    "necessary": {
        "cookies": (Cookie(name="halden_cart", life="The session", description="The things in your cart."),),
    },
    "payment-fraud": {
        "recipients": (Recipient(name="Vigie Paiement SAS", country="FR"),),
        "cookies": (
            Cookie(
                name="vigie_check",
                life="The session",
                description="Result of the check.",
                provider="Vigie Paiement SAS",
            ),
        ),
    },
    "analytics": {
        "cookies": (
            Cookie(
                name="halden_insights",
                kind="local_storage",
                life="Until you take it back",
                description="That this browser was counted today.",
            ),
        ),
    },
}

SHOP_PURPOSES: tuple[Purpose, ...] = (
    *(structs.replace(purpose, **_DETAILS[purpose.id]) for purpose in DEFAULT_PURPOSES),
    Purpose(
        id="media",
        name="Embedded videos",
        description="Shows videos inside our articles. Their host learns that you watch them.",
        retention="12 months at the video host.",
        recipients=(Recipient(name="Kino Video BV", country="NL"),),
        services=(Service(id="kino", name="Kino player"),),
        cookies=(
            Cookie(
                name="kino_viewer",
                life="12 months",
                description="Recognises your player.",
                provider="Kino Video BV",
            ),
        ),
    ),
    Purpose(
        id="partners",
        name="Partner recommendations",
        description="Shows things from shops we work with. They learn which pages you look at.",
        sale=True,
        retention="6 months at the partner.",
        recipients=(Recipient(name="Nebenan Netz GmbH", country="DE"),),
        cookies=(
            Cookie(
                name="partner_pick",
                life="6 months",
                description="Recognises you in other shops.",
                provider="Nebenan Netz GmbH",
            ),
            Cookie(
                name="partner_seen",
                kind="local_storage",
                life="Until you take it back",
                description="What was shown to you already.",
                provider="Nebenan Netz GmbH",
            ),
        ),
    ),
)
