"""The pages of the data protection officer in a browser, with and without JavaScript."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.accounts.principal import Role
from tests.web.office import PASSWORD, ROOT, Office, office

__all__ = ["office"]

pytestmark = pytest.mark.skipif(
    not (ROOT / "gateway/assets/dashboard/main.js").exists(), reason="the scripts are not built: npm run build"
)


def log_in(page: Page, office: Office) -> str:
    url = office.gateway.url.replace("127.0.0.1", "localhost")
    session = office.accounts.login("dpo-ann", PASSWORD, "192.0.2.0")
    page.context.add_cookies([{"name": "gw_session", "value": session, "url": url}])
    return url


@pytest.mark.parametrize("scripts", [True, False])
def test_the_office_in_a_browser(chromium: Browser, office: Office, scripts: bool) -> None:
    context = chromium.new_context(java_script_enabled=scripts, accept_downloads=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    url = log_in(page, office)
    page.goto(f"{url}/sites/1")
    page.get_by_role("link", name="Data protection").click()
    page.locator("main summary").click()
    page.get_by_label("Right").select_option("Directives after death")
    page.get_by_label("How it came").select_option("by post")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Directives after death")
    page.get_by_label("Outcome").select_option("Granted")
    page.get_by_label("How it was answered").select_option("by post")
    page.get_by_role("button", name="Record the answer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Granted")
    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("button", name="Verify now").click()
    if not scripts:
        while page.get_by_role("link", name="Look again").count():
            page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("The ledger is whole.")).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert len(Path(download.value.path()).read_text().splitlines()) == 4
    context.close()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(chromium: Browser, office: Office, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    url = log_in(page, office)
    with office.client(Role.DPO) as client:
        one = office.enter(client, reference="a-reference-of-the-greatest-length-that-there-may-be-64-charact").headers[
            "location"
        ]
    for path in ("/requests?stage=all", one, "/ledger", "/retention", "/audit"):
        page.goto(url + path)
        for details in page.locator("main summary").all():
            details.click()
        page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
        for width in (2560, 360, 320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        brief = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
        assert brief == [], f"{path}: {json.dumps(brief, indent=1)}"
    context.close()
    assert re.match(r"/requests/[0-9a-f]{16}$", one)
