"""The privacy centre and the page about sale in a real browser against a real gateway: every form, with scripts and without."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.consent.texts import load
from tests.running.gateways import AGENT, RunningGateway

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
WORDS = load()["en"]
ADVERTS = """
[[sites.purposes]]
id = "adverts"
name = "Adverts"
description = "Shows adverts."
retention = "A month."
sale = true
services = [{id = "adhouse", name = "Ad House"}]
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    running = RunningGateway(tmp_path_factory.mktemp("gateway"))
    config = running.directory / "gateway.toml"
    config.write_text(config.read_text() + ADVERTS)
    with running:
        yield running


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def context(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(user_agent=AGENT, locale="en-GB", java_script_enabled=request.param)
    yield made
    made.close()


def url(gateway: RunningGateway, path: str) -> str:
    # The public URL: what forms are accepted from.
    return f"http://localhost:{gateway.port}{path}"


def status(page: Page, text: str) -> None:
    expect(page.get_by_role("status")).to_contain_text(text)


def agree(page: Page, gateway: RunningGateway) -> None:
    page.goto(url(gateway, "/privacy/1"))
    page.get_by_role("group", name="Audience measurement").get_by_label("Yes").check()
    page.get_by_role("button", name="Save my choices").click()
    status(page, WORDS["saved"])


def visit(page: Page, gateway: RunningGateway, *titles: str) -> None:
    """Page views of the site, and the privacy centre once they count."""
    for number, title in enumerate(titles):
        hit = {"site": 1, "type": "pageview", "page_view": f"v{time.time_ns():x}"[:16],
               "url": f"http://localhost/page-{number}", "title": title}  # fmt: skip
        headers = {"content-type": "application/json", "user-agent": AGENT}
        answer = page.context.request.post(url(gateway, "/v1/hit"), data=json.dumps(hit), headers=headers)
        assert answer.json() == {"status": "identified"}
    for _ in range(80):
        page.goto(url(gateway, "/privacy/1"))
        if page.get_by_role("button", name="Show the list of visits").count():
            return
        time.sleep(0.25)
    raise AssertionError("the visit is not shown")


def listed_for_the_operator(gateway: RunningGateway) -> None:
    """What was asked for above, by `gateway erasures`; the erasure itself goes on in the background."""
    listed = gateway.command("erasures").splitlines()
    kinds = [" ".join(line.split()[3:]) for line in listed if " site 1 " in line]
    assert kinds[0].startswith(("erasure done", "erasure not done"))
    assert kinds[1:3] == ["restriction lifted", "restriction"]  # the newest first
    assert f"{len(kinds)} shown" in listed
    assert any(line.startswith("journal ") for line in listed)
    assert all("restriction" not in line for line in gateway.command("erasures", "--pending").splitlines())
    again = gateway.command("erasures", "--replay")
    assert again.endswith(" erasures begun anew\n")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        gateway.command("erasures", "--forget-journal", "none")
    assert "there is no such journal" in refused.value.stderr


def names(context: BrowserContext) -> set[str]:
    return {str(cookie.get("name")) for cookie in context.cookies()}


def test_from_a_yes_to_the_erasure(gateway: RunningGateway, context: BrowserContext) -> None:
    page = context.new_page()
    agree(page, gateway)
    assert names(context) == {"gw_choice_1", "gw_receipt_1", "gw_visitor_1"}
    visit(page, gateway, "=HYPERLINK(1)", "Two")

    # The summary first; the list is behind a second click, and nothing keeps it.
    figures = page.locator("#held").get_by_role("definition")
    expect(figures.nth(0)).to_have_text("1")
    expect(figures.nth(1)).to_have_text("2")
    expect(page.get_by_text("/page-0")).to_have_count(0)
    with page.expect_response(lambda response: response.url.endswith("/visits")) as listing:
        page.get_by_role("button", name="Show the list of visits").click()
    assert listing.value.request.method == "POST"
    assert listing.value.headers["cache-control"] == "no-store"
    expect(page.get_by_text("/page-0")).to_be_visible()

    # A copy to take away: what a spreadsheet would run is quoted, and the number is in neither file.
    with page.expect_download() as table:
        page.get_by_role("button", name="Download as a table").click()
    [row] = csv.DictReader(io.StringIO(Path(table.value.path()).read_text()))
    assert row["titles"] == "'=HYPERLINK(1) | Two"
    assert row["pages"] == "/page-0 | /page-1"
    with page.expect_download() as document:
        page.get_by_role("button", name="JSON").click()
    taken = json.loads(Path(document.value.path()).read_text())
    assert taken["controller"] == "Shop SARL" and taken["held"]["visits"] == 1
    assert taken["held"]["rows"][0]["pages"][1] == {"path": "/page-1", "title": "Two"}
    assert "visitor" not in json.dumps(taken)

    # The receipt, in the standard's words, named by no address.
    page.goto(url(gateway, "/privacy/1"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the receipt").first.click()
    assert download.value.url.endswith("/privacy/1/receipt.json")
    receipt = json.loads(Path(download.value.path()).read_text())
    assert receipt["schema_version"] == "ISO/IEC TS 27560:2023"
    granted = {purpose["purpose_id"]: purpose["granted"] for purpose in receipt["purposes"]}
    assert granted == {"payment-fraud": False, "analytics": True, "adverts": False}

    page.get_by_role("button", name="Restrict").click()
    status(page, WORDS["centre_restricted"])
    page.get_by_role("button", name="Lift the restriction").click()
    status(page, WORDS["centre_lifted"])

    page.get_by_role("link", name="Erase", exact=True).click()
    expect(page.get_by_text(WORDS["centre_erase_proof"])).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    assert "gw_visitor_1" in names(context)
    page.get_by_role("link", name="Erase", exact=True).click()
    page.get_by_role("button", name="Yes, erase").click()
    status(page, WORDS["centre_erased"])
    assert names(context) == {"gw_choice_1", "gw_receipt_1"}
    listed_for_the_operator(gateway)

    page.get_by_role("button", name="I object").click()
    status(page, WORDS["objected"])
    page.get_by_role("button", name="Withdraw my consent", exact=True).click()
    status(page, WORDS["centre_withdrawn"])
    assert names(context) == {"gw_choice_1", "gw_objection_1"}
    # Undone by a yes, as the page says.
    agree(page, gateway)
    assert "gw_objection_1" not in names(context)


def test_do_not_sell_and_back(gateway: RunningGateway, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(url(gateway, "/do-not-sell/1"))
    toggle = page.get_by_role("button", name="Do Not Sell or Share My Personal Information")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    # By keyboard alone.
    toggle.focus()
    page.keyboard.press("Enter")
    status(page, "Opt-Out Request Honored")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    assert names(context) == {"gw_optout_1"}
    toggle.click()
    assert names(context) == {"gw_optout_1"}
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_role("link", name=WORDS["sale_allow"]).click()
    page.get_by_role("button", name=WORDS["sale_allow_confirm"]).click()
    status(page, WORDS["centre_sale_allowed"])
    assert names(context) == set()


def test_a_language_chosen_on_the_page_stays(gateway: RunningGateway, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(url(gateway, "/privacy/1"))
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Français").click()
    words = load()["fr"]
    page.get_by_role("button", name=words["object"]).click()
    status(page, words["objected"])
    page.get_by_role("link", name=words["cookies"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words["cookies"])


def violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => {
          const { violations } = await axe.run(document, { resultTypes: ["violations"] });
          return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
        }"""
    )
    return found


def assert_clean(page: Page, what: str) -> None:
    """In light and dark, wide and as narrow as it gets; every target large enough."""
    page.evaluate(AXE)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 700})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            assert violations(page) == [], f"{what} {width} {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{what} {width}"
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .contents a, .languages a, summary, a.plain, .choice")]
          .filter((e) => e.getBoundingClientRect().width > 0)
          .filter((e) => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24)
          .map((e) => e.textContent)"""
    )
    assert small == [], what


@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing(gateway: RunningGateway, chromium: Browser, language: str) -> None:
    context = chromium.new_context(user_agent=AGENT, bypass_csp=True)
    page = context.new_page()
    agree(page, gateway)
    visit(page, gateway, "One", "Two", "Three")
    words = load()[language]
    for path in ("/privacy/1", "/privacy/1/cookies", "/privacy/1/erase", "/do-not-sell/1", "/do-not-sell/1/allow"):
        page.goto(url(gateway, f"{path}?language={language}"))
        if page.locator(".languages summary").count():
            page.locator(".languages summary").click()
        assert_clean(page, path)
    page.goto(url(gateway, f"/privacy/1?language={language}"))
    page.get_by_role("button", name=words["centre_show_visits"]).click()
    assert_clean(page, "visits")
    page.goto(url(gateway, f"/do-not-sell/1?language={language}"))
    page.get_by_role("button").click()
    status(page, "Opt-Out Request Honored")
    assert_clean(page, "honored")
    page.goto(url(gateway, f"/privacy/1?language={language}"))
    page.get_by_role("button", name=words["object"]).click()
    status(page, words["objected"])
    # What was done is where reading goes on.
    assert page.evaluate("document.activeElement.getAttribute('role')") == "status"
    assert_clean(page, "objected")
    context.close()
