"""Global Privacy Control in the browser (RULES.md C2–C6): what may run, whatever was answered, wherever the visitor is."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.law import GPC, rule, sell, set_gpc, settled
from tests.browser.website import Website

BODY = '<img data-purpose="analytics" data-src="/frame/a" alt=""><img data-purpose="media" data-src="/frame/m" alt="">'
ANSWERS = {"none": None, "yes": True, "no": False}
# (answer, signal) → (analytics, which is not sold; media, which is)
EUROPE = {
    ("none", False): (False, False),
    ("none", True): (False, False),
    ("yes", False): (True, True),
    ("yes", True): (True, True),
    ("no", False): (False, False),
    ("no", True): (False, False),
}
US = {**EUROPE, ("none", False): (True, True), ("none", True): (True, False), ("yes", True): (True, False)}
MATRIX = {
    "FR": EUROPE,
    # The UK lets measurement run until the visitor objects, and outside the US the signal objects.
    "GB": {**EUROPE, ("none", False): (True, False)},
    "US-CA": US,
    "US": US,
    # Perhaps a Californian: the signal wins over a yes.
    "": {**EUROPE, ("yes", True): (True, False)},
}


def visit(visitor: Visitor, address: str) -> None:
    visitor.page.goto(address)
    settled(visitor)


def runs(visitor: Visitor) -> tuple[bool, bool]:
    """As the gates have it; the API must say the same."""
    opened = visitor.page.evaluate(
        "['analytics', 'media'].map((id) => document.querySelector(`img[data-purpose=${id}]`).hasAttribute('src'))"
    )
    assert visitor.page.evaluate("['analytics', 'media'].map((id) => gateway.consent(id))") == opened
    return opened[0], opened[1]


@pytest.mark.parametrize(
    ("page", "header"), [(True, True), (True, False), (False, True)], ids=["both", "page", "header"]
)
@pytest.mark.parametrize("jurisdiction", MATRIX)
def test_what_may_run(
    visitor: Visitor, website: Website, fake: FakeGateway, jurisdiction: str, page: bool, header: bool
) -> None:
    sell(fake)
    visitor.context.add_init_script(GPC)
    address = website.page(BODY)
    visitor.page.goto(f"{website.url}/frame/blank")
    for (answer, signal), expected in MATRIX[jurisdiction].items():
        if not signal and not (page and header):
            continue
        visitor.context.clear_cookies()
        given = ANSWERS[answer]
        if given is not None:
            visitor.set_choice(fake.choice(dict.fromkeys(["analytics", "media", "payment-fraud"], given)))
        rule(fake, jurisdiction, gpc=signal and header)
        set_gpc(visitor, page=page and signal, header=header and signal)
        visitor.hits.clear()
        visit(visitor, address)
        assert runs(visitor) == expected, (answer, signal)
        if expected[0]:
            visitor.wait_for_hits(1)
        else:
            visitor.page.wait_for_timeout(100)
        assert bool(visitor.hits) is expected[0], (answer, signal)


def test_only_the_exact_value_counts(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    """RULES.md C2: the property is a boolean; nothing that merely looks like one is an opt-out, or breaks the page."""
    sell(fake)
    rule(fake, "US-CA")
    script = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => VALUES[window.name] })"
    visitor.context.add_init_script("const VALUES = { a: '1', b: 1, c: 'true', d: false, e: null, f: {} };" + script)
    address = website.page(BODY)
    visitor.page.goto(f"{website.url}/frame/blank")
    for name in "abcdef":
        visitor.page.evaluate("(name) => { window.name = name }", name)
        visit(visitor, address)
        assert runs(visitor) == (True, True), name


def test_what_is_sold_waits_for_the_gateway_s_view_of_the_signal(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    """RULES.md C3, C6: a header the page cannot see, or an opt-out on another device, wins over the stored yes."""
    sell(fake)
    rule(fake, "US-CA")
    visitor.set_choice(fake.choice(dict.fromkeys(["analytics", "media", "payment-fraud"], True)))
    asked = []
    visitor.page.route("**/v1/sites/1/notice*", lambda route: asked.append(route))
    visitor.page.goto(website.page(BODY))
    visitor.wait_until(lambda: bool(asked))
    assert runs(visitor) == (True, False)
    asked[0].continue_()
    visitor.page.locator("img[data-purpose=media][src]").wait_for(state="attached")
    assert runs(visitor) == (True, True)


def test_an_opt_out_in_another_tab_counts_on_return(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    sell(fake)
    rule(fake, "US-CA")
    visit(visitor, website.page(BODY))
    assert runs(visitor) == (True, True)
    visitor.context.add_cookies([{"name": "gw_optout_1", "value": "1", "url": website.url}])
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert runs(visitor) == (True, False)


def test_an_opt_out_asks_the_gateway_at_each_visit(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    """RULES.md C5: so that its cookie is renewed while the visitor keeps coming, and no stored yes ends it."""
    sell(fake)
    rule(fake, "US-CA")
    visitor.set_choice(fake.choice(dict.fromkeys(["analytics", "media", "payment-fraud"], True)))
    visitor.context.add_cookies([{"name": "gw_optout_1", "value": "1", "url": website.url}])
    for _ in range(2):
        visit(visitor, website.page(BODY))
        assert runs(visitor) == (True, False)
