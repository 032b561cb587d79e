"""`/v1/subjects/{id}`: who may ask, what is refused, how long a token lasts, and that no id is written down anywhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.accounts.principal import Principal, Role
from gateway.clock import FrozenClock
from gateway.consent.subject_tokens import SubjectTokens
from tests.subjects.customers import ANN, NO, YES, Device, Server, path_of
from tests.web.visitors import SHOP, START, Served, served

SECOND = timedelta(seconds=1)
CANARY = "canary-7f3a@shop.example/Zoë"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("gateway"), law="DE") as one:
        yield one


@pytest.fixture(scope="module")
def server(gateway: Served) -> Server:
    return Server(gateway)


@pytest.mark.parametrize("role", [*Role, None])
def test_who_may_keep_customers(gateway: Served, role: Role | None) -> None:
    sites = frozenset({1}) if role in (Role.VIEWER, Role.SUBJECTS, Role.TRACKING) else None
    accounts = gateway.gateway.accounts
    bearer = accounts.create_token(Principal(f"as {role}", role, sites), by="tests") if role else "x"
    headers = {"authorization": f"Bearer {bearer}"}
    status = 200 if role in (Role.SUBJECTS, Role.ADMIN) else 403 if role else 401
    assert gateway.request("GET", "/v1/subjects/7/consent?site=1", headers).status_code == status
    assert gateway.request("GET", "/v1/subjects/7/consent?site=1", {}).status_code == 401
    in_query = f"/v1/subjects/7/consent?site=1&token_auth={bearer}"
    assert gateway.request("GET", in_query, {}).status_code == 401, "in the header alone"
    if role is Role.SUBJECTS:
        assert gateway.request("GET", "/v1/subjects/7/consent?site=2", headers).status_code == 403
        assert gateway.request("GET", "/v1/requests", headers).status_code == 403
        assert gateway.request("GET", "/v1/stats/1", headers).status_code == 403
    if role is Role.ADMIN:
        unknown = gateway.request("GET", "/v1/subjects/7/consent?site=2", headers)
        assert (unknown.status_code, unknown.json()["error"]["where"]) == (400, "site")


@pytest.mark.parametrize("customer", ["1", "a/b", "a/consent", "ü%2F?&#", "x" * 200, "日本", " ", "a+b@c"])
def test_any_id_is_a_customer_of_its_own(server: Server, customer: str) -> None:
    assert server.answer({"media": True}, customer).json()["purposes"]["media"] is True
    assert server.held(customer)["purposes"]["media"] is True
    assert server.held(customer + "x" if len(customer) < 200 else "y")["purposes"] is None
    assert server.erase(customer).status_code == 204
    assert server.held(customer)["purposes"] is None


@pytest.mark.parametrize("raw", ["", "x" * 201, "%00", "%0A", "%FF", "%2E%2E"])
def test_an_id_that_is_none(server: Server, raw: str) -> None:
    found = server.send("GET", f"/v1/subjects/{raw}/consent?site=1")
    assert 400 <= found.status_code < 500
    assert found.json()["error"]["what"]


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({}, 400, "$"),
        ({"purposes": 1}, 400, "$.purposes"),
        ({"purposes": {"media": True}}, 409, "$.fingerprint"),
        ({"purposes": {"media": True}, "fingerprint": "POLICY"}, 400, "$.notice"),
        ({"purposes": {"media": True}, "fingerprint": "POLICY", "notice": "0" * 64}, 400, "$.notice"),
        ({"purposes": {"nothing": False}, "fingerprint": "POLICY"}, 400, "$.purposes.nothing"),
        ({"purposes": {"necessary": False}, "fingerprint": "POLICY"}, 400, "$.purposes.necessary"),
        ({"services": {"kino": False}}, 400, "$.services"),
        ({"objected": False}, 400, "$.objected"),
        ({"jurisdiction": "France", "opted_out": True}, 400, "$.jurisdiction"),
        ({"minor": True, "opted_out": False}, 400, "$.minor"),
        ({"extra": 1}, 400, "$"),
        ({"site": 0}, 400, "$.site"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    gateway: Served, server: Server, body: dict[str, object], status: int, where: str
) -> None:
    """A yes needs the notice that was shown, as everywhere (RULES.md E7); and nothing is written."""
    policy = Device(gateway).notice()["policy"]
    given = {name: policy if value == "POLICY" else value for name, value in body.items()}
    rows = len(gateway.rows())
    refused = server.put("nobody", **given)
    assert (refused.status_code, refused.json()["error"]["where"]) == (status, where), refused.text
    assert len(gateway.rows()) == rows
    assert server.held("nobody")["purposes"] is None


@pytest.mark.parametrize("fingerprint", [{}, {"fingerprint": "0" * 16}])
def test_a_refusal_needs_no_fingerprint(server: Server, fingerprint: dict[str, str]) -> None:
    customer = f"refuses {len(fingerprint)}"
    server.answer(YES, customer)
    refused = server.put(customer, purposes=NO, **fingerprint)
    assert refused.status_code == 200, refused.text
    assert server.held(customer)["purposes"] == NO


def test_a_put_is_one_row_of_the_ledger(gateway: Served, server: Server) -> None:
    before = len(gateway.rows())
    answered = server.answer({**NO, "media": True}, "row", jurisdiction="FR", language="fr-FR")
    assert answered.status_code == 200, answered.text
    (row,) = gateway.rows()[before:]
    assert (row["method"], row["surface"], row["jurisdiction"], row["country"]) == ("api", "api", "FR", "FR")
    assert row["language"] == "fr-fr"
    assert answered.json()["receipt"] == row["id"]
    assert answered.json()["current"] is True


@pytest.mark.parametrize("body", ["", "[]", "{", '{"site":1,"seconds":3601}', '{"site":1,"seconds":0}', '{"site":"1"}'])
def test_a_token_is_asked_for_properly(gateway: Served, server: Server, body: str) -> None:
    headers = {"authorization": f"Bearer {server.bearer}"}
    refused = gateway.request("POST", "/v1/subjects/7/token", headers, body.encode())
    assert refused.status_code == 400
    assert refused.json()["error"]["where"].startswith("$")


@pytest.mark.parametrize("lasting", [3600, 60])
@pytest.mark.parametrize("away", [-SECOND, timedelta(0), SECOND])
def test_a_token_ends_after_its_time(gateway: Served, server: Server, lasting: int, away: timedelta) -> None:
    """Then the page is as if nobody were logged in, and an answer holds for this browser: a no is not lost."""
    customer = f"ends {lasting} {away}"
    server.answer(YES, customer)
    device = Device(gateway)
    device.subject = server.token(customer, seconds=lasting)
    gateway.clock.advance(timedelta(seconds=lasting) + away)
    over = away >= timedelta(0)
    seen = device.look()
    assert seen["account"]["state"] == ("expired" if over else "new_device")
    assert seen["ask"] is over
    assert device.held()["account"]["state"] == ("expired" if over else "new_device")
    refused = device.say(NO)
    assert (refused.status_code, refused.json()["account"]["state"]) == (201, "expired" if over else "kept")
    assert server.held(customer)["purposes"] == (YES if over else NO)
    assert device.opt_out().json() == {"status": "opted_out", "account": {"state": "expired" if over else "kept"}}


def test_a_token_that_is_forged_is_refused(gateway: Served, server: Server) -> None:
    device, clock = Device(gateway), FrozenClock(START)
    strange, _ = SubjectTokens([b"another key of 32 bytes or more!!"], clock).token(1, b"x" * 32)
    for token in ("x", "1.2.3", "a" * 400, strange, server.token()[:-1]):
        assert device.get(f"/v1/sites/1/notice?subject={token}").status_code == 403
        assert device.get(f"/v1/consent?site=1&subject={token}").status_code == 403
        assert device.send("DELETE", f"/v1/consent?site=1&subject={token}").status_code == 403
        body = {"site": 1, "what": "sale", "subject": token}
        refused = device.post("/v1/opt-out", body)
        assert (refused.status_code, refused.json()["error"]["where"]) == (403, "$.subject")
    assert device.post("/v1/opt-out", {"site": 1, "what": "sale", "subject": "a" * 401}).status_code == 400
    assert device.cookies == {}


def test_a_deleted_account_stays_deleted(gateway: Served, server: Server) -> None:
    """Its proof stays in the ledger; a page that is still open cannot bring it back, the customer who returns can."""
    device = Device(gateway)
    server.answer(YES, "leaver")
    device.subject = server.token("leaver")
    rows = len(gateway.rows())
    assert server.erase("leaver").status_code == 204
    assert len(gateway.rows()) == rows
    assert device.look()["account"] == {"state": "expired"}
    assert device.say(YES).json()["account"] == {"state": "expired"}
    assert server.held("leaver")["purposes"] is None
    assert server.erase("leaver").status_code == 204, "again"
    gateway.clock.advance(SECOND)
    device.subject = server.token("leaver")
    assert device.say(YES).json()["account"] == {"state": "kept"}
    gateway.clock.advance(timedelta(hours=2))
    gateway.gateway.subjects.purge()
    assert server.held("leaver")["purposes"] == YES


def test_an_id_is_found_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In no file, no row, no token, no answer, and in no log line: that has the route's pattern."""
    with served(tmp_path, SHOP, law="US-CA") as gateway:
        server, device = Server(gateway), Device(gateway)
        with caplog.at_level(logging.DEBUG):
            device.subject = server.token(CANARY)
            device.say({**NO, "analytics": True})
            answers = [server.answer(YES, CANARY), server.put(CANARY, opted_out=True), server.erase(CANARY)]
            answers += [server.put(CANARY, purposes=1), server.send("GET", f"{path_of(CANARY)}/nothing?site=1")]
        assert "canary" not in device.subject
        assert all("canary" not in answer.text for answer in answers)
        # httpx is the client here.
        lines = "".join(str(record.__dict__) for record in caplog.records if not record.name.startswith("http"))
        assert "/v1/subjects/{id:path}/consent" in lines
        assert "canary" not in lines and device.subject not in lines
        exposed = gateway.request("GET", "/metrics", {"authorization": f"Bearer {server.bearer}"}).text
        assert "canary" not in exposed
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"analytics" in held, "what was answered is on disk"
    for form in (CANARY, path_of(CANARY), "canary-7f3a", ANN):
        assert form.encode() not in held
