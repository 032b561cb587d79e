"""The banner studio as an editor uses it, beside a visitor of the example shop who said yes before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running.gateways import PASSWORD, RunningDemo

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    with running:
        yield running


def open_studio(page: Page, demo: RunningDemo) -> None:
    page.goto(f"{demo.url}/login?next=/sites/1/banner")
    page.get_by_label("Name", exact=True).fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Make a link to the site")).to_be_visible()


def asked(page: Page, demo: RunningDemo) -> bool:
    """Whether the shop asks this visitor, once its script knows."""
    page.goto(demo.shop_url)
    question = page.get_by_role("button", name="Reject all").or_(page.get_by_role("button", name="Refuse everything"))
    expect(question.or_(page.get_by_role("button", name="Privacy choices"))).to_be_visible()
    return question.is_visible()


def published(page: Page, version: int) -> None:
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text=f"Version {version}").first).to_contain_text("Served now")


def test_from_an_edit_to_what_visitors_are_asked(demo: RunningDemo, chromium: Browser) -> None:
    visitor, page = chromium.new_context(locale="en-GB").new_page(), chromium.new_context(locale="en-GB").new_page()
    assert asked(visitor, demo)
    visitor.get_by_role("button", name="Accept all").click()
    expect(visitor.get_by_role("button", name="Accept all")).to_have_count(0)
    assert not asked(visitor, demo)
    open_studio(page, demo)
    framed = page.frame_locator("iframe.studio-frame")
    expect(framed.get_by_role("button", name="Reject all")).to_be_visible()
    outcome = page.get_by_role("region", name="Publish")

    # Words: shown in the preview, lint first, then published without asking anybody again.
    page.get_by_label("Button: refuse").fill("No, I do not care about my privacy")
    expect(outcome).to_contain_text("To be put right")
    expect(outcome.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    page.get_by_label("Button: refuse").fill("Refuse everything")
    expect(framed.get_by_role("button", name="Refuse everything")).to_be_visible()
    expect(outcome).to_contain_text("Visitors will not be asked again")
    published(page, 1)
    assert not asked(visitor, demo)
    stranger = chromium.new_context(locale="en-GB").new_page()
    assert asked(stranger, demo) and stranger.get_by_role("button", name="Refuse everything").is_visible()

    # What is agreed to: everybody is asked again.
    page.get_by_text("Audience measurement", exact=True).click()
    page.locator("#field-purposes-analytics-retention").fill("6 months.")
    expect(outcome).to_contain_text("Visitors will be asked again")
    expect(outcome).to_contain_text("how long “Audience measurement” is kept")
    page.get_by_role("button", name="Make a link to the site").click()
    link = page.get_by_role("link", name="Open the preview on the site")
    expect(link).to_be_visible()
    published(page, 2)
    assert asked(visitor, demo)

    # Killed right after, it comes back with that version; an earlier one is brought back without a restart.
    policy = demo.get("/v1/sites/1/notice")["policy"]
    demo.kill()
    demo.start()
    assert demo.get("/v1/sites/1/notice")["policy"] == policy
    page.reload()
    page.get_by_role("button", name="Roll back to version 1").click()
    page.get_by_role("button", name="Yes, serve it").click()
    expect(page.get_by_role("listitem").filter(has_text="Version 3")).to_contain_text("Served now")
    assert not asked(visitor, demo)


def test_axe_finds_nothing_and_all_fits_from_phone_to_wall(demo: RunningDemo, chromium: Browser) -> None:
    page = chromium.new_context(locale="de-DE", bypass_csp=True).new_page()
    page.goto(f"{demo.url}/login?next=/sites/1/banner")
    page.locator("input[name=name]").fill("admin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button.main").click()
    expect(page.get_by_role("button", name="Link zur Website erstellen")).to_be_visible()
    page.locator("#field-texts-en-reject_all").fill("Nein, mir ist egal, was mit mir geschieht")
    page.locator("#field-appearance-light-text").fill("#eeeeee")
    expect(page.locator(".studio-faults")).to_be_visible()
    page.locator(".studio-purpose summary").first.click()
    page.evaluate(AXE)
    for width in (360, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            found = page.evaluate(
                """async () => (await axe.run(document, { resultTypes: ["violations"], iframes: false }))
                  .violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)"""
            )
            assert found == [], (width, scheme)
