"""Chromium, a gateway, the example shop and a website of test pages.

`BROWSER_TEST_GATEWAY` names a running gateway whose site 1 is the example shop; the tests that script the gateway's law or
its failures (marked by their use of `fake`) are then skipped, the others run against it unchanged.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

from gateway.demo.shop import make_shop
from tests.browser.fake_gateway import FakeGateway
from tests.browser.serving import free_socket, serving, url_of
from tests.browser.website import Website

VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture(scope="session")
def _fake() -> Iterator[FakeGateway | None]:
    if os.environ.get("BROWSER_TEST_GATEWAY"):
        yield None
        return
    listening = free_socket()
    fake = FakeGateway(url_of(listening))
    with serving(fake.app, listening):
        yield fake


@pytest.fixture(scope="session")
def gateway_url(_fake: FakeGateway | None) -> str:
    return _fake.url if _fake else os.environ["BROWSER_TEST_GATEWAY"].rstrip("/")


@pytest.fixture(autouse=True)
def _fresh(_fake: FakeGateway | None) -> Iterator[None]:
    if _fake:
        _fake.reset()
    yield
    if _fake:
        assert _fake.wrong == [], "a gateway would have refused these hits"


@pytest.fixture
def fake(_fake: FakeGateway | None) -> FakeGateway:
    """The scripted gateway; a test that needs one cannot run against another."""
    if _fake is None:
        pytest.skip("needs the scripted gateway")
    return _fake


@pytest.fixture(scope="session")
def shop_url(gateway_url: str) -> Iterator[str]:
    listening = free_socket()
    with serving(make_shop(gateway_url, 1), listening):
        yield url_of(listening)


@pytest.fixture(scope="session")
def website(gateway_url: str) -> Iterator[Website]:
    listening = free_socket()
    site = Website(url_of(listening), gateway_url)
    with serving(site.app, listening):
        yield site


class Visitor:
    """One browser profile, with everything it sent and everything that went wrong in it."""

    def __init__(self, context: BrowserContext, gateway_url: str) -> None:
        self.context = context
        self.gateway_url = gateway_url
        self.hits: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.noise: list[str] = []
        context.add_init_script(VIOLATIONS)
        context.on("request", self._sent)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.noise.append(str(error.error)))
        self.page = context.new_page()

    def _sent(self, request: Request) -> None:
        path = urlsplit(request.url).path
        if request.url.startswith(self.gateway_url):
            self.requests.append(f"{request.method} {path}")
            if path == "/v1/hit" and request.method == "POST":
                self.hits.append(json.loads(request.post_data or "{}"))

    def _said(self, message: ConsoleMessage) -> None:
        self.noise.append(f"{message.type}: {message.text}")

    def cookies(self) -> set[str]:
        return {str(cookie.get("name")) for cookie in self.context.cookies()}

    def set_choice(self, value: str) -> None:
        self.context.add_cookies([{"name": "gw_choice_1", "value": value, "url": self.gateway_url}])

    def ran(self) -> list[str]:
        """The names of the test scripts that ran on the current page, in order."""
        found: list[str] = self.page.evaluate("window.ran ?? []")
        return found

    def pageviews(self) -> list[dict[str, Any]]:
        return [hit for hit in self.hits if hit["type"] == "pageview"]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def banner(self) -> Locator:
        return self.page.locator("gateway-banner").get_by_role("dialog")

    def way_back(self) -> Locator:
        """The button that is on every page once the question is out of the way."""
        return self.page.locator("gateway-privacy-choices").get_by_role("button")

    def wait_until(self, came: Callable[[], bool]) -> None:
        """Back once something is so, or when nobody would wait for it any longer; what is so then is for the test to say.

        Not wait_for_function: it evaluates text inside the page, which a page's policy forbids.
        """
        give_up = time.monotonic() + 30
        while not came() and time.monotonic() < give_up:
            self.page.wait_for_timeout(20)

    def wait_for_scripts(self, number: int) -> None:
        self.wait_until(lambda: len(self.ran()) >= number)
        assert len(self.ran()) == number, self.ran()

    def wait_for_hits(self, number: int) -> list[dict[str, Any]]:
        self.wait_until(lambda: len(self.hits) >= number)
        assert len(self.hits) >= number, self.hits
        return self.hits

    def settle(self) -> None:
        """Long enough for anything that must not happen to happen."""
        self.page.wait_for_timeout(300)

    def assert_quiet(self) -> None:
        """No console message, no uncaught error, no violation of the page's policy."""
        assert self.page.evaluate("window.violations") == []
        assert self.noise == []


def visitor_of(browser: Browser, gateway_url: str, **options: Any) -> Visitor:
    context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
    return Visitor(context, gateway_url)


@pytest.fixture
def visitor(browser: Browser, gateway_url: str) -> Iterator[Visitor]:
    made = visitor_of(browser, gateway_url)
    yield made
    made.context.close()


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page
