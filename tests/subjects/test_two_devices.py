"""One account, two devices: a choice applies while logged in, most recent first, yes and no alike (RULES.md E13, C6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.clock import add_months_to_instant
from gateway.state.subjects import subject_keys
from tests.subjects.customers import ANN, NO, OPTIONAL, YES, Device, Server
from tests.web.visitors import SHOP, START, Served, served

SECOND = timedelta(seconds=1)
SCOPE = "While you are logged in, your answer applies to all devices on which you are logged in."


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, law="DE") as one:
        yield one


@pytest.fixture
def server(gateway: Served) -> Server:
    return Server(gateway)


@pytest.mark.parametrize("said", [YES, NO, {**NO, "media": True}])
def test_an_answer_travels_to_the_second_device_while_logged_in(
    gateway: Served, server: Server, said: dict[str, bool]
) -> None:
    """RULES.md E13: refusal and withdrawal travel exactly like consent."""
    phone, laptop = Device(gateway), Device(gateway)
    phone.subject = laptop.subject = server.token()
    assert phone.look()["account"]["state"] == "empty"
    answered = phone.say(said, services={"kino": True} if said["media"] else {})
    assert (answered.status_code, answered.json()["account"]) == (201, {"state": "kept"})
    seen = laptop.look()
    assert seen["ask"] is False
    assert seen["account"]["state"] == "new_device"
    assert seen["account"]["purposes"] == said
    assert seen["account"]["services"] == ({"kino": True} if said["media"] else {})
    assert seen["account"]["policy"] == seen["policy"]
    assert laptop.held()["purposes"] == said
    assert laptop.cookies == {}, "merely looking leaves the browser as it is"
    assert phone.look()["account"]["state"] == "same"
    laptop.subject = ""
    assert laptop.look()["ask"] is True
    assert laptop.held()["purposes"] is None
    assert phone.held()["purposes"] == said, "what was answered while logged in is this browser's answer too"
    laptop.subject = phone.subject
    gateway.clock.advance(SECOND)
    assert laptop.withdraw().json()["account"] == {"state": "kept"}
    assert phone.held()["purposes"] == NO
    assert phone.look()["account"]["state"] == ("conflict" if any(said.values()) else "same")


def test_the_first_layer_says_how_far_the_answer_reaches(gateway: Served, server: Server) -> None:
    """RULES.md E13; and the ledger's row names exactly that notice (E7)."""
    device = Device(gateway)
    assert SCOPE not in device.look()["texts"]["body"]
    device.subject = server.token()
    seen = device.notice(f"?subject={device.subject}&language=en")
    assert seen["texts"]["body"].endswith(SCOPE)
    assert {"account_new_device", "account_conflict"} <= seen["texts"].keys()
    device.say(YES)
    exact = device.get(f"/v1/notices/{gateway.rows()[-1]['notice']}").json()
    assert SCOPE in exact["texts"]["body"]
    device.subject = ""
    assert not any(key.startswith("account_") for key in device.look()["texts"])


@pytest.mark.parametrize("browser_first", [True, False])
@pytest.mark.parametrize("own", [YES, NO])
def test_of_two_answers_the_most_recent_one_stands(
    gateway: Served, server: Server, browser_first: bool, own: dict[str, bool]
) -> None:
    device, account = Device(gateway), (NO if own == YES else YES)
    for browser in (browser_first, not browser_first):
        if browser:
            device.say(own)
        else:
            assert server.answer(account).status_code == 200
        gateway.clock.advance(SECOND)
    device.subject = server.token()
    seen = device.look()
    assert seen["account"]["state"] == "conflict"
    assert seen["account"]["purposes"] == (account if browser_first else own)
    before = dict(device.cookies)
    device.look()
    assert device.cookies == before
    device.subject = ""
    assert device.held()["purposes"] == own, "logging out returns to what the browser said by itself"
    assert server.held()["purposes"] == account, "looking changes no account"


def test_of_two_answers_at_one_second_the_no_stands(gateway: Served, server: Server) -> None:
    device = Device(gateway)
    device.say({**NO, "media": True}, services={"kino": True})
    server.answer({**YES, "media": False})
    device.subject = server.token()
    account = device.look()["account"]
    assert account["purposes"] == NO
    assert account["services"] == {"kino": False}


@pytest.mark.parametrize("away", [-SECOND, timedelta(0), SECOND])
def test_an_accounts_choice_lapses_like_a_browsers(gateway: Served, server: Server, away: timedelta) -> None:
    """RULES.md E5, on the account."""
    server.answer(YES)
    ends = add_months_to_instant(START, 6)
    assert server.held()["expires"] == "2027-05-22T12:00:00Z"
    gateway.clock.move_to(ends + away)
    device = Device(gateway)
    device.subject = server.token()
    lapsed = away >= timedelta(0)
    assert device.look()["ask"] is lapsed
    assert server.held()["purposes"] == (None if lapsed else YES)
    assert gateway.gateway.subjects.purge() == int(lapsed)


@pytest.mark.parametrize("law", ["US-CA", "", "FR"])
@pytest.mark.parametrize("how", ["click", "before log-in", "server"])
def test_an_opt_out_of_sale_follows_to_a_second_device(tmp_path: Path, law: str, how: str) -> None:
    """RULES.md C6, however it was made; and there it stays, logged in or not."""
    with served(tmp_path, law=law) as gateway:
        server = Server(gateway)
        phone, laptop = Device(gateway), Device(gateway)
        if how == "server":
            assert server.put(opted_out=True).json()["opted_out"] is True
            assert gateway.rows()[-1]["surface"] == "api"
        else:
            phone.subject = server.token() if how == "click" else ""
            phone.opt_out()
            phone.subject = server.token()
            phone.look()
        laptop.subject = server.token()
        seen = laptop.look()
        assert seen["opted_out"] is seen["account"]["opted_out"] is True
        assert laptop.cookies["gw_optout_1"] == "a"
        laptop.subject = ""
        assert laptop.look()["opted_out"] is True
        server.answer(YES)
        assert server.held()["opted_out"] is True, "a yes is no opt-in"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("law", ["US-CA", "US", "", "FR"])
def test_the_signal_of_a_known_customer_opts_the_account_out(tmp_path: Path, law: str, known: bool) -> None:
    """RULES.md C3: {anonymous, known customer}; where the law makes the signal an opt-out that stays."""
    with served(tmp_path, law=law) as gateway:
        server = Server(gateway)
        server.answer(YES)
        device, other = Device(gateway, gpc=True), Device(gateway)
        device.subject = server.token() if known else ""
        device.look()
        binds = known and law != "FR"
        assert server.held()["opted_out"] is binds
        other.subject = server.token()
        assert other.look()["opted_out"] is binds


def test_an_opt_out_taken_back_on_the_account_is_not_brought_back_by_a_cookie(gateway: Served, server: Server) -> None:
    """RULES.md C9: it goes on standing in the browser that holds it, and a new act or the signal opts out again."""
    phone, laptop = Device(gateway), Device(gateway)
    phone.subject = laptop.subject = server.token()
    phone.opt_out()
    assert laptop.look()["opted_out"] is True
    assert laptop.opt_in().status_code == 200
    assert laptop.look()["opted_out"] is False
    assert phone.look()["opted_out"] is True
    assert server.held()["opted_out"] is False
    phone.opt_out()
    assert laptop.look()["opted_out"] is True


def test_an_objection_follows_and_ends_with_a_yes(tmp_path: Path) -> None:
    with served(tmp_path, structs.replace(SHOP, exemptions=()), law="GB") as gateway:
        server = Server(gateway)
        phone, laptop = Device(gateway), Device(gateway)
        assert phone.opt_out("analytics").status_code == 200
        phone.subject = laptop.subject = server.token()
        assert phone.look()["objected"] is True
        seen = laptop.look()
        assert (seen["objected"], seen["measure"]) == (True, "after_choice")
        assert laptop.cookies["gw_objection_1"] == "a"
        laptop.say(YES)
        assert "gw_objection_1" not in laptop.cookies
        assert server.held()["objected"] is False
        assert phone.look()["objected"] is True, "a browser's own objection ends where it stands"
        assert server.held()["objected"] is False


@pytest.mark.parametrize("how", ["server", "here"])
def test_what_a_customer_asked_for_is_no_other_customers(gateway: Served, server: Server, how: str) -> None:
    """On a shared browser it stands for whoever uses it, and reaches no account but the customer's."""
    shared = Device(gateway)
    shared.subject = server.token("ann")
    if how == "server":
        server.put("ann", objected=True, opted_out=True)
    else:
        shared.opt_out()
        shared.opt_out("analytics")
    shared.look()
    shared.subject = server.token("bob")
    seen = shared.look()
    assert (seen["opted_out"], seen["objected"]) == (True, True), "this browser goes on honouring both"
    assert (server.held("bob")["opted_out"], server.held("bob")["objected"]) == (False, False)
    assert (server.held("ann")["opted_out"], server.held("ann")["objected"]) == (True, True)
    shared.subject = ""
    shared.look()
    shared.opt_out()
    shared.subject = server.token("bob")
    shared.look()
    assert (server.held("bob")["opted_out"], server.held("bob")["objected"]) == (True, False), "its own act is carried"


def test_a_visitor_number_goes_where_an_objection_arrives(gateway: Served, server: Server) -> None:
    laptop = Device(gateway)
    laptop.say(YES)
    assert "gw_visitor_1" in laptop.cookies
    server.put(objected=True)
    laptop.subject = server.token()
    laptop.look()
    assert "gw_visitor_1" not in laptop.cookies


@pytest.mark.parametrize("law", ["US-CA", "FR", ""])
def test_a_minor_is_asked_nothing_and_sold_nowhere(tmp_path: Path, law: str) -> None:
    """RULES.md C12, on the account: whatever the browser had said before."""
    with served(tmp_path, law=law) as gateway:
        server, device = Server(gateway), Device(gateway)
        device.say(YES)
        assert server.put(minor=True).json()["minor"] is True
        device.subject = server.token()
        seen = device.look()
        assert (seen["ask"], seen["opted_out"], seen["account"]["minor"]) == (False, True, True)
        assert seen["account"]["purposes"] == NO
        assert (seen["measure"], seen["minor"]) == ("never", True)
        assert [purpose["id"] for purpose in seen["purposes"]] == ["necessary"]
        assert device.cookies["gw_optout_1"] == "a"
        for refused in (device.say(YES), device.opt_in(), server.answer(YES)):
            assert refused.status_code == 409, refused.text
        assert device.say(NO).status_code == 201
        assert server.put(minor=False).json()["minor"] is False


def test_the_account_follows_the_proof_of_its_yes(gateway: Served, server: Server) -> None:
    """The row of a withdrawal names the yes it ends, from whichever device; a refusal leaves no id on the account."""
    phone, laptop = Device(gateway), Device(gateway)
    phone.subject = laptop.subject = server.token()
    receipt = phone.say(YES).json()["receipt"]["id"]
    assert server.held()["receipt"] == receipt
    laptop.withdraw()
    assert gateway.rows()[-1]["follows"] == receipt
    assert server.held()["receipt"] is None


def test_a_second_site_has_its_own_accounts(tmp_path: Path) -> None:
    """Two sites on one registrable domain share no identifier."""
    with served(tmp_path, SHOP, structs.replace(SHOP, id=2)) as gateway:
        first, second = Server(gateway), Server(gateway, 2)
        first.answer(YES)
        assert second.held()["purposes"] is None
        with gateway.gateway.state.begin() as connection:
            found = [bytes(row.key) for row in connection.execute(subject_keys.select())]
        assert len(set(found)) == 2
        device = Device(gateway)
        answer = device.get(f"/v1/sites/2/notice?subject={first.token()}")
        assert (answer.status_code, answer.json()["error"]["where"]) == (403, "subject")


def test_what_was_answered_names_every_purpose(gateway: Served, server: Server) -> None:
    assert server.answer({"media": True}).json()["purposes"] == {**NO, "media": True}
    assert set(OPTIONAL) == set(server.held(ANN)["purposes"])
