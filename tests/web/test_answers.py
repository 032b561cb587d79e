"""`/v1/consent` with services, receipts, and the cookies that an answer leaves behind or takes away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from tests.web.visitors import SHOP, Browser, Served, served

OPTIONAL = ("payment-fraud", "analytics", "adverts", "media")
YES, NO = dict.fromkeys(OPTIONAL, True), dict.fromkeys(OPTIONAL, False)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as one:
        yield one


def test_a_yes_to_one_service_of_a_refused_purpose(gateway: Served) -> None:
    visitor = Browser(gateway)
    answered = visitor.answer({}, services={"kino": True})
    assert answered.status_code == 201
    assert answered.json()["purposes"] == NO
    assert answered.json()["services"] == {"kino": True}
    assert answered.json()["receipt"]["id"] == gateway.rows()[-1]["id"]
    assert gateway.rows()[-1]["services"] == {"kino": True}
    held = visitor.get("/v1/consent?site=1").json()
    assert held["services"] == {"kino": True}
    assert held["receipt"] == answered.json()["receipt"]["id"]
    withdrawn = visitor.send("DELETE", "/v1/consent?site=1").json()
    assert (withdrawn["services"], withdrawn["receipt"]["id"]) == ({}, None)
    held = visitor.get("/v1/consent?site=1").json()
    assert (held["services"], held["receipt"], held["purposes"]) == ({}, None, NO)


def test_nothing_held_is_null(gateway: Served) -> None:
    held = Browser(gateway).get("/v1/consent?site=1").json()
    assert (held["purposes"], held["services"], held["receipt"]) == (None, None, None)
    forged = Browser(gateway, cookies={"gw_receipt_1": "11111111-2222-3333-4444-555555555555.AAAA"})
    assert forged.get("/v1/consent?site=1").json()["receipt"] is None


def test_a_yes_to_a_service_must_name_its_notice(gateway: Served) -> None:
    visitor = Browser(gateway)
    policy = visitor.notice()["policy"]
    body = {"site": 1, "purposes": {}, "services": {"kino": True}, "fingerprint": policy}
    refused = visitor.post("/v1/consent", body)
    assert (refused.status_code, refused.json()["error"]["where"]) == (400, "$.notice")
    assert visitor.post("/v1/consent", {**body, "services": {"kino": False}}).status_code == 201


@pytest.mark.parametrize(
    ("method", "purposes", "services", "where"),
    [
        ("accept_all", YES, {}, None),
        ("accept_all", YES, {"kino": True}, None),
        ("accept_all", YES, {"kino": False}, "$.services"),
        ("reject_all", NO, {"kino": False}, None),
        ("reject_all", NO, {"kino": True}, "$.services"),
        ("reject_all", YES, {}, "$.purposes"),
        ("save", NO, {"nobody": True}, "$.services.nobody"),
    ],
)
def test_services_say_what_the_method_says(
    gateway: Served, method: str, purposes: dict[str, bool], services: dict[str, bool], where: str | None
) -> None:
    answer = Browser(gateway).answer(purposes, services=services, method=method)
    if where is None:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["error"]["where"]) == (400, where)


LEFT = {"_ad_id": "1", "kino_viewer": "2", "session": "3"}


def test_a_refusal_expires_what_was_declared_for_it(gateway: Served) -> None:
    visitor = Browser(gateway, cookies=LEFT)
    visitor.answer({**YES, "adverts": False})
    assert "_ad_id=; Max-Age=0; Path=/; SameSite=Lax; Secure" in visitor.set_now
    assert visitor.cookies.keys() & LEFT.keys() == {"kino_viewer", "session"}
    visitor.send("DELETE", "/v1/consent?site=1")
    assert visitor.cookies.keys() & LEFT.keys() == {"session"}
    assert "_ad_id" not in str(gateway.rows()), "and none of them is kept"


def test_a_service_that_stays_keeps_its_purposes_cookies(gateway: Served) -> None:
    visitor = Browser(gateway, cookies=LEFT)
    visitor.answer({}, services={"kino": True})
    assert visitor.cookies.keys() & LEFT.keys() == {"kino_viewer", "session"}


def test_an_opt_out_of_sale_expires_what_is_sold(gateway: Served) -> None:
    visitor = Browser(gateway, cookies=LEFT)
    visitor.post("/v1/opt-out", {"site": 1, "what": "sale"})
    assert visitor.cookies.keys() & LEFT.keys() == {"kino_viewer", "session"}


def test_where_the_domain_shares_its_cookies_both_kinds_expire(tmp_path: Path) -> None:
    with served(tmp_path, structs.replace(SHOP, cookie_domain="shop.example")) as gateway:
        visitor = Browser(gateway, cookies=LEFT)
        visitor.answer(NO, method="reject_all")
        cleared = sorted(cookie for cookie in visitor.set_now if cookie.startswith("_ad_id="))
        assert cleared == [
            "_ad_id=; Max-Age=0; Path=/; Domain=shop.example; SameSite=Lax; Secure",
            "_ad_id=; Max-Age=0; Path=/; SameSite=Lax; Secure",
        ]


def test_the_privacy_centre_shows_and_keeps_services(gateway: Served) -> None:
    """Saving what the page shows changes nothing; a service that was refused stays refused."""
    visitor = Browser(gateway)
    visitor.answer({"media": True}, services={"kino": False})
    html = visitor.get("/privacy/1").text
    fields = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', html))
    checked = dict(re.findall(r'<input type="radio" name="([a-z.-]+)" value="(yes|no)" checked>', html))
    assert checked["service.kino"] == "no"
    assert "service.broker" not in checked
    same_origin = {"origin": "https://privacy.shop.example", "sec_fetch_site": "same-origin"}
    saved = visitor.submit("/privacy/1", {**fields, **checked, "do": "save"}, **same_origin)
    assert saved.status_code == 303
    held = visitor.get("/v1/consent?site=1").json()
    assert (held["purposes"]["media"], held["services"]) == (True, {"kino": False})
