"""Requests as a busy site would get them: many visitors with their own signed cookies, pages, browsers and languages."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlencode

from gateway.demo.audience import BROWSERS, PAGES
from gateway.privacy.cookies import Choice, CookieJar, Visitor
from gateway.sites.catalog import ServedSite

COUNT = 20_000
PAGES_MADE_UP = 5_000  # different URLs of one site, as many as a large one has


def write_requests(path: Path, kind: str, site: ServedSite, jar: CookieJar, host: str, notice: str = "") -> None:
    """Write COUNT raw HTTP requests of `kind` (hit, matomo or consent), separated by NUL, for wrk to send in turn."""
    path.write_bytes(b"\0".join(islice(requests(kind, site, jar, host, notice), COUNT)))


def requests(
    kind: str, site: ServedSite, jar: CookieJar, host: str, notice: str = "", seed: int = 7
) -> Iterator[bytes]:
    """Raw HTTP requests without end, each of another visitor with cookies of its own."""
    chance = random.Random(seed)
    now = time.time()
    agents = [template.format(v=version + bump) for template, version, _, _ in BROWSERS for bump in range(30)]
    for number in count():
        visitor = Visitor(f"{chance.getrandbits(128):032x}", int(now) - chance.randrange(10_000_000))
        choice = Choice(
            p={"analytics": 1, "payment-fraud": 0, "media": 0},
            f=site.fingerprint,
            d=int(now // 86_400),
            e=int(now) + 9_000_000,
        )
        cookies = [jar.set_choice(choice, now), jar.set_visitor(visitor, now + 9_000_000, now)]
        headers = {
            "Host": host,
            "User-Agent": chance.choice(agents),
            "Accept": "*/*",
            "Accept-Language": chance.choice(
                ("fr-FR,fr;q=0.9,en;q=0.8", "de-DE,de;q=0.9", "en-GB,en;q=0.9", "nl,en;q=0.5")
            ),
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Origin": "http://localhost:8001",
            "Referer": "http://localhost:8001/",
            "Sec-Fetch-Site": "same-site",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "Cookie": "; ".join(["_ga=GA1.1.1234567.1234567", *(cookie.partition(";")[0] for cookie in cookies)]),
        }
        yield _HTTP[kind](headers, number, chance, site, notice)


def _page(number: int, chance: random.Random) -> tuple[str, str, str]:
    made_up = chance.randrange(PAGES_MADE_UP)
    page = PAGES[made_up % len(PAGES)]
    url = f"http://localhost:8001{page.path}/{made_up}"
    if number % 5 == 0:
        url += "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn"
    return (
        url,
        page.title,
        chance.choice(("", "", "https://www.google.com/", "https://www.instagram.com/", "http://localhost:8001/")),
    )


def _hit(headers: dict[str, str], number: int, chance: random.Random, site: ServedSite, notice: str) -> bytes:
    url, title, referrer = _page(number, chance)
    body = json.dumps(
        {
            "site": site.id, "type": "pageview", "page_view": _hex(chance, 64), "id": _hex(chance, 64),
            "url": url, "title": title, "referrer": referrer, "screen": "1920x1080", "language": "fr",
        }
    )  # fmt: skip
    return _post("/v1/hit", headers, body)


def _matomo(headers: dict[str, str], number: int, chance: random.Random, site: ServedSite, notice: str) -> bytes:
    url, title, referrer = _page(number, chance)
    query = urlencode(
        {
            "action_name": title, "idsite": site.id, "rec": 1, "r": chance.randrange(10**6), "h": 12, "m": 30, "s": 5, "url": url,
            "urlref": referrer, "_id": _hex(chance, 64), "_idn": 1, "send_image": 0, "_refts": 0, "pdf": 1, "qt": 0,
            "realp": 0, "wma": 0, "fla": 0, "java": 0, "ag": 0, "cookie": 1, "res": "1920x1080", "pv_id": _hex(chance, 24),
            "rand": chance.randrange(10**6),
        }
    )  # fmt: skip
    return _post(f"/matomo.php?{query}", headers, "", "application/x-www-form-urlencoded; charset=utf-8")


def _consent(headers: dict[str, str], number: int, chance: random.Random, site: ServedSite, notice: str) -> bytes:
    said = chance.random() < 0.6
    purposes = {purpose.id: said for purpose in site.site.optional_purposes}
    method = "accept_all" if said else "reject_all"
    body = {
        "site": site.id,
        "purposes": purposes,
        "method": method,
        "fingerprint": site.fingerprint,
        "notice": notice,
        "language": "fr",
        "surface": "banner",
    }
    return _post("/v1/consent", headers, json.dumps(body), "application/json")


def _hex(chance: random.Random, bits: int) -> str:
    return f"{chance.getrandbits(bits):0{bits // 4}x}"


def _post(target: str, headers: dict[str, str], body: str, content_type: str = "text/plain;charset=UTF-8") -> bytes:
    encoded = body.encode()
    lines = {**headers, "Content-Type": content_type, "Content-Length": str(len(encoded))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target} HTTP/1.1\r\n{head}\r\n".encode() + encoded


_HTTP = {"hit": _hit, "matomo": _matomo, "consent": _consent}
