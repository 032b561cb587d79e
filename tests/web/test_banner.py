"""The banner without JavaScript: plain forms, one law with the script, framed by the site's own pages only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from msgspec import structs

from gateway.sites.site import Exemption
from tests.web.visitors import SHOP, Browser, Served, served

SAME_ORIGIN = {"origin": "https://privacy.shop.example", "sec_fetch_site": "same-origin"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as one:
        yield one


def fields(html: str) -> dict[str, str]:
    """The hidden fields of the form."""
    found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found}


def buttons(html: str) -> list[tuple[str, str]]:
    """The attributes of each button, and what it says."""
    return re.findall(r"<button ([^>]*)>([^<]*)</button>", html)


@pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
def test_an_answer_by_form_is_an_answer(gateway: Served, choice: str) -> None:
    visitor = Browser(gateway, cookies={"_ad_id": "1"})
    html = visitor.get("/banner/1?language=fr").text
    assert '<html lang="fr"' in html
    assert visitor.cookies == {"_ad_id": "1"}
    answered = visitor.submit("/banner/1", {**fields(html), "do": choice}, **SAME_ORIGIN)
    assert (answered.status_code, answered.headers["location"]) == (303, "/banner/1")
    row = gateway.rows()[-1]
    assert (row["method"], row["surface"], row["language"]) == (choice, "form", "fr")
    assert row["notice"] == fields(html)["notice"]
    assert set(row["purposes"].values()) == {choice == "accept_all"}
    assert ("gw_receipt_1" in visitor.cookies) is (choice == "accept_all")
    assert ("_ad_id" in visitor.cookies) is (choice == "accept_all")
    after = visitor.get("/banner/1?language=fr").text
    assert "<form" not in after
    assert 'role="status"' in after
    assert 'href="https://privacy.shop.example/privacy/1" target="_top"' in after
    assert visitor.get("/v1/consent?site=1").json()["purposes"]["analytics"] is (choice == "accept_all")


def test_both_answers_are_one_equal_click(gateway: Served) -> None:
    """RULES.md E1, E3: same element, same style; nothing else to tick."""
    html = Browser(gateway).get("/banner/1").text
    (first, accept), (second, reject) = buttons(html)
    assert (accept, reject) == ("Accept all", "Reject all")
    assert first.replace("accept_all", "") == second.replace("reject_all", "")
    assert "checkbox" not in html
    assert "Shop asks before doing anything" in html
    assert "<script" not in html
    assert " style=" not in html


def test_only_the_sites_own_pages_may_frame_it(gateway: Served) -> None:
    answer = Browser(gateway).get("/banner/1")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    own = "https://shop.example:* https://*.shop.example:* https://staging.example:*"
    assert policy["frame-ancestors"] == own
    assert policy["form-action"] == f"'self' {own}"
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert "x-frame-options" not in answer.headers
    refused = Browser(gateway).submit("/banner/1", {"do": "dance"}, **SAME_ORIGIN)
    assert refused.status_code == 400
    assert "frame-ancestors https://shop.example" in refused.headers["content-security-policy"]
    elsewhere = Browser(gateway).get("/privacy/1").headers
    assert "frame-ancestors 'none'" in elsewhere["content-security-policy"]
    assert elsewhere["x-frame-options"] == "DENY"


def test_the_demo_is_framed_from_any_port_of_localhost(tmp_path: Path) -> None:
    site = structs.replace(SHOP, domains=("localhost",), test_domains=())
    with served(tmp_path, site, url="http://localhost:8000") as gateway:
        policy = Browser(gateway).get("/banner/1").headers["content-security-policy"]
        assert policy.endswith("frame-ancestors http://localhost:*")


def test_the_form_alone_leads_back_to_the_page(gateway: Served) -> None:
    visitor = Browser(gateway)
    back = "https://www.shop.example/mugs?size=2&colour=blue#top"
    html = visitor.get("/banner/1", accept_language="de").text
    fragment = visitor.get(f"/banner/1?include=1&return={back.replace('&', '%26').replace('#', '%23')}").text
    assert "<html" in html
    assert "<html" not in fragment
    assert 'action="https://privacy.shop.example/banner/1"' in fragment
    assert fields(fragment)["return"] == back
    site = {"origin": "https://www.shop.example", "sec_fetch_site": "same-site"}
    answered = visitor.submit("/banner/1", {**fields(fragment), "do": "reject_all"}, **site)
    assert (answered.status_code, answered.headers["location"]) == (303, back)


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/", "//evil.example/", "/banner/1", "javascript:alert(1)", "https://shop.example@evil.example/",
        "https://evil.example/https://shop.example/", "https://shop.example.evil.example/", "https://notshop.example/",
        "https://shop.example\\@evil.example", "https://shop.example\\.evil.example/", "https:/shop.example/", "https://",
        "http://shop.example/", "https://shop.example/\r\nX: y", "https://shop.example/ü", "\thttps://shop.example/",
        "https://shop.example:x@evil.example/", "https://évil.example/", f"https://shop.example/{'x' * 2000}",
    ],
)  # fmt: skip
def test_there_is_no_way_to_elsewhere(gateway: Served, back: str) -> None:
    visitor = Browser(gateway)
    form = {**fields(visitor.get("/banner/1").text), "do": "reject_all", "return": back}
    rows = len(gateway.rows())
    answered = visitor.submit("/banner/1", form, **SAME_ORIGIN)
    assert answered.status_code == 400
    assert "location" not in answered.headers
    assert "no page of the site" in unescape(answered.text)
    assert len(gateway.rows()) == rows, "nothing is recorded with it"


@pytest.mark.parametrize(
    ("change", "headers", "status"),
    [
        ({"do": "save"}, SAME_ORIGIN, 400),
        ({"do": ""}, SAME_ORIGIN, 400),
        ({"notice": ""}, SAME_ORIGIN, 400),
        ({"notice": "0" * 64}, SAME_ORIGIN, 400),
        ({"policy": "0" * 16}, SAME_ORIGIN, 409),
        ({}, {"origin": "https://evil.example"}, 403),
        ({}, {"sec_fetch_site": "cross-site"}, 403),
    ],
)
def test_what_is_not_an_answer_is_refused(
    gateway: Served, change: dict[str, str], headers: dict[str, str], status: int
) -> None:
    visitor = Browser(gateway)
    form = {**fields(visitor.get("/banner/1").text), "do": "accept_all", **change}
    rows = len(gateway.rows())
    answered = visitor.submit("/banner/1", form, **headers)
    assert answered.status_code == status
    assert answered.headers["content-type"].startswith("text/html")
    assert visitor.cookies == {}
    assert len(gateway.rows()) == rows


@pytest.mark.parametrize("policy", ["", "0" * 16])
def test_a_refusal_in_a_form_from_before_a_change_of_policy_counts(gateway: Served, policy: str) -> None:
    visitor = Browser(gateway)
    form = {**fields(visitor.get("/banner/1").text), "do": "reject_all", "policy": policy}
    assert visitor.submit("/banner/1", form, **SAME_ORIGIN).status_code == 303
    assert set(visitor.get("/v1/consent?site=1").json()["purposes"].values()) == {False}


def test_an_unknown_site_is_not_found(gateway: Served) -> None:
    assert Browser(gateway).get("/banner/9").status_code == 404
    assert Browser(gateway).submit("/banner/9", {}, **SAME_ORIGIN).status_code == 404


def test_where_nothing_is_asked_the_ways_out_are_shown(tmp_path: Path) -> None:
    with served(tmp_path, law="US-CA") as gateway:
        visitor = Browser(gateway)
        html = visitor.get("/banner/1").text
        assert "<form" not in html
        assert "Do Not Sell or Share My Personal Information</a>" in html
        assert "Opt-Out Request Honored" not in html
        visitor.gpc = True
        assert "Opt-Out Request Honored" in visitor.get("/banner/1").text
        assert visitor.cookies == {"gw_optout_1": "1"}
        assert [row["method"] for row in gateway.rows()] == ["gpc"]


def test_right_to_left(tmp_path: Path) -> None:
    with served(tmp_path, structs.replace(SHOP, exemptions=(Exemption(country="FR"),))) as gateway:
        html = Browser(gateway).get("/banner/1?include=1", accept_language="ar").text
        assert 'lang="ar" dir="rtl"' in html


def test_a_minor_is_asked_nothing_and_no_yes_of_theirs_is_taken(gateway: Served) -> None:
    """RULES.md C12."""
    visitor = Browser(gateway)
    asked = fields(visitor.get("/banner/1").text)
    html = visitor.get("/banner/1?minor=true").text
    assert "<form" not in html and buttons(html) == []
    assert 'href="https://privacy.shop.example/privacy/1?minor=true"' in html
    before = len(gateway.rows())
    refused = visitor.submit("/banner/1?minor=true", {**asked, "do": "accept_all"}, **SAME_ORIGIN)
    assert refused.status_code == 400 and visitor.cookies == {}
    assert len(gateway.rows()) == before
