"""What a purpose left on the device goes when it is refused: declared cookies and storage keys, and only those."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec import structs
from playwright.sync_api import expect

from gateway.sites.site import Cookie
from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import PURPOSES, FakeGateway
from tests.browser.website import Website

LISTEN = """
window.cleared = [];
document.addEventListener("gateway:cleared", ({ detail }) => window.cleared.push(detail));
"""
YES = {"analytics": True, "media": True, "payment-fraud": True}


def declare(fake: FakeGateway, **names: list[str]) -> None:
    """Cookies and keys by purpose (`-` written as `_`); a name may begin with `local:` or `session:`."""
    kinds = {"local": "local_storage", "session": "session_storage"}

    def cookie(text: str) -> Cookie:
        kind, _, name = text.rpartition(":")
        return Cookie(name=name, kind=kinds.get(kind, "cookie"), life="A day", description="A test.")  # type: ignore[arg-type]

    fake.ask_for(
        *(
            structs.replace(each, cookies=tuple(cookie(name) for name in names.get(each.id.replace("-", "_"), [])))
            for each in PURPOSES
        )
    )


def set_cookies(visitor: Visitor, *cookies: str) -> None:
    visitor.page.evaluate("cookies => { for (const cookie of cookies) document.cookie = cookie }", list(cookies))


def names(visitor: Visitor) -> set[str]:
    return {name for name in visitor.cookies() if not name.startswith("gw_")}


def cleared(visitor: Visitor) -> list[dict[str, Any]]:
    visitor.settle()
    found: list[dict[str, Any]] = visitor.page.evaluate("window.cleared")
    return found


@pytest.fixture
def shop(website: Website) -> str:
    """The website under a name with parents: browsers find *.localhost on this machine."""
    return f"http://www.shop.localhost:{urlsplit(website.url).port}"


def test_cookies_of_every_domain_and_path_go(visitor: Visitor, website: Website, shop: str, fake: FakeGateway) -> None:
    declare(fake, media=["kino_*", "exact"], analytics=["counted"])
    visitor.context.add_init_script(LISTEN)
    address = website.page(name="shop/deep/page")
    visitor.page.goto(address.replace(website.url, shop))
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    domains = ("", "; domain=www.shop.localhost", "; domain=.shop.localhost")
    paths = ("/", "/pages", "/pages/shop/", "/pages/shop/deep", "/pages/shop/deep/page")
    combined = [(domain, path) for domain in domains for path in paths]
    set_cookies(visitor, *(f"kino_{n}=1; path={path}{domain}" for n, (domain, path) in enumerate(combined)))
    set_cookies(visitor, *(f"exact=1; path={path}{domain}" for domain, path in combined), "exactly=1", "counted=1")
    assert len(visitor.context.cookies()) >= 2 * len(combined) + 2
    assert visitor.page.evaluate("gateway.choose({media: false})") is True
    (detail,) = cleared(visitor)
    assert sorted(detail["removed"]) == sorted([*(f"kino_{n}" for n in range(len(combined))), "exact"])
    assert (detail["left"], detail["unseen"]) == ([], [])
    assert names(visitor) == {"exactly", "counted"}


def test_only_what_no_allowed_purpose_declares_goes(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    declare(
        fake,
        necessary=["cart", "shared_cart", "local:shared"],
        media=["gone", "shared_*", "*_nothing", "gw_*", "local:watched_*", "session:watching", "local:shared"],
        analytics=["local:watched_by_us"],
    )
    visitor.context.add_init_script(LISTEN)
    visitor.page.goto(website.page())
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    set_cookies(visitor, "cart=1", "gone=1", "shared_cart=1", "shared_other=1", "undeclared=1")
    visitor.page.evaluate(
        """() => {
          for (const key of ["watched_1", "watched_by_us", "shared", "gone", "watching"]) localStorage[key] = "1";
          for (const key of ["watching", "watched_1"]) sessionStorage[key] = "1";
        }"""
    )
    visitor.page.evaluate("gateway.choose({media: false})")
    assert cleared(visitor) == [
        {"removed": ["gone", "shared_other", "watched_1", "watching"], "left": [], "unseen": ["*_nothing"]}
    ]
    assert names(visitor) == {"cart", "shared_cart", "undeclared"}
    assert "gw_choice_1" in visitor.cookies()
    assert visitor.page.evaluate("Object.keys(localStorage).sort()") == ["gone", "shared", "watched_by_us", "watching"]
    assert visitor.page.evaluate("Object.keys(sessionStorage)") == ["watched_1"]


def test_what_cannot_be_cleared_is_said(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    declare(fake, media=["stays", "elsewhere"])
    visitor.context.add_init_script(LISTEN)
    visitor.context.add_init_script(
        """const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
        Object.defineProperty(document, "cookie", {
          get: () => get.call(document),
          set: (text) => text.startsWith("stays=;") || set.call(document, text),
        });"""
    )
    visitor.page.goto(website.page())
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    set_cookies(visitor, "stays=1; path=/", "elsewhere=1; path=/another")
    visitor.page.evaluate("gateway.rejectAll()")
    assert cleared(visitor)[0] == {"removed": [], "left": ["stays"], "unseen": ["elsewhere"]}
    expect(visitor.page.get_by_text("Still stored")).to_contain_text("stays")


def test_a_page_that_loads_anew_clears_what_came_on_the_way_out(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    declare(fake, media=["early", "last"])
    visitor.context.add_init_script(LISTEN)
    visitor.set_choice(fake.choice(YES))
    body = """<script type="text/plain" data-purpose="media">document.cookie = "early=1; path=/";
    addEventListener("pagehide", () => { document.cookie = "last=1; path=/" }); (window.ran ??= []).push("kino")</script>"""
    visitor.page.goto(website.page(body, policy=""))
    visitor.wait_for_scripts(1)
    assert "early" in names(visitor)
    with visitor.page.expect_navigation():
        visitor.page.evaluate("void gateway.withdraw()")
    assert cleared(visitor) == [{"removed": ["last"], "left": [], "unseen": []}]
    assert names(visitor) == set() and visitor.ran() == []


def test_another_tab_that_learns_of_a_withdrawal_clears_its_storage(
    visitor: Visitor, website: Website, fake: FakeGateway
) -> None:
    declare(fake, media=["session:here"])
    visitor.context.add_init_script(LISTEN)
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(website.page())
    visitor.wait_for_hits(1)
    visitor.page.evaluate("sessionStorage.here = '1'")
    visitor.set_choice(fake.choice({**YES, "media": False}))
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert [each["removed"] for each in cleared(visitor)] == [["here"]]
    assert visitor.page.evaluate("sessionStorage.length") == 0


def test_a_signal_over_a_stored_yes_clears(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    declare(fake, media=["sold"], analytics=["counted"])
    fake.ask_for(*(structs.replace(each, sale=each.id == "media") for each in fake.site.site.purposes))
    fake.jurisdiction = "US-CA"
    visitor.context.add_init_script(LISTEN)
    visitor.context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    visitor.set_choice(fake.choice(YES))
    visitor.context.add_cookies([{"name": name, "value": "1", "url": website.url} for name in ("sold", "counted")])
    visitor.page.goto(website.page())
    visitor.wait_for_hits(1)
    assert [each["removed"] for each in cleared(visitor)] == [["sold"]]
    assert names(visitor) == {"counted"}


@pytest.mark.parametrize("how", ["lapsed", "policy"])
def test_what_nobody_refused_stays(visitor: Visitor, website: Website, fake: FakeGateway, how: str) -> None:
    declare(fake, media=["kept"])
    visitor.context.add_init_script(LISTEN)
    if how == "policy":
        visitor.set_choice(fake.choice(YES, policy="0" * 16))
    visitor.context.add_cookies([{"name": "kept", "value": "1", "url": website.url}])
    visitor.page.goto(website.page())
    expect(visitor.banner()).to_be_visible()
    visitor.page.keyboard.press("Escape")
    assert cleared(visitor) == [] and names(visitor) == {"kept"}
    # A service that is still allowed keeps what its purpose declares: nobody knows which of them needs it.
    visitor.page.evaluate("gateway.choose({media: false}, {kino: true})")
    assert cleared(visitor) == [] and names(visitor) == {"kept"}
