"""For tests: the law of a place, Global Privacy Control, and a site that sells."""

from __future__ import annotations

from msgspec import structs

from gateway.privacy.decision import Situation, decide
from gateway.sites.catalog import ServedSite
from gateway.sites.jurisdictions import Regime
from gateway.sites.site import ConsentType, Signal
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import PURPOSES, SITE, FakeGateway

SIGNALS: tuple[Signal, ...] = ("consent_mode", "usp", "gpp")
GRANTED_BY: dict[str, tuple[ConsentType, ...]] = {
    "necessary": ("security_storage",),
    "analytics": ("analytics_storage",),
    "media": ("ad_storage", "ad_user_data", "personalization_storage"),
    # Ads are personalised only for who allows both.
    "payment-fraud": ("personalization_storage",),
}

GPC = """
Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => window.name === "gpc" || undefined });
"""

KNOWN = """() => new Promise((done) => {
  const ask = () => __uspapi("getUSPData", 1, ({ uspString }) => (/^1(---|Y)/.test(uspString) ? done() : setTimeout(ask, 10)));
  ask();
})"""


def settled(visitor: Visitor) -> None:
    """Until the notice has come: from then on what is told is final."""
    visitor.page.evaluate(KNOWN)


def sell(fake: FakeGateway, *, sells: bool = True, signals: tuple[Signal, ...] = SIGNALS, edition: int = 0) -> None:
    """The shop tells signals and sells what its embedded videos learn; each edition has a policy of its own."""
    purposes = tuple(
        structs.replace(
            purpose,
            consent_mode=GRANTED_BY.get(purpose.id, ()),
            sale=sells and purpose.id == "media",
            retention=f"{12 + edition} months.",
        )
        for purpose in PURPOSES
    )
    fake.site = ServedSite(structs.replace(SITE, purposes=purposes, signals=signals))


def rule(fake: FakeGateway, jurisdiction: str, *, gpc: bool = False) -> None:
    """The law of the place, as the gateway's notice would tell it to who has not answered."""
    fake.jurisdiction = jurisdiction
    regimes = {purpose.id: fake.site.rule(purpose.id, jurisdiction).regime for purpose in fake.site.site.purposes}
    fake.regimes = {purpose: regime.value for purpose, regime in regimes.items()}
    fake.ask = Regime.CONSENT in regimes.values()
    decision = decide(Situation(regimes["analytics"], jurisdiction, gpc=gpc))
    fake.measure = "after_choice" if decision.basis is None else "now"


def set_gpc(visitor: Visitor, *, page: bool, header: bool) -> None:
    """From the next page on. The context has GPC as its init script; the page is told by its window's name."""
    visitor.context.set_extra_http_headers({"sec-gpc": "1"} if header else {})
    visitor.page.evaluate("(name) => { window.name = name }", "gpc" if page else "")
