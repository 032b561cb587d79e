"""The notice's language: the page's, then the browser's; read aloud in it, from its side, at any size."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from gateway.consent import texts
from tests.browser.conftest import Visitor, visitor_of
from tests.browser.fake_gateway import FakeGateway
from tests.browser.test_accessibility import BODY, assert_clean, overflowing
from tests.browser.website import PAGE, Website

TEXTS = texts.load()


def page_in(website: Website, language: str, body: str = "") -> str:
    html = PAGE.format(title="A page", gateway=website.gateway_url, head="", body=body)
    return website.whole_page(html.replace('<html lang="en">', f'<html lang="{language}">' if language else "<html>"))


@pytest.mark.parametrize(
    ("page", "browser_language", "shown"),
    [
        ("de", "fr-FR", "de"),
        ("de-AT", "en-GB", "de"),
        ("", "fr-FR", "fr"),
        ("ar", "en-GB", "ar"),
        ("x-klingon", "en", "en"),
    ],
)
def test_the_pages_language_then_the_browsers(
    browser: Browser,
    gateway_url: str,
    website: Website,
    fake: FakeGateway,
    page: str,
    browser_language: str,
    shown: str,
) -> None:
    visitor = visitor_of(browser, gateway_url, locale=browser_language)
    visitor.page.goto(page_in(website, page))
    expect(visitor.banner()).to_have_attribute("lang", shown)
    expect(visitor.button(TEXTS[shown]["reject_all"])).to_be_visible()
    visitor.context.close()


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_every_language_fits(visitor: Visitor, website: Website, fake: FakeGateway, language: str) -> None:
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    visitor.page.goto(page_in(website, language))
    expect(visitor.banner()).to_have_attribute("lang", language)
    assert overflowing(visitor, "gateway-banner") == []
    visitor.button(TEXTS[language]["choose"]).click()
    expect(visitor.button(TEXTS[language]["save"])).to_be_visible()
    assert overflowing(visitor, "gateway-preferences-dialog") == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["ar", "he"])
def test_axe_finds_nothing_from_right_to_left(
    visitor: Visitor, website: Website, fake: FakeGateway, language: str
) -> None:
    fake.language = language
    visitor.page.goto(website.page(BODY, policy=""))
    expect(visitor.banner()).to_have_attribute("dir", "rtl")
    expect(visitor.page.locator("gateway-placeholder").get_by_role("button").first).to_be_visible()
    assert_clean(visitor)
    visitor.button(TEXTS[language]["choose"]).click()
    expect(visitor.button(TEXTS[language]["save"])).to_be_visible()
    for summary in visitor.page.locator("summary").all():
        summary.click()
    assert_clean(visitor)


@pytest.mark.parametrize("setting", ["forced", "large"])
def test_axe_finds_nothing_in_forced_colours_and_large_text(
    visitor: Visitor, website: Website, fake: FakeGateway, setting: str
) -> None:
    visitor.page.goto(website.page(BODY, policy=""))
    if setting == "forced":
        visitor.page.emulate_media(forced_colors="active")
    else:
        visitor.page.evaluate("document.documentElement.style.setProperty('--gateway-font-size', '32px')")
    expect(visitor.button("Always load")).to_be_visible()
    assert_clean(visitor)
    visitor.button("Choose").click()
    expect(visitor.button("Save my choices")).to_be_visible()
    assert_clean(visitor)
