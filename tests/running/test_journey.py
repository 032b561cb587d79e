"""A newcomer's first minutes, in a real browser: the shop, the banner, a few clicks, and their own visit in the dashboard."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sized

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running.gateways import AGENT, PASSWORD, RunningDemo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    # Headless chromium calls itself a crawler, and would rightly not be counted.
    context = chromium.new_context(user_agent=AGENT)
    yield context.new_page()
    context.close()


def hits_of(page: Page, demo: RunningDemo) -> list[str]:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url == f"{demo.url}/v1/hit" else None)
    return sent


def test_no_answer_nothing_runs_and_nothing_is_sent(demo: RunningDemo, visitor: Page) -> None:
    """RULES.md E2."""
    sent = hits_of(visitor, demo)
    visitor.goto(demo.shop_url)
    expect(visitor.get_by_role("button", name="Reject all")).to_be_visible()
    visitor.goto(f"{demo.shop_url}/products")
    visitor.wait_for_timeout(500)
    assert sent == []
    assert visitor.context.cookies() == []
    assert visitor.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


def test_a_refusal_is_kept_and_nothing_is_counted(demo: RunningDemo, visitor: Page) -> None:
    sent = hits_of(visitor, demo)
    visitor.goto(demo.shop_url)
    visitor.get_by_role("button", name="Reject all").click()
    expect(visitor.get_by_role("button", name="Reject all")).to_be_hidden()
    visitor.goto(f"{demo.shop_url}/products")
    visitor.wait_for_timeout(500)
    assert sent == []
    assert [cookie["name"] for cookie in visitor.context.cookies()] == ["gw_choice_1"]


def reached(visitor: Page, sent: Sized, count: int) -> None:
    """Back once so many hits were sent."""
    give_up = time.monotonic() + 60
    while len(sent) < count:
        assert time.monotonic() < give_up, f"{len(sent)} of {count} hits"
        visitor.wait_for_timeout(50)


def test_from_the_banner_to_the_dashboard(demo: RunningDemo, visitor: Page) -> None:
    sent = hits_of(visitor, demo)
    visitor.goto(demo.shop_url)
    visitor.get_by_role("button", name="Accept all").click()
    expect(visitor.get_by_role("button", name="Accept all")).to_be_hidden()
    # What a page sends as it is left is not seen from here, so each is stayed on until its view has gone.
    reached(visitor, sent, 1)
    visitor.goto(f"{demo.shop_url}/products")
    reached(visitor, sent, 2)
    visitor.goto(f"{demo.shop_url}/journal/from-clay-to-cup")
    reached(visitor, sent, 3)
    names = {cookie["name"] for cookie in visitor.context.cookies()}
    assert {"gw_choice_1", "gw_receipt_1", "gw_visitor_1"} <= names

    visitor.goto(f"{demo.url}/")
    visitor.get_by_label("Name", exact=False).first.fill("admin")
    visitor.get_by_label("Password").fill(PASSWORD)
    visitor.get_by_role("button").click()
    # Hit to dashboard: ten seconds at most (the page refreshes itself).
    expect(visitor.get_by_role("rowheader", name="/journal/from-clay-to-cup")).to_be_visible()
    figures = demo.get("/v1/stats/1?metrics=visitors,visits,pageviews&period=day")["totals"]
    assert figures["visitors"] == 1
    assert figures["visits"] == 1
    assert figures["pageviews"] == 3


def test_the_privacy_centre_works_without_javascript(demo: RunningDemo, chromium: Browser) -> None:
    context = chromium.new_context(user_agent=AGENT, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{demo.url}/privacy/1")
    group = page.get_by_role("group", name="Audience measurement")
    expect(group.get_by_label("Yes")).not_to_be_checked()
    expect(group.get_by_label("No")).not_to_be_checked()
    group.get_by_label("Yes").check()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(group.get_by_label("Yes")).to_be_checked()
    page.get_by_role("button", name="Withdraw my consent", exact=True).click()
    expect(group.get_by_label("No")).to_be_checked()
    page.goto(f"{demo.url}/do-not-sell/1")
    page.get_by_role("button", name="Do not sell or share").click()
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()
    assert {"gw_choice_1", "gw_optout_1"} == {cookie["name"] for cookie in context.cookies()}
    context.close()


@pytest.mark.parametrize("answer", ["Accept all", "Reject all"])
def test_without_javascript_the_banner_is_a_form_in_a_frame(demo: RunningDemo, chromium: Browser, answer: str) -> None:
    """The shop's own strict policy lets the gateway's page in; its answer is that of the whole site."""
    context = chromium.new_context(user_agent=AGENT, java_script_enabled=False)
    page = context.new_page()
    page.goto(demo.shop_url)
    banner = page.frame_locator("iframe.choices")
    banner.get_by_role("button", name=answer).click()
    expect(banner.get_by_role("status")).to_be_visible()
    held = {cookie["name"] for cookie in context.cookies() if cookie["name"].startswith("gw_")}
    asked = {"gw_choice_1", "gw_receipt_1", "gw_visitor_1"} if answer == "Accept all" else {"gw_choice_1"}
    assert held == asked
    page.goto(f"{demo.shop_url}/products")
    expect(page.frame_locator("iframe.choices").get_by_role("link", name="Privacy choices")).to_be_visible()
    expect(page.frame_locator("iframe.choices").get_by_role("button")).to_have_count(0)
    page.frame_locator("iframe.choices").get_by_role("link", name="Privacy choices").click()
    page.wait_for_url(f"{demo.url}/privacy/1")
    context.close()


def test_the_shop_passes_its_own_audit(demo: RunningDemo) -> None:
    """RULES.md E15: nothing is kept or sent that is not declared, in no state."""
    said = demo.command("audit", demo.shop_url, "--page", "/journal/from-clay-to-cup", "--settle", "0.5")
    assert "No breach" in said
    found = said.partition("\naccept ")[2].partition("\n\n")[0]
    assert {"gw_visitor_1", "kino_viewer", "partner_pick", "halden_insights"} <= set(found.split())
