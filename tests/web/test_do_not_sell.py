"""`/do-not-sell/{site}` and minors (RULES.md C1, C4, C8, C9, C12)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.consent.texts import load
from tests.web.visitors import Browser, Served, served

HEADING = '<h1 lang="en" dir="ltr">Do Not Sell or Share My Personal Information</h1>'
HONORED = '<strong lang="en" dir="ltr">Opt-Out Request Honored</strong>'
WORDS = load()["en"]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, law="US-CA") as one:
        yield one


def page_of(visitor: Browser, path: str = "/do-not-sell/1") -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def pressed(page: str) -> str:
    found = re.search(r'aria-pressed="(true|false)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", sorted(load()))
def test_the_prescribed_words_are_exact_in_every_language(gateway: Served, language: str) -> None:
    """C1, C4: the heading, and once asked the status; what they mean in the visitor's own language."""
    visitor = Browser(gateway)
    before = page_of(visitor, f"/do-not-sell/1?language={language}")
    assert HEADING in before and HONORED not in before and pressed(before) == "false"
    visitor.submit("/do-not-sell/1", {})
    after = page_of(visitor, f"/do-not-sell/1?language={language}")
    assert HEADING in after and HONORED in after and pressed(after) == "true"
    assert load()[language]["centre_sale_stands"] in after
    assert load()[language]["centre_sale_cookie"] in after


def test_one_click_and_no_field(gateway: Served) -> None:
    """C1: nothing to fill in, nothing to scroll for, nothing kept that names anybody."""
    visitor = Browser(gateway)
    page = page_of(visitor)
    assert page.count("<form") == 1 and "<input" not in page and "<select" not in page and "<textarea" not in page
    done = visitor.submit("/do-not-sell/1", {}, sec_fetch_site="same-origin")
    assert (done.status_code, done.headers["location"]) == (303, "/do-not-sell/1?done=stopped")
    assert visitor.cookies == {"gw_optout_1": "1"}
    [row] = gateway.rows()
    assert (row["method"], row["surface"]) == ("do_not_sell", "do_not_sell")


def test_what_it_switches_off_is_listed(gateway: Served) -> None:
    """A purpose's flag counts for its services; a service's own for itself."""
    page = page_of(Browser(gateway))
    listed = re.findall(r"<li>(.*?)</li>", page.partition(WORDS["centre_sale_covers"])[2])
    assert [re.sub(r"<[^>]+>", "", each) for each in listed] == ["Adverts (Ad House, Ad Barn)", "Videos (Broker)"]


def test_the_way_back_has_two_steps(gateway: Served) -> None:
    """C9: asking shows a question and changes nothing; the yes to it does."""
    visitor = Browser(gateway)
    visitor.submit("/do-not-sell/1", {})
    assert 'href="/do-not-sell/1/allow"' in page_of(visitor)
    question = page_of(visitor, "/do-not-sell/1/allow")
    assert WORDS["sale_allow_question"] in question
    assert visitor.cookies == {"gw_optout_1": "1"} and len(gateway.rows()) == 1
    done = visitor.submit("/do-not-sell/1/allow", {}, sec_fetch_site="same-origin")
    assert (done.status_code, done.headers["location"]) == (303, "/do-not-sell/1?done=allowed")
    page = page_of(visitor, "/do-not-sell/1?done=allowed")
    assert visitor.cookies == {} and HONORED not in page and WORDS["centre_sale_allowed"] in page
    assert [row["method"] for row in gateway.rows()] == ["do_not_sell", "opt_in"]


def test_the_signal_stands_and_the_way_back_says_why_not(gateway: Served) -> None:
    """C2, C3: seen here it is kept like any opt-out; while it is on nothing is allowed again."""
    visitor = Browser(gateway, gpc=True)
    page = page_of(visitor)
    assert HONORED in page and WORDS["gpc_opt_out"] in page and pressed(page) == "true"
    assert visitor.cookies == {"gw_optout_1": "1"}
    assert WORDS["centre_sale_signal"] in page_of(visitor, "/do-not-sell/1/allow")
    refused = visitor.submit("/do-not-sell/1/allow", {})
    assert refused.status_code == 409 and WORDS["centre_sale_signal"] in html.unescape(refused.text)
    assert [row["method"] for row in gateway.rows()] == ["gpc"]
    visitor.gpc = False
    assert HONORED in page_of(visitor)


@pytest.mark.parametrize("law", ["US-CA", "FR", "GB", ""])
@pytest.mark.parametrize("stored", ["none", "yes", "no"])
@pytest.mark.parametrize("gpc", [True, False])
def test_a_minor_is_asked_nothing_and_sold_never(tmp_path: Path, law: str, stored: str, gpc: bool) -> None:
    """C12: whatever was answered before, wherever the visitor is, with and without the signal."""
    with served(tmp_path, law=law) as gateway:
        visitor = Browser(gateway)
        if stored != "none":
            visitor.answer(dict.fromkeys(("payment-fraud", "analytics", "adverts", "media"), stored == "yes"))
        visitor.gpc = gpc
        for said in ("1", "true"):
            notice = visitor.notice(f"?minor={said}")
            assert (notice["minor"], notice["ask"], notice["measure"], notice["opted_out"]) == (
                True,
                False,
                "never",
                True,
            )
            assert [purpose["id"] for purpose in notice["purposes"]] == ["necessary"]
            assert notice["links"]["privacy"].endswith("/privacy/1?minor=true")
        assert "minor" not in visitor.notice("?minor=0")
        page = page_of(visitor, "/do-not-sell/1?minor=true")
        assert HONORED in page and WORDS["centre_minor"] in page and pressed(page) == "true"
        assert "done=allowed" not in visitor.submit("/do-not-sell/1/allow?minor=true", {}).headers.get("location", "")
        centre = page_of(visitor, "/privacy/1?minor=true")
        assert 'name="purpose.' not in centre and WORDS["centre_minor"] in centre


@pytest.mark.parametrize(
    ("purposes", "services", "status"),
    [
        ({"analytics": True}, {}, 400),
        ({"payment-fraud": True}, {}, 400),
        ({"adverts": False}, {"adhouse": True}, 400),
        ({"adverts": False, "analytics": False}, {"adhouse": False}, 201),
        ({}, {}, 201),
    ],
)
def test_no_yes_of_a_minor_is_taken(
    gateway: Served, purposes: dict[str, bool], services: dict[str, bool], status: int
) -> None:
    visitor = Browser(gateway)
    answer = visitor.answer(purposes, services=services, minor=True)
    assert answer.status_code == status, answer.text
    assert len(gateway.rows()) == (1 if status == 201 else 0)
    if status == 400:
        assert answer.json()["error"]["where"] in {f"$.purposes.{name}" for name in purposes} | {"$.services.adhouse"}
        assert visitor.cookies == {}


def test_no_yes_of_a_minor_is_taken_by_the_form_either(gateway: Served) -> None:
    visitor = Browser(gateway)
    policy, notice = visitor.notice()["policy"], visitor.notice()["notice"]
    form = {"do": "save", "policy": policy, "notice": notice, "purpose.analytics": "yes"}
    assert visitor.submit("/privacy/1?minor=true", form).status_code == 400
    assert (gateway.rows(), visitor.cookies) == ([], {})
