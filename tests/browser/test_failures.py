"""Fails closed: whatever becomes of the gateway, nothing is granted and the page works (RULES.md E2)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.test_choices import GATED, assert_nothing_granted
from tests.browser.website import Website

NOTICE = "**/v1/sites/1/notice*"


def assert_page_works(visitor: Visitor) -> None:
    visitor.page.get_by_role("link", name="Last link").click()
    assert visitor.page.url.endswith("#y")
    assert visitor.page.evaluate("getComputedStyle(document.body).overflow") == "visible"


def answer_with(status: int, body: str) -> Callable[[Route], None]:
    def fulfill(route: Route) -> None:
        origin = route.request.headers.get("origin", "*")
        headers = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
        route.fulfill(status=status, body=body, content_type="application/json", headers=headers)

    return fulfill


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda route: route.abort("connectionrefused"),
        answer_with(500, "{}"),
        answer_with(200, "<html>"),
        answer_with(200, "null"),
        answer_with(200, "[]"),
        answer_with(200, '{"site": 1, "ask": false, "measure": "now"}'),
        answer_with(200, '{"site": 2}'),
    ],
    ids=["down", "error", "html", "null", "list", "partial", "other-site"],
)
def test_notice_fails(visitor: Visitor, website: Website, behaviour: Callable[[Route], None]) -> None:
    visitor.context.route(NOTICE, behaviour)
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    visitor.settle()
    assert_nothing_granted(visitor)
    assert_page_works(visitor)
    visitor.way_back().click()
    expect(visitor.page.get_by_text("unavailable")).to_be_visible()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.context.unroute(NOTICE)
    visitor.way_back().click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


def test_notice_is_slow(visitor: Visitor, website: Website) -> None:
    held: list[Route] = []
    visitor.context.route(NOTICE, lambda route: held.append(route))
    visitor.page.goto(website.page(GATED))
    visitor.page.wait_for_timeout(700)
    assert len(held) == 1
    assert_nothing_granted(visitor)
    assert_page_works(visitor)
    # Six seconds are enough for anyone.
    expect(visitor.way_back()).to_be_visible(timeout=8000)
    assert_nothing_granted(visitor)


def test_a_notice_with_half_its_purposes_broken(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    def spoil(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["purposes"][1].pop("name")
        route.fulfill(response=answer, body=json.dumps(body))

    visitor.context.route(NOTICE, spoil)
    visitor.page.goto(website.page(GATED))
    expect(visitor.way_back()).to_be_visible()
    expect(visitor.banner()).to_have_count(0)
    assert_nothing_granted(visitor)


@pytest.mark.parametrize("status", [400, 409, 503])
def test_an_answer_that_is_not_recorded_grants_nothing(
    visitor: Visitor, website: Website, fake: FakeGateway, status: int
) -> None:
    fake.consent_status = status
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    expect(visitor.page.get_by_role("alert")).to_have_text(fake.texts["failed"])
    assert_nothing_granted(visitor)
    assert visitor.page.evaluate("gateway.consent('analytics')") is False
    fake.consent_status = 201
    visitor.button("Accept all").click()
    expect(visitor.banner()).to_have_count(0)
    visitor.wait_for_scripts(5)


def test_what_counts_is_what_was_recorded(visitor: Visitor, website: Website) -> None:
    behaviour = answer_with(201, '{"purposes": {"media": true, "analytics": false}, "expires": "2099-01-01T00:00:00Z"}')
    visitor.context.route(
        "**/v1/consent", lambda route: behaviour(route) if route.request.method == "POST" else route.continue_()
    )
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(2)
    visitor.settle()
    assert visitor.ran() == ["needed", "second"]
    assert visitor.hits == []


@pytest.mark.parametrize("body", ["null", "{}", '{"purposes": null}', '{"purposes": {"analytics": 1}}', "nonsense"])
def test_a_nonsensical_receipt_grants_nothing(visitor: Visitor, website: Website, body: str) -> None:
    behaviour = answer_with(201, body)
    visitor.context.route(
        "**/v1/consent", lambda route: behaviour(route) if route.request.method == "POST" else route.continue_()
    )
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    expect(visitor.page.get_by_role("alert")).not_to_be_empty()
    assert_nothing_granted(visitor)


def test_without_cookies_an_answer_holds_for_the_page(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    fake.sets_cookies = False
    visitor.page.goto(website.page(GATED))
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(5)
    visitor.wait_for_hits(1)
    visitor.page.reload()
    expect(visitor.banner()).to_be_visible()


def test_a_blocked_script_leaves_the_page_alone(visitor: Visitor, website: Website) -> None:
    visitor.context.route("**/gateway/1.js", lambda route: route.abort())
    visitor.page.goto(website.page(GATED))
    visitor.settle()
    assert visitor.hits == [] and visitor.page.evaluate("window.ran ?? []") == []
    assert_page_works(visitor)
