"""One network cannot fill the ledger, and a no always holds (docs/operate.md, limits)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gateway.settings import Limits
from gateway.web.flood import MOST_KEYS, Flood
from tests.web.visitors import AGENT, Browser, Served, served

FEW = Limits(answers_per_minute=3)
NETWORK, NEIGHBOURS = "5.5.5.5", "80.80.80.80"  # of no local network: those are never held up
YES, NO = {"analytics": True}, {"analytics": False}


def unwritten(gateway: Served) -> float:
    counter = gateway.gateway.context.metrics.consents_unwritten
    return sum(sample.value for metric in counter.collect() for sample in metric.samples if "_total" in sample.name)


def test_a_yes_has_to_wait_and_a_no_holds_without_its_row(tmp_path: Path) -> None:
    with served(tmp_path, limits=FEW) as gateway:
        gateway.address = NETWORK
        assert [Browser(gateway).answer(YES).status_code for _ in range(5)] == [201, 201, 201, 429, 429]
        refused = Browser(gateway).answer(YES)
        assert refused.json()["error"]["what"].startswith("Too many answers")
        assert refused.headers["retry-after"] == "20"
        assert "set-cookie" not in refused.headers
        objector = Browser(gateway)
        assert objector.answer(NO).status_code == 201
        assert objector.get("/v1/consent?site=1").json()["purposes"]["analytics"] is False
        assert (len(gateway.rows()), unwritten(gateway)) == (3, 1)
        # Nobody else waits, and this network not for long.
        gateway.address = NEIGHBOURS
        assert Browser(gateway).answer(YES).status_code == 201
        gateway.address = NETWORK
        gateway.clock.advance(timedelta(seconds=20))
        assert Browser(gateway).answer(YES).status_code == 201
        assert [row["method"] for row in gateway.rows()] == ["save"] * 5


def test_a_withdrawal_is_written_however_full_its_network_is(tmp_path: Path) -> None:
    with served(tmp_path, limits=FEW) as gateway:
        gateway.address = NETWORK
        customer = Browser(gateway)
        assert customer.answer(YES).status_code == 201
        for _ in range(4):
            Browser(gateway).answer(NO)
        assert customer.send("DELETE", "/v1/consent?site=1").status_code == 200
        rows = gateway.rows()
        assert rows[-1]["method"] == "withdraw" and rows[-1]["follows"] == rows[0]["id"]
        # The same yes withdrawn over and over fills nothing either.
        for _ in range(5):
            Browser(gateway, cookies=customer.cookies).send("DELETE", "/v1/consent?site=1")
        assert len(gateway.rows()) <= 3 + 3


def test_a_signal_without_cookies_is_one_row_a_day(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        for _ in range(5):
            seen = Browser(gateway, gpc=True)
            assert seen.notice()["opted_out"] and "gw_optout_1" in seen.cookies
        assert [row["method"] for row in gateway.rows()] == ["gpc"]
        Browser(gateway, gpc=True).get("/v1/sites/1/notice", user_agent=AGENT + " Other/1")
        assert len(gateway.rows()) == 2
        gateway.clock.advance(timedelta(days=1))
        Browser(gateway, gpc=True).notice()
        assert len(gateway.rows()) == 3


def test_after_opting_in_the_signal_is_written_again(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway, gpc=True)
        visitor.notice()
        visitor.gpc = False
        assert visitor.send("DELETE", "/v1/opt-out?site=1&what=sale").status_code == 200
        visitor.gpc = True
        visitor.notice()
        assert [row["method"] for row in gateway.rows()] == ["gpc", "opt_in", "gpc"]


def test_a_share_comes_back_evenly_and_memory_is_bounded() -> None:
    flood = Flood(60)
    assert [flood.wait("a", 0.0) for _ in range(61)] == [0] * 60 + [1]
    assert [flood.wait("a", 2.0) for _ in range(3)] == [0, 0, 1]
    assert flood.wait("a", 1.0) == 1  # a clock that goes back gives nothing away
    for number in range(MOST_KEYS + 10):
        flood.wait(number, 0.0)
    assert len(flood._buckets) == MOST_KEYS
    assert all(Flood(0).wait("a", 0.0) == 0 for _ in range(1000))
