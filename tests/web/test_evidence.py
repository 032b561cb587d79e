"""What a data protection officer meets: requests, ledger, retention, audit log; and who else does not."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Role
from tests.web.harness import csrf_of
from tests.web.office import USERS, Office, office

__all__ = ["office"]

PAGES = ("/requests", "/ledger", "/ledger/verification", "/retention", "/audit")
READS = ("/v1/requests", "/v1/requests/0123", "/v1/ledger", "/v1/ledger/verify")


@pytest.mark.parametrize("role", [None, *USERS])
def test_who_may_see_the_evidence(office: Office, role: Role | None) -> None:
    allowed = role in (Role.DPO, Role.ADMIN)
    with office.client(role) as client:
        for path in PAGES:
            answer = client.get(path)
            if role is None:
                assert answer.status_code == 303 and answer.headers["location"].startswith("/login?next="), path
            else:
                expected = 403 if not allowed else 303 if path.endswith("verification") else 200
                assert answer.status_code == expected, path
        for path in READS:
            expected = 401 if role is None else 403 if not allowed else 404 if path.endswith("0123") else 200
            assert client.get(path).status_code == expected, path
        for path in ("/requests", "/requests/0123", "/ledger/verification"):
            assert client.post(path, data={}).status_code == (303 if role is None else 403), path
        if role is not None:
            shown = client.get("/", follow_redirects=True).text
            assert ("Data protection" in shown) == allowed
    if role is not None:
        with office.api(role) as tool:
            body = {"site": 1, "kind": "other"}
            assert tool.post("/v1/requests", json=body).status_code == (201 if allowed else 403)


def test_a_form_from_elsewhere_changes_nothing(office: Office) -> None:
    with office.client(Role.DPO) as client:
        form = {"site": "1", "kind": "access", "came": "email", "received": ""}
        before = client.get("/v1/requests").json()["count"]
        for fields, headers in (
            ({"csrf": "0" * 64}, {}),
            ({"csrf": csrf_of(client.get("/requests"))}, {"sec-fetch-site": "cross-site"}),
        ):
            assert client.post("/requests", data={**form, **fields}, headers=headers).status_code == 403
        # The API takes no session: a token in a header is what no other website can send.
        assert client.post("/v1/requests", json={"site": 1, "kind": "access"}).status_code == 401
        assert client.post("/v1/ledger/verify").status_code == 401
        assert client.get("/v1/requests").json()["count"] == before


def test_a_request_by_forms_alone(office: Office) -> None:
    with office.client(Role.DPO) as client:
        entered = office.enter(
            client, kind="rectification", came="post", reference="F-2026-17", note="<b>By letter</b>"
        )
        assert entered.status_code == 303
        path = entered.headers["location"]
        shown = client.get(path)
        assert "Rectification" in shown.text and "&lt;b&gt;By letter&lt;/b&gt;" in shown.text
        assert "F-2026-17" in client.get("/requests?site=1&stage=open").text
        assert "F-2026-17" not in client.get("/requests?site=2&stage=open").text

        token = csrf_of(shown)
        refused = client.post(path, data={"csrf": token, "do": "answer", "result": "refused", "answered_by": "post"})
        assert refused.status_code == 400 and "needs its reason" in refused.text
        extended = client.post(path, data={"csrf": token, "do": "extend", "reason": "An archive to search."})
        assert extended.status_code == 303 and "An archive to search." in client.get(path).text
        again = client.post(path, data={"csrf": token, "do": "extend", "reason": "Once more."})
        assert again.status_code == 409 and "cannot be extended" in again.text
        assert client.post(path, data={"csrf": token, "do": "note", "note": "Settled."}).status_code == 303
        answer = {"csrf": token, "do": "answer", "result": "partly", "answered_by": "post", "reason": "Half is theirs."}
        assert client.post(path, data=answer).status_code == 303
        closed = client.get(path).text
        assert "Granted in part" in closed and "Half is theirs." in closed and "Settled." in closed
        assert 'value="answer"' not in closed and 'value="extend"' not in closed
        assert client.post(path, data=answer).status_code == 409
        assert client.post(path, data={"csrf": token, "do": "nothing"}).status_code == 400

        number = path.rpartition("/")[2]
        for action in (Action.REQUEST_ENTERED, Action.REQUEST_EXTENDED, Action.REQUEST_NOTED, Action.REQUEST_ANSWERED):
            (noted,) = [entry for entry in office.noted(action) if number in entry[2]]
            assert noted[:2] == ("dpo-ann", 1)
            assert "F-2026-17" not in noted[2] and "Settled" not in noted[2]
        log = client.get("/audit").text
        assert "Answered a request" in log and f"{number}, rectification, partly" in log


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"kind": "curiosity"}, "This is one of access"),
        ({"received": "31/12/2026"}, "no day"),
        ({"received": "2999-01-01"}, "today or before"),
        ({"site": "9"}, "There is no site 9"),
        ({"site": "x"}, "not a whole number"),
        ({"reference": "x" * 65}, "64 characters"),
    ],
)
def test_a_form_filled_in_wrongly_says_so_and_keeps_the_rest(office: Office, fields: dict[str, str], what: str) -> None:
    with office.client(Role.DPO) as client:
        refused = office.enter(client, **{"note": "Kept as typed", **fields})
        assert refused.status_code == 400
        assert (
            what in refused.text and "Kept as typed" in refused.text and '<details class="card" open>' in refused.text
        )


@pytest.mark.parametrize("query", ["stage=strange", "site=x", "page=-1"])
def test_a_question_that_makes_no_sense(office: Office, query: str) -> None:
    with office.client(Role.DPO) as client:
        assert client.get(f"/requests?{query}").status_code == 400
        if "page" not in query:
            assert client.get(f"/v1/requests?{query}").json()["error"]["where"].startswith("$.")


def test_warned_before_due_and_when_overdue(office: Office) -> None:
    today = datetime.now(UTC).date()
    with office.api(Role.DPO) as tool, office.client(Role.DPO) as client:
        for kind, days in (("erasure", 27), ("portability", 60)):
            body = {"site": 2, "kind": kind, "came": "post", "received": (today - timedelta(days=days)).isoformat()}
            assert tool.post("/v1/requests", json=body).status_code == 201
        page = client.get("/requests?site=2").text
        assert "1 overdue." in page and "1 due within seven days." in page
        found = {stage: tool.get(f"/v1/requests?site=2&stage={stage}").json() for stage in ("due", "overdue")}
        assert [one["kind"] for one in found["overdue"]["requests"]] == ["portability"]
        assert [one["kind"] for one in found["due"]["requests"]] == ["portability", "erasure"]
        assert [one["stage"] for one in found["due"]["requests"]] == ["overdue", "due"]


def test_an_objection_on_a_page_is_there_already(office: Office) -> None:
    with office.api(Role.DPO) as tool:
        (found,) = [
            one for one in tool.get("/v1/requests?stage=answered").json()["requests"] if one["kind"] == "objection"
        ]
        assert found["received"] == found["answered"]
        assert (found["came"], found["result"], found["reference"], found["created_by"]) == ("page", "granted", "", "")


def test_a_request_by_the_api(office: Office) -> None:
    with office.api(Role.DPO) as tool:
        made = tool.post("/v1/requests", json={"site": 1, "kind": "copy", "reference": "case 8"})
        assert made.status_code == 201
        path = f"/v1/requests/{made.json()['id']}"
        assert tool.get(path).json() == made.json()
        longer = tool.post(f"{path}/extend", json={"reason": "Large."}).json()
        assert longer["due"] > made.json()["due"] and longer["extension_reason"] == "Large."
        done = tool.post(f"{path}/answer", json={"result": "granted"}).json()
        assert (done["stage"], done["answered_by"]) == ("answered", "api")
        assert tool.post(f"{path}/answer", json={"result": "granted"}).status_code == 409
        for body, where in (
            ({"site": 1}, "$"),
            ({"site": 1, "kind": "curiosity"}, "$.kind"),
            ({"site": 1, "kind": "copy", "name": "Jane"}, "$"),
            ({"site": 9, "kind": "copy"}, "$.site"),
            ({"site": 1, "kind": "copy", "received": "2999-01-01"}, "$.received"),
        ):
            refused = tool.post("/v1/requests", json=body)
            assert refused.status_code == 400 and refused.json()["error"]["where"] == where, refused.text
        assert tool.post(f"{path}/answer", content=b"[" * 100_000).status_code == 413
        assert tool.get("/v1/requests?limit=0").status_code == 400
        assert tool.get("/v1/requests?strange=1").json()["error"]["where"] == "$.strange"


def test_the_ledger_is_exported_as_asked(office: Office) -> None:
    with office.api(Role.DPO) as tool:
        every = tool.get("/v1/ledger")
        rows = [json.loads(line) for line in every.text.splitlines()]
        assert [(row["site"], row["method"]) for row in rows] == [
            (1, "reject_all"),
            (2, "reject_all"),
            (1, "objection"),
        ]
        assert every.headers["x-ledger-rows"] == "3"
        assert every.headers["content-disposition"].endswith('.jsonl"')
        table = list(csv.DictReader(io.StringIO(tool.get("/v1/ledger?format=csv&site=2").text)))
        assert [row["id"] for row in table] == [rows[1]["id"]]
        today = datetime.now(UTC).date()
        bounds = {"since": today - timedelta(days=1), "until": today + timedelta(days=2)}
        within = tool.get("/v1/ledger", params={name: value.isoformat() for name, value in bounds.items()})
        assert len(within.text.splitlines()) == 3
        assert tool.get("/v1/ledger?until=2026-01-01").text == ""
        assert office.noted(Action.EXPORT)[0] == ("token dpo", None, "ledger, 0 rows, until 2026-01-01")
        for query, where in (
            ("format=pdf", "$.format"),
            ("since=yesterday", "$.since"),
            ("site=99999999999", "$.site"),
            ("site=4294967296", "$.site"),
            ("strange=1", "$.strange"),
        ):
            refused = tool.get(f"/v1/ledger?{query}")
            assert refused.status_code == 400 and refused.json()["error"]["where"] == where, refused.text


def test_verified_by_the_api(office: Office) -> None:
    with office.api(Role.ADMIN) as tool:
        started = tool.post("/v1/ledger/verify")
        assert started.status_code == 202
        found = office.verified(tool)
        assert (found["whole"], found["rows"], found["flaws"], found["by"]) == (True, 3, [], "token admin")
        give_up = time.monotonic() + 10
        while not office.noted(Action.LEDGER_VERIFIED) and time.monotonic() < give_up:
            time.sleep(0.05)
        assert office.noted(Action.LEDGER_VERIFIED)[0] == ("token admin", None, "whole, 3 rows")
