"""Filters under a name: who keeps, sees, shares and deletes them, and the picker of the dashboard."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.clock import SystemClock
from gateway.state.shelf import MOST, Kind, Shelf
from tests.web.harness import ADMIN_PASSWORD, API_TOKEN, Harness, make_site, running

FRENCH = "country==FR,country==BE;page=@/shop%3B 50%25"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    with running(
        tmp_path_factory.mktemp("segments"), SystemClock(), (make_site(1, "Harbour Shop"), make_site(2, "Hill"))
    ) as harness:
        for name, role in (("vera", Role.VIEWER), ("victor", Role.VIEWER), ("ed", Role.EDITOR)):
            harness.accounts.create_user(Principal(name, role, frozenset({1})), ADMIN_PASSWORD, by="test")
        yield harness


class Reader:
    """Someone logged in, whose browser sends what the dashboard's does."""

    def __init__(self, gateway: Harness, name: str) -> None:
        self.client = gateway.browser()
        session = gateway.accounts.login(name, ADMIN_PASSWORD, "192.0.2.0")
        self.client.cookies.set("gw_session", session)
        page = self.client.get("/sites/1")
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
        assert found
        self.headers = {"x-csrf-token": found[1], "sec-fetch-site": "same-origin"}

    def send(self, method: str, path: str, **body: Any) -> httpx.Response:
        return self.client.request(method, f"/v1/segments{path}", headers=self.headers, json=body or None)

    def names(self) -> list[str]:
        return [one["name"] for one in self.send("GET", "/1").json()["kept"]]


LogIn = Callable[[str], Reader]


@pytest.fixture
def log_in(gateway: Harness) -> Iterator[LogIn]:
    with contextlib.ExitStack() as open_clients:

        def one(name: str) -> Reader:
            reader = Reader(gateway, name)
            open_clients.callback(reader.client.close)
            return reader

        yield one


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["where"]


def test_ones_own_are_seen_by_nobody_else_and_shared_ones_by_all(gateway: Harness, log_in: LogIn) -> None:
    vera, victor, ed = (log_in(name) for name in ("vera", "victor", "ed"))
    made = vera.send("POST", "/1", name="  French shoppers ", filter=FRENCH)
    assert made.status_code == 201 and made.headers["cache-control"] == "private, no-store"
    own = made.json()
    assert own == {
        "id": own["id"], "name": "French shoppers", "filter": FRENCH, "shared": False, "may_change": True,
    }  # fmt: skip
    assert (vera.names(), victor.names(), ed.names()) == (["French shoppers"], [], [])
    # Nobody learns from the answer that it exists.
    assert error_of(victor.send("DELETE", f"/1/{own['id']}")) == (404, "$.id")
    assert error_of(ed.send("PUT", f"/1/{own['id']}", name="x", filter="country==FR")) == (404, "$.id")

    assert error_of(vera.send("POST", "/1", name="Phones", filter="device==phone", shared=True)) == (403, "$.shared")
    assert error_of(vera.send("PUT", f"/1/{own['id']}", name="x", filter=FRENCH, shared=True)) == (403, "$.shared")
    shared = ed.send("POST", "/1", name="Phones", filter="device==phone", shared=True).json()
    assert (vera.names(), victor.names()) == (["French shoppers", "Phones"], ["Phones"])
    assert [one["may_change"] for one in vera.send("GET", "/1").json()["kept"]] == [True, False]
    assert error_of(vera.send("DELETE", f"/1/{shared['id']}")) == (403, "$.id")
    admin = log_in("admin")
    assert (
        admin.send("PUT", f"/1/{shared['id']}", name="Mobiles", filter="device!=desktop", shared=True).status_code
        == 200
    )
    assert victor.names() == ["Mobiles"]
    assert admin.send("DELETE", f"/1/{shared['id']}").status_code == 204
    assert (vera.names(), victor.names()) == (["French shoppers"], [])
    log = gateway.accounts.audit.latest(4)
    assert [(entry.action, entry.user, entry.site, entry.detail) for entry in reversed(log) if "segment" in entry.action] == [
        (Action.SEGMENT_SAVED, "ed", 1, "Phones, shared"),
        (Action.SEGMENT_CHANGED, "admin", 1, "Mobiles, shared"),
        (Action.SEGMENT_DELETED, "admin", 1, "Mobiles, shared"),
    ]  # fmt: skip
    assert vera.send("DELETE", f"/1/{own['id']}").status_code == 204


def test_what_cannot_be_kept_is_said(gateway: Harness, log_in: LogIn) -> None:
    vera = log_in("vera")
    assert error_of(vera.send("POST", "/1", name="a", filter="colour==red")) == (400, "$.filter")
    assert error_of(vera.send("POST", "/1", name="a", filter="")) == (400, "$.filter")
    assert error_of(vera.send("POST", "/1", name="a", filter="country==" + "x" * 4000)) == (400, "$.filter")
    for name in (" ", "x" * 101, "a\u202eb", "a\x00b"):
        assert error_of(vera.send("POST", "/1", name=name, filter="country==FR")) == (400, "$.name"), name
    assert error_of(vera.send("POST", "/1", name="a", filter="country==FR", colour="red"))[0] == 400
    assert vera.send("POST", "/1", name="Twice", filter="country==FR").status_code == 201
    assert error_of(vera.send("POST", "/1", name="Twice", filter="country==DE")) == (409, "$.name")
    assert error_of(vera.send("POST", "/2", name="a", filter="country==FR")) == (403, "$.site")
    assert error_of(log_in("admin").send("POST", "/77", name="a", filter="country==FR")) == (404, "$.site")
    with gateway.browser() as nobody:
        assert nobody.get("/v1/segments/1").status_code == 401


def test_another_website_can_change_nothing(gateway: Harness, log_in: LogIn) -> None:
    vera = log_in("vera")
    body = {"name": "Planted", "filter": "country==FR"}
    elsewhere = {**vera.headers, "sec-fetch-site": "cross-site"}
    assert vera.client.post("/v1/segments/1", headers=elsewhere, json=body).status_code == 403
    assert vera.client.post("/v1/segments/1", json=body).status_code == 403
    assert vera.client.post("/v1/segments/1", headers={"x-csrf-token": "0" * 64}, json=body).status_code == 403
    assert "Planted" not in vera.names()
    # A program has no session, and so nothing that another website could use.
    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {API_TOKEN}"}) as program:
        made = program.post("/v1/segments/1", json=body)
        assert made.status_code == 201
        assert program.delete(f"/v1/segments/1/{made.json()['id']}").status_code == 204


def test_nobody_fills_the_shelf(gateway: Harness, log_in: LogIn) -> None:
    shelf = Shelf(gateway.state, SystemClock())
    for number in range(MOST):
        shelf.add(2, Kind.SEGMENT, "admin", f"Number {number}", "country==FR", shared=False)
    admin = log_in("admin")
    assert error_of(admin.send("POST", "/2", name="One more", filter="country==FR")) == (409, "$.name")
    assert admin.send("POST", "/1", name="Elsewhere", filter="country==FR").status_code == 201


def test_the_picker_saves_chooses_renames_and_deletes(gateway: Harness, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-IE", reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    shelf = Shelf(gateway.state, SystemClock())
    for left in shelf.seen_by("ed", 1, Kind.SEGMENT):
        shelf.remove(left)
    session = gateway.accounts.login("ed", ADMIN_PASSWORD, "192.0.2.0")
    context.add_cookies([{"name": "gw_session", "value": session, "url": gateway.url}])
    page.goto(f"{gateway.url}/sites/1?filter={FRENCH}".replace("%", "%25"))
    picker = page.locator("[data-key=segments]")
    expect(picker).to_have_text("Segment: Own filters")
    picker.click()
    form = page.get_by_role("form", name="Save these filters")
    form.get_by_label("Name").fill("<b>French</b> shoppers")
    form.get_by_label("Share with all").check()
    page.keyboard.press("Enter")
    expect(picker).to_have_text("Segment: <b>French</b> shoppers")

    picker.click()
    page.get_by_role("button", name="All visits").click()
    expect(page).to_have_url(f"{gateway.url}/sites/1")
    expect(picker).to_have_text("Segment: All visits")
    picker.click()
    page.get_by_role("button", name="<b>French</b> shoppers shared").click()
    # The filters stand in the address: whoever gets the link needs no segment.
    expect(page).to_have_url(re.compile(r"\?filter=country==FR,country==BE;page=%40/shop%253B"))
    expect(page.locator("#chips li")).to_have_count(2)
    expect(picker).to_be_focused()

    picker.click()
    page.get_by_role("button", name=re.compile("^Rename or delete")).click()
    page.get_by_label("Name", exact=True).fill("Shoppers")
    page.keyboard.press("Enter")
    expect(picker).to_have_text("Segment: Shoppers")
    picker.click()
    page.get_by_role("button", name=re.compile("^Rename or delete")).click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Really delete").click()
    expect(picker).to_have_text("Segment: Own filters")
    assert problems == []
    context.close()
