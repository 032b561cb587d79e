"""Where a site says that a visitor is a minor, nothing optional is asked and nothing optional runs (RULES.md C12)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import OPTIONAL, FakeGateway
from tests.browser.website import PAGE, Website

GATED = "".join(
    f'<script type="text/plain" data-purpose="{purpose}" data-src="/run/{purpose}.js"></script>'
    for purpose in ("necessary", *OPTIONAL)
)
FILM = '<iframe data-src="/frame/film" data-purpose="media" title="A film" width="320" height="180"></iframe>'


def page_of(website: Website, fake: FakeGateway, minor: str) -> str:
    page = PAGE.format(title="A page", gateway=fake.url, head="", body=GATED + FILM)
    return website.whole_page(page.replace(" defer>", f' data-minor="{minor}" defer>'))


@pytest.mark.parametrize("jurisdiction", ["FR", "GB", "US-CA", ""])
@pytest.mark.parametrize("stored", ["none", "yes", "no"])
def test_a_minor_is_asked_nothing_and_nothing_optional_runs(
    visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str, stored: str
) -> None:
    fake.jurisdiction = jurisdiction
    if jurisdiction in ("GB", "US-CA"):
        fake.regimes = dict.fromkeys(OPTIONAL, "opt_out" if jurisdiction == "US-CA" else "objection")
        fake.measure = "now"
    if stored != "none":
        visitor.set_choice(fake.choice(dict.fromkeys(OPTIONAL, stored == "yes")))
    visitor.page.goto(page_of(website, fake, "true"))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    expect(visitor.banner()).to_have_count(0)
    assert visitor.ran() == ["necessary"]
    assert visitor.hits == []
    expect(visitor.page.locator("iframe")).not_to_have_attribute("src", "/frame/film")
    # Not in place either: there is no "load once" for what a minor is not asked about.
    expect(visitor.page.get_by_role("button", name="Load once")).to_have_count(0)
    # Nor by the page's own call: the gateway is told that it is a minor's, and refuses a yes.
    visitor.page.evaluate("gateway.choose({ analytics: true })")
    assert [given["minor"] for given in fake.consents] == [True] * len(fake.consents)
    assert visitor.page.evaluate("gateway.consent('analytics')") is False
    assert visitor.ran() == ["necessary"] and visitor.hits == []


def test_any_other_value_says_nothing(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.goto(page_of(website, fake, "false"))
    expect(visitor.banner()).to_be_visible()
