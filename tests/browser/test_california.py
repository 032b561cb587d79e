"""California: the link, the status and its toggle, two steps back in, and Global Privacy Control (RULES.md C1–C4, C9)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import Visitor, visitor_of
from tests.browser.fake_gateway import PURPOSES, FakeGateway
from tests.browser.test_accessibility import assert_clean
from tests.browser.website import Website

EXACT = "Do Not Sell or Share My Personal Information"
HONORED = "Opt-Out Request Honored"
FILM = '<iframe data-src="/frame/film" data-purpose="media" title="A film" width="320" height="180"></iframe>'
OUT = {"site": 1, "what": "sale", "method": "do_not_sell", "surface": "preferences"}
SIGNAL = "Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})"


@pytest.fixture(autouse=True)
def law(fake: FakeGateway) -> None:
    """Videos are paid for with data, which California calls a sale."""
    fake.jurisdiction, fake.ask, fake.measure = "US-CA", False, "now"
    fake.regimes = {purpose.id: "opt_out" for purpose in PURPOSES}
    fake.ask_for(*PURPOSES[:-1], structs.replace(PURPOSES[-1], sale=True))


@pytest.fixture
def signalling(browser: Browser, gateway_url: str) -> Iterator[Visitor]:
    made = visitor_of(browser, gateway_url, extra_http_headers={"Sec-GPC": "1"})
    made.context.add_init_script(SIGNAL)
    yield made
    made.context.close()


def visit(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page(FILM))
    expect(visitor.way_back()).to_be_visible()


def sale_toggle(visitor: Visitor) -> Locator:
    if not visitor.page.get_by_role("dialog").count():
        visitor.way_back().click()
    return visitor.page.get_by_role("switch", name=EXACT, exact=True)


def status(visitor: Visitor) -> Locator:
    return visitor.page.locator("gateway-privacy-choices").get_by_text(HONORED, exact=True)


def test_one_step_out_two_steps_back_in(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visit(visitor, website)
    film = visitor.page.locator("iframe")
    expect(film).to_have_attribute("src", "/frame/film")
    expect(status(visitor)).to_have_count(0)
    toggle = sale_toggle(visitor)
    expect(toggle).not_to_be_checked()
    toggle.click()
    expect(toggle).to_be_checked()
    assert fake.opt_outs == [OUT]
    expect(film).not_to_have_attribute("src", "/frame/film")
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog.get_by_text(HONORED, exact=True).first).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(status(visitor)).to_be_visible()
    # It stays as long as it stands.
    visitor.page.reload()
    expect(status(visitor)).to_be_visible()
    expect(film).not_to_have_attribute("src", "/frame/film")
    toggle = sale_toggle(visitor)
    expect(toggle).to_be_checked()

    # The first step asks, and changes nothing.
    toggle.click()
    expect(visitor.page.get_by_text(fake.texts["sale_allow_question"])).to_be_visible()
    expect(toggle).to_be_checked()
    visitor.button("No").click()
    expect(visitor.page.get_by_text(fake.texts["sale_allow_question"])).to_be_hidden()
    expect(toggle).to_be_focused()
    expect(toggle).to_be_checked()
    assert len(fake.opt_outs) == 1
    visitor.button("Allow sale and sharing again").click()
    assert len(fake.opt_outs) == 1
    # Only the second does.
    visitor.button("Yes, allow it").click()
    expect(toggle).not_to_be_checked()
    assert fake.opt_outs[1:] == [{"site": "1", "what": "sale"}]
    visitor.page.keyboard.press("Escape")
    expect(status(visitor)).to_have_count(0)
    expect(film).to_have_attribute("src", "/frame/film")
    visitor.assert_quiet()


def test_by_keyboard(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visit(visitor, website)
    toggle = sale_toggle(visitor)
    toggle.focus()
    visitor.page.keyboard.press("Space")
    expect(toggle).to_be_checked()
    visitor.page.keyboard.press("Space")
    expect(visitor.page.get_by_role("group", name=fake.texts["sale_allow_question"])).to_be_focused()
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(toggle).not_to_be_checked()
    expect(toggle).to_be_focused()
    assert [*map(len, fake.opt_outs)] == [4, 2]


@pytest.mark.parametrize("failure", [409, 503])
def test_what_the_gateway_did_not_record_is_not_shown_as_honored(
    visitor: Visitor, website: Website, fake: FakeGateway, failure: int
) -> None:
    fake.opt_out_status = failure
    visit(visitor, website)
    film = visitor.page.locator("iframe")
    expect(film).to_have_attribute("src", "/frame/film")
    toggle = sale_toggle(visitor)
    toggle.click()
    expect(
        visitor.page.get_by_role("dialog").get_by_role("alert").filter(has_text="could not be saved")
    ).to_be_visible()
    expect(toggle).not_to_be_checked()
    expect(status(visitor)).to_have_count(0)
    # But this page sells nothing any more.
    expect(film).not_to_have_attribute("src", "/frame/film")


def test_a_signal_is_honored_and_cannot_be_taken_back_here(
    signalling: Visitor, website: Website, fake: FakeGateway
) -> None:
    visit(signalling, website)
    expect(status(signalling)).to_be_visible()
    signalling.settle()
    assert signalling.page.locator("iframe").get_attribute("src") is None
    toggle = sale_toggle(signalling)
    expect(toggle).to_be_checked()
    expect(toggle).to_have_attribute("aria-disabled", "true")
    toggle.click(force=True)
    expect(toggle).to_be_checked()
    expect(toggle).to_have_accessible_description(f"{HONORED} {fake.texts['gpc_opt_out']}")
    assert signalling.page.get_by_role("button", name="Allow sale and sharing again").count() == 0
    assert fake.opt_outs == []
    signalling.assert_quiet()


def test_banner_says_what_stands(signalling: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.ask = True
    signalling.page.goto(website.page())
    expect(signalling.banner().get_by_text(HONORED, exact=True)).to_be_visible()
    expect(signalling.banner().get_by_text(fake.texts["gpc_opt_out"])).to_be_visible()
    link = signalling.banner().get_by_role("link", name=EXACT, exact=True)
    assert link.get_attribute("href") == f"{fake.url}/do-not-sell/1"


def test_elsewhere_the_signal_is_an_objection(signalling: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.jurisdiction, fake.ask, fake.measure, fake.regimes = "FR", True, "after_choice", {}
    signalling.page.goto(website.page())
    expect(signalling.banner().get_by_text(fake.texts["gpc_objection"])).to_be_visible()
    expect(signalling.banner().get_by_text(HONORED)).to_have_count(0)
    expect(signalling.banner().get_by_role("link", name=EXACT)).to_have_count(0)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_words_are_the_laws_in_every_language(
    visitor: Visitor, website: Website, fake: FakeGateway, language: str
) -> None:
    fake.language = language
    visit(visitor, website)
    toggle = sale_toggle(visitor)
    toggle.click()
    expect(visitor.page.get_by_role("dialog").get_by_text(HONORED, exact=True).first).to_be_visible()
    assert visitor.page.locator("label", has_text=EXACT).get_attribute("lang") == "en"


def test_axe_finds_nothing_in_california(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.ask = True
    visitor.page.goto(website.page(FILM, policy=""))
    expect(visitor.banner()).to_be_visible()
    visitor.button("Choose").click()
    toggle = visitor.page.get_by_role("switch", name=EXACT, exact=True)
    toggle.click()
    expect(toggle).to_be_checked()
    visitor.button("Allow sale and sharing again").click()
    assert_clean(visitor)
    visitor.page.keyboard.press("Escape")
    expect(visitor.banner().get_by_text(HONORED, exact=True)).to_be_visible()
