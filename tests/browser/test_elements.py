"""Placeholders, and the two elements that a site puts into its own pages."""

from __future__ import annotations

import pytest
from msgspec import structs
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import LABELS, PURPOSES, FakeGateway
from tests.browser.test_accessibility import assert_clean, box_of
from tests.browser.website import Website

PREFERENCES = "<gateway-preferences><p>Only with scripts.</p></gateway-preferences>"
COOKIES = "<gateway-cookies></gateway-cookies>"


def preferences(visitor: Visitor) -> Locator:
    return visitor.page.locator("gateway-preferences")


def test_choices_in_the_sites_own_page(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.goto(website.page(PREFERENCES))
    panel = preferences(visitor)
    expect(panel.locator("input")).to_have_count(4)
    assert not any(toggle.is_checked() for toggle in panel.locator("input").all())
    expect(panel.get_by_text("Only with scripts.")).to_be_hidden()
    assert visitor.page.get_by_role("dialog", name="Privacy choices", exact=True).count() == 0
    panel.get_by_role("switch", name="Audience measurement").check()
    panel.get_by_role("button", name="Save my choices").click()
    expect(visitor.banner()).to_have_count(0)
    expect(visitor.page.get_by_text("Your choices are saved.")).to_be_visible()
    assert fake.consents[0]["surface"] == "preferences"
    assert fake.consents[0]["purposes"] == {"payment-fraud": False, "analytics": True, "media": False}
    # It keeps up with answers given elsewhere.
    assert visitor.page.evaluate("gateway.withdraw()") is True
    expect(panel.get_by_role("switch", name="Audience measurement")).not_to_be_checked()
    assert visitor.page.evaluate("gateway.acceptAll()") is True
    expect(panel.get_by_role("checkbox", name="Embedded videos")).to_be_checked()
    expect(panel.get_by_role("switch", name="Kino player")).to_be_checked()
    visitor.assert_quiet()


def test_what_is_set_and_not_saved_is_kept(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page(PREFERENCES))
    measurement = preferences(visitor).get_by_role("switch", name="Audience measurement")
    measurement.check()
    visitor.page.evaluate("document.body.append(document.createElement('p'))")
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    visitor.settle()
    expect(measurement).to_be_checked()
    assert visitor.page.evaluate("gateway.consent('analytics')") is False


def test_every_cookie_is_declared(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.page.goto(website.page(COOKIES))
    declared = visitor.page.locator("gateway-cookies")
    content = fake.notices.notice(fake.site, "en", "FR").content
    for purpose in content["purposes"]:
        table = declared.get_by_role("table", name=purpose["name"])
        heads = table.get_by_role("columnheader").all_inner_texts()
        assert heads == ["Name", "What it is for", "Longest life", "Set by"]
        rows = table.get_by_role("row").all()[1:]
        assert len(rows) == len(purpose["cookies"])
        for row, cookie in zip(rows, purpose["cookies"], strict=True):
            name, about, life, provider = row.get_by_role("cell").all_inner_texts()
            kind = {"cookie": "Cookie", "local_storage": "Local storage"}[cookie["kind"]]
            assert " ".join(name.split()) == f"{cookie['name']} {kind}"
            assert (about, life) == (cookie["description"], cookie["life"])
            assert provider == (cookie["provider"] or content["controller"]["name"])
    visitor.assert_quiet()


def test_a_purpose_without_cookies_says_so(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.ask_for(*PURPOSES[:-1], structs.replace(PURPOSES[-1], cookies=()))
    visitor.page.goto(website.page(COOKIES))
    section = visitor.page.locator("gateway-cookies").get_by_role("region", name="Embedded videos")
    expect(section.get_by_text("No cookies or storage.")).to_be_visible()
    expect(section.get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize("broken", ["**/v1/sites/1/notice*", "**/gateway-more.*"])
def test_elements_without_a_gateway(visitor: Visitor, website: Website, broken: str) -> None:
    visitor.context.route(broken, lambda route: route.abort())
    visitor.page.goto(website.page(PREFERENCES + COOKIES))
    # What the site wrote inside stays; where it wrote nothing, the state is said.
    expect(visitor.page.get_by_text("Only with scripts.")).to_be_visible()
    expect(visitor.page.locator("gateway-cookies").get_by_text(LABELS["unavailable"])).to_be_visible()


def test_elements_that_come_later_and_twice(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.evaluate(
        "for (let i = 0; i < 2; i++) document.querySelector('main').append(document.createElement('gateway-cookies'))"
    )
    expect(visitor.page.locator("gateway-cookies").get_by_role("table")).to_have_count(8)
    # Moved about, it is filled once.
    visitor.page.evaluate("document.body.append(document.querySelector('gateway-cookies'))")
    visitor.settle()
    expect(visitor.page.locator("gateway-cookies").get_by_role("table")).to_have_count(8)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_in_the_elements(
    visitor: Visitor, website: Website, fake: FakeGateway, language: str
) -> None:
    fake.language = language
    visitor.page.goto(website.page(PREFERENCES + COOKIES, policy=""))
    expect(visitor.page.locator("gateway-cookies table")).to_have_count(4)
    visitor.banner().locator(".answer").last.click()
    expect(visitor.banner()).to_have_count(0)
    for summary in visitor.page.locator("summary").all():
        summary.click()
    assert_clean(visitor)


def held(element: str) -> str:
    return f"<style>*{{margin:0}}</style><main>{element}</main>"


@pytest.mark.parametrize(
    ("element", "buttons"),
    [
        ('<iframe data-purpose="media" data-src="/frame/x" width="720" height="405" title="Film"></iframe>', 3),
        ('<iframe data-purpose="media" data-src="/frame/x" width="320" height="180" title="Film"></iframe>', 3),
        ('<iframe data-purpose="media" data-src="/frame/x" title="Film"></iframe>', 3),
        ('<video data-purpose="media" data-src="/x.mp4" width="300" height="120" controls title="Clip"></video>', 3),
        ('<audio data-purpose="media" data-src="/x.mp3" controls title="Song"></audio>', 2),
        ('<object data-purpose="media" data-data="/frame/x" width="500" height="300" title="Map"></object>', 3),
    ],
    ids=["film", "small", "plain", "video", "audio", "object"],
)
def test_a_placeholder_is_never_larger(visitor: Visitor, website: Website, element: str, buttons: int) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    for width in (1280, 320):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.goto(website.page(held(element.replace("data-src", "data-off").replace("data-data", "data-off"))))
        natural = box_of(visitor.page.locator("[data-purpose]"))
        visitor.page.goto(website.page(held(element)))
        placeholder = visitor.page.locator("gateway-placeholder")
        expect(placeholder.get_by_role("button", name="Always load")).to_be_visible()
        box = box_of(placeholder)
        assert box["width"] <= min(natural["width"], width) + 1 and box["height"] <= natural["height"] + 1
        visible = [button for button in placeholder.get_by_role("button").all() if button.is_visible()]
        assert len(visible) == buttons
        for button in visible:
            assert box_of(button)["width"] >= 24 and box_of(button)["height"] >= 24
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_placeholder_names_what_waits(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(
        website.page(
            '<iframe data-purpose="media" data-service="kino" data-src="/frame/x" title="A film"'
            ' width="640" height="360"></iframe>'
        )
    )
    placeholder = visitor.page.locator("gateway-placeholder")
    expect(placeholder.get_by_text("A film · Kino player", exact=True)).to_be_visible()
    expect(placeholder.get_by_text("Their host learns that you watch them.")).to_be_visible()
    once, always = (box_of(placeholder.get_by_role("button", name=name)) for name in ("Load once", "Always load"))
    assert once["height"] == always["height"] and once["y"] == always["y"]
    placeholder.get_by_role("button", name="Privacy choices").click()
    expect(visitor.page.get_by_role("checkbox", name="Embedded videos")).to_be_focused()
