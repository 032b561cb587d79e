"""Consent and real time: their API, who may ask it, and their pages in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.accounts.audit_log import Action
from gateway.web.auth import SESSION_COOKIE
from gateway.web.live import PER_USER
from tests.web.audience import Audience, running

ROOT = Path(__file__).parent.parent.parent
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(scope="module")
def audience(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audience]:
    with running(tmp_path_factory.mktemp("audience")) as one:
        yield one


def test_consent_figures_are_json_and_csv(audience: Audience) -> None:
    answer = audience.get("/v1/consents/1?from=2026-11-01&to=2026-11-22&by=country", "vera")
    body = answer.json()
    assert answer.headers["cache-control"] == "private, no-store"
    assert (body["from"], body["to"], body["by"], body["hidden_below"]) == ("2026-11-01", "2026-11-22", "country", 10)
    assert body["rows"][0]["country"] == "FR" and body["rows"][-1]["refused"] is None and "cut" not in body
    table = audience.get("/v1/consents/1?by=country&format=csv", "vera")
    lines = table.text.splitlines()
    assert lines[0].startswith("country,shown,accepted,refused") and len(lines) == 4
    assert ",," in lines[3], "what is hidden is empty"
    exported = audience.accounts.audit.latest(1)[0]
    assert exported.action is Action.EXPORT and exported.user == "vera" and "consents by country" in exported.detail


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("by=visitor", "$.by"),
        ("by=day&by=day", "$.by"),
        ("format=xml", "$.format"),
        ("exact=yes", "$.exact"),
        ("from=never", "$.from"),
        ("from=2026-11-22&to=2026-11-01", "$.from"),
        ("date=today&from=today", "$.date"),
        ("colour=red", "$.colour"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(audience: Audience, query: str, where: str) -> None:
    answer = audience.get(f"/v1/consents/1?{query}")
    assert (answer.status_code, answer.json()["error"]["where"]) == (400, where)


def test_who_may_ask(audience: Audience) -> None:
    for path in ("/v1/consents/", "/v1/estimates/", "/v1/live/"):
        assert httpx.get(audience.url + path + "1").status_code == 401
        assert audience.get(path + "2", "vera").status_code == 403
        assert audience.get(path + "1", "vera").status_code == 200
    assert audience.get("/v1/consents/1?exact=1", "vera").status_code == 403
    assert audience.get("/v1/consents/1?exact=1").json()["hidden_below"] == 0
    for page in ("/sites/2/consent", "/sites/2/live"):
        assert audience.get(page, "vera").status_code == 403
        assert httpx.get(audience.url + page).headers["location"].startswith("/login?next=")


def test_the_estimate_is_apart(audience: Audience) -> None:
    body = audience.get("/v1/estimates/1").json()
    assert (body["visits"], body["low"], body["high"], body["recorded_visits"]) == (8642, 8100, 9200, 4321)
    assert body["counting"] is True and body["recorded_loads"] == 10_000


def test_the_stream_tells_what_is_new_and_ends_with_the_session(audience: Audience) -> None:
    session = audience.session("vera")
    headers = {"cookie": f"{SESSION_COOKIE}={session}", "accept": "text/event-stream"}
    with httpx.stream("GET", f"{audience.url}/v1/live/1", headers=headers, timeout=30) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no" and stream.headers["cache-control"] == "no-store"
        lines = stream.iter_lines()
        assert next(lines) == "event: present"
        assert json.loads(next(lines).removeprefix("data: "))["visitors"] == 7
        assert next(line for line in lines if line) == ": here", "nothing is new, and the line is alive"
        audience.scripted.visitors = 8
        try:
            found = next(line for line in lines if line.startswith("data"))
            assert json.loads(found.removeprefix("data: "))["visitors"] == 8
            audience.scripted.away = True
            assert next(line for line in lines if line.startswith("event")) == "event: away"
        finally:
            audience.scripted.visitors, audience.scripted.away = 7, False
        audience.accounts.logout(session)
        assert "event: ended" in list(lines)


def test_so_many_windows_and_no_more(audience: Audience) -> None:
    headers = {"cookie": f"{SESSION_COOKIE}={audience.session('vera')}", "accept": "text/event-stream"}
    with httpx.Client(headers=headers, base_url=audience.url, timeout=30) as client:
        open_now = [client.send(client.build_request("GET", "/v1/live/1"), stream=True) for _ in range(PER_USER)]
        refused = client.get("/v1/live/1")
        assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
        assert audience.get("/v1/live/1").status_code == 200, "somebody else"
        for stream in open_now:
            stream.close()
    audience.scripted.looks = 0


def log_in(page: Page, audience: Audience, name: str = "admin") -> list[str]:
    """What goes wrong in the page from here on."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": audience.session(name), "url": audience.url}])
    return problems


def axe(page: Page) -> list[Any]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize(("scheme", "width", "locale"), [("light", 1280, "en-IE"), ("dark", 360, "de-AT")])
def test_both_pages_in_a_browser(chromium: Browser, audience: Audience, scheme: Any, width: int, locale: str) -> None:
    context = chromium.new_context(
        color_scheme=scheme,
        locale=locale,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        bypass_csp=True,  # for axe alone; the policy itself is watched in the next test
    )
    page = context.new_page()
    problems = log_in(page, audience)
    page.goto(f"{audience.url}/sites/1/consent?by=country")
    expect(page.locator("#figures-of-consent")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#chart svg")).to_be_visible()
    german = locale.startswith("de")
    expect(page.locator("[data-key=accepted] .tile-figure")).to_have_text("12 346" if german else "12,346")
    expect(page.locator("#breakdown")).to_contain_text("Frankreich" if german else "France")
    expect(page.locator("#breakdown")).to_contain_text("verborgen" if german else "hidden")
    expect(page.locator("#breakdown")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#estimate")).to_contain_text("8 640" if german else "8,640")
    page.locator(".estimate summary").click()
    page.locator("#chart-table summary").click()
    assert axe(page) == [] and fits(page)
    page.goto(f"{audience.url}/sites/1/live")
    expect(page.locator("#visitors")).to_have_text("7")
    expect(page.locator("#pages")).to_contain_text("/cart")
    expect(page.locator("#chart svg")).to_be_visible()
    assert axe(page) == [] and fits(page)
    context.close()
    assert problems == []


def test_a_view_of_consent_has_an_address_and_small_figures_are_for_few(chromium: Browser, audience: Audience) -> None:
    context = chromium.new_context(locale="en-IE")
    page = context.new_page()
    problems = log_in(page, audience)
    page.goto(f"{audience.url}/sites/1/live")
    page.get_by_role("link", name="Consent").click()
    expect(page.locator("#breakdown")).to_contain_text("Audience measurement")
    page.get_by_role("button", name="Refused").click()
    page.get_by_role("link", name="Countries").click()
    expect(page.locator("#breakdown")).to_contain_text("France")
    page.get_by_role("button", name="Show small figures").click()
    expect(page).to_have_url(f"{audience.url}/sites/1/consent?figure=refused&by=country&exact=1")
    expect(page.locator("#breakdown")).not_to_contain_text("hidden")
    page.go_back()
    expect(page.locator("#breakdown")).to_contain_text("hidden")
    # French from the menu, without a script, and back on the same view.
    page.get_by_text("Language: EnglishEN").click()
    page.get_by_role("button", name="Français").click()
    expect(page).to_have_url(f"{audience.url}/sites/1/consent?figure=refused&by=country")
    expect(page.locator("[data-key=refused]")).to_contain_text("Refusé")
    page.context.clear_cookies(name=SESSION_COOKIE)
    assert log_in(page, audience, "vera") == []
    page.goto(f"{audience.url}/sites/1/consent")
    expect(page.locator("#breakdown")).to_contain_text("Audience measurement")
    expect(page.get_by_role("button", name="Afficher les petits nombres")).to_have_count(0)
    context.close()
    assert problems == [], "the strict policy blocked nothing"


def test_the_live_page_follows_rests_and_asks_where_it_cannot_follow(chromium: Browser, audience: Audience) -> None:
    context = chromium.new_context(locale="en-IE")
    page = context.new_page()
    log_in(page, audience)
    page.goto(f"{audience.url}/sites/1/live")
    expect(page.locator("#visitors")).to_have_text("7")
    audience.scripted.visitors = 9
    expect(page.locator("#visitors")).to_have_text("9")
    audience.scripted.away = True
    expect(page.locator("#notice")).to_contain_text("not available right now")
    audience.scripted.away, audience.scripted.visitors = False, 7
    expect(page.locator("#visitors")).to_have_text("7")
    expect(page.locator("#notice")).to_have_text("")
    context.close()
    # A proxy that lets no stream through: the page asks.
    context = chromium.new_context(locale="en-IE")
    page = context.new_page()
    log_in(page, audience)

    def no_streams(route: Any) -> None:
        if "text/event-stream" in route.request.headers.get("accept", ""):
            route.fulfill(status=502, body="no")
        else:
            route.continue_()

    page.route("**/v1/live/1", no_streams)
    page.goto(f"{audience.url}/sites/1/live")
    expect(page.locator("#visitors")).to_have_text("7")
    context.close()
