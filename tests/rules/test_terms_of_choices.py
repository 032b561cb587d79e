"""How long an answer is kept, to the second, yes and no alike, and that no visit makes it longer (RULES.md E5)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.clock import add_months_to_instant
from tests.web.visitors import SHOP, START, Browser, served

SECOND = timedelta(seconds=1)
OPTIONAL = ("payment-fraud", "analytics", "adverts", "media")
HIT = {"site": 1, "type": "pageview", "url": "https://shop.example/"}


def age_of(browser: Browser, cookie: str) -> int | None:
    """Seconds until the last answer lets a cookie end; None where it did not set it."""
    for header in browser.set_now:
        if header.startswith(f"{cookie}="):
            return int(header.partition("Max-Age=")[2].partition(";")[0])
    return None


@pytest.mark.parametrize("law", ["FR", "DE", "GB", "US-CA", ""])
def test_yes_and_no_end_at_the_same_second(tmp_path: Path, law: str) -> None:
    with served(tmp_path, law=law) as gateway:
        ends = []
        for said in (True, False):
            visitor = Browser(gateway)
            answered = visitor.answer(dict.fromkeys(OPTIONAL, said))
            ends.append((age_of(visitor, "gw_choice_1"), answered.json()["expires"]))
        assert ends[0] == ends[1]
        assert ends[0] == ((add_months_to_instant(START, 6) - START).total_seconds(), "2027-05-22T12:00:00Z")


@pytest.mark.parametrize("months", [6, 3])
def test_asked_again_at_the_end_of_the_term_and_not_before(tmp_path: Path, months: int) -> None:
    """Six months where the site says nothing; visits in between change nothing."""
    site = SHOP if months == 6 else structs.replace(SHOP, choice_months=months)
    with served(tmp_path, site) as gateway:
        visitors = {said: Browser(gateway) for said in (True, False)}
        for said, visitor in visitors.items():
            visitor.answer(dict.fromkeys(OPTIONAL, said))
        kept = {said: visitor.cookies["gw_choice_1"] for said, visitor in visitors.items()}
        for _ in range(2):
            gateway.clock.advance(timedelta(days=30))
            for visitor in visitors.values():
                for path in ("/v1/sites/1/notice", "/v1/consent?site=1", "/privacy/1", "/banner/1"):
                    visitor.get(path)
                    assert age_of(visitor, "gw_choice_1") is None, "a visit begins no new term"
                visitor.post("/v1/hit", HIT)
                assert age_of(visitor, "gw_choice_1") is None
        assert kept == {said: visitor.cookies["gw_choice_1"] for said, visitor in visitors.items()}
        for away in (-SECOND, 0 * SECOND, SECOND):
            gateway.clock.move_to(add_months_to_instant(START, months) + away)
            lapsed = away >= 0 * SECOND
            for said, visitor in visitors.items():
                assert visitor.notice()["ask"] is lapsed
                held = visitor.get("/v1/consent?site=1").json()["purposes"]
                assert held == (None if lapsed else dict.fromkeys(OPTIONAL, said))
                before = {"status": "identified"} if said else {"status": "refused", "reason": "refused"}
                after = {"status": "refused", "reason": "no_choice"}
                assert visitor.post("/v1/hit", HIT).json() == (after if lapsed else before)
