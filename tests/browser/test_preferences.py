"""The preferences: what each purpose means laid open, each service apart, nothing ticked beforehand (RULES.md E3, E15)."""

from __future__ import annotations

import pytest
from msgspec import structs
from playwright.sync_api import Locator, expect

from gateway.sites.site import Recipient, Service
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import LABELS, PURPOSES, FakeGateway
from tests.browser.website import Website

FILMS = """
<iframe data-src="/frame/film" data-purpose="media" data-service="kino" title="A film" width="320" height="180"></iframe>
<iframe data-src="/frame/talk" data-purpose="media" data-service="forum" title="A talk" width="320" height="180"></iframe>
<iframe data-src="/frame/other" data-purpose="media" title="Another" width="320" height="180"></iframe>
"""


@pytest.fixture(autouse=True)
def two_services(fake: FakeGateway) -> None:
    """Embedded videos come from two players, one of them outside the EU."""
    recipients = (
        Recipient(name="Kino Video BV", country="NL"),
        Recipient(name="Forum Inc.", country="US", safeguard="Standard contractual clauses"),
    )
    services = (Service(id="kino", name="Kino player"), Service(id="forum", name="Forum player"))
    media = structs.replace(PURPOSES[-1], services=services, recipients=recipients)
    fake.ask_for(*PURPOSES[:-1], media)


def preferences(visitor: Visitor, website: Website, body: str = FILMS) -> Locator:
    visitor.page.goto(website.page(body))
    visitor.button("Choose").click()
    dialog = visitor.page.get_by_role("dialog", name="Privacy choices", exact=True)
    expect(dialog).to_be_visible()
    return dialog


def toggle(within: Locator, name: str) -> Locator:
    return within.get_by_label(name, exact=True)


def test_nothing_is_ticked_beforehand(visitor: Visitor, website: Website) -> None:
    toggles = preferences(visitor, website).locator("input")
    expect(toggles).to_have_count(5)
    for each in toggles.all():
        assert not each.is_checked() and each.evaluate("e => e.indeterminate") is False


def test_a_purpose_and_its_services_agree(visitor: Visitor, website: Website) -> None:
    dialog = preferences(visitor, website)
    purpose, kino, forum = (toggle(dialog, name) for name in ("Embedded videos", "Kino player", "Forum player"))
    purpose.check()
    assert kino.is_checked() and forum.is_checked()
    forum.uncheck()
    # Mixed, as assistive technology hears it; a switch could not say so.
    expect(dialog.get_by_role("checkbox", name="Embedded videos", checked=None)).to_have_js_property(
        "indeterminate", True
    )
    expect(dialog).to_match_aria_snapshot('- checkbox "Embedded videos" [checked=mixed]')
    forum.check()
    expect(purpose).to_be_checked()
    expect(purpose).to_have_js_property("indeterminate", False)
    kino.uncheck()
    forum.uncheck()
    expect(purpose).not_to_be_checked()
    expect(purpose).to_have_js_property("indeterminate", False)
    kino.check()
    # Pressing a mixed box means all of them.
    purpose.click()
    assert purpose.is_checked() and kino.is_checked() and forum.is_checked()


def test_one_service_alone_is_a_yes_to_that_one(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    dialog = preferences(visitor, website)
    toggle(dialog, "Kino player").check()
    dialog.get_by_role("button", name="Save my choices").click()
    expect(dialog).to_have_count(0)
    expect(visitor.page.locator("iframe[title='A film']")).to_have_attribute("src", "/frame/film")
    visitor.settle()
    assert visitor.page.locator("iframe[title='A talk']").get_attribute("src") is None
    assert visitor.page.locator("iframe[title='Another']").get_attribute("src") is None
    assert fake.consents[0]["purposes"] == {"payment-fraud": False, "analytics": False, "media": False}
    assert fake.consents[0]["services"] == {"kino": True, "forum": False}
    visitor.way_back().click()
    expect(toggle(dialog, "Kino player")).to_be_checked()
    expect(toggle(dialog, "Forum player")).not_to_be_checked()
    expect(toggle(dialog, "Embedded videos")).to_have_js_property("indeterminate", True)
    # Saved again untouched, it stays what it was.
    dialog.get_by_role("button", name="Save my choices").click()
    expect(dialog).to_have_count(0)
    assert fake.consents[1]["purposes"] == fake.consents[0]["purposes"]
    assert fake.consents[1]["services"] == fake.consents[0]["services"]
    visitor.assert_quiet()


def test_always_load_shows_as_mixed(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page(FILMS))
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.button("Always load").first.click()
    expect(visitor.page.locator("iframe[title='A film']")).to_have_attribute("src", "/frame/film")
    visitor.way_back().click()
    dialog = visitor.page.get_by_role("dialog")
    expect(toggle(dialog, "Kino player")).to_be_checked()
    expect(toggle(dialog, "Embedded videos")).to_have_js_property("indeterminate", True)


def test_everything_about_a_purpose_is_laid_open(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    dialog = preferences(visitor, website)
    section = dialog.locator("section", has=visitor.page.get_by_label("Embedded videos", exact=True))
    section.locator("summary").click()
    for text in (
        "Kino Video BV (Netherlands)",
        "Forum Inc. (United States), Standard contractual clauses",
        "12 months at the video host.",
        "Your consent",
        "GDPR art. 6(1)(a) (18 December 2009)",
        "kino_viewer · Cookie · 12 months · Kino Video BV",
        "Recognises your player.",
    ):
        expect(section.get_by_text(text)).to_be_visible()
    assert section.locator("time").get_attribute("datetime") == "2009-12-18"
    # The site's own audience goes to nobody, and says so.
    own = dialog.locator("section", has=visitor.page.get_by_label("Audience measurement", exact=True))
    own.locator("summary").click()
    expect(own.get_by_text("The data stays with Halden Pottery SARL (example).")).to_be_visible()


def test_countries_in_the_visitors_language(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.language = "de"
    visitor.page.goto(website.page())
    visitor.banner().get_by_role("button").last.click()
    dialog = visitor.page.locator("gateway-preferences-dialog dialog")
    expect(dialog).to_be_visible()
    for summary in dialog.locator("summary").all():
        summary.click()
    expect(dialog.get_by_text("Kino Video BV (Niederlande)")).to_be_visible()
    expect(dialog.locator("time", has_text="18. Dezember 2009").first).to_be_visible()


@pytest.mark.parametrize("jurisdiction", ["FR", "GB", "US-CA", ""])
def test_why_these_choices(visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str) -> None:
    fake.jurisdiction = jurisdiction
    dialog = preferences(visitor, website)
    content = fake.notices.notice(fake.site, "en", jurisdiction).content
    reasons = dialog.locator(".reasons")
    reasons.get_by_text("Why you see these choices").click()
    expect(reasons.get_by_text(content["texts"][f"why_{content['why']}"])).to_be_visible()
    # Each rule once, with its date.
    rules = {purpose["rule"] for purpose in content["purposes"]}
    cited = reasons.locator("li").all_inner_texts()
    assert len(cited) == len(rules) and all(any(text.startswith(rule) for text in cited) for rule in rules)
    dates = [time.get_attribute("datetime") for time in reasons.locator("time").all()]
    assert set(dates) == {purpose["dated"] for purpose in content["purposes"]}


def test_the_page_behind_is_not_locked(visitor: Visitor, website: Website) -> None:
    preferences(visitor, website, "<p>Text.</p>" * 80)
    assert visitor.page.evaluate(
        "[document.documentElement, document.body].map((e) => getComputedStyle(e).overflowY)"
    ) == ["visible", "visible"]
    visitor.page.keyboard.press("Escape")
    visitor.page.mouse.move(40, 40)
    visitor.page.mouse.wheel(0, 300)
    visitor.wait_until(lambda: bool(visitor.page.evaluate("scrollY > 200")))
    assert visitor.page.evaluate("scrollY") > 200


def test_what_could_not_be_cleared_is_told_and_kept_in_sight(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.page.evaluate(
        "document.dispatchEvent(new CustomEvent('gateway:cleared',"
        " {detail: {removed: ['gone'], left: ['_stuck'], unseen: ['elsewhere']}}))"
    )
    told = visitor.page.get_by_text("Still stored, because this page cannot remove it: _stuck, elsewhere.")
    expect(told).to_be_visible()
    visitor.page.wait_for_timeout(6000)
    expect(told).to_be_visible()
    visitor.way_back().click()
    expect(visitor.page.get_by_role("dialog").get_by_text("_stuck, elsewhere.")).to_be_visible()


def test_without_the_second_part_nothing_is_granted(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.context.route("**/gateway-more.*", lambda route: route.abort())
    visitor.page.goto(website.page(FILMS))
    visitor.button("Choose").click()
    expect(visitor.page.get_by_text(LABELS["unavailable"])).to_be_visible()
    for name in ("Accept all", "Reject all"):
        visitor.button(name).click()
        expect(visitor.banner().get_by_role("alert")).to_have_text(fake.texts["failed"])
        assert fake.consents == [] and visitor.cookies() == set()
        assert visitor.page.locator("iframe[src]").count() == 0
    visitor.context.unroute("**/gateway-more.*")
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    assert [consent["method"] for consent in fake.consents] == ["reject_all"]
