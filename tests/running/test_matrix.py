"""{no choice, reject, accept, custom, withdraw, GPC} × {France, Germany, Britain, California, elsewhere in the US, unknown}.

In each cell cookies, storage keys, requests and running scripts are exactly the expected sets, on the example shop and on a
page of the same site under a policy with a nonce. The expectations are written down here by themselves, from RULES.md, and
share no code with the product. Under each law all visitors come at once; each has a test that says what they must have.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.serving import free_socket, serving
from tests.browser.website import Website
from tests.running.gateways import RunningDemo
from tests.running.matrix_visits import Expected, Place, Visit, settle, wait_for

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


@pytest.fixture(scope="module")
def visits(law: str, site: Site, chromium: Browser) -> Iterator[dict[tuple[str, str], Visit]]:
    """Every visitor under one law, each with a browser profile of their own, all at the same time: waiting is long."""
    asks = not law.startswith("US")
    made = {
        (where, action): Visit(chromium, place, action, asks, expected(law, action))
        for where, place in site.places.items()
        for action in ACTIONS
    }
    everybody = made.values()
    for visit in everybody:
        visit.arrive()
        visit.answer()
    for visit in everybody:
        if visit.action == "withdraw":
            wait_for(lambda visit=visit: bool(visit.left_behind()), visit.page)  # type: ignore[misc]
    settle(everybody)
    for visit in everybody:
        visit.withdraw()
    settle(everybody)
    for visit in everybody:
        if visit.action == "withdraw":
            assert visit.left_behind() == frozenset()
        visit.requests.clear()
    for number in range(max(len(visit.place.shows) for visit in everybody)):
        for visit in everybody:
            for address in visit.place.shows[number : number + 1]:
                visit.page.goto(address)
        settle(everybody)
    for visit in everybody:
        wait_for(visit.everything_came, visit.page)
    settle(everybody)
    yield made
    for visit in everybody:
        visit.context.close()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("where", ["nonce", "shop"])
def test_exactly_what_may_be_there_is_there(visits: dict[tuple[str, str], Visit], where: str, action: str) -> None:
    visit = visits[where, action]
    want, sent = visit.want, visit.sent()
    assert visit.running() == want.running
    assert visit.own_cookies() == want.own
    assert visit.left_behind() == visit.may_be_left()
    assert ("v1/hit" in sent) == want.measured
    assert {path for path in sent if path.startswith("v1/")} <= {"v1/hit", "v1/sites/1/notice", "v1/consent"}
