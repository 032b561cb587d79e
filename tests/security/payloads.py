"""The numbered payloads, and sending one in every field and header that visitors have."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx

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


LITERAL = "/<>\"'(){}=:;"  # of a path, so that the payload stands in it as it is


class Payloads:
    """Each with a number of its own, by which it says where it was sent."""

    def __init__(self) -> None:
        self._number = count(1)
        self.sent: dict[int, str] = {}

    def __call__(self, where: str, attack: int | None = None) -> str:
        number = next(self._number)
        self.sent[number] = where
        return ATTACKS[number % len(ATTACKS) if attack is None else attack].replace("{}", str(number))


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

            path = quote(of("path"), safe=LITERAL)
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
            placed = {
                "idsite": "1", "rec": "1", "url": page, "cip": f"5.5.{number}.1", "country": "FR", "city": of("city"),
                "token_auth": TOKEN,
            }  # fmt: skip
            client.get("/matomo.php", params=placed, headers=visit(number))
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


def configure(gateway: RunningGateway, payload: Payloads) -> None:
    """Goals, dimensions and a second site that are named with payloads: an operator may write what a page must not run."""
    goals = "".join(
        f"[[sites.goals]]\nid = {number}\nname = {json.dumps(payload('goal', number - 1))}\nmatch = 'url'\npattern = '/'\n"
        for number in range(1, len(ATTACKS) + 1)
    )
    dimensions = "".join(
        f"[[sites.dimensions]]\nid = {number}\nname = {json.dumps(payload('name of a dimension', number - 1))}\n"
        for number in (1, 2)
    )
    text = gateway.config.read_text()
    second = text.replace("id = 1", "id = 2").replace('"Shop"', json.dumps(payload("name of a site", 0)))
    second = second.replace("shop.example", "other.example").replace(', "localhost"', "")
    gateway.config.write_text(text + goals + dimensions + second)


def send_last_week(gateway: RunningGateway, payload: Payloads) -> None:
    """As many visits with each payload as make a figure that is no small one, a week ago."""
    then = f"{datetime.now(UTC) - timedelta(days=7):%Y-%m-%d %H:%M:%S}"
    requests = [
        {"idsite": 1, "rec": 1, "url": page, "cip": f"5.5.{100 * attack + number}.1", "cdt": then, "ua": AGENT}
        for attack in range(2)
        for page in [f"https://shop.example/{quote(payload('page of last week', attack), safe=LITERAL)}"]
        for number in range(12)
    ]
    body = json.dumps({"requests": requests, "token_auth": TOKEN})
    answer = httpx.post(f"{gateway.url}/matomo.php", content=body, timeout=60)
    assert answer.json()["tracked"] == len(requests), answer.text
