"""Two workers on a real ClickHouse server: what one was told binds both with the next request."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from tests.clickhouse_server import ClickHouseServer
from tests.running.gateways import AGENT, RunningGateway

VISITOR = "gw_visitor_1"


class Browser:
    """Each request on a connection of its own, so that the workers take turns."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._gateway = gateway
        self.cookies: dict[str, str] = {}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._gateway.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"User-Agent": AGENT, "Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        for header in answer.headers.get_all("set-cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else {}

    def hit(self) -> dict[str, object]:
        return self.send("POST", "/v1/hit", {"site": 1, "type": "pageview", "url": "https://shop.example/"})[1]

    def consent(self) -> None:
        notice = self.send("GET", "/v1/sites/1/notice")[1]
        answer = {
            "site": 1,
            "purposes": {"analytics": True},
            "fingerprint": notice["policy"],
            "notice": notice["notice"],
            "method": "save",
        }
        status, body = self.send("POST", "/v1/consent", answer)
        assert status == 201, body


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[RunningGateway]:
    with (
        ClickHouseServer(tmp_path / "clickhouse") as server,
        RunningGateway(tmp_path, clickhouse=server.url, GATEWAY_WORKERS="2") as running,
    ):
        yield running


def test_a_withdrawal_binds_every_worker_with_the_next_hit(gateway: RunningGateway) -> None:
    for _ in range(10):
        browser = Browser(gateway)
        browser.consent()
        assert browser.hit() == {"status": "identified"} and VISITOR in browser.cookies
        status, _ = browser.send("DELETE", "/v1/consent?site=1")
        assert status == 200 and VISITOR not in browser.cookies, "expired in the same answer"
        for _ in range(6):
            assert browser.hit() == {"status": "refused", "reason": "refused"}
            assert VISITOR not in browser.cookies
