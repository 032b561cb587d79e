"""Logging in by OpenID Connect, against a provider that is asked over HTTP and signs with real keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from joserfc.jwk import OctKey

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.accounts.provider import Provider
from gateway.accounts.refusals import Refused, Why
from gateway.clock import FrozenClock
from gateway.errors import NotFound
from gateway.settings import Oidc
from gateway.state.identities import identities
from gateway.state.tables import audit_log, users
from gateway.web import oidc
from gateway.web.oidc import COOKIE, COOKIE_SECONDS
from gateway.web.pages import catalogue
from tests.oidc.provider import CLIENT, SECRET, FakeProvider, new_key, providing
from tests.web.visitors import START, Browser, Served, served

EMAIL, NAME = "Ann@Shop.Example", "ann@shop.example"
ANN = {"sub": "1001", "email": EMAIL, "email_verified": True}
OTHER_KEY = new_key("one")  # of somebody else, under the provider's name for its own


@dataclass
class World:
    gateway: Served
    provider: FakeProvider
    settings: Oidc
    web: httpx.Client  # of whoever is logged in at the provider

    def browser(self) -> Browser:
        return Browser(self.gateway)

    def at_provider(self, browser: Browser, query: str = "") -> str:
        """Click the button and log in there: the way back, as path and query."""
        there = browser.get(f"/login/oidc{query}")
        assert there.status_code == 303, there.text
        back = self.web.get(there.headers["location"]).headers["location"]
        assert back.startswith(f"{self.gateway.url}/login/oidc/callback?")
        return back.removeprefix(self.gateway.url)

    def log_in(self, browser: Browser, query: str = "") -> httpx.Response:
        return browser.get(self.at_provider(browser, query))

    def refused(self, answer: httpx.Response, why: Why, status: int) -> None:
        assert answer.status_code == status, answer.text
        words = catalogue("en")["oidc"][why].replace("{provider}", "Staff login")
        assert f'role="alert">{words}</p>' in answer.text and 'name="password"' in answer.text
        assert not any("gw_session=" in header for header in answer.headers.get_list("set-cookie"))

    def set(self, **changes: Any) -> None:
        """The settings of Identities, for this test."""
        changed = msgspec.structs.replace(self.settings, **changes)
        self.gateway.gateway.accounts.identities._settings = changed

    def log(self) -> list[tuple[Action, str, str]]:
        entries = self.gateway.gateway.accounts.audit.latest()
        return [(entry.action, entry.user, entry.detail) for entry in reversed(entries)]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with providing(FrozenClock(START)) as provider:
        settings = Oidc(
            issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, label="Staff login", link_by_email=True
        )
        with served(tmp_path_factory.mktemp("oidc"), oidc=settings) as gateway:
            provider.clock = gateway.clock
            with httpx.Client() as web:
                yield World(gateway, provider, settings, web)


@pytest.fixture
def world(started: World) -> World:
    """Ann is a user; nobody has come by the provider yet, and it behaves."""
    fresh = FakeProvider(started.provider.issuer, started.gateway.clock, started.provider.key, person=dict(ANN))
    for name in ("person", "claims", "algorithm", "userinfo", "signs_with", "named", "away", "asked", "codes", "key"):
        setattr(started.provider, name, getattr(fresh, name))
    started.set()
    started.gateway.clock.advance(timedelta(seconds=3601))  # what the provider said before is asked for again
    gateway = started.gateway.gateway
    with gateway.state.begin() as connection:
        connection.execute(sa.delete(users))
        connection.execute(sa.delete(audit_log))
        gateway.accounts._users.add(connection, Principal(NAME, Role.VIEWER, frozenset({1})), "no password")
    return started


def test_the_button_leads_there_and_back_to_where_one_wanted(world: World) -> None:
    browser = world.browser()
    page = browser.get("/login?next=/sites/1%3Frange%3Dtoday%26x%3D1")
    assert 'href="/login/oidc?next=/sites/1%3Frange%3Dtoday%26x%3D1">Log in with Staff login</a>' in page.text
    back = world.at_provider(browser, "?next=/sites/1%3Frange%3Dtoday%26x%3D1")
    kept = next(header for header in browser.set_now if header.startswith(COOKIE))
    assert all(word in kept for word in ("HttpOnly", "Secure", "SameSite=lax", f"Max-Age={COOKIE_SECONDS}"))
    answer = browser.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sites/1?range=today&x=1")
    assert browser.get("/account").status_code == 200 and COOKIE not in browser.cookies
    linked, login = (Action.IDENTITY_LINKED, NAME, world.provider.issuer), (Action.LOGIN, NAME, "by the provider")
    assert world.log() == [linked, login]
    # Who is logged in goes on to where they wanted.
    assert browser.get("/login/oidc?next=/sites/1").headers["location"] == "/sites/1"
    # Again: by the subject now, whatever the address has become; and the metadata is not asked for anew.
    world.provider.person |= {"email": "ann.b@elsewhere.example"}
    other = world.browser()
    back = world.at_provider(other)
    other.cookies["gw_session"] = before = browser.cookies["gw_session"]
    assert other.get(back).headers["location"] == "/"
    assert other.cookies["gw_session"] != before, "a new session, against fixation"
    assert world.gateway.gateway.accounts.by_session(before) is None
    assert world.log() == [linked, login, login]
    assert world.provider.asked.count("/staff/.well-known/openid-configuration") == 1


def test_logging_out_ends_the_session_here(world: World) -> None:
    browser = world.browser()
    world.log_in(browser)
    session = browser.cookies["gw_session"]
    token = browser.get("/account").text.split('name="csrf" value="')[1].split('"')[0]
    assert browser.submit("/logout", {"csrf": token}).headers["location"] == "/login"
    assert world.gateway.gateway.accounts.by_session(session) is None


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_it_leads_to_paths_of_the_gateway_alone(world: World, wanted: str) -> None:
    browser = world.browser()
    assert world.log_in(browser, f"?next={wanted}").headers["location"] == "/"
    assert browser.get(f"/login/oidc?next={wanted}").headers["location"] == "/"  # logged in already


def test_another_browser_cannot_take_the_way_back(world: World) -> None:
    """Log-in CSRF (RFC 6749 § 10.12): a way back that an attacker began logs nobody in as them."""
    victim, attacker = world.browser(), world.browser()
    way_of_attacker = world.at_provider(attacker)
    world.refused(victim.get(way_of_attacker), Why.STALE, 400)
    world.at_provider(victim)
    world.refused(victim.get(way_of_attacker), Why.STALE, 400)  # the state is not this browser's
    victim.cookies[COOKIE] = "made-up"
    world.refused(victim.get(way_of_attacker), Why.STALE, 400)
    assert "/staff/token" not in world.provider.asked
    late = world.at_provider(attacker)
    world.gateway.clock.advance(timedelta(seconds=COOKIE_SECONDS + 1))
    world.refused(attacker.get(late), Why.STALE, 400)


BAD_TOKENS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nonce": ({"nonce": "of another log-in"}, {}),
    "no nonce": ({"nonce": None}, {}),
    "audience": ({"aud": "another client"}, {}),
    "audience, though issued to us": ({"aud": "another client", "azp": CLIENT}, {}),
    "several audiences": ({"aud": [CLIENT, "another client"]}, {}),
    "for another": ({"azp": "another client"}, {}),
    "expired": ({"exp": int(START.timestamp())}, {}),
    "no expiry": ({"exp": None}, {}),
    "of the future": ({"iat": 4_000_000_000}, {}),
    "issuer": ({"iss": "https://evil.example"}, {}),
    "no subject": ({"sub": None}, {}),
    "empty subject": ({"sub": ""}, {}),
    "subject that is no text": ({"sub": 1001}, {}),
    "subject with a NUL": ({"sub": "10\x0001"}, {}),
    "subject that is too long": ({"sub": "1" * 256}, {}),
    "access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, {}),
    "alg none": ({}, {"algorithm": "none"}),
    "alg HS256 with the client secret": ({}, {"algorithm": "HS256", "signs_with": OctKey.import_key(SECRET)}),
    "signed by somebody else": ({}, {"signs_with": OTHER_KEY}),
    "signed by a key that is not published": ({}, {"signs_with": new_key("unheard of")}),
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_a_token_that_is_not_the_providers_for_us_and_now_is_refused(world: World, what: str) -> None:
    """OpenID Connect Core § 3.1.3.7, each rule; RFC 8725 § 2.1 on algorithms."""
    claims, how = BAD_TOKENS[what]
    world.provider.claims = claims
    for name, value in how.items():
        setattr(world.provider, name, value)
    browser = world.browser()
    world.refused(world.log_in(browser), Why.INVALID, 400)
    assert COOKIE not in browser.cookies
    world.provider.claims, world.provider.algorithm, world.provider.signs_with = {}, "RS256", None
    assert world.log_in(browser).status_code == 303  # nothing else was wrong


def test_a_code_is_good_once_and_the_answer_is_of_this_provider(world: World) -> None:
    browser = world.browser()
    back = world.at_provider(browser)
    kept = browser.cookies[COOKIE]
    assert browser.get(back).status_code == 303
    browser.cookies = {COOKIE: kept}
    world.refused(browser.get(back), Why.INVALID, 400)
    # Mix-up (RFC 9207): the answer of another provider, or of one that does not say which it is.
    for sender in ("https://evil.example", ""):
        back = world.at_provider(browser).partition("&iss=")[0]
        world.refused(browser.get(f"{back}&iss={sender}" if sender else back), Why.INVALID, 400)
    assert len(world.provider.codes) == 2, "nobody was asked about these"


def test_the_provider_says_no(world: World) -> None:
    browser = world.browser()
    query = parse_qs(urlsplit(world.at_provider(browser)).query)
    answer = {
        "error": "access_denied",
        "error_description": "<script>",
        "state": query["state"][0],
        "iss": query["iss"][0],
    }
    page = browser.get("/login/oidc/callback?" + str(httpx.QueryParams(answer)))
    world.refused(page, Why.DENIED, 403)
    assert "<script>" not in page.text


def test_it_changes_its_keys(world: World) -> None:
    assert world.log_in(world.browser()).status_code == 303
    world.provider.key = new_key("two")
    assert world.log_in(world.browser()).status_code == 303


def test_who_is_no_user_is_refused_unless_the_settings_make_one(world: World) -> None:
    world.provider.person |= {"sub": "2002", "email": "Bob@shop.example"}
    world.refused(world.log_in(world.browser()), Why.UNKNOWN, 403)
    assert world.log() == [(Action.LOGIN_FAILED, "", "by the provider: unknown")]
    world.set(make_users=True, role="editor", sites=(1,))
    browser = world.browser()
    assert world.log_in(browser).status_code == 303
    bob = world.gateway.gateway.accounts.by_session(browser.cookies["gw_session"])
    assert bob == Principal("bob@shop.example", Role.EDITOR, frozenset({1}))
    assert (Action.USER_CREATED, "", "bob@shop.example, editor of 1, by the provider") in world.log()
    # Disabled here, whatever the provider says; and nobody is made in their place.
    staff = world.gateway.gateway.accounts.staff
    staff.disable(staff.named("bob@shop.example").id, by="test")
    world.refused(world.log_in(world.browser()), Why.UNKNOWN, 403)
    assert browser.get("/account").status_code == 303


def test_an_address_alone_opens_no_account(world: World) -> None:
    """Pre-hijacking and recycled addresses: unconfirmed, look-alike, or already somebody else's."""
    for email, confirmed in ((EMAIL, False), (EMAIL, None), (None, True), ("ann@ſhop.example", True)):
        world.provider.person = {"sub": "6", "email": email, "email_verified": confirmed}
        world.refused(world.log_in(world.browser()), Why.EMAIL, 403)
    world.set(link_by_email=False)
    world.provider.person = dict(ANN)
    world.refused(world.log_in(world.browser()), Why.UNKNOWN, 403)
    world.set(link_by_email=False, make_users=True, sites=(1,))
    world.refused(world.log_in(world.browser()), Why.UNKNOWN, 403)  # the name is taken, and not theirs
    world.set()
    assert world.log_in(world.browser()).status_code == 303
    world.provider.person["sub"] = "who was given Ann's address later"
    world.refused(world.log_in(world.browser()), Why.UNKNOWN, 403)
    linked = world.gateway.gateway.accounts.identities
    linked.unlink(NAME, by="test")
    assert world.log_in(world.browser()).status_code == 303
    with pytest.raises(NotFound):
        linked.unlink("nobody", by="test")


def test_only_addresses_of_the_domains_that_are_named(world: World) -> None:
    world.set(email_domains=("Shop.example",))
    assert world.log_in(world.browser()).status_code == 303
    for email in ("ann@sub.shop.example", "ann@evilshop.example", "ann@shop.example@evil.example"):
        world.provider.person["email"] = email
        world.refused(world.log_in(world.browser()), Why.DOMAIN, 403)
    world.provider.person |= {"email": EMAIL, "email_verified": False}
    world.refused(world.log_in(world.browser()), Why.EMAIL, 403)


def test_the_address_may_be_had_from_userinfo(world: World) -> None:
    world.provider.person = {"sub": "1001"}
    world.provider.userinfo = {"sub": "1001", "email": EMAIL, "email_verified": "true"}
    assert world.log_in(world.browser()).status_code == 303
    world.provider.userinfo["sub"] = "somebody else"
    world.refused(world.log_in(world.browser()), Why.INVALID, 400)


def test_a_provider_that_is_away_hurts_nobody_else(world: World) -> None:
    world.provider.away = True
    browser = world.browser()
    world.refused(browser.get("/login/oidc"), Why.AWAY, 424)
    world.provider.away = False
    world.refused(browser.get("/login/oidc"), Why.AWAY, 424)  # not asked again for a moment
    assert len(world.provider.asked) == 1
    world.gateway.clock.advance(timedelta(seconds=6))
    back = world.at_provider(browser)
    world.provider.away = True
    world.refused(browser.get(back), Why.AWAY, 424)
    world.provider.away = False
    world.gateway.clock.advance(timedelta(seconds=3601))
    world.provider.named = "https://evil.example"
    world.refused(browser.get("/login/oidc"), Why.AWAY, 424)
    german = browser.get("/login/oidc", accept_language="de")
    assert "Staff login antwortet nicht." in german.text


def test_nobody_waits_long_for_a_provider_that_is_silent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "ASKED_SECONDS", 0.1)
    world.provider.silent = True
    try:
        world.refused(world.browser().get("/login/oidc"), Why.AWAY, 424)
    finally:
        world.provider.silent = False


def test_nothing_listens(world: World) -> None:
    gone = msgspec.structs.replace(world.settings, issuer="http://127.0.0.1:9")
    with pytest.raises(Refused, match="away"):
        Provider(gone, "https://privacy.shop.example/login/oidc/callback", world.gateway.clock).begin("/")


def test_a_second_factor_is_the_providers_affair(world: World) -> None:
    accounts = world.gateway.gateway.accounts
    user = accounts.staff.named(NAME)
    with accounts._state.begin() as connection:
        accounts.second._totp.begin(connection, user.id)
    with world.gateway.gateway.state.begin() as connection:
        connection.exec_driver_sql("UPDATE totp_secrets SET confirmed = 1")
    assert accounts.second.standing(user).on
    assert world.log_in(world.browser()).headers["location"] == "/"


def test_deleting_a_user_forgets_who_they_are_there(world: World) -> None:
    world.log_in(world.browser())
    staff = world.gateway.gateway.accounts.staff
    staff.delete(staff.named(NAME).id, by="test")
    with world.gateway.gateway.state.begin() as connection:
        assert connection.execute(sa.select(identities)).all() == []
    world.refused(world.log_in(world.browser()), Why.UNKNOWN, 403)


def test_without_a_provider_there_is_nothing(tmp_path: Path) -> None:
    with served(tmp_path) as gateway:
        browser = Browser(gateway)
        assert "/login/oidc" not in browser.get("/login").text
        assert browser.get("/login/oidc").status_code == browser.get("/login/oidc/callback?code=1").status_code == 404
