"""Cookies: forged, foreign, rotated, expired ones; clocks of RULES.md E5 and E8 to the second."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer

from gateway.clock import add_months_to_instant
from gateway.privacy.cookies import Choice, CookieJar, Visitor, _Seal, months_after, read_cookies, visitor_ends

KEY, OLD = b"k" * 32, b"o" * 32
BORN = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOW = BORN.timestamp()


def jar(*keys: bytes, site: int = 1) -> CookieJar:
    return CookieJar(site, keys or (KEY,), path="/", domain="", secure=True)


def held(set_cookie: str) -> dict[str, str]:
    return read_cookies(set_cookie.partition(";")[0])


def choice(expires: float) -> Choice:
    return Choice(p={"analytics": 1}, f="0123456789abcdef", d=20_000, e=int(expires))


def test_a_choice_comes_back_as_it_was() -> None:
    given_choice = choice(NOW + 100)
    assert jar().choice(held(jar().set_choice(given_choice, NOW)), NOW) == given_choice


def test_a_choice_lapses_to_the_second() -> None:
    """RULES.md E5."""
    cookies = held(jar().set_choice(choice(NOW + 100), NOW))
    assert jar().choice(cookies, NOW + 99) is not None
    assert jar().choice(cookies, NOW + 100) is None


def test_a_visitor_is_refused_from_13_months_after_birth_whatever_the_browser_kept() -> None:
    """RULES.md E8."""
    visitor = Visitor("ab" * 16, int(NOW))
    cookies = held(jar().set_visitor(visitor, NOW + 10**9, NOW))
    end = add_months_to_instant(BORN, 13).timestamp()
    assert jar().visitor(cookies, end - 1, 13) == visitor
    assert jar().visitor(cookies, end, 13) is None
    shorter = add_months_to_instant(BORN, 2).timestamp()
    assert jar().visitor(cookies, shorter - 1, 2) == visitor
    assert jar().visitor(cookies, shorter, 2) is None


def test_a_visitor_from_the_future_is_refused() -> None:
    cookies = held(jar().set_visitor(Visitor("ab" * 16, int(NOW + 10 * 86_400)), NOW + 10**9, NOW))
    assert jar().visitor(cookies, NOW, 13) is None


def test_a_visitor_ends_with_its_consent_or_its_months() -> None:
    visitor = Visitor("ab" * 16, int(NOW))
    assert visitor_ends(visitor, 13, NOW + 5) == NOW + 5
    assert visitor_ends(visitor, 13, None) == months_after(NOW, 13)
    assert visitor_ends(visitor, 13, NOW + 10**9) == months_after(NOW, 13)


def test_keys_rotate() -> None:
    cookies = held(jar(OLD).set_choice(choice(NOW + 100), NOW))
    assert jar(KEY, OLD).choice(cookies, NOW) is not None
    assert jar(KEY).choice(cookies, NOW) is None


def test_a_cookie_of_one_site_or_name_is_worth_nothing_under_another() -> None:
    cookies = held(jar().set_choice(choice(NOW + 100), NOW))
    value = cookies["gw_choice_1"]
    assert jar(site=2).choice({"gw_choice_2": value}, NOW) is None
    assert jar().receipt({"gw_receipt_1": value}) is None


@given(st.integers(0, 200), st.characters())
def test_no_altered_cookie_is_accepted(place: int, other: str) -> None:
    value = held(jar().set_choice(choice(NOW + 100), NOW))["gw_choice_1"]
    altered = value[: place % len(value)] + other + value[place % len(value) + 1 :]
    if altered != value:
        assert jar().choice({"gw_choice_1": altered}, NOW) is None


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    cookies = {"gw_choice_1": text, "gw_visitor_1": text, "gw_receipt_1": text}
    assert jar().choice(cookies, NOW) is None
    assert jar().visitor(cookies, NOW, 13) is None
    assert jar().receipt(cookies) is None
    read_cookies(text)


@given(st.text(st.characters(codec="ascii"), max_size=100))
def test_signatures_are_the_librarys(text: str) -> None:
    """What the gateway signs and verifies by itself is what itsdangerous signs and verifies."""
    payload = text.encode()
    seal = _Seal((KEY,), "name")
    key = hmac.digest(KEY, b"gateway cookie name", "sha256")
    library = Signer(key, salt=b"", key_derivation="none", digest_method=hashlib.sha256)
    assert seal.sign(payload) == library.sign(payload).decode()
    assert library.unsign(seal.sign(payload)) == payload
    assert seal.verified(seal.sign(payload)) == payload
    assert seal.verified(Signer(b"another" * 5, salt=b"", digest_method=hashlib.sha256).sign(payload).decode()) is None


@pytest.mark.parametrize("attribute", ["Secure", "SameSite=Lax", "Path=/", "HttpOnly"])
def test_attributes(attribute: str) -> None:
    assert attribute in jar().set_visitor(Visitor("ab" * 16, int(NOW)), NOW + 5, NOW)


def test_what_scripts_read_is_not_http_only() -> None:
    for cookie in (jar().set_choice(choice(NOW + 5), NOW), jar().set_objection(NOW), jar().set_optout(NOW)):
        assert "HttpOnly" not in cookie


def test_lives_are_the_documented_ones() -> None:
    thirteen = int(months_after(NOW, 13) - NOW)
    assert f"Max-Age={thirteen};" in jar().set_objection(NOW)
    assert f"Max-Age={thirteen};" in jar().set_optout(NOW)
    assert timedelta(seconds=thirteen) <= timedelta(days=400)


def test_of_two_choices_the_newest_counts_in_whatever_order() -> None:
    """After a change of the cookies' domain a browser sends both; a later no must win over an older yes."""
    old = jar().set_choice(choice(NOW + 100), NOW).partition(";")[0]
    newer = Choice(p={"analytics": 0}, f="0123456789abcdef", d=20_000, e=int(NOW + 200))
    new = jar().set_choice(newer, NOW).partition(";")[0]
    same_second = Choice(p={"analytics": 0}, f="0123456789abcdef", d=20_000, e=int(NOW + 100))
    tie = jar().set_choice(same_second, NOW).partition(";")[0]
    for header in (f"{old}; {new}", f"{new}; {old}"):
        assert jar().choice(read_cookies(header), NOW) == newer
    for header in (f"{old}; {tie}", f"{tie}; {old}"):
        assert jar().choice(read_cookies(header), NOW) == same_second


def test_an_objection_is_seen_in_a_header_of_any_length() -> None:
    assert jar().objected(read_cookies(f"gw_objection_1=1; a={'x' * 60_000}"))
    assert jar().objected(read_cookies(f"a={'x' * 60_000}; gw_objection_1=1"))
