"""Behind the edge nothing can obtain the full address: the scope and every header are walked."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from gateway.settings import Privacy, Proxy, Settings
from gateway.web.edge import ADDRESS, COUNTRY, EXCLUDED, PASSED, Edge

PEER = "203.0.113.77"
SPOOFS = [
    b"x-forwarded-for", b"forwarded", b"x-real-ip", b"true-client-ip", b"cf-connecting-ip", b"cf-connecting-ipv6",
    b"x-client-ip", b"x-cluster-client-ip", b"fastly-client-ip", b"x-azure-clientip", b"fly-client-ip", b"via",
    b"x-original-forwarded-for", b"x-appengine-user-ip", b"x-envoy-external-address", b"x-anything-at-all",
]  # fmt: skip


def pass_through(settings: Settings, headers: list[tuple[bytes, bytes]], peer: str = PEER) -> Scope:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        pass

    scope = {"type": "http", "client": (peer, 51234), "headers": headers, "path": "/", "query_string": b""}
    asyncio.run(Edge(app, settings)(scope, receive, send))
    return seen[0]


def walk(value: Any) -> list[str]:
    """Every text and number inside a scope."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in walk(part)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for part in value for text in walk(part)]
    return [value.decode("latin-1") if isinstance(value, bytes) else str(value)]


def test_the_full_address_is_nowhere_behind_the_edge() -> None:
    headers = [(name, PEER.encode()) for name in SPOOFS] + [(b"user-agent", b"Firefox")]
    for settings in (Settings(), Settings(proxy=Proxy(trusted=("203.0.113.0/24",), country_header="x-country"))):
        scope = pass_through(settings, headers)
        assert not [text for text in walk(scope) if PEER in text or "51234" in text]
        assert scope["client"] == ("203.0.113.0", 0)
        assert scope[ADDRESS] == "203.0.113.0"
        assert {name for name, _ in scope["headers"]} == {b"user-agent"}


def test_no_header_that_passes_is_one_that_proxies_put_addresses_into() -> None:
    assert not PASSED & set(SPOOFS)


def test_excluded_ranges_leave_as_a_boolean() -> None:
    settings = Settings(privacy=Privacy(excluded=("203.0.113.77/32",)))
    assert pass_through(settings, [])[EXCLUDED] is True
    assert pass_through(settings, [], "203.0.113.78")[EXCLUDED] is False


def test_countries_count_from_trusted_proxies_only() -> None:
    proxied = Settings(proxy=Proxy(trusted=("203.0.113.0/24",), country_header="CF-IPCountry"))
    assert pass_through(proxied, [(b"cf-ipcountry", b"FR")])[COUNTRY] == "FR"
    assert pass_through(proxied, [(b"cf-ipcountry", b"XX")])[COUNTRY] == ""
    assert pass_through(proxied, [(b"cf-ipcountry", b"France")])[COUNTRY] == ""
    assert pass_through(proxied, [(b"cf-ipcountry", b"FR")], "198.51.100.1")[COUNTRY] == ""
    assert pass_through(Settings(), [(b"cf-ipcountry", b"FR")])[COUNTRY] == ""
