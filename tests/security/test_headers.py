"""The headers that browsers are kept safe by, on every route and every error."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from gateway.web.headers import SecurityHeaders
from gateway.web.routes import HOT_PATHS
from tests.security.surface import Actor, ways
from tests.web.visitors import Browser, Served, served


def directives(answer: httpx.Response) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    assert len({part[0] for part in parts}) == len(parts), "a directive that comes twice counts once"
    return {part[0]: part[1:] for part in parts}


def check(answer: httpx.Response, *, hot: bool = False, framed: bool = False) -> None:
    """What holds for an answer of whatever route."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers
    kind = answer.headers.get("content-type", "")
    if hot and not kind.startswith("text/html"):
        assert kind in ("application/json", "image/gif", "")
        return
    policy = directives(answer)
    text = answer.headers["content-security-policy"]
    assert (
        "unsafe-" not in text and "*" not in text.replace(":*", "").replace("://*.", "") and "http:" not in text.split()
    )
    assert policy["default-src"] == ["'none'"] and policy["base-uri"] == ["'none'"]
    assert set(policy.get("script-src", [])) <= {"'self'"} and set(policy.get("style-src", [])) <= {"'self'"}
    if framed:
        assert policy["frame-ancestors"] == [
            "https://shop.example:*", "https://*.shop.example:*", "https://staging.example:*",
        ]  # fmt: skip
        assert "x-frame-options" not in answer.headers
    else:
        assert policy["frame-ancestors"] == ["'none'"]
    if kind.startswith("text/html"):
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert framed or answer.headers["x-frame-options"] == "DENY"
        assert "'self'" in policy["form-action"]
    if not hot:
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer", "strict-origin-when-cross-origin")


def test_every_answer_has_them(gateway: Served, people: dict[str, Actor]) -> None:
    for way in ways(gateway):
        if way.path == "/logout":
            continue
        for name in ("nobody", "admin"):
            answer = people[name].ask(gateway, way)
            check(answer, hot=way.path in HOT_PATHS, framed=way.path == "/banner/{site}")
            # A redirect of this kind is kept by nobody who was not told to (RFC 9110 § 15.4).
            if (
                answer.status_code not in (302, 303, 307)
                and way.method == "GET"
                and way.path.startswith(
                    ("/v1/stats", "/sites/", "/requests", "/ledger", "/audit", "/v1/requests", "/v1/subjects")
                )
            ):
                assert {"private", "no-store"} & set(answer.headers.get("cache-control", "").split(", ")), way.line


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing/here"), ("GET", "/sites/nothing"), ("PATCH", "/login"), ("DELETE", "/v1/stats/1"),
        ("GET", "/login/"), ("GET", "/v1/notices/x"), ("GET", "/gateway/99.js"), ("GET", "/%2e%2e/%2e%2e/etc/passwd"),
        ("GET", "/assets/dashboard/..%2f..%2fsettings.py"), ("POST", "/privacy/99"), ("TRACE", "/"), ("HEAD", "/"),
    ],
)  # fmt: skip
def test_errors_have_them_too(gateway: Served, method: str, path: str) -> None:
    answer = Browser(gateway).send(method, path)
    assert 400 <= answer.status_code < 500 or method == "HEAD"
    check(answer)


@pytest.mark.parametrize("seconds", [0, 31_536_000])
def test_transport_security_is_said_where_it_is_wanted(seconds: int) -> None:
    async def page(_request: object) -> HTMLResponse:
        return HTMLResponse("<p>")

    async def figures(_request: object) -> JSONResponse:
        return JSONResponse({}, headers={"content-security-policy": "sandbox"})

    app = SecurityHeaders(Starlette(routes=[Route("/page", page), Route("/figures", figures)]), hsts_seconds=seconds)

    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://a.example") as client:
            return [await client.get(path) for path in ("/page", "/figures", "/nothing")]

    answers = asyncio.run(both())
    wanted = f"max-age={seconds}" if seconds else None
    assert [answer.headers.get("strict-transport-security") for answer in answers] == [wanted] * 3
    assert answers[1].headers["content-security-policy"] == "sandbox"  # a route's own is left as it is


def test_the_gateways_own_address_says_when_browsers_insist_on_tls(tmp_path_factory: pytest.TempPathFactory) -> None:
    for url, expected in (("https://privacy.shop.example", "max-age=600"), ("http://localhost:8000", None)):
        with served(tmp_path_factory.mktemp("hsts"), url=url, hsts_seconds=600) as one:
            assert one.request("GET", "/login", {}).headers.get("strict-transport-security") == expected
