"""What makes a new policy, and so asks visitors again, and what does not (RULES.md E6)."""

from __future__ import annotations

import pytest
from msgspec import structs

from gateway.sites.appearance import Appearance, Colours
from gateway.sites.policy import fingerprint
from gateway.sites.site import DEFAULT_PURPOSES, Controller, Purpose, Recipient, Service, Site

ADVERTS = Purpose(
    id="adverts",
    name="Adverts",
    description="Shows advrets.",
    retention="A month.",
    sale=True,
    recipients=(Recipient(name="Ads BV", country="NL"),),
    services=(Service(id="ads", name="Ads"),),
)
SITE = Site(
    id=1,
    name="Shop",
    domains=("shop.example",),
    controller=Controller(name="Shop", address="Street", email="a@shop.example", authority="CNIL"),
    hosting_country="FR",
    purposes=(*DEFAULT_PURPOSES, ADVERTS),
)


def with_adverts(**changes: object) -> Site:
    return structs.replace(SITE, purposes=(*DEFAULT_PURPOSES, structs.replace(ADVERTS, **changes)))


@pytest.mark.parametrize(
    "site",
    [
        structs.replace(SITE, appearance=Appearance(layout="dialog", light=Colours(accent="#123456"))),
        structs.replace(SITE, appearance=Appearance(dark=Colours(background="#000"))),
        structs.replace(SITE, signals=("consent_mode", "usp", "gpp")),
        structs.replace(SITE, texts={"en": {"title": "Your choices"}}),
        structs.replace(SITE, purposes=tuple(reversed(SITE.purposes))),
        with_adverts(consent_mode=("ad_storage", "ad_user_data")),
        with_adverts(description="Shows adverts."),
        with_adverts(retention="a  month."),
        with_adverts(services=(Service(id="ads", name="Ads of Ads BV"),)),
    ],
)
def test_looks_signals_and_typing_errors_ask_nobody_again(site: Site) -> None:
    assert fingerprint(site) == fingerprint(SITE)


@pytest.mark.parametrize(
    "site",
    [
        with_adverts(id="marketing"),
        with_adverts(sale=False),
        with_adverts(retention="2 months."),
        with_adverts(legal_basis="legitimate_interest"),
        with_adverts(recipients=(*ADVERTS.recipients, Recipient(name="More BV", country="NL"))),
        with_adverts(services=(*ADVERTS.services, Service(id="more", name="More"))),
        with_adverts(services=(Service(id="ads", name="Ads", sale=True),)),
        structs.replace(SITE, purposes=DEFAULT_PURPOSES),
        structs.replace(SITE, choice_months=12),
    ],
)
def test_what_was_agreed_to_asks_again(site: Site) -> None:
    assert fingerprint(site) != fingerprint(SITE)
