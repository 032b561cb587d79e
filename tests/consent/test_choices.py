"""What follows from an answer: the row for the ledger and the cookies, per jurisdiction."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from gateway.consent.choices import Answer, record_answer, withdraw
from gateway.consent.ledger import FIRST, link, seal
from gateway.consent.outcome import Outcome
from gateway.consent.record import Method
from gateway.consent.texts import load
from gateway.errors import BadRequest, Conflict
from gateway.privacy.cookies import CookieJar, months_after, read_cookies
from gateway.privacy.standing import standing
from gateway.privacy.visit import Visit
from gateway.sites.catalog import ServedSite
from gateway.sites.site import DEFAULT_PURPOSES, Controller, Purpose, Site

NOW = 1_795_000_000.0
ADVERTS = Purpose(id="adverts", name="Adverts", description="Shows adverts.", retention="A month.", sale=True)
SITE = ServedSite(
    Site(
        id=1,
        name="Shop",
        domains=("shop.example",),
        controller=Controller(name="Shop", address="Street", email="a@shop.example", authority="CNIL"),
        hosting_country="FR",
        purposes=(*DEFAULT_PURPOSES, ADVERTS),
    )
)
JAR = CookieJar(1, (b"k" * 32,), path="/", domain="", secure=True)


def give(said: dict[str, bool], law: str, method: str = "save", cookies: str = "", **more: str) -> Outcome:
    visit = Visit(received=NOW, address="203.0.113.0", cookies=read_cookies(cookies))
    body = {"site": 1, "purposes": said, "method": method, "fingerprint": SITE.fingerprint, **more}
    answer = msgspec.convert(body, Answer)
    return record_answer(answer, visit, SITE, JAR, standing(visit, SITE, JAR, law), law[:2])


def set_by(outcome: Outcome) -> dict[str, bool]:
    """Cookie names → True where set, False where expired."""
    return {cookie.partition("=")[0]: "Max-Age=0;" not in cookie for cookie in outcome.cookies}


@pytest.mark.parametrize(
    ("law", "objection", "opt_out"),
    [("FR", False, False), ("", False, False), ("GB", True, False), ("US-CA", True, True), ("US", True, True)],
)
def test_a_no_becomes_an_objection_where_its_lapse_would_be_a_yes(law: str, objection: bool, opt_out: bool) -> None:
    """RULES.md C5, U1: the choice lapses after 6 months; an objection never does while the visitor keeps coming."""
    cookies = set_by(give({}, law, "reject_all"))
    assert cookies.get("gw_objection_1", False) is objection
    assert cookies.get("gw_optout_1", False) is opt_out
    assert cookies["gw_choice_1"] is True
    assert cookies["gw_receipt_1"] is False, "a refusal has no linkable id"
    assert cookies["gw_visitor_1"] is False


def test_a_yes_gets_a_receipt_a_visitor_and_ends_an_objection() -> None:
    cookies = set_by(give({"analytics": True}, "GB", cookies="gw_objection_1=1"))
    assert cookies == {"gw_choice_1": True, "gw_receipt_1": True, "gw_visitor_1": True, "gw_objection_1": False}


def test_a_withdrawal_refuses_everything_for_a_new_term_and_names_what_it_withdraws() -> None:
    yes = give({"analytics": True}, "FR")
    held = "; ".join(cookie.partition(";")[0] for cookie in yes.cookies)
    visit = Visit(received=NOW + 50, address="203.0.113.0", cookies=read_cookies(held))
    outcome = withdraw(visit, SITE, JAR, standing(visit, SITE, JAR, "FR"), "FR", "preferences")
    assert not any(outcome.purposes.values())
    assert outcome.expires == int(months_after(NOW + 50, 6))
    assert outcome.record.method is Method.WITHDRAW
    assert outcome.record.follows == yes.record.id


def test_yes_and_no_are_kept_equally_long() -> None:
    """RULES.md E5."""
    assert give({"analytics": True}, "FR").expires == give({}, "FR").expires == int(months_after(NOW, 6))


def test_what_is_not_mentioned_was_not_agreed_to() -> None:
    assert give({"analytics": True}, "FR").purposes == {"payment-fraud": False, "analytics": True, "adverts": False}


@pytest.mark.parametrize(
    ("said", "method", "where"),
    [
        ({"unknown": True}, "save", "$.purposes.unknown"),
        ({"necessary": False}, "save", "$.purposes.necessary"),
        ({"analytics": True}, "accept_all", "$.purposes"),
        ({"analytics": True}, "reject_all", "$.purposes"),
    ],
)
def test_what_an_answer_cannot_mean_is_refused(said: dict[str, bool], method: str, where: str) -> None:
    with pytest.raises(BadRequest) as caught:
        give(said, "FR", method)
    assert caught.value.where == where


@pytest.mark.parametrize("fingerprint", ["", "0" * 16])
@pytest.mark.parametrize("said", [{"analytics": True}, {"analytics": True, "adverts": False}])
def test_a_yes_to_another_policy_is_a_conflict(said: dict[str, bool], fingerprint: str) -> None:
    with pytest.raises(Conflict):
        give(said, "FR", fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("said", "method", "fingerprint"),
    [
        ({}, "save", ""),
        ({"analytics": False}, "save", "0" * 16),
        ({"analytics": False, "adverts": False}, "reject_all", "0" * 16),
        ({"gone-since": False, "necessary": False}, "reject_all", "0" * 16),
    ],
)
def test_a_no_to_another_policy_is_a_no_to_the_current_one(
    said: dict[str, bool], method: str, fingerprint: str
) -> None:
    """A refusal is never lost, whatever the policy it was given to had."""
    outcome = give(said, "FR", method, fingerprint=fingerprint)
    assert outcome.purposes == {"payment-fraud": False, "analytics": False, "adverts": False}
    assert outcome.record.policy == SITE.fingerprint
    assert outcome.choice is not None and outcome.choice.f == SITE.fingerprint


def test_a_refusal_that_names_no_policy_names_what_there_is() -> None:
    with pytest.raises(BadRequest):
        give({"analitycs": False}, "FR", fingerprint="")


def test_the_ledgers_language_is_a_language() -> None:
    assert give({}, "FR", language="203.0.113.77").record.language == ""
    assert give({}, "FR", language="fr-CA").record.language == "fr-ca"


def test_rows_are_chained() -> None:
    first, head = seal(b'{"id":"a"}', "chain", 1, FIRST)
    second, _ = seal(b'{"id":"b"}', "chain", 2, head)
    row = msgspec.json.decode(second)
    assert row["prev"] == msgspec.json.decode(first)["hash"] == head
    assert row["hash"] == link(b'{"id":"b"}', head) == hashlib.sha256(head.encode() + b'{"id":"b"}').hexdigest()
    assert link(b'{"id":"c"}', head) != row["hash"]


def test_all_languages_have_all_texts() -> None:
    texts = load()
    assert {"en", "fr", "de"} <= texts.keys()
    for language, words in texts.items():
        assert all(words.values()), language
