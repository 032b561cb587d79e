"""Visitors of one place under one law: what they do, by the controls that they have, and what it leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from tests.running.gateways import AGENT


class Expected(NamedTuple):
    """What may stand after the page was loaded once more."""

    running: frozenset[str]
    measured: bool
    own: frozenset[str]  # the gateway's cookies, without gw_ and _1


class Place(NamedTuple):
    """Where a visitor is: the page on which they answer, those that show what stands, and whose scripts are whose."""

    answers: str
    shows: tuple[str, ...]
    scripts: dict[str, str]  # path → purpose
    leaves: dict[str, set[str]]


def new_visitor(chromium: Browser, gpc: bool) -> BrowserContext:
    # Headless chromium calls itself a crawler, and would rightly not be counted.
    context = chromium.new_context(user_agent=AGENT, extra_http_headers={"Sec-GPC": "1"} if gpc else {})
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


class Visit:
    """One visitor of one place, with what their browser asks for."""

    def __init__(self, chromium: Browser, place: Place, action: str, asks: bool, want: Expected) -> None:
        self.place = place
        self.action = action
        self.asks = asks
        self.want = want
        self.context = new_visitor(chromium, gpc=action == "GPC")
        self.page = self.context.new_page()
        self.requests: list[Request] = []
        self.page.on("request", lambda request: self.requests.append(request))

    def arrive(self) -> None:
        self.page.goto(self.place.answers)
        if self.asks:
            expect(self.page.locator("gateway-banner").get_by_role("dialog")).to_be_visible()
        else:
            expect(self.way_back()).to_be_visible()

    def way_back(self) -> Locator:
        return self.page.locator("gateway-privacy-choices").get_by_role("button", name="Privacy choices")

    def answer(self) -> None:
        if self.action not in ("no choice", "GPC"):
            answer(self.page, "accept" if self.action == "withdraw" else self.action, self.asks)

    def withdraw(self) -> None:
        """Where that is what they do: scripts had run, which only a new page undoes."""
        if self.action == "withdraw":
            assert self.left_behind(), "there is something to take back"
            self.way_back().click()
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="Reject all", exact=True).click()

    def sent(self) -> frozenset[str]:
        """The paths asked for, by page, script or frame."""
        return frozenset(request.url.split("?")[0].split("/", 3)[3] for request in self.requests)

    def running(self) -> frozenset[str]:
        return frozenset(self.place.scripts[path] for path in self.sent() if path in self.place.scripts)

    def may_be_left(self) -> frozenset[str]:
        return frozenset().union(*(self.place.leaves[purpose] for purpose in self.want.running))

    def left_behind(self) -> frozenset[str]:
        """Everything on the device that is not the gateway's own and not the shop's cart."""
        names = {str(cookie.get("name")) for cookie in self.context.cookies()}
        kept: list[str] = self.page.evaluate(
            "['local', 'session'].flatMap((kind) => Object.keys(window[`${kind}Storage`]).map((key) => `${kind} ${key}`))"
        )
        return frozenset({f"cookie {name}" for name in names if not name.startswith("gw_")} | set(kept))

    def own_cookies(self) -> frozenset[str]:
        names = {str(cookie.get("name")) for cookie in self.context.cookies()}
        return frozenset(name.removeprefix("gw_").removesuffix("_1") for name in names if name.startswith("gw_"))

    def everything_came(self) -> bool:
        """Whether all that must come is there; what must not may still be on its way."""
        return (
            self.running() >= self.want.running
            and ("v1/hit" in self.sent() or not self.want.measured)
            and self.own_cookies() >= self.want.own
            and self.left_behind() >= self.may_be_left()
        )


def settle(visits: Iterable[Visit]) -> None:
    """Until none of them has asked for anything during a third of a second."""
    visits = list(visits)
    before = -1
    while before != (asked := sum(len(visit.requests) for visit in visits)):
        before = asked
        visits[0].page.wait_for_timeout(350)


def wait_for(came: Callable[[], bool], page: Page) -> None:
    """Back once something is so, or after as long as it may take on a machine with much to do."""
    give_up = time.monotonic() + 30
    while not came() and time.monotonic() < give_up:
        page.wait_for_timeout(50)
