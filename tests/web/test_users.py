"""The pages of users, of one's own account, and of the audit log: over HTTP, and in a browser."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, expect

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.accounts.sessions import key_of
from gateway.clock import SystemClock
from tests.web.harness import ADMIN_PASSWORD, API_TOKEN, Harness, csrf_of, make_site, running

ROOT = Path(__file__).parent.parent.parent
NAMES = ["Harbour Shop", "Hill <b>Blog</b>", "News", "Museum", "Library", "Radio", "School", "Cinema", "Theatre"]
SITES = tuple(make_site(number, name) for number, name in enumerate([*NAMES, "Market", "Club", "Farm", "Bank"], 1))
PASSWORD = "a long password"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with running(tmp_path_factory.mktemp("state"), SystemClock(), SITES) as harness:
        for name, role, sites in [
            ("vera", Role.VIEWER, frozenset({1, 2})),
            ("ed", Role.EDITOR, None),
            ("dora", Role.DPO, None),
        ]:
            harness.accounts.create_user(Principal(name, role, sites), PASSWORD, by="tests")
        yield harness


def logged_in(gateway: Harness, name: str = "admin") -> httpx.Client:
    password = ADMIN_PASSWORD if name == "admin" else PASSWORD
    client = gateway.browser()
    client.cookies.set("gw_session", gateway.accounts.login(name, password, "192.0.2.0"))
    return client


def send(client: httpx.Client, path: str, **fields: object) -> httpx.Response:
    """Fill in a form of the page and send it."""
    return client.post(path, data={"csrf": csrf_of(client.get(path)), **fields})


def secret_on(page: httpx.Response) -> str:
    found = re.search(r'id="secret">([^<]+)<', page.text)
    assert found, page.text
    return unescape(found[1])


def newest(gateway: Harness) -> tuple[str, Action, str]:
    entry = gateway.accounts.audit.latest(1)[0]
    return entry.user, entry.action, entry.detail


def test_only_admins_keep_users_and_only_by_a_session(gateway: Harness) -> None:
    vera = gateway.accounts.staff.named("vera")
    paths = ("/users", f"/users/{vera.id}")
    for name, status in [("vera", 403), ("ed", 403), ("dora", 403), ("admin", 200)]:
        with logged_in(gateway, name) as client:
            assert [client.get(path).status_code for path in paths] == [status] * 2
            fields = {"csrf": csrf_of(client.get("/account")), "do": "nothing", "role": "nothing"}
            refused = {client.post(path, data=fields).status_code for path in paths}
            assert refused == ({400} if status == 200 else {403})
            assert ("Users</a>" in client.get("/account").text) is (status == 200)
    with gateway.browser() as nobody:
        assert [nobody.get(path).status_code for path in (*paths, "/account")] == [303] * 3
        bearer = {"authorization": f"Bearer {API_TOKEN}"}
        assert [nobody.get(path, headers=bearer).status_code for path in (*paths, "/account")] == [303] * 3
    assert not gateway.accounts.staff.one(vera.id).disabled


def test_from_the_invitation_to_the_deletion_of_a_user(gateway: Harness) -> None:
    with logged_in(gateway) as admin, gateway.browser() as ann:
        made = send(admin, "/users", name="Ann@Shop.example", role="viewer", site=["1", "2"])
        assert made.status_code == 200
        link = secret_on(made)
        assert link.startswith(f"{gateway.url}/invitation/")
        assert newest(gateway) == ("admin", Action.USER_CREATED, "ann@shop.example, viewer of 1, 2")
        user = gateway.accounts.staff.named("ann@shop.example")
        assert "secret" not in admin.get(f"/users/{user.id}").text, "shown once"
        page = ann.get(link)
        assert page.status_code == 200 and "ann@shop.example" in page.text
        assert page.headers["referrer-policy"] == "same-origin" and page.headers["cache-control"] == "no-store"
        assert ann.post(link, data={"csrf": csrf_of(page), "password": "short"}).status_code == 400
        assert ann.post(link, data={"csrf": "0" * 64, "password": PASSWORD}).status_code == 403
        accepted = ann.post(link, data={"csrf": csrf_of(ann.get(link)), "password": PASSWORD})
        assert (accepted.status_code, accepted.headers["location"]) == (303, "/login")
        assert ann.get(link).status_code == 404
        assert gateway.log_in(ann, "ann@shop.example", PASSWORD).status_code == 303
        assert ann.get("/sites/1").status_code == 200 and ann.get("/sites/3").status_code == 403

        one = f"/users/{user.id}"
        assert send(admin, one, do="rights", role="editor", site="3").status_code == 303
        assert ann.get("/sites/1").status_code == 403 and ann.get("/sites/3").status_code == 200
        assert send(admin, one, do="end_sessions").status_code == 303
        assert ann.get("/sites/3").status_code == 303
        assert send(admin, one, do="disable").status_code == 303
        assert gateway.log_in(ann, "ann@shop.example", PASSWORD).status_code == 401
        assert send(admin, one, do="enable").status_code == 303
        assert "/invitation/" in secret_on(send(admin, one, do="invite"))
        assert send(admin, one, do="delete").status_code == 400, "not without the tick"
        assert send(admin, one, do="delete", sure="yes").headers["location"] == "/users"
        assert admin.get(one).status_code == 404
    said = [entry.action for entry in gateway.accounts.audit.latest(40) if "ann@shop.example" in entry.detail]
    assert said[:6] == [
        Action.USER_DELETED,
        Action.USER_INVITED,
        Action.USER_ENABLED,
        Action.USER_DISABLED,
        Action.SESSIONS_ENDED,
        Action.USER_CHANGED,
    ]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "", "role": "dpo"}, 400),
        ({"name": "line\nbreak", "role": "dpo"}, 400),
        ({"name": "x" * 255, "role": "dpo"}, 400),
        ({"name": "new", "role": "emperor"}, 400),
        ({"name": "new", "role": "tracking", "site": "1"}, 400),
        ({"name": "new", "role": "viewer"}, 400),
        ({"name": "new", "role": "viewer", "site": "99"}, 400),
        ({"name": "new", "role": "viewer", "site": "one"}, 400),
        ({"name": "VERA", "role": "dpo"}, 409),
        ({"do": "revoke", "token": "none"}, 303),
    ],
)
def test_a_wrong_form_is_told_what_is_wrong(gateway: Harness, fields: dict[str, str], status: int) -> None:
    with logged_in(gateway) as admin:
        before = [one.principal for one in gateway.accounts.staff.all()]
        answer = send(admin, "/users", **fields)
        assert answer.status_code == status
        assert status == 303 or 'role="alert"' in answer.text
        assert [one.principal for one in gateway.accounts.staff.all()] == before


def test_the_last_admin_stays_whatever_is_clicked(gateway: Harness) -> None:
    one = f"/users/{gateway.accounts.staff.named('admin').id}"
    with logged_in(gateway) as admin:
        for fields in ({"do": "disable"}, {"do": "delete", "sure": "yes"}, {"do": "rights", "role": "dpo"}):
            refused = send(admin, one, **fields)
            assert refused.status_code == 409 and "last administrator" in refused.text
        send(admin, "/users", name="soon", role="admin")
        refused = send(admin, one, do="disable")
        assert refused.status_code == 409, "who was invited cannot log in yet"
        gateway.accounts.staff.set_password(gateway.accounts.staff.named("soon").id, PASSWORD, by="tests")
        gateway.accounts.staff.disable(gateway.accounts.staff.named("admin").id, by="tests")
        gateway.accounts.staff.enable(gateway.accounts.staff.named("admin").id, by="tests")
        gateway.accounts.staff.delete(gateway.accounts.staff.named("soon").id, by="tests")
    with logged_in(gateway) as admin:
        assert admin.get("/users").status_code == 200


def test_other_websites_cannot_change_users_or_accounts(gateway: Harness) -> None:
    one = f"/users/{gateway.accounts.staff.named('vera').id}"
    with logged_in(gateway) as admin:
        token = csrf_of(admin.get("/users"))
        for path in ("/users", one, "/account"):
            for headers, sent in [
                ({"sec-fetch-site": "cross-site"}, token),
                ({"origin": "https://evil.example"}, token),
                ({}, "0" * 64),
                ({}, ""),
            ]:
                fields = {"csrf": sent, "do": "disable", "name": "mallory", "role": "admin"}
                assert admin.post(path, data=fields, headers=headers).status_code == 403
    assert not gateway.accounts.staff.named("vera").disabled


def test_ones_own_password_sessions_and_tokens(gateway: Harness) -> None:
    gateway.accounts.create_user(Principal("own", Role.EDITOR, frozenset({1, 2})), PASSWORD, by="tests")
    user = gateway.accounts.staff.named("own")
    with logged_in(gateway, "own") as here, logged_in(gateway, "own") as there, logged_in(gateway) as admin:
        page = here.get("/account")
        assert page.text.count('value="end"') == 1 and "this one" in page.text
        assert "Museum" not in page.text, "no other sites to choose from"
        session = gateway.accounts.own.sessions(user)
        theirs = next(each.key for each in session if each.key != key_of(str(here.cookies["gw_session"])))
        assert send(admin, "/account", do="end", session=theirs).status_code == 404
        assert send(here, "/account", do="end", session=theirs).status_code == 303
        assert there.get("/account").status_code == 303

        made = send(here, "/account", do="token", name="report", scope="viewer", site="1", expires="2999-01-31")
        token = secret_on(made)
        bearer = {"authorization": f"Bearer {token}"}
        question = {"from": "2026-11-01", "to": "2026-11-01", "metrics": "visits"}
        with gateway.browser() as tool:
            answers = [tool.get(f"/v1/stats/{n}", params=question, headers=bearer).status_code for n in (1, 2)]
            assert answers == [200, 403]
        assert token not in here.get("/account").text and "2999-01-31" in here.get("/account").text
        for fields, status in [
            ({"name": "more", "scope": "admin"}, 403),
            ({"name": "more", "scope": "viewer", "site": "3"}, 403),
            ({"name": "more", "scope": "viewer", "site": "999"}, 403),  # as if it were there
            ({"name": "more", "scope": "viewer", "site": "1", "expires": "2020-01-01"}, 400),
            ({"name": "more", "scope": "viewer", "site": "1", "expires": "soon"}, 400),
            ({"name": "report", "scope": "viewer", "site": "1"}, 409),
        ]:
            assert send(here, "/account", do="token", **fields).status_code == status, fields
        assert send(admin, "/account", do="revoke", token="report").status_code == 400
        assert send(here, "/account", do="revoke", token="report").status_code == 303
        assert gateway.accounts.by_token(token) is None

        assert send(here, "/account", do="password", current="wrong", new="another password").status_code == 403
        before = str(here.cookies["gw_session"])
        changed = send(here, "/account", do="password", current=PASSWORD, new="another password")
        assert changed.headers["location"] == "/account?done=password"
        assert gateway.accounts.by_session(before) is None, "a new session id"
        fresh = re.search(r"gw_session=([^;]+)", changed.headers["set-cookie"])
        assert fresh and gateway.accounts.by_session(fresh[1]) == user.principal


def test_the_audit_log_is_filtered_paged_and_taken_away(gateway: Harness) -> None:
    for number in range(101):
        gateway.accounts.audit.record(Action.EXPORT, "=cmd|' /C calc'!A0", site=4, detail=f"panel {number}")
    with logged_in(gateway, "dora") as dora, logged_in(gateway, "ed") as ed:
        assert ed.get("/audit").status_code == ed.get("/audit.csv").status_code == 403
        first = dora.get("/audit", params={"action": "export", "site": "4"})
        assert "101 entries as CSV" in first.text and first.text.count("panel ") == 100
        older = re.search(r'href="(/audit\?[^"]*page=2)"', first.text)
        assert older and dora.get(unescape(older[1])).text.count("panel ") == 1
        taken = dora.get("/audit.csv", params={"action": "export", "site": "4"})
        rows = list(csv.DictReader(io.StringIO(taken.text)))
        assert [row["detail"] for row in rows] == [f"panel {number}" for number in range(100, -1, -1)]
        assert {row["user"] for row in rows} == {"'=cmd|' /C calc'!A0"}, "no spreadsheet runs it"
        assert taken.headers["content-disposition"].startswith('attachment; filename="audit-')
        assert newest(gateway) == ("dora", Action.EXPORT, "audit log, 101 entries")
        assert dora.get("/audit", params={"user": "nobody"}).text.count("<tr>") == 0
        for query in ("action=nothing", "site=x", "since=soon", "since=2026-02-02&until=2026-02-01", "page=x"):
            assert dora.get(f"/audit?{query}").status_code == 400
        assert dora.get("/audit.csv?since=soon").status_code == 400


@pytest.mark.skipif(not (ROOT / "gateway/assets/dashboard/main.js").exists(), reason="npm run build makes the scripts")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_in_a_browser(chromium: Browser, gateway: Harness, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    session = gateway.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0")
    context.add_cookies([{"name": "gw_session", "value": session, "url": gateway.url}])
    # By keyboard, from the menu to the invitation.
    page.goto(f"{gateway.url}/users")
    page.locator("main summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name", exact=True).fill(f"browser-{scheme}")
    page.get_by_placeholder("Find a site").fill("hill")
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("checkbox", name="Hill <b>Blog</b>").press("Space")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator("#secret")).to_contain_text("/invitation/")
    user = gateway.accounts.staff.named(f"browser-{scheme}")
    assert user.principal.sites == frozenset({2})
    page.get_by_label("Role").select_option("Administrator")
    expect(page.get_by_role("checkbox", name="Museum")).to_be_hidden()
    invitation = gateway.accounts.staff.invite_again(user.id, by="tests")
    for path in ("/users", f"/users/{user.id}", "/account", "/audit", f"/invitation/{invitation}"):
        page.goto(gateway.url + path)
        for summary in page.locator("main summary").all():
            summary.click()
        page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
        for width in (2560, 360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        brief = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
        assert brief == [], f"{path}: {json.dumps(brief, indent=1)}"
    context.close()
    assert problems == []


def test_a_second_factor_from_the_qr_code_to_the_log_in(gateway: Harness) -> None:
    gateway.accounts.create_user(Principal("two", Role.DPO), PASSWORD, by="tests")
    user = gateway.accounts.staff.named("two")
    elsewhere = "203.0.113.0"
    with logged_in(gateway, "two") as client, gateway.browser(elsewhere) as fresh, logged_in(gateway) as admin:
        assert send(client, "/account", do="second_begin", current="a wrong one").status_code == 403
        assert gateway.accounts.second.standing(user).enrolment is None, "a session alone sets nothing up"
        assert send(client, "/account", do="second_begin", current=PASSWORD).status_code == 303
        page = client.get("/account")
        assert 'src="data:image/svg+xml' in page.text
        enrolment = gateway.accounts.second.standing(user).enrolment
        assert enrolment is not None and enrolment.secret in page.text
        app = TOTP(base64.b32decode(enrolment.secret), 6, SHA1(), 30)
        assert send(client, "/account", do="second_confirm", code="000000").status_code == 400
        on = send(client, "/account", do="second_confirm", code=app.generate(time.time()).decode())
        codes = secret_on(on).split("\n")
        assert len(codes) == 10 and codes[0] not in client.get("/account").text

        asked = gateway.log_in(fresh, "two", PASSWORD, next="/sites/3")
        assert asked.status_code == 200 and 'action="/login/code"' in asked.text and "gw_session" not in fresh.cookies
        assert fresh.get("/sites/3").status_code == 303
        form = {"csrf": csrf_of(asked), "next": "/sites/3"}
        assert fresh.post("/login/code", data={**form, "code": "000000"}).status_code == 401
        assert fresh.post("/login/code", data={**form, "code": codes[0], "csrf": "0" * 64}).status_code == 403
        cross = {"sec-fetch-site": "cross-site"}
        assert fresh.post("/login/code", data={**form, "code": codes[0]}, headers=cross).status_code == 403
        entered = fresh.post("/login/code", data={**form, "code": codes[0]})
        assert (entered.status_code, entered.headers["location"]) == (303, "/sites/3")
        assert fresh.get("/sites/3").status_code == 200
        assert fresh.post("/login/code", data={**form, "code": codes[1]}).status_code == 403, "the form was used"

        assert send(client, "/account", do="second_off", current="wrong one").status_code == 403
        assert send(admin, f"/users/{user.id}", do="second_off").status_code == 303
        with gateway.browser(elsewhere) as again:
            assert gateway.log_in(again, "two", PASSWORD).status_code == 303
