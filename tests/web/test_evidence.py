"""What a data protection officer meets: requests, ledger, retention, audit log; on a gateway as it runs."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.accounts.accounts import Accounts
from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.clock import SystemClock
from gateway.settings import Dashboard, Settings
from gateway.state.database import State
from tests.running.gateways import SITE, RunningGateway
from tests.web.harness import QUICK, csrf_of

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
NAMES = {"id = 1": "id = 2", '"Shop"': '"Hill <b>Blog</b>"', ', "localhost"': "", "shop.example": "hill.example"}
PAGES = ("/requests", "/ledger", "/ledger/verification", "/retention", "/audit")
READS = ("/v1/requests", "/v1/requests/0123", "/v1/ledger", "/v1/ledger/verify")

pytestmark = pytest.mark.skipif(
    not (ROOT / "gateway/assets/dashboard/main.js").exists(), reason="the scripts are not built: npm run build"
)


class Office:
    """A gateway with one user of each role, and their API tokens."""

    def __init__(self, gateway: RunningGateway) -> None:
        self.gateway = gateway
        self.state = State("", gateway.data)
        self.accounts = Accounts(self.state, Settings(dashboard=Dashboard()), SystemClock(), hasher=QUICK)
        self.tokens = {}
        for role in Role:
            sites = frozenset({1}) if role is Role.VIEWER else None
            self.accounts.create_user(Principal(role.value + "-ann", role, sites), PASSWORD, by="tests")
            self.tokens[role] = self.accounts.create_token(Principal(role.value, role, sites), by="tests")

    def client(self, role: Role | None) -> httpx.Client:
        """A browser that is logged in, or nobody's."""
        cookies = {}
        if role is not None:
            cookies = {"gw_session": self.accounts.login(role.value + "-ann", PASSWORD, "192.0.2.0")}
        return httpx.Client(base_url=self.gateway.url.replace("127.0.0.1", "localhost"), cookies=cookies, timeout=30)

    def api(self, role: Role) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        return httpx.Client(base_url=self.gateway.url, headers=headers, timeout=30)

    def noted(self, action: Action) -> list[tuple[str, int | None, str]]:
        return [(one.user, one.site, one.detail) for one in self.accounts.audit.latest(500) if one.action is action]

    def enter(self, client: httpx.Client, **fields: str) -> httpx.Response:
        token = csrf_of(client.get("/requests"))
        form = {"csrf": token, "site": "1", "kind": "access", "came": "email", "received": "", **fields}
        return client.post("/requests", data=form)

    def verified(self, client: httpx.Client) -> dict[str, object]:
        """What a verification that goes on found."""
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            state = client.get("/v1/ledger/verify").json()
            if state["running"] is None and state["last"] is not None:
                found: dict[str, object] = state["last"]
                return found
            time.sleep(0.05)
        raise AssertionError("no verdict in a minute")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with RunningGateway(tmp_path_factory.mktemp("gateway"), config=second_site()) as gateway:
        answers(gateway)
        office = Office(gateway)
        yield office
        office.state.close()


def second_site() -> str:
    text = SITE
    for old, new in NAMES.items():
        text = text.replace(old, new)
    return text


def answers(gateway: RunningGateway) -> None:
    """Three rows of the ledger: a refusal on each site, an objection on the first."""
    with httpx.Client(base_url=gateway.url, headers={"origin": "http://localhost:9000"}) as visitor:
        for site in (1, 2):
            policy = visitor.get(f"/v1/sites/{site}/notice").json()["policy"]
            body = {"site": site, "purposes": {}, "fingerprint": policy, "method": "reject_all"}
            answer = visitor.post(
                "/v1/consent", json=body, headers={"origin": f"http://{'shop' if site == 1 else 'hill'}.example"}
            )
            assert answer.status_code == 201, answer.text
        objection = {"site": 1, "what": "analytics"}
        assert visitor.post("/v1/opt-out", json=objection, headers={"origin": "http://shop.example"}).status_code == 200
    gateway.wait_delivered()


@pytest.mark.parametrize("role", [None, *Role])
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


def log_in(page: Page, office: Office) -> str:
    url = office.gateway.url.replace("127.0.0.1", "localhost")
    session = office.accounts.login("dpo-ann", PASSWORD, "192.0.2.0")
    page.context.add_cookies([{"name": "gw_session", "value": session, "url": url}])
    return url


@pytest.mark.parametrize("scripts", [True, False])
def test_the_office_in_a_browser(chromium: Browser, office: Office, scripts: bool) -> None:
    context = chromium.new_context(java_script_enabled=scripts, accept_downloads=True)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    url = log_in(page, office)
    page.goto(f"{url}/sites/1")
    page.get_by_role("link", name="Data protection").click()
    page.locator("summary").click()
    page.get_by_label("Right").select_option("Directives after death")
    page.get_by_label("How it came").select_option("by post")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Directives after death")
    page.get_by_label("Outcome").select_option("Granted")
    page.get_by_label("How it was answered").select_option("by post")
    page.get_by_role("button", name="Record the answer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Granted")
    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("button", name="Verify now").click()
    if not scripts:
        while page.get_by_role("link", name="Look again").count():
            page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("The ledger is whole.")).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert len(Path(download.value.path()).read_text().splitlines()) == 4
    context.close()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(chromium: Browser, office: Office, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    url = log_in(page, office)
    with office.client(Role.DPO) as client:
        one = office.enter(client, reference="a-reference-of-the-greatest-length-that-there-may-be-64-charact").headers[
            "location"
        ]
    for path in ("/requests?stage=all", one, "/ledger", "/retention", "/audit"):
        page.goto(url + path)
        for details in page.locator("summary").all():
            details.click()
        page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
        for width in (2560, 360, 320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        brief = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
        assert brief == [], f"{path}: {json.dumps(brief, indent=1)}"
    context.close()
    assert re.match(r"/requests/[0-9a-f]{16}$", one)
