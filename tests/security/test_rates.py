"""How much one network and one site may ask in a minute; nothing that a client writes makes its network another one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from gateway.accounts.principal import Principal, Role
from gateway.settings import Limits
from tests.web.visitors import AGENT, Browser, Served, served

NETWORK, NEIGHBOURS, ELSEWHERE = "5.5.5.5", "5.5.5.99", "80.80.80.80"
HIT = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
TRACK = "/matomo.php?idsite=1&rec=1&url=https://shop.example/"
FEW = Limits(requests_per_minute=6, site_hits_per_minute=9)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, limits=FEW) as one:
        one.address = NETWORK
        yield one


def refused(gateway: Served, reason: str) -> float:
    counter = gateway.gateway.metrics.refused.labels(reason)
    return float(counter._value.get())


def test_a_network_has_a_share_whatever_it_calls_itself(gateway: Served) -> None:
    """Headers, cookies and user agents do not vary the key: CWE-348, use of a less trusted source."""
    number = count()

    def disguised(path: str) -> int:
        given = next(number)
        headers = {
            "x-forwarded-for": f"9.9.{given}.9",
            "forwarded": f"for=9.9.{given}.9",
            "x-real-ip": f"9.9.{given}.9",
            "cf-connecting-ip": f"9.9.{given}.9",
            "true-client-ip": f"9.9.{given}.9",
            "user-agent": f"{AGENT} {given}",
            "cookie": f"gw_visitor_1={given}",
            "origin": f"https://{given}.shop.example",
            "accept-language": f"de-{given}",
            "host": f"{given}.example",
        }
        answer = gateway.request("GET", path, headers)
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) == 10 and "network" in answer.text
        return answer.status_code

    assert [disguised(TRACK) for _ in range(8)] == [200] * 6 + [429] * 2
    gateway.address = NEIGHBOURS  # of the same /24
    assert disguised("/login") == 429
    gateway.address = ELSEWHERE
    assert disguised("/login") == 200
    assert refused(gateway, "network_rate") == 3
    gateway.address = NETWORK
    gateway.clock.advance(timedelta(seconds=10))
    assert [disguised(path) for path in ("/gateway/1.js", "/healthz")] == [200, 429]


def test_choices_are_never_held_up(gateway: Served) -> None:
    for _ in range(8):
        Browser(gateway).get("/login")
    assert Browser(gateway).get("/login").status_code == 429
    visitor = Browser(gateway)
    assert visitor.send("DELETE", "/v1/consent?site=1").status_code == 200
    assert visitor.post("/v1/opt-out", {"site": 1, "what": "sale"}).status_code == 200
    assert visitor.submit("/do-not-sell/1", {}).status_code == 303
    assert visitor.get("/privacy/1").status_code == visitor.get("/banner/1").status_code == 200


def test_a_site_has_a_share_from_wherever_it_comes(gateway: Served) -> None:
    answers = []
    for network in range(11):
        gateway.address = f"80.80.{network}.1"
        answers.append(Browser(gateway).post("/v1/hit", HIT))
    assert [answer.status_code for answer in answers] == [200] * 9 + [429] * 2
    assert "site" in answers[-1].json()["error"]["what"] and answers[-1].headers["retry-after"]
    assert refused(gateway, "site_rate") == 2
    # Reading is no hit, and neither is what comes from this machine.
    assert Browser(gateway).get("/v1/sites/1/notice").status_code == 200
    gateway.address = "127.0.0.1"
    assert Browser(gateway).post("/v1/hit", HIT).status_code == 200


def test_a_batch_counts_for_what_is_in_it_unless_its_token_may_track(gateway: Served) -> None:
    batch = {"requests": [TRACK.partition("php")[2]] * 7}
    assert Browser(gateway).post("/matomo.php", batch).status_code == 200
    late = Browser(gateway).post("/matomo.php", batch)
    assert late.status_code == 429 and late.json()["tracked"] == 0
    token = gateway.gateway.accounts.create_token(Principal("importer", Role.TRACKING, frozenset({1})), by="test")
    answer = gateway.request("POST", "/matomo.php", {}, json.dumps({**batch, "token_auth": token}).encode())
    assert (answer.status_code, answer.json()["tracked"]) == (200, 7)
    reader = gateway.gateway.accounts.create_token(Principal("reader", Role.VIEWER, frozenset({1})), by="test")
    answer = gateway.request("POST", "/matomo.php", {}, json.dumps({**batch, "token_auth": reader}).encode())
    assert answer.status_code == 429
