from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.clock import FrozenClock
from gateway.web.csrf import origin_of
from gateway.web.pages import local_path
from tests.web.harness import ADMIN_PASSWORD, API_TOKEN, Harness, csrf_of, make_site, running

SITES = (make_site(1, "Harbour Shop"), make_site(2, "Hill Blog"))


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def gateway(tmp_path: Path, clock: FrozenClock) -> Iterator[Harness]:
    with running(tmp_path, clock, SITES) as harness:
        yield harness


@pytest.fixture
def browser(gateway: Harness) -> Iterator[httpx.Client]:
    with gateway.browser() as client:
        yield client


def test_a_browser_without_a_session_is_sent_to_the_form_and_back(gateway: Harness, browser: httpx.Client) -> None:
    asked = browser.get("/sites/1?range=today&filter=country==FR")
    assert asked.status_code == 303
    location = asked.headers["location"]
    assert location == "/login?next=" + quote("/sites/1?range=today&filter=country==FR", safe="")
    form = browser.get(location)
    assert form.status_code == 200 and form.headers["cache-control"] == "no-store"
    entered = browser.post(
        "/login",
        data={
            "name": "admin",
            "password": ADMIN_PASSWORD,
            "csrf": csrf_of(form),
            "next": "/sites/1?range=today&filter=country==FR",
        },
    )
    assert entered.status_code == 303
    assert entered.headers["location"] == "/sites/1?range=today&filter=country==FR"
    assert browser.get("/sites/1").status_code == 200
    assert browser.get("/login?next=/sites/2").headers["location"] == "/sites/2"


def test_an_api_without_a_session_answers_401_as_json(browser: httpx.Client) -> None:
    answer = browser.get("/v1/stats/1?from=2026-11-01&to=2026-11-01")
    assert answer.status_code == 401 and answer.json()["error"]["what"]


def test_the_session_cookie_is_shut_away(gateway: Harness, browser: httpx.Client) -> None:
    cookie = next(
        header for header in gateway.log_in(browser).headers.get_list("set-cookie") if header.startswith("gw_session=")
    )
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "secure" not in attributes and not any(part.startswith("domain") for part in attributes)


def test_behind_https_and_a_prefix_the_cookie_is_secure_and_bound_to_the_path(
    tmp_path: Path, clock: FrozenClock
) -> None:
    with running(tmp_path, clock, SITES, prefix="/consent", scheme="https") as gateway, gateway.browser() as browser:
        page = browser.get("/")
        assert page.headers["location"] == "/consent/login?next=%2Fconsent%2F"
        form = browser.get("/login")
        assert 'action="/consent/login"' in form.text and "/consent/assets/dashboard/pages.css?v=" in form.text
        # The client speaks plain http here and so would keep no Secure cookie: hand it over.
        secret = form.headers["set-cookie"].split("=")[1].split(";")[0]
        entered = browser.post(
            "/login",
            data={"name": "admin", "password": ADMIN_PASSWORD, "csrf": csrf_of(form), "next": "/consent/sites/2"},
            headers={"cookie": f"gw_login={secret}"},
        )
        assert entered.headers["location"] == "/consent/sites/2"
        session = next(one for one in entered.headers.get_list("set-cookie") if one.startswith("gw_session="))
        assert "; Secure" in session and "Path=/consent;" in session


def test_a_wrong_password_says_no_more_than_that(gateway: Harness, browser: httpx.Client) -> None:
    wrong = gateway.log_in(browser, password="wrong password")
    unknown = gateway.log_in(browser, name="<script>alert(1)</script>", password="wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert "Wrong name or password." in wrong.text and "Wrong name or password." in unknown.text
    assert "<script>alert(1)" not in unknown.text
    assert "gw_session" not in wrong.headers.get("set-cookie", "")


def test_repeated_failures_are_answered_429_with_a_growing_wait(
    gateway: Harness, browser: httpx.Client, clock: FrozenClock
) -> None:
    for _ in range(5):
        assert gateway.log_in(browser, password="wrong password").status_code == 401
    first = gateway.log_in(browser)
    assert first.status_code == 429 and first.headers["retry-after"] == "30" and "30 seconds" in first.text
    clock.advance(timedelta(seconds=30))
    assert gateway.log_in(browser, password="wrong password").status_code == 401
    assert gateway.log_in(browser).headers["retry-after"] == "60"
    # From elsewhere nobody waits, the owner of the account least of all.
    gateway.accounts.create_user(Principal("ann", Role.DPO), "a long password", by="admin")
    with gateway.browser("203.0.113.0") as elsewhere:
        assert gateway.log_in(elsewhere).status_code == 303
    with gateway.browser("203.0.113.0") as elsewhere:
        assert gateway.log_in(elsewhere, "ann", "a long password").status_code == 303
    clock.advance(timedelta(seconds=60))
    assert gateway.log_in(browser).status_code == 303


def test_a_session_planted_beforehand_is_not_taken_over(gateway: Harness, browser: httpx.Client) -> None:
    browser.cookies.set("gw_session", "planted-by-somebody", domain="127.0.0.1")
    gateway.log_in(browser)
    values = [cookie.value for cookie in browser.cookies.jar if cookie.name == "gw_session"]
    assert values and "planted-by-somebody" not in values[-1:]
    assert gateway.accounts.by_session("planted-by-somebody") is None
    # A valid session of before ends as well.
    before = values[-1]
    assert before is not None and gateway.accounts.by_session(before)
    session = gateway.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0", replaces=before)
    assert gateway.accounts.by_session(before) is None and gateway.accounts.by_session(session)


def test_logging_out_ends_the_session_on_the_server(gateway: Harness, browser: httpx.Client) -> None:
    gateway.log_in(browser)
    session = browser.cookies["gw_session"]
    page = browser.get("/")
    assert browser.get("/logout").status_code == 405
    assert browser.post("/logout", data={"csrf": "0" * 64}).status_code == 403
    assert gateway.accounts.by_session(session)
    out = browser.post("/logout", data={"csrf": csrf_of(page)})
    assert out.status_code == 303 and out.headers["location"] == "/login"
    assert gateway.accounts.by_session(session) is None
    with gateway.browser() as thief:
        thief.cookies.set("gw_session", session)
        assert thief.get("/").status_code == 303
    assert gateway.accounts.audit.latest(1)[0].action is Action.LOGOUT


def test_sessions_expire(gateway: Harness, browser: httpx.Client, clock: FrozenClock) -> None:
    gateway.log_in(browser)
    clock.advance(timedelta(hours=11))
    assert browser.get("/sites/1").status_code == 200
    clock.advance(timedelta(hours=12))
    assert browser.get("/sites/1").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
        {"sec-fetch-site": "same-origin", "origin": "http://rebound.example"},
    ],
)
def test_other_sites_cannot_post(gateway: Harness, browser: httpx.Client, headers: dict[str, str]) -> None:
    form = browser.get("/login")
    fields = {"name": "admin", "password": ADMIN_PASSWORD, "csrf": csrf_of(form)}
    refused = browser.post("/login", data=fields, headers=headers)
    assert refused.status_code == 403 and refused.headers["content-type"].startswith("text/html")
    gateway.log_in(browser)
    page = browser.get("/")
    assert browser.post("/logout", data={"csrf": csrf_of(page)}, headers=headers).status_code == 403
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin", "origin": "null"}])
def test_the_own_pages_can_post(gateway: Harness, browser: httpx.Client, headers: dict[str, str]) -> None:
    headers = headers or {"sec-fetch-site": "same-origin", "origin": gateway.url}
    form = browser.get("/login")
    fields = {"name": "admin", "password": ADMIN_PASSWORD, "csrf": csrf_of(form)}
    assert browser.post("/login", data=fields, headers=headers).status_code == 303


def test_a_form_of_another_browser_is_refused(gateway: Harness, browser: httpx.Client) -> None:
    with gateway.browser() as attacker:
        stolen = csrf_of(attacker.get("/login"))
    fields = {"name": "admin", "password": ADMIN_PASSWORD}
    for data in ({**fields, "csrf": stolen}, fields, {**fields, "csrf": ""}):
        with gateway.browser() as victim:
            refused = victim.post("/login", data=data)
            assert refused.status_code == 403 and "out of date" in refused.text
            assert "gw_session" not in victim.cookies
    # What comes back is a fresh form that works.
    with gateway.browser() as victim:
        refused = victim.post("/login", data={**fields, "csrf": stolen})
        assert victim.post("/login", data={**fields, "csrf": csrf_of(refused)}).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_next_leads_nowhere_else(gateway: Harness, wanted: str) -> None:
    with gateway.browser() as browser:
        assert gateway.log_in(browser, next=wanted).headers["location"] == "/"
        assert browser.get("/login", params={"next": wanted}).headers["location"] == "/"


def test_next_stays_below_the_prefix() -> None:
    assert local_path("/consent/sites/1?a=b", "/consent") == "/consent/sites/1?a=b"
    for outside in ("/", "/consent", "/consentful/", "/other/consent/", None):
        assert local_path(outside, "/consent") == "/consent/"


def test_origins_are_written_as_browsers_write_them() -> None:
    assert origin_of("https://a.example:443/x") == "https://a.example"
    assert origin_of("http://a.example:8000") == "http://a.example:8000"
    assert origin_of("http://[::1]:80/") == "http://[::1]"


QUESTION = {"from": "2026-11-01", "to": "2026-11-01", "metrics": "visits"}


def test_tokens_open_the_api(gateway: Harness) -> None:
    viewer = gateway.accounts.create_token(Principal("v", Role.VIEWER, frozenset({1})), by="admin")
    with gateway.browser() as tool:
        for token, site, status in [
            (API_TOKEN, 1, 200),
            (API_TOKEN, 2, 200),
            (viewer, 1, 200),
            (viewer, 2, 403),
            (viewer, 99, 403),
            ("wrong", 1, 401),
        ]:
            url = f"/v1/stats/{site}"
            bearer = tool.get(url, params=QUESTION, headers={"authorization": f"Bearer {token}"})
            parameter = tool.get(url, params={**QUESTION, "token_auth": token})
            assert (bearer.status_code, parameter.status_code) == (status, status)
        assert tool.get("/v1/stats/1", params={**QUESTION, "token_auth": ""}).status_code == 401


def test_a_wrong_token_is_not_rescued_by_a_session(gateway: Harness, browser: httpx.Client) -> None:
    gateway.log_in(browser)
    assert browser.get("/v1/stats/1", params=QUESTION).status_code == 200
    for attempt in ({"headers": {"authorization": "Bearer wrong"}}, {"params": {**QUESTION, "token_auth": "wrong"}}):
        assert browser.get("/v1/stats/1", **attempt).status_code == 401  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("principal", "readable"),
    [
        (Principal("v", Role.VIEWER, frozenset({2})), {2}),
        (Principal("e", Role.EDITOR, frozenset({1})), {1}),
        (Principal("a", Role.EDITOR), {1, 2}),
        (Principal("d", Role.DPO), {1, 2}),
        (Principal("m", Role.ADMIN), {1, 2}),
    ],
)
def test_each_role_sees_its_sites_only(gateway: Harness, principal: Principal, readable: set[int]) -> None:
    gateway.accounts.create_user(principal, "a long password", by="admin")
    with gateway.browser() as browser:
        assert gateway.log_in(browser, principal.user, "a long password").status_code == 303
        for site in (1, 2):
            status = 200 if site in readable else 403
            assert browser.get(f"/sites/{site}").status_code == status
            assert browser.get(f"/v1/stats/{site}", params=QUESTION).status_code == status
        start = browser.get("/")
        if len(readable) == 1:
            assert start.headers["location"] == f"/sites/{next(iter(readable))}"
        else:
            assert start.status_code == 200 and "Harbour Shop" in start.text and "Hill Blog" in start.text
