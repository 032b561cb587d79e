"""Every recipe of docs/integrations.md, run in chromium from its own files."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from gateway.privacy.cookies import choice_key
from gateway.web.script import EmbeddedScript
from tests.browser.conftest import Visitor, visitor_of
from tests.browser.serving import free_socket, serving, url_of
from tests.integrations.recipe_site import PREFIX, RECIPES, RecipeSite, ThirdParties, integrity, statistics_tag

YES = {"analytics": True, "media": True, "payment-fraud": True}
NO = dict.fromkeys(YES, False)


@pytest.fixture(scope="session")
def _site() -> Iterator[RecipeSite]:
    listening = free_socket()
    site = RecipeSite(url_of(listening))
    with serving(site.app, listening):
        yield site


@pytest.fixture
def site(_site: RecipeSite) -> RecipeSite:
    _site.reset()
    return _site


@pytest.fixture
def visitor(chromium: Browser, site: RecipeSite) -> Iterator[Visitor]:
    made = visitor_of(chromium, site.url)
    yield made
    made.context.close()


@pytest.fixture
def third_parties(visitor: Visitor) -> ThirdParties:
    return ThirdParties(visitor)


def assert_asks_and_holds(visitor: Visitor, third_parties: ThirdParties, site: RecipeSite) -> None:
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert visitor.ran() == []
    assert third_parties.requests == []
    assert site.gateway.hits == []
    assert visitor.cookies() == set()


def wait_until_counted(visitor: Visitor, site: RecipeSite, number: int) -> list[str]:
    visitor.wait_until(lambda: len(site.gateway.hits) >= number)
    visitor.settle()
    return [hit["url"].removeprefix(site.url) for hit in site.gateway.hits if hit["type"] == "pageview"]


# Plain HTML


def test_plain_html(visitor: Visitor, site: RecipeSite, third_parties: ThirdParties) -> None:
    visitor.page.goto(site.url)
    assert_asks_and_holds(visitor, third_parties, site)
    expect(visitor.button("Always load")).to_be_visible()
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["tag.js", "call shop"]
    expect(visitor.page.locator("iframe").first).to_have_attribute("src", "https://video.example/embed/1")
    assert wait_until_counted(visitor, site, 1) == ["/"]
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("link", name="Privacy choices").click()
        visitor.page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    expect(visitor.button("Always load")).to_be_visible()
    assert visitor.ran() == []


def test_plain_html_names_the_form_for_browsers_without_scripts() -> None:
    html = (RECIPES / "plain/index.html").read_text(encoding="utf-8")
    assert f'<noscript><iframe src="{PREFIX}/banner/1"' in html


# Tag managers


def test_a_gated_container_is_not_fetched_before_the_yes(
    visitor: Visitor, site: RecipeSite, third_parties: ThirdParties
) -> None:
    site.show("tag-manager", "gated.html")
    visitor.page.goto(site.url)
    assert_asks_and_holds(visitor, third_parties, site)
    visitor.page.evaluate("gateway.choose({media: true})")
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["container players", "player"]
    visitor.page.evaluate("gateway.choose({analytics: true})")
    visitor.wait_for_scripts(4)
    assert visitor.ran()[2:] == ["container statistics", "counter"]
    with visitor.page.expect_navigation():
        visitor.page.evaluate("void gateway.withdraw()")
    expect(visitor.way_back()).to_be_visible()
    third_parties.requests.clear()
    visitor.page.reload()
    visitor.settle()
    assert visitor.ran() == [] and third_parties.requests == []


def test_tags_of_a_container_for_everybody_wait_for_their_purpose(
    visitor: Visitor, site: RecipeSite, third_parties: ThirdParties
) -> None:
    site.show("tag-manager", "always.html")
    visitor.page.goto(site.url)
    expect(visitor.banner()).to_be_visible()
    visitor.settle()
    assert visitor.ran() == ["container all"]
    visitor.page.evaluate("gateway.choose({media: true})")
    visitor.wait_for_scripts(2)
    visitor.settle()
    assert visitor.ran() == ["container all", "player"]
    visitor.page.reload()
    visitor.wait_for_scripts(2)
    assert sorted(visitor.ran()) == ["container all", "player"]
    events = visitor.page.evaluate("dataLayer.map(({event}) => event)")
    assert events == ["consent_media"]
    with visitor.page.expect_navigation():
        visitor.page.evaluate("void gateway.withdraw()")
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert visitor.ran() == ["container all"]


# Single-page applications


def test_a_router_counts_each_view_once_and_its_late_nodes_are_gated(
    visitor: Visitor, site: RecipeSite, third_parties: ThirdParties
) -> None:
    site.show("single-page")
    visitor.page.goto(site.url)
    assert_asks_and_holds(visitor, third_parties, site)
    visitor.page.get_by_role("link", name="Film").click()
    expect(visitor.button("Always load")).to_be_visible()
    visitor.page.get_by_role("link", name="Visit").click()
    expect(visitor.page.locator("gateway-placeholder")).to_have_count(0)
    visitor.settle()
    assert visitor.ran() == [] and third_parties.requests == []
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(1)
    assert visitor.ran() == ["map.js"]
    # Views that were left before the answer are never sent.
    assert wait_until_counted(visitor, site, 1) == ["/visit"]
    visitor.page.get_by_role("link", name="Film").click()
    expect(visitor.page.locator("main iframe")).to_have_attribute("src", "https://video.example/embed/1")
    assert wait_until_counted(visitor, site, 2) == ["/visit", "/film"]
    visitor.page.go_back()
    visitor.wait_for_scripts(2)
    assert wait_until_counted(visitor, site, 3) == ["/visit", "/film", "/visit"]
    titles = [hit["title"] for hit in site.gateway.hits if hit["type"] == "pageview"]
    assert titles == ["Visit", "Film", "Visit"]


# HTML from a cache


def test_cached_html_is_one_for_all_and_each_visitor_gets_the_right_gates(chromium: Browser, site: RecipeSite) -> None:
    site.show("cached")
    site.cached = True
    answers = [
        httpx.get(site.url, headers={"cookie": f"gw_choice_1={site.gateway.choice(said)}"}) for said in (YES, NO)
    ]
    assert answers[0].content == answers[1].content == (RECIPES / "cached/index.html").read_bytes()
    assert site.origin_answers == 1
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()
    ran: list[list[str]] = []
    frames: list[int] = []
    for said in (YES, NO, {**NO, "media": True}, None):
        visitor = visitor_of(chromium, site.url)
        third_parties = ThirdParties(visitor)
        if said is not None:
            visitor.set_choice(site.gateway.choice(said))
        visitor.page.goto(site.url)
        expect(visitor.banner() if said is None else visitor.way_back()).to_be_visible()
        visitor.settle()
        ran.append(visitor.ran())
        frames.append(sum("video.example" in request for request in third_parties.requests))
        visitor.context.close()
    assert ran == [["tag.js"], [], [], []]
    assert frames == [1, 0, 1, 0]
    assert site.origin_answers == 1


# Strict policies


def test_a_policy_of_nonces_with_strict_dynamic(
    visitor: Visitor, site: RecipeSite, third_parties: ThirdParties
) -> None:
    site.show("strict-csp", "nonce.html", policy="nonce.csp", fill={"nonce": "R4nd0mPerAnswer"})
    visitor.page.goto(site.url)
    assert_asks_and_holds(visitor, third_parties, site)
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(2)
    assert visitor.ran() == ["tag.js", "call shop"]
    assert wait_until_counted(visitor, site, 1) == ["/"]
    visitor.page.get_by_role("link", name="Privacy choices").click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    visitor.assert_quiet()


def pinned(site: RecipeSite) -> dict[str, str]:
    alone = EmbeddedScript(site.gateway.url).alone
    tag = integrity(statistics_tag("tag.js"))
    return {
        "hash": alone.hash,
        "integrity": alone.integrity,
        "policy": site.gateway.site.fingerprint,
        "statistics": tag,
    }


def test_pinned_by_hash_the_script_and_what_it_loads_run(
    visitor: Visitor, site: RecipeSite, third_parties: ThirdParties
) -> None:
    site.show("strict-csp", "sri.html", policy="sri.csp", fill=pinned(site))
    visitor.page.goto(site.url)
    assert_asks_and_holds(visitor, third_parties, site)
    parts = visitor.page.evaluate(
        "[...document.scripts].map(({src, integrity}) => [new URL(src, location).pathname, integrity])"
    )
    later = [(path, pin) for path, pin in parts if path.startswith(f"{PREFIX}/gateway-ui.")]
    assert len(later) == 1 and later[0][1].startswith("sha256-")
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(1)
    visitor.page.reload()
    visitor.wait_for_scripts(1)
    expect(visitor.way_back()).to_be_visible()
    visitor.assert_quiet()


def test_bytes_that_are_not_those_pinned_never_run(
    visitor: Visitor, site: RecipeSite, third_parties: ThirdParties
) -> None:
    site.show("strict-csp", "sri.html", policy="sri.csp", fill=pinned(site))
    site.gateway.spoil = True
    visitor.set_choice(site.gateway.choice(YES))
    visitor.page.goto(site.url)
    visitor.settle()
    assert visitor.page.evaluate("typeof window.gateway") == "undefined"
    assert visitor.ran() == [] and third_parties.requests == []
    expect(visitor.page.get_by_role("heading", name="The pottery")).to_be_visible()


# Rendered on a server


@pytest.fixture
def server_side(site: RecipeSite, monkeypatch: pytest.MonkeyPatch) -> RecipeSite:
    """The recipe's own application, reading the cookie with the example for Python."""
    monkeypatch.syspath_prepend(str(RECIPES.parent / "verify-choice/python"))
    monkeypatch.delitem(sys.modules, "choice", raising=False)
    recipe = loaded("server_side_recipe", RECIPES / "server-side/app.py")
    keys = [choice_key(b"k" * 32, 1)]
    site.page_app = recipe.make_app(keys, site.gateway.site.fingerprint)
    return site


def loaded(name: str, file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_server_renders_the_tag_live_only_after_a_genuine_yes(server_side: RecipeSite) -> None:
    gateway = server_side.gateway
    forged = gateway.choice(NO).rpartition(".")[2]
    cookies = {
        "": False,
        f"gw_choice_1={gateway.choice(YES)}": True,
        f"gw_choice_1={gateway.choice(NO)}": False,
        f"gw_choice_1={gateway.choice({'media': True})}": False,
        f"gw_choice_1={gateway.choice(YES).rpartition('.')[0]}.{forged}": False,
        f"gw_choice_1={gateway.choice(YES, policy='0' * 16)}": False,
        f"gw_choice_1={gateway.choice(YES, expires=1_000_000_000)}": False,
        f"gw_choice_2={gateway.choice(YES)}": False,
        f"gw_choice_1={gateway.choice(YES)}; gw_objection_1=1": False,
        f"gw_choice_1={gateway.choice(YES)}; gw_optout_1=1": False,
        f"gw_choice_1={gateway.choice(YES)}; gw_optout_1=a": False,
    }
    for cookie, live in cookies.items():
        answer = httpx.get(server_side.url, headers={"cookie": cookie})
        assert ('<script src="https://statistics.example/tag.js" defer>' in answer.text) is live, cookie
        assert answer.headers["cache-control"] == "private, no-store"
    yes = f"gw_choice_1={gateway.choice(YES)}"
    assert 'tag.js" defer' not in httpx.get(server_side.url, headers={"cookie": yes, "sec-gpc": "1"}).text


def test_the_rendered_tag_goes_live_gated_and_away(
    visitor: Visitor, server_side: RecipeSite, third_parties: ThirdParties
) -> None:
    visitor.page.goto(server_side.url)
    assert_asks_and_holds(visitor, third_parties, server_side)
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(1)
    visitor.page.reload()
    visitor.wait_for_scripts(1)
    assert 'src="https://statistics.example/tag.js" defer' in visitor.page.content()
    visitor.settle()
    assert visitor.ran() == ["tag.js"], "never twice"
    with visitor.page.expect_navigation():
        visitor.page.evaluate("void gateway.withdraw()")
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert visitor.ran() == []
    assert 'src="https://statistics.example/tag.js" defer' not in visitor.page.content()
