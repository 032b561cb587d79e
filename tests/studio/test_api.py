"""The studio over HTTP: who may, what is refused and why, and what a publication means to those who have answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.settings_loader import Loaded
from gateway.sites.catalog import GRACE
from gateway.web.studio_shapes import Banner
from tests.stats.test_openapi import hold
from tests.web.visitors import ADVERTS, SHOP, Browser, Served, served

YES = {"analytics": True, "payment-fraud": False, "adverts": False, "media": False}
NO = dict.fromkeys(YES, False)
LOOK = {"appearance": {"layout": "card"}, "texts": {"fr": {"title": "Vos choix"}}}
RETENTION = {"purposes": {"analytics": {"retention": "6 months."}}}
DRAFT = "/v1/banner/{site}/draft"


class Editor:
    """A program with a token of its own."""

    def __init__(
        self, gateway: Served, role: Role = Role.EDITOR, sites: frozenset[int] | None = frozenset({1})
    ) -> None:
        self.gateway = gateway
        name = f"{role} {id(self)}"
        self.name = f"token {name}"  # as it stands in the audit log
        limited = sites if role.limited_to_sites else None
        self.token = gateway.gateway.accounts.create_token(Principal(name, role, limited), by="a test")

    def send(self, method: str, what: str, body: object = None, site: int = 1) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return self.gateway.request(method, f"/v1/banner/{site}/{what}", headers, json.dumps(body).encode())

    def get(self) -> dict[str, Any]:
        found: dict[str, Any] = hold(DRAFT, self.send("GET", "draft"), 200)
        return found

    def save(self, draft: object) -> dict[str, Any]:
        answer = self.send("PUT", "draft", {"revision": self.get()["revision"], "draft": draft})
        found: dict[str, Any] = hold(DRAFT, answer, 200)
        return found

    def publish(self, draft: object) -> dict[str, Any]:
        saved = self.save(draft)
        answer = self.send("POST", "publish", {"revision": saved["revision"], "live": saved["live"]})
        found: dict[str, Any] = hold("/v1/banner/{site}/publish", answer, 200)
        return found


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as one:
        yield one


@pytest.fixture
def editor(gateway: Served) -> Editor:
    return Editor(gateway)


def fault(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["where"]


def test_words_and_looks_ask_nobody_again_and_are_served_at_once(gateway: Served, editor: Editor) -> None:
    visitor = Browser(gateway)
    assert visitor.answer(YES).status_code == 201
    script = visitor.get("/gateway/1.js").text
    drafted = editor.save(LOOK)
    assert (drafted["asks_again"], drafted["because"], drafted["live"]) == (False, [], 0)
    assert {(one["key"], one["before"], one["after"]) for one in drafted["changes"]} == {
        ("appearance.layout", "bar", "card"),
        ("texts.fr.title", None, "Vos choix"),
    }
    assert visitor.notice("?language=fr")["layout"] == "bar", "a draft is nobody's"
    done = editor.publish(LOOK)
    assert (done["live"], done["changes"], done["versions"][0]["by"]) == (1, [], editor.name)
    seen = visitor.notice("?language=fr")
    assert (seen["layout"], seen["texts"]["title"], seen["ask"]) == ("card", "Vos choix", False)
    assert visitor.get("/gateway/1.js").text == script, "the script holds the policy, which is the same"


def test_a_changed_policy_asks_again_and_a_visit_that_began_before_can_still_answer(
    gateway: Served, editor: Editor
) -> None:
    known, open_banner = Browser(gateway), Browser(gateway)
    assert known.answer(YES).status_code == 201
    before = open_banner.notice()
    drafted = editor.save(RETENTION)
    assert (drafted["asks_again"], drafted["because"]) == (True, ["purposes.analytics.retention"])
    editor.publish(RETENTION)
    now = known.notice()
    assert now["ask"] and now["policy"] != before["policy"] and now["policy"] in known.get("/gateway/1.js").text
    answer = {"site": 1, "purposes": YES, "fingerprint": before["policy"], "notice": before["notice"]}
    answered = open_banner.post("/v1/consent", answer)
    assert answered.status_code == 201 and answered.json()["receipt"]["policy"] == before["policy"]
    assert open_banner.notice()["ask"], "it was a yes to the earlier policy, and is asked about this one"
    refused = Browser(gateway).post("/v1/consent", {**answer, "purposes": NO})
    assert refused.status_code == 201 and refused.json()["receipt"]["policy"] == now["policy"]
    form = {"policy": before["policy"], "notice": before["notice"]}
    centre = {"do": "save", "purpose.analytics": "yes", **form}
    forms: list[tuple[str, dict[str, str]]] = [("/banner/1", {"do": "accept_all", **form}), ("/privacy/1", centre)]
    for path, fields in forms:
        without_script = Browser(gateway)
        assert without_script.submit(path, fields).status_code == 303
        assert without_script.cookies["gw_receipt_1"] and without_script.notice()["ask"], "as with the script"
    declined = Browser(gateway)
    assert declined.submit("/privacy/1", {"do": "save", **form}).status_code == 303 and not declined.notice()["ask"]
    gateway.clock.advance(timedelta(seconds=GRACE + 1))
    assert [Browser(gateway).submit(path, fields).status_code for path, fields in forms] == [409, 409]
    assert fault(Browser(gateway).post("/v1/consent", answer)) == (409, "$.fingerprint")


def test_rolling_back_makes_an_older_answer_current_again(gateway: Served, editor: Editor) -> None:
    visitor = Browser(gateway)
    visitor.answer(YES)
    editor.publish(RETENTION)
    assert visitor.notice()["ask"]
    back = hold("/v1/banner/{site}/rollback", editor.send("POST", "rollback", {"to": 0, "live": 1}), 200)
    assert (back["live"], back["versions"][0]["again"], back["draft"]) == (2, 0, {})
    assert back["versions"][1]["asks_again"] and not visitor.notice()["ask"]
    again = hold("/v1/banner/{site}/rollback", editor.send("POST", "rollback", {"to": 1, "live": 2}), 200)
    assert again["live"] == 3 and visitor.notice()["ask"]
    log = gateway.gateway.accounts.audit.latest()
    assert [entry.action for entry in log if entry.user == editor.name] == [
        Action.BANNER_ROLLED_BACK,
        Action.BANNER_ROLLED_BACK,
        Action.BANNER_PUBLISHED,
        Action.BANNER_DRAFTED,
    ]


def test_what_the_lint_finds_keeps_a_draft_from_being_published(gateway: Served, editor: Editor) -> None:
    shaming = {"texts": {"en": {"reject_all": "No, I don't care about my privacy"}}}
    saved = editor.save(shaming)
    assert [one["key"] for one in saved["faults"]] == ["texts.en.reject_all"] * len(saved["faults"]) and saved["faults"]
    publish = {"revision": saved["revision"], "live": 0}
    assert fault(editor.send("POST", "publish", publish)) == (400, "$.draft.texts.en.reject_all")
    pale = editor.save({"appearance": {"light": {"text": "#eeeeee"}}, "purposes": {"adverts": {"name": " "}}})
    assert {one["key"] for one in pale["faults"]} >= {"appearance.light.text", "purposes.adverts.name"}
    assert Browser(gateway).notice()["texts"]["reject_all"] == "Reject all"


def test_what_cannot_be_meant_is_not_kept(gateway: Served, editor: Editor) -> None:
    def put(draft: object, revision: int = 0) -> tuple[int, str]:
        return fault(editor.send("PUT", "draft", {"revision": revision, "draft": draft}))

    assert put({"appearance": {"light": {"text": "red"}}}) == (400, "$.draft.appearance.light.text")
    assert put({"choice_months": 14}) == (400, "$.draft.choice_months")
    assert put({"name": "Other"})[0] == 400
    assert put({"purposes": {"gone": {"name": "Gone"}}}) == (400, "$.draft.purposes.gone")
    assert editor.get()["revision"] == 0
    editor.save(LOOK)
    assert put(RETENTION) == (409, "$.revision")
    assert fault(editor.send("POST", "publish", {"revision": 9, "live": 0})) == (409, "$.revision")
    assert fault(editor.send("POST", "publish", {"revision": 1, "live": 5})) == (409, "$.live")
    assert fault(editor.send("POST", "rollback", {"to": 7, "live": 0})) == (404, "$.to")


def test_what_the_configuration_sets_is_locked_under_its_name(gateway: Served, editor: Editor) -> None:
    serving = gateway.gateway.serving
    written = {1: {"appearance.layout": "sites.d/shop.toml"}}
    serving.reload(Loaded(serving.configured, written))
    assert editor.get()["locked"] == written[1]
    refused = editor.send("PUT", "draft", {"revision": 0, "draft": LOOK})
    assert fault(refused) == (400, "$.draft.appearance.layout") and "sites.d/shop.toml" in refused.text
    assert editor.save({"texts": LOOK["texts"]})["revision"] == 1


def test_a_link_shows_the_draft_and_records_nothing(gateway: Served, editor: Editor) -> None:
    editor.save({**LOOK, "appearance": {"layout": "card", "dark": {"accent": "#ffffff"}}})
    wanted = {"jurisdiction": "US-CA", "language": "fr", "gpc": True, "theme": "dark"}
    made = editor.send("POST", "preview", wanted)
    link = urlsplit(hold("/v1/banner/{site}/preview", made, 201)["url"])
    assert link.netloc == "shop.example"
    token = parse_qs(link.query)["gw_preview"][0]
    rows = len(gateway.rows("notices"))
    seen = Browser(gateway).notice(f"?preview={token}")
    assert (seen["layout"], seen["language"], seen["jurisdiction"], seen["preview"]) == ("card", "fr", "US-CA", True)
    assert seen["opted_out_by_signal"] and seen["texts"]["title"] == "Vos choix"
    assert seen["colours"]["light"] == seen["colours"]["dark"] and seen["colours"]["light"]["accent"] == "#ffffff"
    assert len(gateway.rows("notices")) == rows
    assert Browser(gateway).get(f"/v1/notices/{seen['notice']}").status_code == 404
    assert fault(editor.send("POST", "preview", {"jurisdiction": "Paris"})) == (400, "$.jurisdiction")


@pytest.mark.parametrize(
    ("role", "sites"),
    [(Role.VIEWER, frozenset({1})), (Role.DPO, None), (Role.TRACKING, frozenset({1})), (Role.EDITOR, frozenset({2}))],
)
def test_only_editors_of_the_site_see_anything_of_it(gateway: Served, role: Role, sites: frozenset[int] | None) -> None:
    stranger = Editor(gateway, role, sites)
    calls = [("GET", "draft"), ("PUT", "draft"), ("POST", "publish"), ("POST", "rollback"), ("POST", "preview")]
    assert [stranger.send(method, what, {}).status_code for method, what in calls] == [403] * 5
    headers = {"authorization": f"Bearer {stranger.token}"}
    for page in ("", "/words", "/preview"):
        assert gateway.request("GET", f"/sites/1/banner{page}", headers).status_code == 403
    assert gateway.request("GET", "/v1/banner/1/draft", {}).status_code == 401
    admin = Editor(gateway, Role.ADMIN)
    assert admin.get()["draft"] == {} and admin.send("GET", "draft", site=9).status_code == 404


def test_a_session_needs_the_pages_token(gateway: Served) -> None:
    accounts = gateway.gateway.accounts
    accounts.create_user(Principal("ada", Role.EDITOR, frozenset({1})), "correct horse battery", by="a test")
    session = accounts.login("ada", "correct horse battery", "127.0.0.0")
    body = json.dumps({"revision": 0, "draft": LOOK}).encode()
    cookie = {"cookie": f"gw_session={session}"}
    assert gateway.request("PUT", "/v1/banner/1/draft", cookie, body).status_code == 403
    page = gateway.request("GET", "/sites/1/banner", cookie)
    assert page.status_code == 200 and "frame-src 'self'" in page.headers["content-security-policy"]
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    own = {**cookie, "x-csrf-token": token, "sec-fetch-site": "same-origin"}
    assert (
        gateway.request("PUT", "/v1/banner/1/draft", {**own, "sec-fetch-site": "cross-site"}, body).status_code == 403
    )
    assert gateway.request("PUT", "/v1/banner/1/draft", own, body).status_code == 200


def test_the_types_tell_what_is_answered(editor: Editor) -> None:
    told = editor.get()
    assert set(told) == set(Banner.__struct_fields__)
    assert told["configured"]["purposes"]["adverts"]["name"] == ADVERTS.name and SHOP.choice_months == 6
