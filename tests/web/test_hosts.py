"""`domains` and `test_domains`: test hits are kept apart, those of unknown hosts dropped and counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.visitors import Browser, Served, served

KNOWN = [
    ("https://shop.example/", False),
    ("https://SHOP.example:8443/", False),
    ("https://www.shop.example/", False),
    ("https://a.b.shop.example/", False),
    ("https://staging.example/", True),
    ("http://staging.example:3000/mugs", True),
]
UNKNOWN = [
    "https://evil.example/",
    "https://notshop.example/",
    "https://shop.example.evil.example/",
    "https://www.staging.example/",
    "https://shop.example@evil.example/",
    "file:///home/me/shop.html",
    "about:srcdoc",
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    # Where measurement runs until the visitor objects, so that the host alone decides.
    with served(tmp_path_factory.mktemp("data"), law="GB") as one:
        yield one


def counted(gateway: Served, outcome: str) -> float:
    """The number of hits with this outcome and reason, as an operator sees it."""
    lines = [
        line for line in Browser(gateway).get("/metrics").text.splitlines() if line.startswith("gateway_hits_total{")
    ]
    found = [float(line.rpartition(" ")[2]) for line in lines if outcome in line and 'site="1"' in line]
    return sum(found)


@pytest.mark.parametrize(("url", "test"), KNOWN)
def test_hits_of_the_site_say_whether_they_are_tests(gateway: Served, url: str, test: bool) -> None:
    answer = Browser(gateway).post("/v1/hit", {"site": 1, "type": "pageview", "url": url})
    assert (answer.status_code, answer.json()) == (202, {"status": "identified"})
    assert gateway.rows("hits")[-1].get("test", False) is test


@pytest.mark.parametrize("url", UNKNOWN)
def test_hits_of_unknown_hosts_are_dropped_and_counted(gateway: Served, url: str) -> None:
    before, rows = counted(gateway, 'reason="unknown_host"'), len(gateway.rows("hits"))
    visitor = Browser(gateway)
    answer = visitor.post("/v1/hit", {"site": 1, "type": "pageview", "url": url})
    assert (answer.status_code, answer.json()) == (200, {"status": "dropped", "reason": "unknown_host"})
    assert counted(gateway, 'reason="unknown_host"') == before + 1
    assert len(gateway.rows("hits")) == rows
    assert visitor.cookies == {}
