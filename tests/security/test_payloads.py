"""A numbered payload in every field and header that visitors can send: none is markup of a page, none a formula of an export.

Stored in a real gateway; then the markup of every page that the server writes is looked through, and every export.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.running.gateways import AGENT, TOKEN, RunningGateway

ATTACKS = [
    '<img src=x onerror="ran({})">',
    "'\"><svg onload=ran({})>",
    "</script><script>ran({})</script>",
    "</title></textarea><iframe srcdoc='<script>parent.ran({})</script>'>",
    '" onmouseover="ran({})" autofocus onfocus="ran({})" x="',
    "javascript:ran({})//",
    "{{constructor.constructor('ran({})')()}}",
    "=HYPERLINK(\"javascript:ran({})\")",
]  # fmt: skip


HEADERS = (
    "user-agent", "accept-language", "referer", "origin", "sec-ch-ua", "sec-ch-ua-model", "sec-ch-ua-platform", "cookie",
)  # fmt: skip
REPORTS = (
    "Actions.getPageTitles", "Actions.getPageUrls", "Events.getCategory", "Referrers.getCampaigns", "Live.getLastVisitsDetails",
)  # fmt: skip
EXPORTS = (
    ("/v1/ledger?format=csv", "csv"),
    ("/v1/ledger?format=jsonl", "jsonl"),
    ("/audit.csv", "csv"),
    ("/v1/requests", "json"),
)


class Payloads:
    """Each with a number of its own, by which it says where it was sent."""

    def __init__(self) -> None:
        self._number = count(1)
        self.sent: dict[int, str] = {}

    def __call__(self, where: str, attack: int | None = None) -> str:
        number = next(self._number)
        self.sent[number] = where
        return ATTACKS[number % len(ATTACKS) if attack is None else attack].replace("{}", str(number))


@pytest.fixture(scope="module")
def payloads() -> Payloads:
    return Payloads()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, payloads: Payloads) -> Iterator[RunningGateway]:
    law = {"GATEWAY_PRIVACY_LOCAL_JURISDICTION": "GB"}  # measured until somebody objects
    with RunningGateway(tmp_path_factory.mktemp("payloads"), **law) as running:
        send_everything(running, payloads)
        running.wait_delivered()
        until = time.monotonic() + 60
        while time.monotonic() < until and not rows(running, "page"):
            time.sleep(0.2)
        yield running


def rows(gateway: RunningGateway, dimension: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = gateway.get(f"/v1/stats/1?dimension={dimension}&metrics=visits&limit=500&date=today")[
        "rows"
    ]
    return found


def send_everything(gateway: RunningGateway, payload: Payloads) -> None:
    page = "https://shop.example/"
    with httpx.Client(base_url=gateway.url, timeout=60) as client:

        def visit(number: int, **headers: str) -> dict[str, str]:
            return {"user-agent": f"{AGENT} Visitor/{number}", **headers}

        def hit(number: int, told: dict[str, Any], **headers: str) -> None:
            body = {"site": 1, "type": "pageview", "url": page, **told}
            answer = client.post("/v1/hit", content=json.dumps(body), headers=visit(number, **headers))
            assert answer.status_code in (200, 202), (told, answer.text)

        for number in range(len(ATTACKS)):
            attack = number

            def of(where: str, attack: int = attack) -> str:
                return payload(where, attack)

            path = quote(of("path"), safe="/<>\"'(){}=:;")
            campaign = "&".join(
                f"{name}={quote(of(name))}"
                for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
            )
            hit(
                number,
                {
                    "url": f"{page}{path}?{campaign}&q={quote(of('search'))}#{quote(of('fragment'))}",
                    "title": of("title"),
                },
            )
            hit(number, {"referrer": f"https://evil.example/{of('referrer path')}", "language": of("language")[:90]})
            hit(number, {"type": "event", "category": of("category"), "action": of("action"), "name": of("name")})
            hit(number, {"dimensions": {"1": of("dimension")}, "user": of("user")[:190], "title": of("second title")})
            hit(number, {"page_view": of("page view")[:60], "id": of("id")[:60], "screen": "1x1"})
            tracked: dict[str, str] = {
                "idsite": "1", "rec": "1", "url": f"{page}matomo/{path}", "action_name": of("action_name"),
                "urlref": of("urlref"),
                "e_c": of("e_c"), "e_a": of("e_a"), "e_n": of("e_n"), "c_n": of("c_n"), "c_p": of("c_p"), "c_t": of("c_t"),
                "search": of("search"), "search_cat": of("search_cat"), "uid": of("uid"), "lang": of("lang"), "res": of("res"),
                "_rcn": of("_rcn"), "_rck": of("_rck"), "cvar": json.dumps({"1": [of("cvar"), of("cvar")]}), "ua": "",
                "dimension2": of("dimension2"), "country": of("country"), "cs": of("cs"), "pv_id": of("pv_id"),
            }  # fmt: skip
            actions: list[dict[str, str]] = [
                {"link": f"https://out.example/{of('outlink')}"},
                {"download": f"{page}{of('download')}.pdf"},
                {
                    "idgoal": "0", "ec_id": of("order"), "revenue": "5",
                    "ec_items": json.dumps([[of("sku"), of("product"), [of("product category")], 5, 1]]),
                },
            ]  # fmt: skip
            kinds = (
                ("action_name",),
                ("link",),
                ("download",),
                ("e_c", "e_a", "e_n"),
                ("c_n", "c_p", "c_t"),
                ("search", "search_cat"),
            )
            special = {name for kind in kinds for name in kind}
            requests = [*((extra, ()) for extra in actions), *(({}, kind) for kind in kinds)]
            for extra, kept in requests:
                given = {name: value for name, value in tracked.items() if name not in special or name in kept} | extra
                client.get("/matomo.php", params=given, headers=visit(number))
            for name in HEADERS:
                value = of(f"header {name}").encode("latin-1", "replace").decode("latin-1")
                told = {"user-agent": f"{AGENT} {value}"} if name == "user-agent" else visit(number, **{name: value})
                client.post("/v1/hit", content=json.dumps({"site": 1, "type": "pageview", "url": page}), headers=told)
                client.get("/matomo.php", params={"idsite": "1", "rec": "1", "url": page}, headers=told)
            answered = {"site": 1, "purposes": {of("purpose"): True}, "language": of("language")[:30], "method": "save"}
            client.post("/v1/consent", content=json.dumps(answered))
            client.post("/do-not-sell/1", data={"name": of("form")}, headers=visit(number))
            bearer = {"authorization": f"Bearer {TOKEN}"}
            entered = {"site": 1, "kind": "access", "reference": of("reference")[:64], "note": of("note")}
            answer = client.post("/v1/requests", content=json.dumps(entered), headers=bearer)
            assert answer.status_code == 201, answer.text
            reasons = {"result": "refused", "reason": of("reason"), "note": of("note")}
            client.post(f"/v1/requests/{answer.json()['id']}/answer", content=json.dumps(reasons), headers=bearer)
            client.post(
                "/v1/segments/1", content=json.dumps({"name": of("segment"), "filter": "country==FR"}), headers=bearer
            )


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
