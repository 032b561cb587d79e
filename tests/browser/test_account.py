"""A page of a logged-in customer: what account and browser say together decides, and answers name the customer (RULES.md E13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Visitor
from tests.browser.fake_gateway import OPTIONAL, FakeGateway
from tests.browser.website import Website

TOKEN = ".eJw-token_of.aw.1-2"
SCRIPT = '<script type="text/plain" data-purpose="media" src="/run/media.js"></script>'
YES, NO = dict.fromkeys(OPTIONAL, True), dict.fromkeys(OPTIONAL, False)
SCOPE = "While you are logged in, your answer applies to all devices on which you are logged in."


def page_of(website: Website, fake: FakeGateway, token: str = TOKEN, body: str = SCRIPT) -> str:
    """A page as the site's server writes it: with the token on the script's own tag."""
    attribute = f' data-subject-token="{token}"' if token else ""
    return website.whole_page(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">'
        f'<script src="{fake.url}/gateway/1.js" defer{attribute}></script></head>'
        f"<body><main><h1>Shop</h1>{body}</main></body></html>"
    )


def account(fake: FakeGateway, state: str, purposes: dict[str, bool] | None) -> dict[str, Any]:
    return {"state": state, "stands": [fake.choice(purposes).partition(".")[0]] if purposes else []}


@pytest.mark.parametrize("own", [None, YES, NO])
@pytest.mark.parametrize("together", [YES, NO])
def test_what_both_say_together_decides(
    visitor: Visitor, fake: FakeGateway, website: Website, own: dict[str, bool] | None, together: dict[str, bool]
) -> None:
    """A yes of the account opens what the browser knows nothing of; a no of the account closes what its cookie would open."""
    state = "new_device" if own is None else "same" if own == together else "conflict"
    fake.account, fake.ask = account(fake, state, together), False
    if own is not None:
        visitor.set_choice(fake.choice(own))
    before = visitor.context.cookies()
    visitor.page.goto(page_of(website, fake))
    visitor.way_back().wait_for()
    if together == YES:
        visitor.wait_for_scripts(1)
    else:
        visitor.settle()
    assert visitor.ran() == (["media"] if together == YES else [])
    assert visitor.page.evaluate("gateway.answer('media')") is together["media"]
    assert fake.subjects == [TOKEN]
    assert visitor.context.cookies() == before
    told = {
        "new_device": "You are logged in: the answer of your account applies on this device.",
        "conflict": "Your account and this device had different answers. While you are logged in, the most recent one applies.",
    }
    line = visitor.page.locator("gateway-privacy-choices .line")
    if state in told:
        line.get_by_text(told[state]).wait_for()
    else:
        assert line.text_content() == ""
    visitor.assert_quiet()


@pytest.mark.parametrize("state", ["empty", "expired"])
def test_an_account_that_says_nothing_leaves_the_browser_its_own_answer(
    visitor: Visitor, fake: FakeGateway, website: Website, state: str
) -> None:
    fake.account = account(fake, state, YES) if state == "empty" else {"state": "expired"}
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(page_of(website, fake))
    visitor.wait_for_scripts(1)


def test_without_the_gateway_nothing_of_a_customer_is_allowed(
    visitor: Visitor, fake: FakeGateway, website: Website
) -> None:
    """The account may have refused since: the cookie alone does not decide while somebody is logged in."""
    visitor.context.route("**/notice?*", lambda route: route.abort())
    visitor.set_choice(fake.choice(YES))
    visitor.page.goto(page_of(website, fake))
    visitor.settle()
    assert visitor.ran() == []
    visitor.page.goto(page_of(website, fake, token=""))
    visitor.wait_for_scripts(1)


def test_the_question_says_how_far_an_answer_reaches_and_the_answer_names_the_customer(
    visitor: Visitor, fake: FakeGateway, website: Website
) -> None:
    visitor.page.goto(page_of(website, fake, token=""))
    assert visitor.page.evaluate("gateway.rejectAll()") is True
    assert "subject" not in fake.consents.pop()
    visitor.context.clear_cookies()
    fake.account = account(fake, "empty", None)
    fake.texts = {}
    visitor.page.goto(page_of(website, fake))
    visitor.banner().get_by_text(SCOPE).wait_for()
    visitor.button("Accept all").click()
    visitor.wait_for_scripts(1)
    assert [consent["subject"] for consent in fake.consents] == [TOKEN]
    visitor.page.evaluate("void gateway.withdraw()")
    visitor.wait_until(lambda: fake.withdrawals > 0)
    assert fake.withdrawals == 1
    assert set(fake.subjects) == {TOKEN}
