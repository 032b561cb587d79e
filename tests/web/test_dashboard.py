from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from gateway.clock import SystemClock
from gateway.sites.goals import CustomDimension, Goal
from tests.web.harness import ADMIN_PASSWORD, Harness, make_site, running

ROOT = Path(__file__).parent.parent.parent
GOALS = (Goal(id=1, name="Signed <i>up</i>"),)
OWN = (CustomDimension(id=3, name="Membership", scope="visit"),)
SITES = (
    msgspec.structs.replace(make_site(1, "Harbour Shop"), goals=GOALS, dimensions=OWN),
    make_site(2, "Hill <b>Blog</b>"),
)

PANELS = [
    "Pages",
    "Sources",
    "Places",
    "Campaigns",
    "Devices",
    "Times",
    "Goals",
    "Events",
    "Visitors",
    "Custom dimensions",
]

pytestmark = pytest.mark.skipif(
    not (ROOT / "gateway/assets/dashboard/main.js").exists(), reason="the scripts are not built: npm run build"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with running(tmp_path_factory.mktemp("state"), SystemClock(), SITES) as harness:
        yield harness


@pytest.fixture
def gateway(served: Harness) -> Harness:
    served.stats.mode = "figures"
    return served


@dataclass
class Visitor:
    """A browser window and everything that went wrong in it."""

    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)
    # Its own questions: those of a window that was closed may reach the gateway late.
    asked: list[dict[str, str]] = field(default_factory=list)

    def ask(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.path.startswith("/v1/stats/"):
            self.asked.append(dict(parse_qsl(url.query, keep_blank_values=True)))

    def open(self, gateway: Harness, path: str) -> None:
        """Log in (by cookie) and open a page of the dashboard."""
        session = gateway.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0")
        self.context.add_cookies([{"name": "gw_session", "value": session, "url": gateway.url}])
        self.page.goto(gateway.url + path)


@pytest.fixture(params=["light"])
def visitor(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    context = chromium.new_context(
        color_scheme=request.param,
        locale="en-IE",
        timezone_id="America/New_York",
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 1600},  # with the first panels in sight
    )
    page = context.new_page()
    visitor = Visitor(context, page)
    # Whatever the Content-Security-Policy blocks is said here, too.
    page.on("console", lambda message: visitor.problems.append(message.text) if message.type == "error" else None)
    page.on("request", visitor.ask)
    page.on("pageerror", lambda error: visitor.problems.append(str(error)))
    page.on("dialog", lambda dialog: visitor.problems.append(f"dialog {dialog.message}"))
    yield visitor
    context.close()


def figures(page: Page) -> None:
    """Wait until the page is complete."""
    expect(page.locator("#chart svg")).to_be_visible()
    expect(page.locator("#overview")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#panels .row-label").first).to_be_visible()


def tile(page: Page, name: str) -> int:
    text = page.locator(f"[data-key={name}] .tile-figure").inner_text()
    return int(re.sub(r"\D", "", text))


def test_from_the_login_form_to_the_figures_and_out_again(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    page.goto(gateway.url + "/")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    row = page.locator("#sites tbody tr").filter(has_text="Harbour Shop")
    expect(row.locator("td.number").first).to_have_text(re.compile(r"^[\d,]+$"))
    row.get_by_role("link").click()
    figures(page)
    assert page.title() == "Harbour Shop · Audience"
    assert tile(page, "visits") > tile(page, "visitors") > 1000
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile("^Visitors from "))
    page.locator("#chart-table summary").click()
    expect(page.locator("#chart-table tbody tr")).to_have_count(28)
    panels = page.locator(".panel")
    expect(panels.get_by_role("heading")).to_have_text(PANELS)
    expect(panels.nth(2)).to_contain_text("France")
    expect(panels.nth(1)).to_contain_text("AI assistants")
    # A path that is markup is text here.
    expect(panels.nth(0)).to_contain_text("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert visitor.problems == []


def test_the_url_holds_the_view_and_the_back_button_works(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(gateway, "/sites/1")
    figures(page)
    everyone = tile(page, "visitors")
    page.get_by_role("link", name=re.compile("^France")).click()
    expect(page).to_have_url(f"{gateway.url}/sites/1?filter=country==FR")
    chip = page.get_by_role("link", name="Remove filter: Country is France")
    expect(chip).to_be_visible()
    figures(page)
    assert tile(page, "visitors") < everyone
    page.get_by_role("link", name=re.compile("^spring-sale")).click()
    page.get_by_role("button", name="Bounce rate").click()
    page.get_by_role("button", name=re.compile("^Period")).click()
    page.get_by_role("button", name=re.compile("^Last 12 months")).click()
    expect(page.get_by_role("button", name=re.compile("^Period: Last 12 months"))).to_be_focused()
    figures(page)
    url = page.url
    # From a source one goes on to where its visits arrived.
    assert "range=12months" in url and "metric=bounce_rate" in url and "tab=entry_page" in url
    assert visitor.asked[-1]["filter"] == "country==FR;campaign==spring-sale%3B 50%25%2C off"

    # The same address shows the same view in another window.
    with visitor.context.new_page() as other:
        other.goto(url)
        figures(other)
        expect(other.get_by_role("link", name=re.compile("^Remove filter"))).to_have_count(2)
        expect(other.locator("[data-key=bounce_rate]")).to_have_attribute("aria-pressed", "true")
        expect(other.get_by_role("tab", name="Entry")).to_have_attribute("aria-selected", "true")

    for _ in range(3):
        page.go_back()
    expect(page).to_have_url(f"{gateway.url}/sites/1?filter=country==FR")
    chip.click()
    expect(page).to_have_url(f"{gateway.url}/sites/1")
    figures(page)
    assert tile(page, "visitors") == everyone
    assert visitor.problems == []


def test_filters_of_any_kind_add_up_and_are_taken_off_one_by_one(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(gateway, "/sites/1")
    figures(page)
    page.get_by_role("link", name="Leave out Country: Germany").click()
    page.get_by_role("button", name="Add a filter").click()
    form = page.get_by_role("form", name="Add a filter")
    form.get_by_label("How").select_option("contains")
    form.get_by_label("Value").fill("shop; 50%, off")
    page.keyboard.press("Enter")
    page.locator(".panel").last.scroll_into_view_if_needed()
    page.get_by_role("link", name=re.compile("^Gold")).click()
    written = "country!=DE;page=@shop%3B 50%25%2C off;dimension3==Gold"
    figures(page)
    assert visitor.asked[-1]["filter"] == written
    chips = page.locator("#chips li")
    said = ["Country is not Germany", "Page contains “shop; 50%, off”", "Membership is Gold"]
    expect(chips).to_have_text([f"{one}×" for one in said])

    page.reload()
    figures(page)
    expect(chips).to_have_text([f"{one}×" for one in said])
    assert visitor.asked[-1]["filter"] == written
    page.get_by_role("link", name=f"Remove filter: {said[1]}").click()
    expect(page).to_have_url(f"{gateway.url}/sites/1?filter=country!%3DDE;dimension3==Gold".replace("%3D", "="))

    # The map is another way to the same rows, and a channel leads on to the sources in it.
    page.locator("path.land").filter(has_text=re.compile("^France: ")).dispatch_event("click")
    expect(chips).to_have_count(3)
    page.get_by_role("link", name=re.compile("^AI assistants")).click()
    expect(page.get_by_role("tab", name="AI assistants")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Entry")).to_have_attribute("aria-selected", "true")
    assert visitor.problems == []


def test_a_source_leads_to_the_pages_of_its_visits(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(gateway, "/sites/1?tab=exit_page,referrer")
    figures(page)
    page.get_by_role("link", name="Pages of these visits: Referrer: Google").click()
    expect(page).to_have_url(f"{gateway.url}/sites/1?filter=referrer==Google&tab=referrer&more=pages")
    figures(page)
    asked = [query for query in visitor.asked if query.get("dimension") == "page"]
    assert (asked[-1]["filter"], asked[-1]["limit"]) == ("referrer==Google", "101")
    expect(page.get_by_role("tab", name="Top pages")).to_have_attribute("aria-selected", "true")
    assert visitor.problems == []


def test_filters_have_alternatives_and_figures_of_a_visit(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(gateway, "/sites/1?filter=country==FR,country==BE;city_name=^Saint")
    figures(page)
    chips = page.locator("#chips li")
    expect(chips).to_have_text(["Country is France×orCountry is Belgium×", "city_name begins with “Saint”×"])
    page.get_by_role("button", name="Add a filter").click()
    form = page.get_by_role("form", name="Add a filter")
    form.get_by_label("What").select_option(label="Pages in a visit")
    form.get_by_label("How").select_option(">=")
    form.get_by_label("Value").fill("3")
    # The figures come anew every ten seconds; what is being filled in stays.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    figures(page)
    form.get_by_label("Along with the others").select_option("or: Country is France or Country is Belgium")
    page.keyboard.press("Enter")
    expect(chips.first).to_have_text("Country is France×orCountry is Belgium×orPages in a visit: 3 or more×")
    figures(page)
    assert visitor.asked[-1]["filter"] == "country==FR,country==BE,pageviews>=3;city_name=^Saint"
    page.get_by_role("link", name="Remove filter: Country is Belgium").click()
    expect(page).to_have_url(f"{gateway.url}/sites/1?filter=country==FR,pageviews%3E=3;city_name=%5ESaint")
    # A row that is chosen stands beside an "or" of several things, and in place of one that names its alternatives alone.
    page.goto(f"{gateway.url}/sites/1?filter=country==DE,country==BE;country==PL,device==phone;page=x,country==IT")
    page.get_by_role("link", name=re.compile("^France")).click()
    figures(page)
    assert visitor.asked[-1]["filter"] == "country==PL,device==phone;country==FR"
    assert visitor.problems == []


def test_panels_are_asked_for_in_sight_and_left_out_where_there_is_nothing(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 1280, "height": 700})
    visitor.open(gateway, "/sites/1?from=2026-11-02&to=2026-11-15&compare=none")
    figures(page)
    expect(page.locator(".panel").get_by_role("heading")).to_have_text(PANELS)
    expect(page.get_by_text("Nothing was ever counted for: Products · Site search · Contents")).to_be_visible()
    asked = [query.get("dimension") for query in visitor.asked]
    assert "page" in asked and "goal" not in asked
    for panel in page.locator(".panel").all():
        panel.scroll_into_view_if_needed()
    expect(page.get_by_text("Signed <i>up</i>")).to_be_visible()
    expect(page.locator("[data-key=conversions] .tile-figure")).to_have_text(re.compile(r"^\d+$"))
    expect(page.locator("[data-key=revenue] .tile-figure")).to_have_text(re.compile(r"^€[\d,]+$"))

    # The picture of the week says what its table says, which is what the hours of all days add up to.
    page.locator("#panel-times").get_by_text("Show as a table").click()
    cells = [int(text.replace(",", "")) for text in page.locator("#panel-times td").all_inner_texts()]
    assert len(cells) == 7 * 24
    days = {"from": "2026-11-02", "to": "2026-11-15", "dimension": "hour", "period": "day"}
    with gateway.browser() as client:
        gateway.log_in(client)
        rows = client.get("/v1/stats/1", params={**days, "metrics": "visits"}).json()["rows"]
    assert sum(cells) == sum(row["visits"] for row in rows) > 1000
    mondays = [row["visits"] for row in rows if row["hour"] == "09" and row["date"] in ("2026-11-02", "2026-11-09")]
    assert cells[9 * 7] == sum(mondays)
    expect(page.locator(".heat-cell").nth(9)).to_have_attribute("title", f"Monday, 9:00: {cells[9 * 7]} visits")
    assert visitor.problems == []


def test_everything_works_by_keyboard(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(gateway, "/sites/1")
    figures(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the figures")).to_be_focused()
    page.keyboard.press("Enter")
    for control in ("segments", "filter", "compare"):
        page.keyboard.press("Tab")
        expect(page.locator(f"[data-key={control}]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Last 28 days"), expanded=None).last).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-key=range]")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("range=7days"))
    figures(page)
    page.get_by_role("tab", name="Top pages").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Titles")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Titles")).to_be_focused()
    figures(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"filter=title==Home"))
    assert visitor.problems == []


def test_days_of_the_site_not_of_the_browser(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    # 01:30 on the 3rd in Dublin is still the evening of the 2nd in New York, where this browser is.
    page.clock.install(time="2026-11-03T01:30:00Z")
    visitor.open(gateway, "/sites/1?range=today")
    figures(page)
    assert {(query["from"], query["to"]) for query in visitor.asked} == {
        ("2026-11-03", "2026-11-03"),
        ("2026-11-02", "2026-11-02"),
    }
    page.locator("#chart-table summary").click()
    expect(page.locator("#chart-table tbody tr")).to_have_count(2)


def test_the_days_of_each_range(gateway: Harness, visitor: Visitor) -> None:
    visitor.page.clock.install(time="2026-11-22T12:00:00Z")
    visitor.page.set_viewport_size({"width": 1280, "height": 700})
    for query, spans in {
        "range=month": [("2026-11-01", "2026-11-22"), ("2026-10-01", "2026-10-22")],
        "range=last_month": [("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30")],
        "range=12months": [("2025-12-01", "2026-11-22"), ("2024-12-01", "2025-11-22")],
        "range=7days&compare=year": [("2026-11-16", "2026-11-22"), ("2025-11-16", "2025-11-22")],
        "from=2026-10-30&to=2026-11-01": [("2026-10-30", "2026-11-01"), ("2026-10-27", "2026-10-29")],
        "range=nonsense&compare=none&step=year": [("2026-10-26", "2026-11-22")],
    }.items():
        visitor.asked.clear()
        visitor.open(gateway, f"/sites/1?{query}")
        figures(visitor.page)
        assert {(asked["from"], asked["to"]) for asked in visitor.asked} == set(spans), query
    visitor.open(gateway, "/sites/1?from=2019-12-01&to=2020-01-31")
    expect(visitor.page.get_by_role("alert")).to_contain_text("1 Jan 2020 are no longer kept")
    assert visitor.problems == []


def test_figures_follow_by_themselves_and_outlast_an_outage(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    page.clock.install()
    visitor.open(gateway, "/sites/1?range=7days")
    figures(page)
    before = tile(page, "visitors")
    asked = len(visitor.asked)
    page.get_by_role("link", name=re.compile("^France")).focus()
    page.clock.run_for(11_000)
    figures(page)
    # Only what can change is asked again: not the period compared with.
    assert len(visitor.asked) - asked == asked - 1
    expect(page.get_by_role("link", name=re.compile("^France"))).to_be_focused()

    gateway.stats.mode = "away"
    page.clock.run_for(11_000)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("does not answer. Nothing is lost")
    expect(alert).to_contain_text("Figures of")
    assert tile(page, "visitors") == before

    gateway.stats.mode = "figures"
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_be_empty()
    assert all("503" in problem for problem in visitor.problems)


def test_an_ended_session_says_so_and_leads_back(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(gateway, "/sites/1?range=yesterday")
    figures(page)
    visitor.context.clear_cookies()
    page.get_by_role("link", name=re.compile("^France")).click()
    page.get_by_role("alert").get_by_role("link", name="Log in again").click()
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{gateway.url}/sites/1?range=yesterday&filter=country==FR")
    figures(page)


def test_a_new_site_shows_what_to_paste_and_sees_the_first_hit(gateway: Harness, visitor: Visitor) -> None:
    gateway.stats.mode = "nothing"
    page = visitor.page
    page.clock.install()
    visitor.open(gateway, "/sites/2")
    expect(page.get_by_role("heading", name="Waiting for the first hit")).to_be_visible()
    expect(page.locator("code")).to_have_text(f'<script src="{gateway.url}/gateway/2.js" async></script>')
    expect(page.locator("h1")).to_have_text("Hill <b>Blog</b>")
    page.clock.run_for(3_500)
    expect(page.get_by_role("heading", name="Waiting for the first hit")).to_be_visible()
    gateway.stats.mode = "figures"
    page.clock.run_for(3_500)
    figures(page)
    assert visitor.problems == []


@pytest.mark.parametrize("visitor", ["light", "dark"], indirect=True)
def test_axe_finds_nothing_and_nothing_is_cut_off(gateway: Harness, visitor: Visitor) -> None:
    page = visitor.page
    page.goto(gateway.url + "/login")
    check(page)
    visitor.open(gateway, "/")
    expect(page.locator("#sites td.number").first).to_have_text(re.compile(r"^[\d,]+$"))
    check(page)
    page.goto(f"{gateway.url}/sites/99")
    check(page)
    page.goto(f"{gateway.url}/sites/1?filter=country==FR;page==/shop/boots")
    figures(page)
    check(page)
    page.get_by_role("button", name=re.compile("^Period")).click()
    for table in page.get_by_text("Show as a table").all():
        table.evaluate("element => element.closest('details').open = true")
    check(page)
    gateway.stats.mode = "away"
    page.goto(f"{gateway.url}/sites/1")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    check(page)
    gateway.stats.mode = "nothing"
    page.goto(f"{gateway.url}/sites/2")
    expect(page.get_by_role("heading", name="Waiting for the first hit")).to_be_visible()
    check(page)


def check(page: Page) -> None:
    """No finding of axe; no scrolling sideways from 360 px to 2560 px."""
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    for width in (2560, 360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    brief = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
    assert brief == [], json.dumps(brief, indent=1)


def test_scripts_are_small_cached_and_sent_compressed(gateway: Harness) -> None:
    with gateway.browser() as client:
        page = client.get("/login")
        policy = page.headers["content-security-policy"]
        assert "unsafe" not in policy and "<style" not in page.text and "style=" not in page.text
        urls = re.findall(r'"(/assets/dashboard/[^"]+)"', page.text)
        assert urls and all("?v=" in url for url in urls)
        for url in urls:
            asset = client.get(url, headers={"accept-encoding": "gzip, br"})
            assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert asset.headers["content-encoding"] in ("br", "gzip")
            again = client.get(url.split("?")[0], headers={"if-none-match": asset.headers["etag"]})
            assert again.status_code == 304 and again.headers["cache-control"] == "no-cache"
        for missing in ("nothing.js", "..%2f..%2fsettings.py", "main.js.br", ".."):
            assert client.get(f"/assets/dashboard/{missing}").status_code == 404
    built = ROOT / "gateway/assets/dashboard"
    assert sum(path.stat().st_size for path in built.glob("*.js.br")) < 250_000


def test_pages_say_what_is_wrong_as_pages(gateway: Harness) -> None:
    with gateway.browser() as client:
        gateway.log_in(client)
        missing: httpx.Response = client.get("/sites/99")
        assert missing.status_code == 404 and "There is no such site." in missing.text
        assert missing.headers["content-type"].startswith("text/html")
