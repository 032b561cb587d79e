"""A site, as its operator describes it: domains, purposes, who answers for it. Frozen once loaded."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.sites.appearance import Appearance
from gateway.sites.goals import SEARCH_PARAMETERS, CustomDimension, Goal

# Google Consent Mode v2 (developers.google.com/tag-platform/security/concepts/consent-mode).
ConsentType = Literal[
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
]
Signal = Literal["consent_mode", "usp", "gpp"]

Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class Cookie(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cookie or storage key that a purpose may set, as declared to visitors."""

    name: Annotated[str, Meta(description="Exact name, or a pattern with * at its end.")]
    kind: Annotated[Literal["cookie", "local_storage", "session_storage"], Meta(description="Where it is kept.")] = (
        "cookie"
    )
    life: Annotated[str, Meta(description="Longest life in words, as visitors read it.")]
    description: Annotated[str, Meta(description="What it is for.")]
    provider: Annotated[str, Meta(description="Who sets it; empty for the site itself.")] = ""


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who receives the data of a purpose."""

    name: Annotated[str, Meta(description="Legal name.")]
    country: Annotated[str, Meta(description="ISO 3166-1 alpha-2.", pattern="^[A-Z]{2}$")]
    safeguard: Annotated[str, Meta(description="For countries outside the EEA: the transfer's legal safeguard.")] = ""


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finer unit inside a purpose (one embedded video provider, one tag)."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,39}$", description="Used in data-service.")]
    name: Annotated[str, Meta(description="Name shown to visitors.")]
    sale: Annotated[bool, Meta(description="True where using it sells or shares data in California's sense.")] = False


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing a visitor can say yes or no to."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,39}$", description="Used in data-purpose, cookies and the API.")]
    name: Annotated[str, Meta(description="Short name shown on the toggle.")]
    description: Annotated[str, Meta(description="What the visitor agrees to, in plain words.")]
    required: Annotated[bool, Meta(description="True only for what the requested service cannot work without.")] = False
    legal_basis: Annotated[
        Literal["consent", "legal_obligation", "contract", "legitimate_interest"],
        Meta(description="GDPR article 6 basis declared to visitors."),
    ] = "consent"
    sale: Annotated[bool, Meta(description="True where it sells or shares data in California's sense.")] = False
    retention: Annotated[str, Meta(description="How long its data is kept, in words.")]
    recipients: Annotated[tuple[Recipient, ...], Meta(description="Who receives its data.")] = ()
    services: Annotated[tuple[Service, ...], Meta(description="Finer units inside this purpose.")] = ()
    cookies: Annotated[tuple[Cookie, ...], Meta(description="Cookies and storage keys it may set.")] = ()
    hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts of others that it loads from or sends to, for `gateway audit`; *.example.com for all below."
        ),
    ] = ()
    consent_mode: Annotated[
        tuple[ConsentType, ...], Meta(description="Google Consent Mode v2 types that a yes to this purpose grants.")
    ] = ()


class Controller(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answers for the site (GDPR art. 13(1))."""

    name: Annotated[Text, Meta(description="Legal name of the controller.")]
    address: Annotated[Text, Meta(description="Postal address.")]
    email: Annotated[Text, Meta(description="Contact for privacy questions.")]
    data_protection_officer: Annotated[
        str, Meta(description="Contact of the data protection officer, if there is one.")
    ] = ""
    authority: Annotated[Text, Meta(description="Supervisory authority visitors may complain to.")]


WebhookEvent = Literal[
    "consent.given", "consent.refused", "consent.withdrawn", "sale.opted_out", "sale.opted_in", "analytics.objected"
]


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the site's own systems that is told what visitors answer."""

    url: Annotated[str, Meta(description="Where it listens: https, or http on this machine.")]
    secret: Annotated[
        str,
        Meta(description="Signs each message (Standard Webhooks); at least 32 characters.", extra={"secret": True}),
    ]
    events: Annotated[tuple[WebhookEvent, ...], Meta(description="What it is told; empty: everything.")] = ()


class Exemption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A country whose audience-measurement exemption this site relies on."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2; never DE.")]
    citation: Annotated[
        str, Meta(description="The text relied on; may be empty for FR, whose citation is shipped.")
    ] = ""
    dated: Annotated[str, Meta(description="ISO date of that text; may be empty for FR.")] = ""


class LintOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding of the lint that this site stands by, with the reason on record."""

    rule: Annotated[str, Meta(description="The rule's number, as the message says it; E1 and E3 have no exceptions.")]
    key: Annotated[str, Meta(description="Where it was found, as the message says it: texts.fr.body.")]
    reason: Annotated[str, Meta(description="Who decided it and why, 20 characters at least; logged at every start.")]


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One website. Read from `[[sites]]` in gateway.toml or from one file each in sites.d/."""

    id: Annotated[int, Meta(ge=1, le=2**32 - 1, description="Number used in URLs, cookies and Matomo's idsite.")]
    name: Annotated[Text, Meta(description="Name shown on the banner and dashboard.")]
    domains: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Hosts whose hits count, without port; *.example.com for all below."),
    ]
    test_domains: Annotated[tuple[str, ...], Meta(description="Hosts whose hits are kept apart as tests.")] = ()
    main_url: Annotated[str, Meta(description="Home page; default https:// and the first domain.")] = ""
    timezone: Annotated[str, Meta(description="IANA zone in which this site's days begin.")] = "UTC"
    language: Annotated[str, Meta(description="Default language of the banner, BCP 47.")] = "en"
    cookie_domain: Annotated[
        str,
        Meta(description="Domain attribute of the cookies; empty: the gateway's host alone. Never a public suffix."),
    ] = ""
    controller: Annotated[Controller, Meta(description="Who answers for the site.")]
    hosting_country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="Where the data is hosted, ISO 3166-1.")]
    purposes: Annotated[
        tuple[Purpose, ...],
        Meta(description="What is asked; necessary, payment-fraud and analytics are there by default."),
    ] = ()
    analytics_enabled: Annotated[bool, Meta(description="Whether this site measures its audience at all.")] = True
    page_parameters: Annotated[
        tuple[str, ...],
        Meta(description="Query parameters that tell one page from another; all others are not stored."),
    ] = ()
    goals: Annotated[tuple[Goal, ...], Meta(description="What visitors are hoped to do; conversions are counted.")] = ()
    dimensions: Annotated[
        tuple[CustomDimension, ...], Meta(description="Values of the site's own that are kept; others sent are not.")
    ] = ()
    search_parameters: Annotated[
        tuple[str, ...],
        Meta(
            description="Query parameters that make a page view a search of the site; the first with a value is the keyword."
        ),
    ] = SEARCH_PARAMETERS
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="Currency of revenues, ISO 4217.")] = "EUR"
    before_choice: Annotated[
        Literal["nothing", "cookieless"],
        Meta(description="What is counted before an answer where consent is required."),
    ] = "nothing"
    exemptions: Annotated[
        tuple[Exemption, ...], Meta(description="Countries where the audience-measurement exemption is relied on.")
    ] = ()
    gpc_objects: Annotated[
        bool,
        Meta(description="Outside the US, Global Privacy Control counts as an objection to what runs without consent."),
    ] = True
    estimate: Annotated[
        bool,
        Meta(
            description="Whether page loads are counted, without any row or identifier, to estimate the whole audience "
            "(docs/estimate.md)."
        ),
    ] = False
    choice_months: Annotated[int, Meta(ge=1, le=13, description="How long an answer is kept, yes and no alike.")] = 6
    max_cookie_months: Annotated[int, Meta(ge=1, le=13, description="Longest life of the audience cookie.")] = 13
    texts: Annotated[
        dict[str, dict[str, str]], Meta(description="Overrides of the banner's texts: language → key → text.")
    ] = {}
    appearance: Annotated[Appearance, Meta(description="How the banner looks.")] = Appearance()
    signals: Annotated[
        tuple[Signal, ...],
        Meta(description="What the script announces to tags: Google Consent Mode v2, the IAB's USP string, its GPP."),
    ] = ()
    lint_overrides: Annotated[
        tuple[LintOverride, ...],
        Meta(description="What stands although the lint of dark patterns finds fault with it."),
    ] = ()
    webhooks: Annotated[
        tuple[Webhook, ...], Meta(description="The site's own systems that are told what visitors answer.")
    ] = ()
    privacy_policy_url: Annotated[str, Meta(description="The site's own privacy policy, linked from the banner.")] = ""

    def purpose(self, purpose_id: str) -> Purpose | None:
        for purpose in self.purposes:
            if purpose.id == purpose_id:
                return purpose
        return None

    @property
    def optional_purposes(self) -> tuple[Purpose, ...]:
        return tuple(purpose for purpose in self.purposes if not purpose.required)


ANALYTICS = "analytics"

DEFAULT_PURPOSES = (
    Purpose(
        id="necessary",
        name="Necessary",
        description="Keeps the site working: your cart, your log-in, and the record of this choice.",
        required=True,
        legal_basis="contract",
        retention="The session; your privacy choice {duration}.",
    ),
    Purpose(
        id="payment-fraud",
        name="Payment fraud prevention",
        description="Checks at the checkout that a card is used by its owner.",
        retention="13 months.",
    ),
    Purpose(
        id=ANALYTICS,
        name="Audience measurement",
        description="Counts visits, pages and time spent so that we can improve this site. Stays with us.",
        retention="13 months at most for the cookie, 25 months for the figures.",
    ),
)
