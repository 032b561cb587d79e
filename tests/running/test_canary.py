"""The canary: a unique address in the socket and in every header is nowhere afterwards: no file, log line, metric or row."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from urllib.parse import urlencode

from tests.running.gateways import AGENT, RunningGateway

# The socket's own address: all of 127/8 is this machine, so the last number is what must not be found.
SOCKET = "127.77.66.55"
HEADER = "198.51.100.213"
HEADER_IPV6 = "2001:db8:5a5a:1111:2222:3333:4444:5555"
NAMES = [
    "X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP", "Via", "From", "X-Anything",
    "Referer", "Accept-Language", "Sec-CH-UA-Model", "Cookie", "Origin", "Accept", "If-None-Match", "Sec-Purpose", "DNT",
    "X-Requested-With", "Authorization", "Content-Encoding-Note", "X-Country",
]  # fmt: skip


def headers_with(address: str) -> dict[str, str]:
    headers = {name: address for name in NAMES}
    headers["Forwarded"] = f'for="{address}"'
    headers["User-Agent"] = f"{AGENT} Build/{address} (Linux; Android 9; {address} Build/X) {address}"
    headers["Referer"] = f"http://{address}/{address}?q={address}"
    headers["Cookie"] = f"gw_choice_1={address}; other={address}"
    headers["Origin"] = f"http://{address}"
    return headers


def test_no_trace_of_an_address(tmp_path: Path) -> None:
    config = '[proxy]\ntrusted = ["127.0.0.0/8"]\ncountry_header = "X-Country"\n[log]\nlevel = "debug"\n'
    gateway = RunningGateway(tmp_path, config=config)
    gateway.start()
    statuses = []
    cookies = ""
    for address in (HEADER, HEADER_IPV6):
        for headers in ({}, headers_with(address)):
            send = Sender(gateway.port, {"User-Agent": AGENT, **headers})
            notice = json.loads(send("GET", "/v1/sites/1/notice")[1])
            yes = {
                "site": 1, "purposes": {"analytics": True}, "fingerprint": notice["policy"], "notice": notice["notice"],
                "language": HEADER,
            }  # fmt: skip
            plain = Sender(gateway.port, {"User-Agent": AGENT, "X-Forwarded-For": address})
            status, _, cookies = plain.full("POST", "/v1/consent", yes)
            assert status == 201
            consented = {**send.headers, "Cookie": cookies}
            host = f"[{address}]" if ":" in address else address
            page = {
                "site": 1, "type": "pageview", "url": f"https://shop.example/{address}?ip={address}&utm_campaign={address}",
                "referrer": f"http://{host}/{address}", "id": address,
                "title": f"Your address is {address}. x_{address} a.{address}",
            }  # fmt: skip
            statuses.append(Sender(gateway.port, consented)("POST", "/v1/hit", page)[0])
            query = urlencode(
                {"idsite": 1, "rec": 1, "url": f"https://shop.example/{address}", "action_name": address, "rand": 1}
            )
            statuses.append(Sender(gateway.port, consented)("GET", f"/matomo.php?{query}")[0])
            for path in ("/", "/login", "/privacy/1", f"/{address}", "/metrics", "/v1/stats/1", "/gateway/1.js"):
                send("GET", path)
            send("POST", "/v1/hit", {"site": address})
            send("POST", "/login", {"name": address})
    gateway.wait_delivered()
    gateway.command("rollup")
    metrics = gateway.text("/metrics")
    gateway.stop()
    assert 202 in statuses

    rows = [
        json.dumps(gateway.query(f"SELECT * FROM {table}"), default=str)
        for table in ("hits", "consents", "visits", "facts", "notices", "dead_letters")
    ]
    assert "shop.example" in rows[0], "the rows were not looked at"
    places = {"metrics": metrics, "log": gateway.log.read_text(), "rows": "\n".join(rows)}
    canary = re.compile(
        "|".join(re.escape(address) for address in (SOCKET, HEADER, HEADER_IPV6)).encode(), re.IGNORECASE
    )
    for name, text in places.items():
        assert not canary.search(text.encode()), name
    looked_at = 0
    for file in (path for path in gateway.data.rglob("*") if path.is_file()):
        assert not canary.search(file.read_bytes()), file
        looked_at += 1
    assert looked_at > 10


class Sender:
    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.port = port
        self.headers = headers

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        status, content, _ = self.full(method, path, body)
        return status, content

    def full(self, method: str, path: str, body: object = None) -> tuple[int, bytes, str]:
        """Status, body, and the cookies that were set, as one Cookie header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(SOCKET, 0))
        connection.request(method, path, json.dumps(body) if body is not None else None, self.headers)
        answer = connection.getresponse()
        content = answer.read()
        cookies = "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or [])
        connection.close()
        return answer.status, content, cookies
