"""The banner's four layouts: each fair, in reach, and out of the page's way (RULES.md E1, Accessibility)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from gateway.sites.appearance import Appearance, Colours
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.test_accessibility import BODY, assert_clean, box_of, focused, overflowing
from tests.browser.website import Website

LAYOUTS = ("bar", "card", "dialog", "inline")
SLOT = "<gateway-banner-here></gateway-banner-here>"
LINKS = "".join(f'<p><a href="#{number}">Link {number}</a></p>' for number in range(40))


def look(fake: FakeGateway, layout: Any) -> None:
    fake.look(Appearance(layout=layout))


def open_with(visitor: Visitor, website: Website, fake: FakeGateway, layout: str, body: str = BODY) -> None:
    look(fake, layout)
    visitor.page.goto(website.page(SLOT + body))
    expect(visitor.banner()).to_be_visible()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_axe_finds_nothing_in_any_layout(visitor: Visitor, website: Website, fake: FakeGateway, layout: str) -> None:
    look(fake, layout)
    visitor.page.goto(website.page(SLOT + BODY, policy=""))
    expect(visitor.button("Always load")).to_be_visible()
    assert_clean(visitor)


@pytest.mark.parametrize("language", ["ar", "he", "de"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_holds_other_languages(
    visitor: Visitor, website: Website, fake: FakeGateway, layout: str, language: str
) -> None:
    fake.language = language
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    open_with(visitor, website, fake, layout)
    assert overflowing(visitor, "gateway-banner") == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accept, reject = visitor.banner().locator(".answer").all()
    for side in ("width", "height"):  # halves of pixels are rounded either way
        assert box_of(accept)[side] == pytest.approx(box_of(reject)[side], abs=0.01)


TWINS = """([accept, reject]) => {
  const described = (button) => {
    const { width, height } = button.getBoundingClientRect();
    const style = getComputedStyle(button);
    return { tag: button.localName, width, height, ...Object.fromEntries([...style].map((key) => [key, style[key]])) };
  };
  const [one, other] = [described(accept), described(reject)];
  return [Object.keys(one).length, Object.keys(one).filter((key) => one[key] !== other[key])];
}"""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_accept_and_reject_are_twins_in_every_layout(
    visitor: Visitor, website: Website, fake: FakeGateway, layout: str
) -> None:
    open_with(visitor, website, fake, layout)
    for scheme in ("light", "dark"):
        for width in (1280, 700, 320):
            visitor.page.set_viewport_size({"width": width, "height": 800})
            visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            pair = visitor.page.evaluate_handle(
                """() => [...document.querySelector("gateway-banner").shadowRoot.querySelectorAll("button")]
                  .filter((button) => /^(Accept|Reject) all$/.test(button.textContent))"""
            )
            compared, differing = visitor.page.evaluate(TWINS, pair)
            assert compared > 200 and differing == [], f"{width} {scheme}"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_first_layer_names_the_controller_and_counts_recipients(
    visitor: Visitor, website: Website, fake: FakeGateway, layout: str
) -> None:
    open_with(visitor, website, fake, layout)
    expect(visitor.banner()).to_contain_text("Halden Pottery SARL (example)")
    expect(visitor.banner()).to_contain_text("2 other recipients receive data.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_takes_the_page_away(visitor: Visitor, website: Website, fake: FakeGateway, layout: str) -> None:
    open_with(visitor, website, fake, layout, LINKS)
    assert visitor.banner().get_attribute("aria-modal") is None
    # Whoever reads on reads on: nothing is focused, nothing locks the scrolling, what is beside the banner can be pressed.
    assert visitor.page.evaluate("document.activeElement === document.body")
    visitor.page.mouse.move(40, 40)
    visitor.page.mouse.wheel(0, 400)
    visitor.page.wait_for_function("scrollY > 300")
    assert visitor.page.evaluate(
        "[document.documentElement, document.body].map((e) => getComputedStyle(e).overflowY)"
    ) == ["visible", "visible"]
    visitor.page.evaluate("scrollTo(0, 0)")
    visitor.page.get_by_role("link", name="First link").click()
    expect(visitor.page).to_have_url(re.compile("#x$"))
    visitor.assert_quiet()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_covers_the_focus(visitor: Visitor, website: Website, fake: FakeGateway, layout: str) -> None:
    visitor.page.set_viewport_size({"width": 360, "height": 640})
    open_with(visitor, website, fake, layout, LINKS)
    for number in (3, 5, 10, 20, 39):
        link = visitor.page.get_by_role("link", name=f"Link {number}", exact=True)
        link.focus()
        on_top = link.evaluate(
            """link => {
              const { left, right, top, bottom } = link.getBoundingClientRect();
              return document.elementFromPoint((left + right) / 2, (top + bottom) / 2) === link;
            }"""
        )
        assert on_top, number


@pytest.mark.parametrize("layout", ["bar", "card", "dialog"])
def test_keyboard_first_then_the_page(visitor: Visitor, website: Website, fake: FakeGateway, layout: str) -> None:
    open_with(visitor, website, fake, layout, "")
    walked = []
    for _ in range(5):
        visitor.page.keyboard.press("Tab")
        walked.append(focused(visitor))
    assert walked == ["Privacy centre", "Accept all", "Reject all", "Choose", "First link"]
    visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Escape")
    expect(visitor.banner()).to_have_count(0)
    assert visitor.cookies() == set() and fake.consents == []
    assert focused(visitor) == "Privacy choices"


def test_the_dialog_is_in_the_middle(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    open_with(visitor, website, fake, "dialog")
    visitor.page.emulate_media(reduced_motion="reduce")
    box = box_of(visitor.banner())
    assert abs(box["x"] + box["width"] / 2 - 640) < 2
    assert abs(box["y"] + box["height"] / 2 - 400) < 2


def test_the_card_is_in_the_corner(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    open_with(visitor, website, fake, "card")
    box = box_of(visitor.banner())
    assert box["width"] < 480 and box["x"] > 640
    fake.language = "ar"
    visitor.page.reload()
    expect(visitor.banner()).to_have_attribute("dir", "rtl")
    assert box_of(visitor.banner())["x"] < 100


@pytest.mark.parametrize("slot", [SLOT, "<div data-gateway-banner></div>"])
def test_inline_stands_where_the_site_wants_it(
    visitor: Visitor, website: Website, fake: FakeGateway, slot: str
) -> None:
    look(fake, "inline")
    visitor.page.goto(website.page(f"<p>Before.</p>{slot}<p id=after>After.</p>"))
    expect(visitor.banner()).to_be_visible()
    banner, after = box_of(visitor.banner()), box_of(visitor.page.locator("#after"))
    assert banner["y"] + banner["height"] <= after["y"]
    assert visitor.banner().evaluate("e => getComputedStyle(e).position") == "static"
    visitor.button("Reject all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.assert_quiet()


def test_inline_without_a_place_is_a_bar(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    look(fake, "inline")
    visitor.page.goto(website.page("<p>Text.</p>" * 60))
    expect(visitor.banner()).to_be_visible()
    box = box_of(visitor.banner())
    assert box["width"] > 900 and box["y"] > 400


def background(visitor: Visitor) -> Any:
    return visitor.banner().evaluate("e => getComputedStyle(e).backgroundColor")


def test_colours_of_the_site_come_after_those_of_the_page(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    fake.look(Appearance(light=Colours(background="#fdf6e3", accent="#073642"), dark=Colours(background="#002b36")))
    visitor.page.goto(website.page())
    accept = visitor.button("Accept all")
    assert background(visitor) == "rgb(253, 246, 227)"
    assert accept.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(7, 54, 66)"
    visitor.page.emulate_media(color_scheme="dark")
    assert background(visitor) == "rgb(0, 43, 54)"
    # What the site did not set for dark screens is ours, not its colour for light ones.
    assert accept.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(233, 237, 245)"
    visitor.page.evaluate("document.documentElement.style.setProperty('--gateway-dark-background', '#101010')")
    assert background(visitor) == "rgb(16, 16, 16)"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_breaks_the_strictest_policy(
    visitor: Visitor, website: Website, fake: FakeGateway, layout: str
) -> None:
    open_with(visitor, website, fake, layout)
    visitor.button("Choose").click()
    expect(visitor.button("Save my choices")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.assert_quiet()


def test_a_preview_says_so(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.preview = True
    visitor.page.goto(website.page() + "?gw_preview=token")
    expect(visitor.banner()).to_contain_text(fake.texts["preview"])
    visitor.button("Choose").click()
    preferences = visitor.page.get_by_role("dialog", name="Privacy choices", exact=True)
    expect(preferences).to_contain_text(fake.texts["preview"])
    preferences.get_by_role("button", name="Accept all").click()
    expect(preferences).to_have_count(0)
    assert fake.consents == [] and visitor.cookies() == set() and visitor.hits == []
