"""Whatever a visitor does, wherever: gates, window.gateway, Consent Mode, __uspapi and __gpp say the same after every step."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import FakeGateway
from tests.browser.law import GPC, GRANTED_BY, rule, sell, set_gpc, settled
from tests.browser.test_signals import decode
from tests.browser.website import Website

PURPOSES = ["necessary", "analytics", "media", "payment-fraud"]
BODY = "".join(f'<img data-purpose="{purpose}" data-src="/frame/{purpose}" alt="">' for purpose in PURPOSES)
CALLS = {
    "accept": "gateway.acceptAll()",
    "reject": "gateway.rejectAll()",
    "save": "gateway.choose({media: true, analytics: false})",
    "withdraw": "gateway.withdraw()",
}
ACTIONS = [*CALLS, "opt out", "gpc on", "gpc header", "gpc off", "policy", "clock", "reload"]
HALF_A_YEAR = 200 * 86_400  # longer than an answer lasts
CLOCK = """const now = Date.now; Date.now = () => now() + Number(localStorage.getItem("later"));"""
TOLD = """(purposes) => new Promise((done) => __gpp("hasSection", () => {
  const told = {
    allowed: Object.fromEntries(purposes.map((id) => [id, gateway.consent(id)])),
    open: Object.fromEntries(purposes.map((id) => [id, document.querySelector(`img[data-purpose=${id}]`).hasAttribute("src")])),
    player: gateway.consent("media", "kino"),
    types: Object.assign({}, ...dataLayer.map((entry) => entry[2])),
  };
  __uspapi("getUSPData", 1, ({ uspString }) => { told.usp = uspString; });
  __gpp("ping", ({ gppString, applicableSections, signalStatus }) =>
    Object.assign(told, { gppString, applicableSections, signalStatus }));
  done(told);
}, "usca"))"""


def test_nothing_ever_disagrees(visitor: Visitor, website: Website, fake: FakeGateway) -> None:
    visitor.context.add_init_script(GPC)
    visitor.context.add_init_script(CLOCK)
    address = website.page(BODY)
    strings: list[tuple[str, str, bool]] = []

    def check(jurisdiction: str, last: str, gpc: bool, opted_out: bool) -> None:
        told: dict[str, Any] = visitor.page.evaluate(TOLD, PURPOSES)
        allowed = told["allowed"]
        assert told["open"] == allowed
        for kind, state in told["types"].items():
            purposes = [purpose for purpose, kinds in GRANTED_BY.items() if kind in kinds]
            if kind != "wait_for_update":
                assert (state == "granted") == (bool(purposes) and all(allowed[purpose] for purpose in purposes)), kind
        if last in ("reject", "withdraw"):
            assert not any(allowed[purpose] for purpose in PURPOSES[1:])
        if last == "accept":
            assert allowed["analytics"] and allowed["payment-fraud"]
            assert allowed["media"] is not (opted_out or (gpc and jurisdiction != "FR"))
        assert not (opted_out and allowed["media"])
        if jurisdiction == "FR":
            assert (told["usp"], told["applicableSections"]) == ("1---", [-1])
        else:
            # A yes to what is sold leaves a part of it that was refused before as it was.
            assert told["usp"] == ("1YNN" if allowed["media"] and told["player"] else "1YYN")
            assert told["applicableSections"] == [8]
            strings.append((told["gppString"], told["usp"], gpc))
        assert told["signalStatus"] == "ready"

    def put_clock(later: float) -> None:
        """The browser's and the gateway's."""
        fake.later = later
        visitor.page.evaluate("(later) => localStorage.setItem('later', later)", later * 1000)

    def load() -> None:
        visitor.page.goto(address)
        settled(visitor)

    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @example("US-CA", ["reject", "save"])
    @given(st.sampled_from(["FR", "US-CA", "US", ""]), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=5))
    def walk(jurisdiction: str, actions: list[str]) -> None:
        edition, gpc, opted_out, last = 0, False, False, ""
        visitor.context.clear_cookies()
        put_clock(0)
        sell(fake)
        rule(fake, jurisdiction)
        set_gpc(visitor, page=False, header=False)
        load()
        check(jurisdiction, last, gpc, opted_out)
        for action in actions:
            if action in CALLS:
                assert visitor.page.evaluate(CALLS[action]) is True
                last = action
            elif action == "opt out":
                visitor.context.add_cookies([{"name": "gw_optout_1", "value": "1", "url": website.url}])
                visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
                opted_out = True
            else:
                if action.startswith("gpc"):
                    gpc = action != "gpc off"
                    set_gpc(visitor, page=action == "gpc on", header=gpc)
                    rule(fake, jurisdiction, gpc=gpc)
                if action == "policy":
                    edition += 1
                    sell(fake, edition=edition)
                    last = last if last in ("reject", "withdraw") else ""
                if action == "clock":
                    put_clock(fake.later + HALF_A_YEAR)
                    last = ""  # every answer is over; an opt-out is not
                load()
                if action == "clock" and jurisdiction == "FR":
                    assert not any(visitor.page.evaluate(f"gateway.consent('{purpose}')") for purpose in PURPOSES[1:])
            check(jurisdiction, last, gpc, opted_out)

    visitor.page.goto(f"{website.url}/frame/blank")
    walk()
    told = sorted(set(strings))
    for (_, usp, gpc), decoded in zip(told, decode([text for text, _, _ in told]), strict=True):
        answer = 1 if usp == "1YYN" else 2
        assert [decoded["usca"][name] for name in ("SaleOptOut", "SharingOptOut", "Gpc")] == [answer, answer, gpc]
    assert {usp for _, usp, _ in told} == {"1YYN", "1YNN"}
