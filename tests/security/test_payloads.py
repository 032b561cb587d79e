"""A numbered payload in every field and header that visitors can send: none is markup of a page, none a formula of an export.

Stored in a real gateway; then the markup of every page that the server writes is looked through, and every export, and what
scripts draw is drawn in a browser, without the policy that would stop a payload there.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser

from tests.running.gateways import TOKEN, RunningGateway
from tests.security import drawn
from tests.security.payloads import ATTACKS, Payloads, configure, send_everything, send_last_week

REPORTS = (
    "Actions.getPageTitles", "Actions.getPageUrls", "Events.getCategory", "Referrers.getCampaigns", "Live.getLastVisitsDetails",
)  # fmt: skip
EXPORTS = (
    ("/v1/ledger?format=csv", "csv"),
    ("/v1/ledger?format=jsonl", "jsonl"),
    ("/audit.csv", "csv"),
    ("/v1/requests", "json"),
)


@pytest.fixture(scope="module")
def payloads() -> Payloads:
    return Payloads()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, payloads: Payloads) -> Iterator[RunningGateway]:
    law = {"GATEWAY_PRIVACY_LOCAL_JURISDICTION": "GB"}  # measured until somebody objects
    running = RunningGateway(tmp_path_factory.mktemp("payloads"), **law)
    configure(running, payloads)
    with running:
        send_everything(running, payloads)
        send_last_week(running, payloads)
        running.wait_delivered()
        until = time.monotonic() + 60
        while time.monotonic() < until and not (
            rows(running, "product", "today") and rows(running, "page", "lastweek")
        ):
            time.sleep(0.2)
        yield running


def rows(gateway: RunningGateway, dimension: str, date: str) -> list[dict[str, Any]]:
    asked = f"/v1/stats/1?dimension={dimension}&metrics=visits&limit=500&date={date}"
    found: list[dict[str, Any]] = gateway.get(asked)["rows"]
    return found


PAGES = (
    "/", "/sites/1", "/sites/1/live", "/sites/1/consent", "/sites/1/shares", "/requests", "/requests?stage=answered", "/ledger",
    "/retention", "/audit", "/privacy/1", "/privacy/1/cookies", "/do-not-sell/1", "/banner/1",
)  # fmt: skip


class Markup(HTMLParser):
    """What of a page a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        handlers = [name for name in given if name.startswith("on") or name == "srcdoc"]
        links = [value for value in given.values() if value and value.strip().lower().startswith("javascript:")]
        inline = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if handlers or inline or (links and tag in ("a", "form", "iframe", "img", "area", "base")):
            self.running.append(f"<{tag} {given}>")


def test_no_page_that_the_server_writes_has_a_payload_in_its_markup(
    gateway: RunningGateway, payloads: Payloads
) -> None:
    shown = ""
    attacked = [start + quote(payloads("address")) for start in ("/sites/1?filter=", "/login?next=", "/")]
    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {TOKEN}"}, timeout=60) as client:
        one = client.get("/v1/requests?stage=answered").json()["requests"][0]["id"]
        for path in (*PAGES, f"/requests/{one}", *attacked):
            answer = client.get(path, follow_redirects=True)
            markup = Markup()
            markup.feed(answer.text)
            assert markup.running == [], path
            shown += answer.text
    seen = {payloads.sent[int(number)] for number in re.findall(r"ran\((\d+)\)", shown)}
    assert {"reference", "note", "reason"} <= seen, seen


def test_what_would_run_is_seen() -> None:
    for attack in ATTACKS[:4]:
        markup = Markup()
        markup.feed(f"<p>{attack}</p>")
        assert markup.running, attack


def test_no_payload_leaves_in_an_export(gateway: RunningGateway, payloads: Payloads) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    seen: set[str] = set()
    with httpx.Client(base_url=gateway.url, headers=headers, timeout=60) as client:
        for dimension in client.get("/sites/1/dimensions").json()["dimensions"]:
            for form in ("csv", "json"):
                answer = client.get(f"/v1/stats/1?dimension={dimension}&metrics=visits&date=today&format={form}")
                seen |= check(answer, form, payloads)
        for method in REPORTS:
            for form in ("csv", "tsv", "json", "xml"):
                query = f"module=API&method={method}&idSite=1&period=day&date=today&format={form}&flat=1"
                seen |= check(client.get(f"/index.php?{query}"), form, payloads)
        for path, form in EXPORTS:
            seen |= check(client.get(path), form, payloads)
    assert {"title", "category", "product"} <= seen, seen


def check(answer: httpx.Response, form: str, payloads: Payloads) -> set[str]:
    """Where the payloads that an export holds were sent; it is nothing that a browser would render or a spreadsheet run."""
    assert answer.status_code == 200, (answer.request.url, answer.text[:300])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].split(";")[0] not in ("text/html", "image/svg+xml", "application/xhtml+xml")
    if form in ("csv", "tsv"):
        text = answer.content.decode("utf-16" if answer.content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        for line in csv.reader(io.StringIO(text, newline=""), delimiter="\t" if form == "tsv" else ","):
            for cell in line:
                assert not re.match(r"\s*[=+@]|\s*-(?![\d.])", cell), cell
    return {
        payloads.sent[int(number)]
        for number in re.findall(r"ran\((\d+)\)", answer.text)
        if int(number) in payloads.sent
    }


def test_no_payload_runs_where_scripts_draw_it(gateway: RunningGateway, payloads: Payloads, chromium: Browser) -> None:
    """Every panel and tab, and each field's payload is there as text."""
    drawn.write_what_is_kept(gateway, payloads)
    context = chromium.new_context(viewport={"width": 1280, "height": 6000}, bypass_csp=True, locale="en-GB")
    watch = drawn.Watch(context)
    seen = {
        payloads.sent[int(number)]
        for text in drawn.walk(context.new_page(), gateway, payloads, watch)
        for number in re.findall(r"ran\((\d+)\)", text)
    }
    context.close()
    assert watch.ran == []
    assert seen >= drawn.SHOWN, drawn.SHOWN - seen
