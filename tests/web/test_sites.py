"""The page of all sites: a thousand are searched, sorted and paged at once; and the last figures while none can be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from gateway.accounts.principal import Principal, Role
from gateway.clock import FrozenClock
from gateway.web.every_site import FRESH_SECONDS
from gateway.web.last_answers import LONGEST_SECONDS, LastAnswers
from tests.web.harness import ADMIN_PASSWORD, API_TOKEN, Harness, make_site, running

ROOT = Path(__file__).parent.parent.parent
COUNT = 1000
NAMES = ["Aardvark <i>Inn</i>", "Zebra Crossing", *(f"Shop {number:04}" for number in range(3, COUNT + 1))]
SITES = tuple(make_site(number, name) for number, name in enumerate(NAMES, 1))
BEARER = {"authorization": f"Bearer {API_TOKEN}"}

built = pytest.mark.skipif(
    not (ROOT / "gateway/assets/dashboard/main.js").exists(), reason="the scripts are not built: npm run build"
)


@pytest.fixture(scope="module")
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clock: FrozenClock) -> Iterator[Harness]:
    with running(tmp_path_factory.mktemp("state"), clock, SITES) as harness:
        yield harness


@pytest.fixture
def gateway(served: Harness, clock: FrozenClock) -> Harness:
    served.stats.mode, served.stats.remembered = "figures", ""
    clock.advance(timedelta(seconds=FRESH_SECONDS))
    return served


@pytest.fixture
def page(chromium: Browser, gateway: Harness) -> Iterator[Page]:
    context = chromium.new_context(locale="en-IE", reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = gateway.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0")
    context.add_cookies([{"name": "gw_session", "value": session, "url": gateway.url}])
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [problem for problem in problems if "503" not in problem] == []


def test_everybody_sees_their_own_sites_in_one_answer(gateway: Harness) -> None:
    with gateway.browser() as client:
        assert client.get("/sites/figures").status_code == 401
        every = client.get("/sites/figures", headers=BEARER).json()
        assert len(every["sites"]) == COUNT and every["days"] == 30 and "stale" not in every
        viewer = gateway.accounts.create_token(Principal("v", Role.VIEWER, frozenset({2, 5})), by="tests")
        own = client.get("/sites/figures", headers={"authorization": f"Bearer {viewer}"}).json()
        assert [one["name"] for one in own["sites"]] == ["Shop 0005", "Zebra Crossing"]
        assert own["sites"][0]["figures"] in [one["figures"] for one in every["sites"]]
        assert len(own["sites"][0]["figures"]["daily"]) == 30


def test_while_the_warehouse_is_away_the_last_figures_are_told_with_their_age(
    gateway: Harness, clock: FrozenClock
) -> None:
    with gateway.browser() as client:
        before = client.get("/sites/figures", headers=BEARER).json()
        told = clock.timestamp()
        gateway.stats.mode = "away"
        clock.advance(timedelta(seconds=FRESH_SECONDS - 1))
        assert "stale" not in client.get("/sites/figures", headers=BEARER).json(), "asked a moment ago by somebody else"
        clock.advance(timedelta(minutes=5))
        after = client.get("/sites/figures", headers=BEARER).json()
        assert datetime.fromisoformat(after.pop("stale")).timestamp() == told and after == before
        gateway.stats.mode = "limit"
        clock.advance(timedelta(minutes=1))
        refused = client.get("/sites/figures", headers=BEARER)
        assert refused.status_code == 503 and "more memory or time" in refused.text, (
            "it is not away: what was met is said"
        )
        gateway.stats.mode = "away"
        # Who may see other sites gets nobody else's figures.
        viewer = gateway.accounts.create_token(Principal("w", Role.VIEWER, frozenset({7})), by="tests")
        assert client.get("/sites/figures", headers={"authorization": f"Bearer {viewer}"}).status_code == 503
        clock.advance(timedelta(seconds=LONGEST_SECONDS))
        assert client.get("/sites/figures", headers=BEARER).status_code == 503


def test_few_answers_are_kept_and_for_a_day(clock: FrozenClock) -> None:
    kept = LastAnswers[int](clock, most=2)
    for question in ("a", "b", "a", "c"):
        kept.keep(question, ord(question))
    assert kept.find("b") is None
    found = kept.find("a")
    assert found is not None and (found.answer, found.at) == (ord("a"), clock.timestamp())
    clock.advance(timedelta(seconds=LONGEST_SECONDS + 1))
    assert kept.find("a") is None


def names(page: Page) -> list[str]:
    return page.locator("#sites-rows th a").all_text_contents()


@built
def test_a_thousand_sites_are_searched_sorted_and_paged(gateway: Harness, page: Page) -> None:
    page.goto(gateway.url + "/")
    expect(page.locator("#sites-total")).to_contain_text("All together (1,000)")
    expect(page.locator("#sites")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#sites .bone")).to_have_count(0)
    assert len(names(page)) == 50 and names(page)[0] == "Aardvark <i>Inn</i>"
    assert page.locator("#sites-rows svg.spark").count() == 50
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.locator("#turning")).to_contain_text("51 to 100 of 1,000")
    page.get_by_role("button", name="Visitors").press("Enter")
    expect(page.get_by_role("columnheader", name="Visitors")).to_have_attribute("aria-sort", "descending")
    figures = [int(text.replace(",", "")) for text in page.locator("#sites-rows td:nth-child(3)").all_text_contents()]
    assert figures == sorted(figures, reverse=True) and figures[0] > 3900
    page.get_by_role("button", name="Visitors").click()
    assert names(page)[0] == "Aardvark <i>Inn</i>", "the one without a visitor"
    page.get_by_role("searchbox").fill("shop 09")
    expect(page.locator("#turning")).to_contain_text("1 to 50 of 100")
    assert page.url.endswith("/?q=shop+09&sort=visitors")
    expect(page.locator("#sites-total")).to_contain_text("All together (100)")
    page.reload()
    expect(page.locator("#turning")).to_contain_text("1 to 50 of 100")
    expect(page.get_by_role("searchbox")).to_have_value("shop 09")
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.get_by_text("No site matches.")).to_be_visible()
    # What typing takes, in the browser, with all thousand.
    took = page.evaluate(
        """() => {
          const search = document.getElementById("search"), began = performance.now();
          for (const words of ["", "s", "sh", "shop", "shop 0"]) {
            search.value = words;
            search.dispatchEvent(new Event("input"));
          }
          document.body.offsetHeight;
          return (performance.now() - began) / 5;
        }"""
    )
    assert took < 500, f"{took:.0f} ms a key"


@built
def test_figures_come_without_moving_anything(gateway: Harness, page: Page) -> None:
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.moved += one.value })"
        '.observe({ type: "layout-shift", buffered: true })'
    )

    def slow(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    for path, ready in (("/", "#sites-rows svg"), ("/sites/2", "#tiles .tile-figure")):
        # As if the figures took their time: the bones are seen first.
        page.route("**/figures", slow)
        page.goto(gateway.url + path)
        expect(page.locator(ready).first).to_be_visible()
        expect(page.locator("#sites .bone, #tiles .bone, #chart .bone")).to_have_count(0)
        assert page.evaluate("window.moved") < 0.1, path  # what web.dev calls good


@built
def test_stale_figures_are_shown_with_their_age_and_replaced(gateway: Harness, page: Page, clock: FrozenClock) -> None:
    page.goto(gateway.url + "/")
    expect(page.locator("#sites-rows svg")).to_have_count(50)
    gateway.stats.mode = "away"
    clock.advance(timedelta(minutes=10))
    page.goto(gateway.url + "/")
    expect(page.locator("#notice")).to_contain_text("These are the last figures")
    expect(page.locator("#sites-rows svg")).to_have_count(50)
    gateway.stats.mode = "figures"
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#notice")).to_be_empty()
    # The same on the overview of a site, which is opened anew while the database is away.
    gateway.stats.mode = "away"
    gateway.stats.remembered = (datetime.now(UTC) - timedelta(minutes=7)).isoformat()
    page.goto(gateway.url + "/sites/2")
    expect(page.locator("#notice")).to_contain_text("7 minutes ago")
    expect(page.locator("#tiles .tile-figure").first).to_be_visible()
    expect(page.locator("#freshness .live")).to_have_count(0)
    gateway.stats.mode = "figures"
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#notice")).to_be_empty()
    # With nothing remembered it says so, and shows none.
    gateway.stats.mode, gateway.stats.remembered = "away", ""
    page.goto(gateway.url + "/sites/2")
    expect(page.locator("#notice")).to_contain_text("not available right now")


@built
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(gateway: Harness, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(gateway.url + "/?q=shop")
    expect(page.locator("#sites-rows svg")).to_have_count(50)
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    for width in (2560, 360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    brief = [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found["violations"]]
    assert brief == [], json.dumps(brief, indent=1)
