"""The whole path over HTTP, on the embedded database and on a real ClickHouse server: answer → hit → figures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.clickhouse_server import ClickHouseServer
from tests.running.gateways import AGENT, RunningGateway

SITE_DAY = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module", params=["embedded", "server"])
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    directory = tmp_path_factory.mktemp("gateway")
    if request.param == "embedded":
        with RunningGateway(directory) as running:
            yield running
    else:
        with (
            ClickHouseServer(directory / "clickhouse") as server,
            RunningGateway(directory, clickhouse=server.url) as running,
        ):
            running.wait_logged("schema migrated")
            yield running


class Browser(httpx.Client):
    def __init__(self, gateway: RunningGateway, agent: str = AGENT, **headers: str) -> None:
        super().__init__(base_url=gateway.url, headers={"user-agent": agent, **headers}, timeout=20)

    def answer(self, analytics: bool, **more: object) -> httpx.Response:
        notice = self.get("/v1/sites/1/notice").json()
        shown = {"fingerprint": notice["policy"], "notice": notice["notice"]}
        body = {"site": 1, "purposes": {"analytics": analytics}, **shown, **more}
        return self.post("/v1/consent", json=body)

    def see(self, path: str, **more: object) -> httpx.Response:
        body = {"site": 1, "type": "pageview", "url": f"https://shop.example{path}", "title": path, **more}
        return self.post("/v1/hit", content=json.dumps(body), headers={"content-type": "text/plain;charset=UTF-8"})


def stats(gateway: RunningGateway, query: str) -> dict[str, Any]:
    today = datetime.now(SITE_DAY).date().isoformat()
    answer: dict[str, Any] = gateway.get(f"/v1/stats/1?from={today}&to={today}&{query}")
    return answer


def wait_for(gateway: RunningGateway, query: str, expected: dict[str, object]) -> None:
    """The figures come soon; how soon is measured (docs/benchmarks.md), since this machine may be busy."""
    until = time.monotonic() + 120
    totals: object = None
    while time.monotonic() < until:
        totals = stats(gateway, query)["totals"]
        if isinstance(totals, dict) and all(totals.get(name) == value for name, value in expected.items()):
            return
        time.sleep(0.3)
    raise AssertionError(f"expected {expected}, got {totals}")


def test_answer_hit_figures(gateway: RunningGateway) -> None:
    with Browser(gateway) as visitor:
        assert visitor.see("/").json() == {"status": "refused", "reason": "no_choice"}
        answered = visitor.answer(True)
        assert answered.status_code == 201
        assert answered.json()["purposes"]["analytics"] is True
        assert "gw_visitor_1" in visitor.cookies
        first = visitor.see("/", referrer="https://www.google.com/search?q=mugs", page_view="a1", id="1")
        assert (first.status_code, first.json()) == (202, {"status": "identified"})
        assert visitor.see("/", page_view="a1", id="1").status_code == 202  # a retry
        assert visitor.see("/mugs", page_view="a2", id="2").status_code == 202
        engaged = {
            "site": 1,
            "type": "engagement",
            "page_view": "a2",
            "seconds": 12.5,
            "scroll": 0.8,
            "url": "https://shop.example/mugs",
        }
        assert visitor.post("/v1/hit", json=engaged).status_code == 202
        # One who looks at one page and leaves.
        with Browser(
            gateway, AGENT.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
        ) as other:
            other.answer(True)
            other.see("/mugs?utm_source=letter&utm_campaign=autumn")
        wait_for(
            gateway,
            "metrics=visitors,visits,pageviews,bounce_rate",
            {"visitors": 2, "visits": 2, "pageviews": 3, "bounce_rate": 0.5},
        )
        pages = {row["page"]: row["pageviews"] for row in stats(gateway, "metrics=pageviews&dimension=page")["rows"]}
        assert pages == {"/": 1, "/mugs": 2}
        sources = {
            row["referrer"]: row["visits"] for row in stats(gateway, "metrics=visits&dimension=referrer")["rows"]
        }
        assert sources == {"Google": 1, "autumn": 1}
        systems = {row["os"]: row["visitors"] for row in stats(gateway, "metrics=visitors&dimension=os")["rows"]}
        assert systems == {"Windows": 1, "Mac OS X": 1}
        filtered = stats(gateway, "metrics=visitors,pageviews&filter=os==Windows")["totals"]
        assert filtered == {"visitors": 1, "pageviews": 2}


def test_withdrawal_stops_the_next_hit(gateway: RunningGateway) -> None:
    with Browser(gateway) as visitor:
        visitor.answer(True)
        assert visitor.see("/").status_code == 202
        withdrawn = visitor.delete("/v1/consent?site=1")
        assert withdrawn.status_code == 200
        assert not any(withdrawn.json()["purposes"].values())
        assert "gw_visitor_1" not in visitor.cookies
        assert visitor.see("/").json() == {"status": "refused", "reason": "refused"}
        assert visitor.get("/v1/consent?site=1").json()["purposes"]["analytics"] is False


REFUSED_REQUESTS = [
    ("/v1/hit", b"not json", 400, "$"),
    ("/v1/hit", b'{"site":1,"type":"pageview"}', 400, "$"),
    ("/v1/hit", b'{"site":"one","type":"pageview","url":"https://shop.example/"}', 400, "$.site"),
    ("/v1/hit", b'{"site":7,"type":"pageview","url":"https://shop.example/"}', 400, "$.site"),
    ("/v1/hit", b'{"site":1,"type":"pageview","url":"https://shop.example/","surprise":1}', 400, "$"),
    ("/v1/hit", b"\xff\xfe", 400, "$"),
    ("/v1/hit", b"x" * 70_000, 413, "body"),
    ("/v1/hit", b'{"url":' + b"[" * 7000 + b"]" * 7000 + b"}", 400, "$"),
    ("/v1/consent", b"[" * 7000, 400, "$"),
    ("/v1/consent", b'{"site":1,"purposes":{"analytics":true},"fingerprint":"0000000000000000"}', 409, "$.fingerprint"),
    ("/v1/consent", b'{"site":1,"purposes":{"analytics":"yes"},"fingerprint":""}', 400, "$.purposes[...]"),
]


@pytest.mark.parametrize(("path", "body", "status", "where"), REFUSED_REQUESTS)
def test_bad_input_gets_a_clear_error(gateway: RunningGateway, path: str, body: bytes, status: int, where: str) -> None:
    with Browser(gateway) as visitor:
        answer = visitor.post(path, content=body)
    assert answer.status_code == status
    assert answer.json()["error"]["where"] == where
    assert answer.json()["error"]["what"]


def test_hits_of_test_domains_are_in_no_figure_unless_asked_for(gateway: RunningGateway) -> None:
    with Browser(gateway) as visitor:
        visitor.answer(True)
        tests = stats(gateway, "metrics=visits,pageviews&filter=test==1")["totals"]
        body = {"site": 1, "type": "pageview", "url": "https://staging.shop.example/only-here"}
        assert visitor.post("/v1/hit", json=body).status_code == 202
        expected = {name: number + 1 for name, number in tests.items()}
        wait_for(gateway, "metrics=visits,pageviews&filter=test==1", expected)
        assert stats(gateway, "metrics=visits&filter=page==/only-here")["totals"] == {"visits": 0}
        assert stats(gateway, "metrics=visits&filter=page==/only-here;test==1")["totals"] == {"visits": 1}
        pages = [row["page"] for row in stats(gateway, "metrics=pageviews&dimension=page")["rows"]]
        assert "/only-here" not in pages


DROPPED = [
    ("a crawler", {"agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "https://shop.example/", "bot"),
    ("no user agent", {"agent": ""}, "https://shop.example/", "bot_agent"),
    ("another host", {}, "https://evil.example/", "unknown_host"),
    ("no url", {}, "about:blank", "unknown_host"),
]


@pytest.mark.parametrize(("what", "browser", "url", "reason"), DROPPED)
def test_what_is_no_audience_is_dropped_and_counted(
    gateway: RunningGateway, what: str, browser: dict[str, str], url: str, reason: str
) -> None:
    def counted() -> float:
        lines = gateway.text("/metrics").splitlines()
        mark = f'gateway_hits_total{{outcome="dropped",reason="{reason}",site="1"}}'
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(mark))

    before = counted()
    with Browser(gateway, **browser) as visitor:
        visitor.answer(True)
        answer = visitor.post("/v1/hit", json={"site": 1, "type": "pageview", "url": url})
    assert (answer.status_code, answer.json()) == (200, {"status": "dropped", "reason": reason})
    assert counted() == before + 1


def test_a_yes_must_name_the_notice_that_was_shown(gateway: RunningGateway) -> None:
    """RULES.md E7: without it the ledger's row proves nothing."""
    with Browser(gateway) as visitor:
        for notice in ("", "0" * 64):
            answer = visitor.answer(True, notice=notice)
            assert answer.status_code == 400
            assert answer.json()["error"]["where"] == "$.notice"
        assert visitor.answer(False, notice="").status_code == 201


def test_two_visitors_may_send_the_same_id(gateway: RunningGateway) -> None:
    page = {"idsite": "1", "rec": "1", "url": "https://shop.example/cached", "rand": "42"}
    for agent in (AGENT, AGENT.replace("Chrome/130", "Chrome/131")):
        with Browser(gateway, agent) as visitor:
            visitor.answer(True)
            visitor.get("/matomo.php", params=page)
            visitor.get("/matomo.php", params=page)  # a retry
    wait_for(gateway, "metrics=pageviews,visitors&filter=page==/cached", {"pageviews": 2, "visitors": 2})


@pytest.mark.parametrize("path", ["/gateway/{}.js", "/v1/stats/{}", "/sites/{}", "/privacy/{}", "/v1/sites/{}/notice"])
def test_no_number_is_too_long(gateway: RunningGateway, path: str) -> None:
    with Browser(gateway) as visitor:
        assert visitor.get(path.format("1" * 5000)).status_code == 404


def test_matomo_clients(gateway: RunningGateway) -> None:
    page = {"idsite": "1", "rec": "1", "url": "https://shop.example/matomo", "action_name": "Matomo", "rand": "1"}
    with Browser(gateway) as visitor:
        pixel = visitor.get("/matomo.php", params=page)
        assert (pixel.status_code, pixel.headers["content-type"], len(pixel.content)) == (200, "image/gif", 43)
        assert pixel.headers["cache-control"] == "no-store"
        visitor.answer(True)
        assert visitor.get("/piwik.php", params={**page, "send_image": "0"}).status_code == 204
        beacon = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        assert visitor.post("/matomo.php", params={**page, "rand": "2"}, headers=beacon).status_code == 200
        assert visitor.post("/matomo.php", data={**page, "rand": "3"}).status_code == 200
        queue = [
            {**page, "rand": "4", "pf_net": 3, "pf_srv": 20, "h": 9, "http_status": 200},
            {
                **page,
                "rand": "5",
                "idgoal": 0,
                "ec_id": "A-1",
                "revenue": 9.5,
                "ec_items": [["S", "Boots", "Shoes", 9.5, 1]],
            },
            {**page, "rand": "6", "c_n": "Teaser", "c_t": "https://shop.example/sale"},
            None,
        ]
        bulk = visitor.post("/matomo.php", json={"requests": queue})
        assert bulk.json() == {"status": "success", "tracked": 3, "invalid": 1}
        assert visitor.get("/matomo.php", params={**page, "idsite": "99"}).status_code == 400
        assert visitor.get("/matomo.php", params={**page, "cid": "short"}).status_code == 400
        assert visitor.get("/matomo.php", params={**page, "rec": "0"}).status_code == 200
        assert visitor.get("/matomo.php").headers["content-type"].startswith("text/html")
        preflight = visitor.options("/matomo.php", headers={"origin": "https://shop.example"})
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    wait_for(
        gateway, "metrics=pageviews,orders,revenue&filter=page==/matomo", {"pageviews": 4, "orders": 1, "revenue": 9.5}
    )


def test_other_origins(gateway: RunningGateway) -> None:
    with Browser(gateway) as visitor:
        visitor.answer(True)
        ours = visitor.post("/v1/hit", json={}, headers={"origin": "https://shop.example"})
        assert "access-control-allow-origin" not in ours.headers  # no site was named: nobody's origin
        body = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
        own = visitor.post("/v1/hit", json=body, headers={"origin": "https://shop.example"})
        assert own.headers["access-control-allow-origin"] == "https://shop.example"
        foreign = visitor.post("/v1/hit", json=body, headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in foreign.headers
        for method, path in (("DELETE", "/v1/consent?site=1"), ("POST", "/v1/opt-out"), ("POST", "/v1/consent")):
            crossing = visitor.request(
                method, path, headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
                content=b'{"site":1,"what":"sale"}' if path.endswith("opt-out") else b'{"site":1,"purposes":{},"fingerprint":""}',
            )  # fmt: skip
            assert crossing.status_code == 403, (method, path)


def test_the_notice_that_was_shown_can_be_shown_again(gateway: RunningGateway) -> None:
    with Browser(gateway) as visitor:
        notice = visitor.get("/v1/sites/1/notice?language=fr").json()
        assert notice["language"] == "fr"
        exact = visitor.get(f"/v1/notices/{notice['notice']}")
        assert exact.status_code == 200
        assert exact.json()["texts"] == notice["texts"]
        assert "immutable" in exact.headers["cache-control"]
        assert visitor.get(f"/v1/notices/{'0' * 64}").status_code == 404


def test_commands_beside_the_running_gateway(gateway: RunningGateway) -> None:
    assert "hits" in gateway.command("retention")
    assert "day(s) rolled up" in gateway.command("rollup", "--full")
    assert "0 shown" in gateway.command("dead-letters", "list")


def test_operations(gateway: RunningGateway) -> None:
    assert gateway.get("/healthz")["status"] == "alive"
    ready = gateway.get("/readyz")
    assert ready["journal"]["writable"] is True
    assert ready["warehouse"]["answers"] is True
    assert len(ready["configuration"]) == 16
    assert gateway.get("/.well-known/gpc.json") == {"gpc": True, "lastUpdate": "2026-11-22"}
    metrics = gateway.text("/metrics")
    for name in (
        "gateway_hits_total",
        "gateway_journal_bytes",
        "gateway_journal_oldest_seconds",
        "gateway_delivered_rows_total",
    ):
        assert name in metrics
