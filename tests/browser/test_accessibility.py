"""WCAG 2.2 AA of banner, preferences and placeholder (RULES.md, Accessibility)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.website import Website

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
FILM = '<iframe data-src="/frame/film" data-purpose="media" title="A film" width="320" height="180"></iframe>'
BODY = FILM + "<p>Text.</p>" * 40


def violations(visitor: Visitor) -> list[str]:
    found: list[str] = visitor.page.evaluate(
        """async () => {
          const { violations } = await axe.run(document, { resultTypes: ["violations"] });
          return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
        }"""
    )
    return found


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


def assert_clean(visitor: Visitor) -> None:
    """In light and dark, wide and as narrow as it gets."""
    visitor.page.evaluate(AXE)
    for width in (1280, 320):
        visitor.page.set_viewport_size({"width": width, "height": 700})
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert violations(visitor) == [], f"{width} {scheme}"
            assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_axe_finds_nothing(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page(BODY, policy=""))
    expect(visitor.banner()).to_be_visible()
    expect(visitor.button("Always load")).to_be_visible()
    assert_clean(visitor)
    visitor.button("Choose").click()
    expect(visitor.page.get_by_role("dialog", name="Privacy choices", exact=True)).to_be_visible()
    for summary in visitor.page.locator("summary").all():
        summary.click()
    assert_clean(visitor)
    visitor.page.keyboard.press("Escape")
    visitor.button("Reject all").click()
    expect(visitor.way_back()).to_be_visible()
    assert_clean(visitor)


def focused(visitor: Visitor) -> str:
    name: str = visitor.page.evaluate(
        """() => {
          let element = document.activeElement;
          while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
          return element.getAttribute("aria-label") || element.textContent.trim() || element.id || element.localName;
        }"""
    )
    return name


def test_keyboard_walk(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    walked = []
    for _ in range(6):
        visitor.page.keyboard.press("Tab")
        walked.append(focused(visitor))
    # First in the focus order, and no trap: the page follows.
    assert walked == ["Privacy centre", "Accept all", "Reject all", "Choose", "First link", "Last link"]
    for _ in range(3):
        visitor.page.keyboard.press("Shift+Tab")
    assert focused(visitor) == "Reject all"
    outline = visitor.button("Reject all").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    dialog = visitor.page.get_by_role("dialog", name="Privacy choices", exact=True)
    expect(dialog).to_be_visible()
    inside = []
    for _ in range(24):
        visitor.page.keyboard.press("Tab")
        inside.append(focused(visitor))
    assert "First link" not in inside
    assert {"Accept all", "Reject all", "Save my choices"} <= set(inside)
    visitor.page.get_by_role("checkbox", name="Embedded videos").focus()
    visitor.page.keyboard.press("Space")
    expect(visitor.page.get_by_role("checkbox", name="Embedded videos")).to_be_checked()
    visitor.page.keyboard.press("Escape")
    expect(visitor.banner()).to_be_visible()
    assert focused(visitor) == "Choose"
    visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Enter")
    expect(visitor.banner()).to_have_count(0)
    assert focused(visitor) == "Privacy choices"


def test_the_banner_is_announced(visitor: Visitor, website: Website) -> None:
    visitor.page.goto(website.page())
    dialog = visitor.page.get_by_role("dialog", name="Your privacy choices")
    expect(dialog).to_be_visible()
    expect(visitor.page.locator("gateway-banner").get_by_role("status")).to_have_text("Your privacy choices")
    # It does not take the focus from whoever is reading.
    assert visitor.page.evaluate("document.activeElement === document.body")
    assert dialog.get_attribute("aria-modal") is None


def test_the_banner_never_covers_the_focus(visitor: Visitor, website: Website) -> None:
    links = "".join(f'<p><a href="#{number}">Link {number}</a></p>' for number in range(40))
    visitor.page.set_viewport_size({"width": 360, "height": 640})
    visitor.page.goto(website.page(links))
    expect(visitor.banner()).to_be_visible()
    for number in (5, 10, 20, 39):
        link = visitor.page.get_by_role("link", name=f"Link {number}", exact=True)
        link.focus()
        assert link.evaluate("e => e.getBoundingClientRect().bottom") <= box_of(visitor.banner())["y"]


@pytest.mark.parametrize("width", [1280, 320])
def test_targets_are_large_enough(visitor: Visitor, website: Website, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 640})
    visitor.page.goto(website.page())
    visitor.button("Choose").click()
    expect(visitor.page.get_by_role("switch", name="Kino player")).to_be_visible()
    for locator in (
        visitor.page.get_by_role("button"),
        visitor.page.locator("gateway-banner a, gateway-preferences-dialog a"),
        visitor.page.locator("gateway-preferences-dialog input"),
        visitor.page.locator("summary"),
    ):
        assert locator.count() > 0
        for target in locator.all():
            box = box_of(target)
            assert box["width"] >= 24 and box["height"] >= 24, target


def test_nothing_moves_for_those_who_asked(visitor: Visitor, website: Website) -> None:
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    assert visitor.banner().evaluate("e => getComputedStyle(e).animationName") == "none"


def test_no_layout_shift(visitor: Visitor, website: Website) -> None:
    visitor.context.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shift += e.value })
          .observe({ type: "layout-shift", buffered: true });"""
    )
    visitor.page.goto(website.page("<p>Text.</p>" * 60))
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert visitor.page.evaluate("window.shift") == 0


def test_forced_colours_keep_borders(visitor: Visitor, website: Website) -> None:
    visitor.page.emulate_media(forced_colors="active")
    visitor.page.goto(website.page())
    visitor.button("Choose").click()
    switch = visitor.page.get_by_role("switch", name="Audience measurement")
    off = switch.evaluate("e => getComputedStyle(e).backgroundColor")
    switch.check()
    expect(switch).not_to_have_css("background-color", off)
    assert visitor.button("Save my choices").evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"


def test_right_to_left(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.language = "ar"
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_have_attribute("dir", "rtl")
    expect(visitor.banner()).to_have_attribute("lang", "ar")
    accept = box_of(visitor.banner().get_by_role("button").first)
    title = box_of(visitor.banner().get_by_role("heading"))
    assert accept["x"] < title["x"]


def overflowing(visitor: Visitor, host: str) -> Any:
    return visitor.page.evaluate(
        """host => [...document.querySelector(host).shadowRoot.querySelectorAll("button, p, h2, h3, label")]
          .filter((e) => !e.classList.contains("unseen") && e.clientWidth && e.scrollWidth > e.clientWidth + 1)
          .map((e) => e.textContent)""",
        host,
    )


@pytest.mark.parametrize("width", [1280, 320])
def test_text_at_twice_its_size(visitor: Visitor, website: Website, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 640})
    # The script's text follows the browser's font size; the variable stands in for that setting here.
    visitor.page.goto(website.page(policy=""))
    visitor.page.evaluate("document.documentElement.style.setProperty('--gateway-font-size', '32px')")
    expect(visitor.banner()).to_be_visible()
    assert overflowing(visitor, "gateway-banner") == []
    box = box_of(visitor.banner())
    assert box["y"] >= 0 and box["x"] >= 0 and box["x"] + box["width"] <= width
    visitor.button("Choose").click()
    expect(visitor.button("Save my choices")).to_be_visible()
    assert overflowing(visitor, "gateway-preferences-dialog") == []
    visitor.button("Save my choices").click()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
