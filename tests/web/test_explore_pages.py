"""Funnels and retention: their APIs, and their pages in a browser, on reports that are scripted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs
from playwright.sync_api import Browser, Page, expect

from gateway.accounts.audit_log import Action
from gateway.accounts.principal import Principal, Role
from gateway.clock import SystemClock
from gateway.errors import WarehouseUnavailable
from gateway.reports import funnels as funnel_reports
from gateway.reports.cohorts import Cohort, Retention
from gateway.reports.funnels import Funnel, FunnelQuery
from gateway.sites.goals import Goal
from gateway.web.stats import ReportDesk
from tests.web.harness import ADMIN_PASSWORD, API_TOKEN, Harness, make_site, running

ROOT = Path(__file__).parent.parent.parent
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
MARKUP = "<img src=x onerror=alert(1)>"
TODAY = date(2026, 11, 22)
BEARER = {"authorization": f"Bearer {API_TOKEN}"}


class Scripted:
    """What the reports would answer."""

    def __init__(self) -> None:
        self.away = False
        self.funnels: list[FunnelQuery] = []
        self.retention: list[tuple[int, int, str]] = []

    def today(self, _site: int) -> date:
        return TODAY

    def funnel(self, query: FunnelQuery) -> Funnel:
        self.funnels.append(query)
        if self.away:
            raise WarehouseUnavailable("The warehouse is away.", retry_after=1)
        steps = funnel_reports.parse(query.steps)
        ended_at = [500, *(300 // number for number in range(1, len(steps.groups) + 1))]
        return funnel_reports._funnel(steps, ended_at, 2000, date(2025, 10, 22) if query.first.year < 2026 else None)

    def cohorts(self, site: int, weeks: int, filter_: str = "") -> Retention:
        self.retention.append((site, weeks, filter_))
        monday = date(2026, 11, 16)
        rows = [
            Cohort(
                week=monday - timedelta(weeks=weeks - 1 - number),
                visitors=tuple(100 // (later + 1) for later in range(weeks - number)),
            )
            for number in range(weeks)
        ]
        return Retention(
            first=rows[0].week, last=TODAY, cohorts=tuple(rows), visits=1000, cookieless=300, exempt=20, cut=None
        )


class Runs:
    """One method of the scripted reports under the name that the real ones have."""

    def __init__(self, run: Any) -> None:
        self.run = run


@pytest.fixture(scope="module")
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, scripted: Scripted) -> Iterator[Harness]:
    site = structs.replace(make_site(1, "Harbour Shop"), goals=(Goal(id=1, name="Signed <i>up</i>"),))
    with running(tmp_path_factory.mktemp("explore"), SystemClock(), (site,)) as harness:
        context = harness.app.state.context
        context.reports = scripted
        context.funnels, context.cohorts = Runs(scripted.funnel), Runs(scripted.cohorts)
        harness.app.state.report_desk = ReportDesk(2)
        yield harness
        harness.app.state.report_desk.close()


def get(gateway: Harness, path: str) -> httpx.Response:
    return httpx.get(gateway.url + path, headers=BEARER, timeout=30)


def test_funnel_figures_are_json_and_csv(gateway: Harness, scripted: Scripted) -> None:
    asked = "/v1/funnels/1/figures?steps=page==%3Da,page=^/x;goal==order&within=visitor&filter=country==FR&date=last7"
    body = get(gateway, asked).json()
    assert {**body, "steps": 0} == {
        "site": 1, "from": "2026-11-16", "to": "2026-11-22", "within": "visitor", "filter": "country==FR", "steps": 0,
        "everybody": 2000,
    }  # fmt: skip
    assert [step["reached"] for step in body["steps"]] == [450, 150]
    assert body["steps"][0] == {
        "step": "page===a,page=^/x", "reached": 450, "lost": 300, "of_previous": 1.0, "of_first": 1.0,
    }  # fmt: skip
    assert scripted.funnels[-1].filter == "country==FR"
    assert get(gateway, "/v1/funnels/1/figures?steps=page==/;page==/b&from=2025-01-01").json()["cut"] == "2025-10-22"
    table = get(gateway, f"{asked}&format=csv")
    assert table.text.splitlines()[:2] == [
        "step,reached,lost,of_previous,of_first",
        '"page===a,page=^/x",450,300,1.0,1.0',
    ]
    assert gateway.accounts.audit.latest(1)[0].action is Action.EXPORT


def test_retention_is_json_and_csv(gateway: Harness, scripted: Scripted) -> None:
    body = get(gateway, "/v1/retention/1?weeks=3&filter=country==FR").json()
    assert body["cohorts"] == [
        {"week": "2026-11-02", "visitors": [100, 50, 33]},
        {"week": "2026-11-09", "visitors": [100, 50]},
        {"week": "2026-11-16", "visitors": [100]},
    ]
    assert (body["visits"], body["cookieless"], body["exempt"]) == (1000, 300, 20) and "cut" not in body
    assert scripted.retention[-1] == (1, 3, "country==FR")
    assert get(gateway, "/v1/retention/1").json()["from"] == "2026-08-31", "twelve weeks by default"
    lines = get(gateway, "/v1/retention/1?weeks=3&format=csv").text.splitlines()
    assert lines == ["week,week_0,week_1,week_2", "2026-11-02,100,50,33", "2026-11-09,100,50,", "2026-11-16,100,,"]


def test_a_viewer_is_told_no_small_figures(gateway: Harness) -> None:
    viewer = Principal("funnels", Role.VIEWER, frozenset({1}))
    headers = {"authorization": f"Bearer {gateway.accounts.create_token(viewer, by='test')}"}

    def ask(path: str) -> httpx.Response:
        return httpx.get(gateway.url + path, headers=headers, timeout=30)

    asked = "/v1/funnels/1/figures?date=last7&steps=page==/a;page==/b"
    assert ask(asked).json()["hidden_below"] == 10 and "hidden_below" not in get(gateway, asked).json()
    weeks = ask("/v1/retention/1?weeks=12").json()
    assert get(gateway, "/v1/retention/1?weeks=12").json()["cohorts"][0]["visitors"][10:] == [9, 8]
    assert weeks["cohorts"][0]["visitors"][9:] == [10, None, None] and weeks["hidden_below"] == 10
    assert ask("/v1/retention/1?weeks=12&format=csv").text.splitlines()[1].endswith(",10,,")
    for path in (asked, "/v1/retention/1?weeks=12"):
        assert ask(f"{path}&filter=pageviews>3").json()["error"]["where"] == "$.filter"
        assert get(gateway, f"{path}&filter=pageviews>3").status_code == 200


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/funnels/1/figures", "$.steps"),
        ("/v1/funnels/1/figures?steps=page==/;country==FR", "$.steps"),
        ("/v1/funnels/1/figures?steps=page==/;page==/b&within=week", "$.within"),
        ("/v1/funnels/1/figures?steps=page==/;page==/b&from=2026-11-22&to=2026-11-01", "$.from"),
        ("/v1/funnels/1/figures?steps=page==/;page==/b&colour=red", "$.colour"),
        ("/v1/funnels/1/figures?steps=page==/;page==/b&format=xml", "$.format"),
        ("/v1/retention/1?weeks=many", "$.weeks"),
        ("/v1/retention/1?weeks=3&weeks=4", "$.weeks"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(gateway: Harness, path: str, where: str) -> None:
    answer = get(gateway, path)
    assert (answer.status_code, answer.json()["error"]["where"]) == (400, where)


def test_funnels_are_kept_under_a_name(gateway: Harness) -> None:
    with httpx.Client(base_url=gateway.url, headers=BEARER) as program:
        body = {"name": "Way to the till", "steps": "page==/;goal==order", "within": "visitor", "shared": True}
        made = program.post("/v1/funnels/1", json=body)
        own = made.json()
        assert made.status_code == 201 and own == {**body, "id": own["id"], "may_change": True}
        assert program.get("/v1/funnels/1").json() == {"kept": [own], "may_share": True}
        assert program.get("/v1/segments/1").json()["kept"] == [], "a funnel is no segment"
        changed = program.put(f"/v1/funnels/1/{own['id']}", json={"name": "Till", "steps": "page==/a;page==/b"})
        assert changed.json()["within"] == "visit" and not changed.json()["shared"]
        refused = program.post("/v1/funnels/1", json={**body, "steps": "page==/"})
        assert (refused.status_code, refused.json()["error"]["where"]) == (400, "$.steps")
        assert program.delete(f"/v1/funnels/1/{own['id']}").status_code == 204
    log = gateway.accounts.audit.latest(3)
    assert [entry.action for entry in log] == [Action.FUNNEL_DELETED, Action.FUNNEL_CHANGED, Action.FUNNEL_SAVED]


@pytest.fixture
def page(gateway: Harness, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="en-IE", reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    session = gateway.accounts.login("admin", ADMIN_PASSWORD, "192.0.2.0")
    context.add_cookies([{"name": "gw_session", "value": session, "url": gateway.url}])
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    yield page
    assert problems == []
    context.close()


def assert_accessible(page: Page) -> None:
    """In both themes, wide and narrow, and nothing is wider than a narrow window."""
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            found = page.evaluate(
                "axe.run().then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))"
            )
            assert found == [], (theme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_funnel_is_written_by_keyboard_shown_kept_and_linked(
    gateway: Harness, page: Page, scripted: Scripted
) -> None:
    page.goto(f"{gateway.url}/sites/1/funnels?filter=country==FR")
    expect(page.get_by_text("Choose at least two steps")).to_be_visible()
    form = page.get_by_role("form", name="Steps")
    second = form.get_by_role("group", name="Step 2")
    second.get_by_label("Value").fill(f"/{MARKUP};,")
    second.get_by_label("How").select_option("begins with")
    second.get_by_role("button", name="or …").press("Enter")
    other = second.locator(".condition").nth(1)
    other.get_by_label("What").select_option("Event action")
    other.get_by_label("Value").fill("Try")
    form.get_by_role("button", name="Add a step").press("Enter")
    third = form.get_by_role("group", name="Step 3")
    expect(third.get_by_label("What")).to_be_focused()
    third.get_by_label("What").select_option("Goal")
    third.get_by_label("Value").select_option("Signed <i>up</i>")
    form.get_by_role("button", name="Move step 3 up").press("Enter")
    form.get_by_role("button", name="Show the funnel").press("Enter")
    rows = page.locator(".funnel tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("2. Goal is Signed <i>up</i>")
    expect(rows.nth(2)).to_contain_text(f"3. Page begins with “/{MARKUP};,” or Event action is Try")
    expect(page.get_by_text("Of 2,000 visits 550 began and 100 went all the way: 18%.")).to_be_visible()
    asked = scripted.funnels[-1]
    assert asked.steps == f"page==/;goal==1;page=^/{MARKUP}%3B%2C,event_action==Try" and asked.filter == "country==FR"
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})

    picker = page.locator("[data-key=funnels]")
    picker.click()
    page.get_by_role("form", name="Save these steps").get_by_label("Name").fill("Sign-up")
    page.keyboard.press("Enter")
    expect(picker).to_have_text("Funnel: Sign-up")
    url = page.url
    picker.click()
    page.get_by_role("button", name="New funnel").click()
    expect(page.locator(".funnel")).to_have_count(0)
    picker.click()
    page.get_by_role("button", name="Sign-up", exact=True).click()
    expect(rows).to_have_count(3)
    assert page.url == url
    scripted.away = True
    page.reload()
    expect(page.get_by_text("The figures are not available right now.")).to_be_visible()
    scripted.away = False
    page.get_by_role("button", name="Try again").click()
    expect(rows).to_have_count(3)
    kept = get(gateway, "/v1/funnels/1").json()["kept"]
    assert kept == [], "another's, the token's, are none of these"


def test_retention_shows_who_came_back_and_who_is_not_in_it(gateway: Harness, page: Page, scripted: Scripted) -> None:
    page.goto(f"{gateway.url}/sites/1/retention")
    rows = page.locator(".cohorts tbody tr")
    expect(rows).to_have_count(12)
    # The newest week first, whose later weeks are still to come.
    expect(rows.first.locator("td").first).to_have_text("100")
    expect(rows.nth(2).locator("td")).to_have_text(["100", "50%", "33%", *[""] * 9])
    expect(
        page.get_by_text(re.compile("Of 1,000 visits in these weeks 32% are in no row.*300 without cookies and 20"))
    ).to_be_visible()
    page.get_by_text("How this is counted").click()
    expect(page.get_by_text("the shares are too low rather than too high")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name=re.compile("^Period")).click()
    page.get_by_role("button", name="Last 6 weeks").click()
    expect(page).to_have_url(f"{gateway.url}/sites/1/retention?weeks=6")
    expect(rows).to_have_count(6)
    assert scripted.retention[-1] == (1, 6, "")
