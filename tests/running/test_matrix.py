"""{no choice, reject, accept, custom, withdraw, GPC} × {France, Germany, Britain, California, elsewhere in the US, unknown}.

In each cell cookies, storage keys, requests and running scripts are exactly the expected sets, on the example shop and on a
page of the same site under a policy with a nonce. The expectations are written down here by themselves, from RULES.md, and
share no code with the product.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.serving import free_socket, serving
from tests.browser.website import Website
from tests.running.gateways import AGENT, RunningDemo

LAWS = {"FR": "FR", "DE": "DE", "GB": "GB", "US-CA": "US-CA", "US": "US", "unknown": ""}
ACTIONS = ("no choice", "reject", "accept", "custom", "withdraw", "GPC")

# What the example shop declares: what each purpose's scripts leave behind, and which of them sells.
LEAVES = {
    "payment-fraud": {"cookie vigie_check"},
    "analytics": {"local halden_insights"},
    "media": {"cookie kino_viewer"},
    "partners": {"cookie partner_pick", "local partner_seen"},
}
OPTIONAL = frozenset(LEAVES)
SALE = frozenset({"partners"})

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Nonce</title><link rel="icon" href="data:,">
<script nonce="r4nd0m" src="{gateway}/gateway/1.js" defer></script></head><body><main><h1>A page with a nonce</h1>
<script nonce="r4nd0m" type="text/plain" data-purpose="payment-fraud" src="/leave/payment-fraud.js"></script>
<script nonce="r4nd0m" type="text/plain" data-purpose="analytics" src="/leave/analytics.js"></script>
<script nonce="r4nd0m" type="text/plain" data-purpose="media" data-service="kino" src="/leave/media.js"></script>
<script nonce="r4nd0m" type="text/plain" data-purpose="partners" src="/leave/partners.js"></script>
<script nonce="r4nd0m" type="text/plain" data-purpose="undeclared" src="/leave/undeclared.js"></script>
</main></body></html>"""
POLICY = (
    "default-src 'none'; script-src 'nonce-r4nd0m'; connect-src {gateway}; frame-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types gateway"
)


class Expected(NamedTuple):
    """What may stand after the page was loaded once more."""

    running: frozenset[str]
    measured: bool
    own: frozenset[str]  # the gateway's cookies, without gw_ and _1


def expected(law: str, action: str) -> Expected:
    """RULES.md and DESIGN.md's decision table, for a site with a purpose that sells and no exemption."""
    us, gb = law.startswith("US"), law == "GB"
    runs_unasked = OPTIONAL if us else frozenset({"analytics"}) if gb else frozenset()
    if action == "no choice":
        return Expected(runs_unasked, "analytics" in runs_unasked, frozenset({"visitor"} if runs_unasked else ()))
    if action == "GPC":
        if us:  # an opt-out of sale (C2), kept without an identifier
            return Expected(OPTIONAL - SALE, True, frozenset({"optout", "visitor"}))
        # Elsewhere an objection to what runs without consent; where nothing runs, nothing changes. An unknown country may
        # be California: the opt-out is kept there too.
        return Expected(frozenset(), False, frozenset({"optout"} if law == "unknown" else ()))
    running = {"accept": OPTIONAL, "custom": frozenset({"media"})}.get(action, frozenset())
    own = {"choice"}
    if running:
        own.add("receipt")
    if "analytics" in running:
        own.add("visitor")
    elif us or gb:
        own.add("objection")  # a no must not lapse into measurement
    if us and not running >= SALE:
        own.add("optout")  # nor into a sale (C5)
    return Expected(running, "analytics" in running, frozenset(own))


class Place(NamedTuple):
    """Where a visitor is: the page on which they answer, those that show what stands, and whose scripts are whose."""

    answers: str
    shows: tuple[str, ...]
    scripts: dict[str, str]  # path → purpose
    leaves: dict[str, set[str]]


class Site:
    """The gateway under one law, with the shop and the page with a nonce beside it."""

    def __init__(self, demo: RunningDemo, website: Website) -> None:
        strict = website.whole_page(PAGE.replace("{gateway}", demo.url), policy=POLICY)
        scripts = {f"leave/{purpose}.js": purpose for purpose in (*LEAVES, "undeclared")}
        self.places = {
            "nonce": Place(strict, (strict,), scripts, LEAVES),
            "shop": Place(
                f"{demo.shop_url}/",
                (f"{demo.shop_url}/journal/from-clay-to-cup", f"{demo.shop_url}/checkout"),
                {
                    "static/card-check.js": "payment-fraud",
                    "static/insights.js": "analytics",
                    "player": "media",
                    "static/partners.js": "partners",
                },
                LEAVES,
            ),
        }


@pytest.fixture(scope="module", params=LAWS)
def law(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def site(law: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    demo = RunningDemo(tmp_path_factory.mktemp("demo"), GATEWAY_PRIVACY_LOCAL_JURISDICTION=LAWS[law])
    listening = free_socket()
    website = Website(f"http://localhost:{listening.getsockname()[1]}", demo.url)
    with demo, serving(website.app, listening):
        yield Site(demo, website)


def new_visitor(chromium: Browser, gpc: bool) -> BrowserContext:
    # Headless chromium calls itself a crawler, and would rightly not be counted.
    context = chromium.new_context(user_agent=AGENT, extra_http_headers={"Sec-GPC": "1"} if gpc else {})
    context.set_default_timeout(10_000)
    if gpc:
        context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    return context


def answer(page: Page, action: str, asks: bool) -> None:
    """What the visitor does, by the controls a visitor has."""
    way_back = page.locator("gateway-privacy-choices").get_by_role("button", name="Privacy choices")
    if action in ("reject", "accept", "withdraw") and not asks:
        way_back.click()
    elif action == "custom":
        page.get_by_role("button", name="Choose", exact=True).click() if asks else way_back.click()
    with page.expect_response(lambda response: "/v1/consent" in response.url and response.request.method == "POST"):
        if action == "custom":
            dialog = page.get_by_role("dialog", name="Privacy choices")
            videos = dialog.get_by_role(
                "checkbox", name="Embedded videos"
            )  # of a purpose with services: it may be mixed
            expect(videos).to_be_visible()
            for switch in dialog.get_by_role("switch").all():
                switch.set_checked(False)
            videos.set_checked(True)
            dialog.get_by_role("button", name="Save my choices").click()
        else:
            page.get_by_role("button", name="Reject all" if action == "reject" else "Accept all", exact=True).click()
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_have_count(0)


def own_cookies(context: BrowserContext) -> frozenset[str]:
    names = {str(cookie.get("name")) for cookie in context.cookies()}
    return frozenset(name.removeprefix("gw_").removesuffix("_1") for name in names if name.startswith("gw_"))


def left_behind(page: Page) -> frozenset[str]:
    """Everything on the device that is not the gateway's own and not the shop's cart."""
    names = {str(cookie.get("name")) for cookie in page.context.cookies()}
    kept: list[str] = page.evaluate(
        "['local', 'session'].flatMap((kind) => Object.keys(window[`${kind}Storage`]).map((key) => `${kind} ${key}`))"
    )
    return frozenset({f"cookie {name}" for name in names if not name.startswith("gw_")} | set(kept))


def settle(page: Page) -> None:
    """Until nothing has been asked for during a third of a second."""
    asked = [0]

    def count(_: Request) -> None:
        asked[0] += 1

    page.on("request", count)
    before = -1
    while before != asked[0]:
        before = asked[0]
        page.wait_for_timeout(350)
    page.remove_listener("request", count)


def requested(page: Page, addresses: tuple[str, ...]) -> frozenset[str]:
    """Loads the pages and gives the paths asked for, by page, script or frame."""
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    page.on("request", note)
    for address in addresses:
        page.goto(address)
        settle(page)
    page.remove_listener("request", note)
    return frozenset(request.url.split("?")[0].split("/", 3)[3] for request in sent)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("where", ["nonce", "shop"])
def test_exactly_what_may_be_there_is_there(site: Site, law: str, where: str, action: str, chromium: Browser) -> None:
    want, place = expected(law, action), site.places[where]
    context = new_visitor(chromium, gpc=action == "GPC")
    page = context.new_page()
    page.goto(place.answers)
    asks = not law.startswith("US")
    if asks:
        expect(page.locator("gateway-banner").get_by_role("dialog")).to_be_visible()
    else:
        expect(page.locator("gateway-privacy-choices").get_by_role("button", name="Privacy choices")).to_be_visible()
    if action not in ("no choice", "GPC"):
        answer(page, "accept" if action == "withdraw" else action, asks)
        settle(page)
    if action == "withdraw":
        assert left_behind(page), "there is something to take back"
        page.locator("gateway-privacy-choices").get_by_role("button", name="Privacy choices").click()
        with page.expect_navigation():  # scripts had run: only a new page undoes that
            page.get_by_role("button", name="Reject all", exact=True).click()
        settle(page)
        assert left_behind(page) == frozenset()

    sent = requested(page, place.shows)

    assert {place.scripts[path] for path in sent if path in place.scripts} == want.running
    assert own_cookies(context) == want.own
    assert left_behind(page) == frozenset().union(*(place.leaves[purpose] for purpose in want.running))
    assert ("v1/hit" in sent) == want.measured
    assert {path for path in sent if path.startswith("v1/")} <= {"v1/hit", "v1/sites/1/notice", "v1/consent"}
    context.close()
