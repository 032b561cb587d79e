"""What pages of other origins may do and read, on every route: CORS, and requests that a browser is made to send."""

from __future__ import annotations

import pytest

from gateway.web import csrf
from gateway.web.login import FORM_COOKIE
from gateway.web.matomo import PATHS
from tests.security.surface import Actor, Way, ways
from tests.web.visitors import Browser, Served

OWN = "https://www.shop.example"
ALLOWED = "access-control-allow-origin"
STRANGERS = [
    "https://evil.example",
    "null",
    "http://www.shop.example",  # may have been written by anyone on the way
    "https://www.shop.example.evil.example",
    "https://notshop.example",
    "https://evil.example/https://www.shop.example",
    "https://www.shop.example@evil.example",
    "https://evil.example#www.shop.example",
    "file://www.shop.example",
    "https://www.shop.example\t.evil.example",
    "*",
]
# What pages of the website may read, with the visitor's cookies.
PUBLIC = {"/v1/hit", "/v1/consent", "/v1/opt-out", "/v1/sites/{site}/notice", *PATHS}
# The same bytes for everybody: any page may read them, and no cookie goes with it.
WORLD = {
    "/gateway/{site}.js", "/gateway.js", "/matomo.js", "/piwik.js", "/gateway.{hash}.js", "/gateway-{chunk}.{hash}.js",
    "/v1/notices/{fingerprint}", "/openapi.json", "/.well-known/gpc.json",
}  # fmt: skip
# Take a hit from whichever page; cookies then allow nothing.
HITS = {"/v1/hit", *PATHS}
# POST, and yet only reading: the method and its parameters in a form, as Matomo's clients send them.
READING = {"POST /", "POST /index.php"}


def allowing(gateway: Served, way: Way, origin: str, actor: Actor) -> tuple[str, str]:
    headers = actor.ask(gateway, way, origin=origin, sec_fetch_site="cross-site").headers
    return headers.get(ALLOWED, ""), headers.get("access-control-allow-credentials", "")


def test_only_the_public_surface_answers_other_origins(gateway: Served, people: dict[str, Actor]) -> None:
    """CWE-942: no origin is reflected but a site's own, and a wildcard comes without credentials."""
    for way in ways(gateway):
        for origin in (*STRANGERS[:2], OWN):
            for actor in (people["nobody"], people["admin"]):
                allowed = allowing(gateway, way, origin, actor)
                if way.path in WORLD:
                    assert allowed in (("*", ""), ("", "")), (way.line, origin)
                elif origin != OWN or way.path not in PUBLIC:
                    assert allowed == ("", ""), (way.line, origin)


@pytest.mark.parametrize("origin", STRANGERS)
def test_no_other_origin_reads_the_public_surface(gateway: Served, origin: str) -> None:
    visitor = Browser(gateway)
    for method, path in (
        ("GET", "/v1/consent?site=1"), ("GET", "/v1/sites/1/notice"), ("POST", "/v1/hit"), ("POST", "/matomo.php?idsite=1"),
        ("OPTIONS", "/v1/consent"), ("OPTIONS", "/v1/hit"), ("OPTIONS", "/v1/opt-out"), ("OPTIONS", "/matomo.php"),
    ):  # fmt: skip
        body = b'{"site": 1, "type": "pageview", "url": "https://shop.example/"}'
        answer = visitor.send(method, path, body, origin=origin, access_control_request_method="POST")
        assert ALLOWED not in answer.headers and "access-control-allow-credentials" not in answer.headers, (
            method,
            path,
        )
    for refused in (
        visitor.post("/v1/opt-out", {"site": 1, "what": "sale"}, origin=origin),
        visitor.send("DELETE", "/v1/consent?site=1", origin=origin),
    ):
        assert refused.status_code == 403 and "set-cookie" not in refused.headers


def test_a_sites_own_pages_read_what_is_theirs(gateway: Served) -> None:
    answer = Browser(gateway).get("/v1/consent?site=1", origin=OWN)
    assert (answer.headers[ALLOWED], answer.headers["access-control-allow-credentials"]) == (OWN, "true")
    assert "origin" in answer.headers["vary"].lower()
    # Another site of the same gateway is another origin.
    theirs = Browser(gateway).get("/v1/consent?site=2", origin=OWN)
    assert ALLOWED not in theirs.headers
    assert Browser(gateway).post("/v1/opt-out", {"site": 2, "what": "sale"}, origin=OWN).status_code == 403


def test_no_other_website_changes_anything(gateway: Served, people: dict[str, Actor]) -> None:
    """CSRF (CWE-352): with the visitor's cookies, a right token, and every header that a browser would add."""
    changing = [
        way for way in ways(gateway) if way.method != "GET" and way.path not in HITS and way.line not in READING
    ]
    assert len(changing) > 20
    for way in changing:
        for headers in (
            {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
            {"sec_fetch_site": "cross-site", "origin": gateway.url},
            {"sec_fetch_site": "cross-site", "origin": OWN},
            {"sec_fetch_site": "same-origin", "origin": "https://evil.example"},
        ):
            answer = people["admin"].ask(gateway, way, **headers)
            lasting = [cookie for cookie in answer.headers.get_list("set-cookie") if "gw_login" not in cookie]
            assert not lasting, (way.line, headers)
            # A hot path without the method, or a body that names no site, is wrong whoever sends it.
            wrong = way.path in ("/v1/consent", "/v1/opt-out")
            assert answer.status_code in ((400, 403, 405) if wrong else (401, 403)), (
                way.line,
                headers,
                answer.text[:200],
            )


def test_a_form_needs_its_own_token(gateway: Served, people: dict[str, Actor]) -> None:
    """Also from a client that says nothing of where a request comes from; a token of another session is none."""
    admin, viewer = people["admin"], people["viewer"]
    cookie = f"gw_session={admin.session}; {FORM_COOKIE}=x"
    forms = [
        way
        for way in ways(gateway)
        if way.method == "POST"
        and way.path in ("/requests", "/requests/{id}", "/ledger/verification", "/language", "/logout")
    ]
    assert len(forms) == 5
    for way in forms:
        for given in ("", csrf.token(viewer.session), csrf.token(""), admin.session, "é"):
            headers = {"cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
            answer = gateway.request("POST", way.address, headers, f"csrf={given}&language=fr".encode())
            assert answer.status_code == 403, (way.line, given)


def test_a_hit_from_another_website_is_decided_without_what_cookies_allow(gateway: Served) -> None:
    visitor = Browser(gateway)
    assert visitor.answer({"analytics": True}).status_code == 201
    hit = {"site": 1, "type": "pageview", "url": "https://shop.example/"}
    track = "/matomo.php?idsite=1&rec=1&url=https://shop.example/"
    assert visitor.post("/v1/hit", hit).json() == {"status": "identified"}
    rows = len(gateway.rows("hits"))
    assert visitor.post("/v1/hit", hit, sec_fetch_site="cross-site").json()["reason"] == "no_choice"
    visitor.get(track, sec_fetch_site="cross-site")
    assert len(gateway.rows("hits")) == rows
    visitor.get(track, sec_fetch_site="same-site")
    assert len(gateway.rows("hits")) == rows + 1
    # A refusal holds wherever the hit is sent from.
    visitor.answer({"analytics": False})
    assert visitor.post("/v1/hit", hit, sec_fetch_site="cross-site").json()["reason"] == "refused"
