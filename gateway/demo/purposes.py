"""What the example shop asks its visitors: the default purposes with their details filled in, and embedded videos."""

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
    "analytics": {},
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
)
