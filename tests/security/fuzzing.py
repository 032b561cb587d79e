"""Requests that nobody would send, made from ones that somebody does, and what a whole gateway makes of them.

A request may be answered with anything below 500 and takes at most MOST_CPU seconds of processor time, measured in the one
thread that answers. Everything follows from a seed, so that a finding comes again. `scripts/fuzz chance` sends a million.
"""

from __future__ import annotations

import contextlib
import gc
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_from_bytes

from starlette.datastructures import QueryParams

from gateway.errors import GatewayError
from gateway.ingest import matomo, native
from gateway.privacy.cookies import Choice, Visitor
from gateway.privacy.visit import Visit
from gateway.reports import filters
from gateway.reports.matomo import question, segments
from gateway.sites.catalog import ServedSite
from gateway.web import stats_query
from tests.web.visitors import AGENT, Served

MOST_CPU = 0.050
CORPUS = Path(__file__).parent / "corpus"
FINDINGS = CORPUS / "findings.jsonl"

# Words that parsers stumble over.
TOKENS = [
    b"", b"\x00", b"%00", b"%", b"%f", b"%ff%fe", b"%ED%A0%80", b"\xed\xa0\x80", b"\xff", b"\xc3", "é".encode(), "𝕏".encode(),
    "\u202e".encode(), "\u2028".encode(), b"9" * 400, b"-1", b"0", b"1e999", b"-0.0", b"NaN", b"Infinity", b"1_000", "٣".encode(),
    b"4294967296", b"18446744073709551616", b"-9223372036854775809", b"null", b"true", b"[]", b"{}", b"[" * 2000, b'{"a":' * 800,
    b"(" * 1000, b"../../../etc/passwd", b"'", b'"', b"' OR 1=1 --", b"{p:String}", b"<script>", b"=cmd|' /C calc'!A0", b"\r\n",
    b"\r\nSet-Cookie: a=b", b";", b",", b"==", b"!=", b"=@", b"=^", b"=$", b"\\", b"\\,", b"a" * 8000, b"%41" * 2000, b"&" * 400,
    b"a=" * 300, b"http://", b"http://[", b"http://[::1", b"https://shop.example:99999999/", b"//evil", b"javascript:alert(1)",
    b"https://shop.example/?" + b"utm_source=a&" * 300, b"1969-12-31 23:59:59", b"9999-12-31", b"2026-02-30", b"last99999999",
    b"1.2.3.4.5", b"::ffff:1.2.3.4", b":" * 500, b"1." * 900, b"a." * 900 + b"example", b"xn--" + b"a" * 100, b"@" * 500,
]  # fmt: skip
PARAMETERS = (
    "idsite rec url action_name urlref _id cid uid new_visit cip cdt cdo token_auth ua uadata lang country region city lat"
    " long res h m s cookie gt_ms pf_net pf_srv pf_tfr pf_dm1 pf_dm2 pf_onl e_c e_a e_n e_v link download search search_cat"
    " search_count c_n c_p c_t c_i idgoal revenue ec_id ec_items ec_st ec_tx ec_sh ec_dt _pks _pkc _pkn _pkp cvar _cvar"
    " dimension1 _rcn _rck _ref _refts pv_id ping bots ca send_image apiv rand cs http_status bw_bytes source debug"
).split()
FIELDS = (
    "site type url title referrer page_view id language screen user dimensions timings status hour cookieless category action"
    " name value seconds scroll goal revenue order items target purposes services method fingerprint notice surface minor subject"
    " what"
).split()
HEADERS = (
    "user-agent accept-language referer origin sec-fetch-site sec-gpc dnt cookie content-type content-length accept"
    " accept-encoding authorization sec-ch-ua sec-ch-ua-platform sec-ch-ua-platform-version sec-ch-ua-full-version-list"
    " sec-ch-ua-model sec-purpose host x-requested-with if-none-match sec-fetch-dest"
).split()


class Request(NamedTuple):
    """One request, or what a parser is given where `method` is PARSE and `path` its name."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def line(self) -> str:
        """As the corpus keeps it: JSON, each byte a character."""
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in self.headers]
        return json.dumps([self.method, self.path, self.query.decode("latin-1"), headers, self.body.decode("latin-1")])

    @classmethod
    def read(cls, line: str) -> Request:
        method, path, query, headers, body = json.loads(line)
        pairs = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
        return cls(method, path, query.encode("latin-1"), pairs, body.encode("latin-1"))


class Finding(NamedTuple):
    request: Request
    what: str


class Report(NamedTuple):
    sent: int
    answers: Counter[str]
    slowest: float  # seconds of processor time
    findings: list[Finding]


Parser = Callable[[bytes], object]


def _of_text(parse: Callable[[str], object]) -> Parser:
    return lambda given: parse(given.decode("utf-8", "replace"))


PARSERS: dict[str, Parser] = {
    "filter": _of_text(lambda text: filters.to_sql(filters.parse(text))),
    "matomo parameters": matomo.parameters,
    "question": _of_text(lambda text: question.parse(dict(QueryParams(text)))),
}


def seeds(gateway: Served) -> list[Request]:
    """What is sent every day, with cookies that are genuine."""
    jar, now = gateway.gateway.jars[1], gateway.clock.timestamp()
    fingerprint = gateway.gateway.catalog.get(1)
    assert fingerprint is not None
    choice = jar.set_choice(Choice({"analytics": 1}, fingerprint.fingerprint, int(now // 86_400), int(now + 9e6)), now)
    visitor = jar.set_visitor(Visitor("a" * 32, int(now) - 86_400), now + 9e6, now)
    agreed = [cookie.partition(";")[0] for cookie in (choice, visitor)]
    against = [cookie.partition(";")[0] for cookie in (jar.set_objection(now), jar.set_optout(now))]
    cookies = "; ".join([*agreed, *against])
    unwilling = (
        (b"user-agent", AGENT.encode()),
        (b"accept-language", b"fr-FR,fr;q=0.9"),
        (b"cookie", cookies.encode()),
    )
    browser = (*unwilling[:2], (b"cookie", "; ".join(agreed).encode()))
    tracked = "&".join(
        f"{name}={quote('1')}" for name in PARAMETERS if name not in ("cip", "cdt", "token_auth")
    ).encode()
    page = (
        b"idsite=1&rec=1&url=https%3A%2F%2Fshop.example%2Fmugs%3Futm_source%3Da&action_name=Mugs&_id=0123456789abcdef"
    )
    cart = page + b"&idgoal=0&ec_id=7&revenue=9.5&ec_items=" + quote('[["SKU","Mug","Cups",9.5,1]]').encode()
    hit = {
        "site": 1,
        "type": "pageview",
        "url": "https://shop.example/mugs",
        "title": "Mugs",
        "referrer": "https://a.example/",
    }
    event = {
        "site": 1,
        "type": "event",
        "category": "a",
        "action": "b",
        "name": "c",
        "value": 1.5,
        "url": "https://shop.example/",
    }
    answer = {"site": 1, "purposes": {"analytics": True}, "method": "save", "fingerprint": "x" * 64, "language": "fr"}
    bulk = {"requests": ["?" + page.decode(), "?" + cart.decode()], "token_auth": "x" * 32}
    stats = "metrics=visitors&dimension=country&from=2026-11-01&to=2026-11-22&filter=country==FR;device==phone&compare=previous"
    asked = (
        "module=API&method=VisitsSummary.get&idSite=1&period=range&date=last30&segment=countryCode==fr&filter_limit=10"
    )
    return [
        Request("GET", "/matomo.php", page, browser),
        Request("GET", "/piwik.php", tracked, browser),
        Request("GET", "/js/tracker.php", page + b"&send_image=0", unwilling),
        Request("POST", "/matomo.php", b"", browser, cart),
        Request("POST", "/matomo.php", b"", browser, json.dumps(bulk).encode()),
        Request("POST", "/v1/hit", b"", browser, json.dumps(hit).encode()),
        Request("POST", "/v1/hit", b"", browser, json.dumps(event).encode()),
        Request("POST", "/v1/consent", b"", browser, json.dumps(answer).encode()),
        Request("GET", "/v1/consent", b"site=1&subject=abc.def", unwilling),
        Request("DELETE", "/v1/consent", b"site=1", browser),
        Request("POST", "/v1/opt-out", b"", browser, b'{"site": 1, "what": "sale", "method": "do_not_sell"}'),
        Request("GET", "/v1/sites/1/notice", b"language=fr&minor=true&preview=abc", browser),
        Request("GET", "/gateway/1.js", b"", browser),
        Request("PARSE", "filter", b"country==FR,country==DE;page=@/mugs;visits>3"),
        Request("PARSE", "stats", stats.encode()),
        Request("PARSE", "question", asked.encode()),
        Request("PARSE", "segment", b"countryCode==fr,browserCode!=FF;pageUrl=@mugs;visitDuration>=10"),
        Request("PARSE", "matomo parameters", tracked),
        Request("PARSE", "cookies", cookies.encode()),
        Request("PARSE", "matomo", cart),
        Request("PARSE", "bulk", json.dumps(bulk).encode()),
        Request("PARSE", "native", json.dumps(event).encode()),
    ]


class Fuzzer:
    """Requests made from `seeds` by chance."""

    def __init__(self, seeds: list[Request], seed: int) -> None:
        self._seeds = seeds
        self._by = random.Random(seed)

    def requests(self) -> Iterator[Request]:
        while True:
            request = self._by.choice(self._seeds)
            for _ in range(self._by.choice((1, 1, 2, 4))):
                request = self._changed(request)
            yield request

    def _changed(self, request: Request) -> Request:
        by = self._by
        ways = (
            [self._query]
            if request.method == "PARSE"
            else [self._query, self._header, self._header, self._body, self._body]
        )
        return by.choice(ways)(request)

    def _query(self, request: Request) -> Request:
        by = self._by
        if by.random() < 0.5 and request.method != "PARSE":
            name, token = by.choice(PARAMETERS), by.choice(TOKENS)
            value = quote_from_bytes(token).encode() if by.random() < 0.7 else token
            return request._replace(query=request.query + b"&" + name.encode() + b"=" + value[:6_000])
        return request._replace(query=self._bytes(request.query)[:16_000])

    def _header(self, request: Request) -> Request:
        by = self._by
        name = by.choice(HEADERS).encode()
        old = dict(request.headers).get(name, b"")
        value = self._bytes(old) if old and by.random() < 0.6 else by.choice(TOKENS)
        value = (
            value.replace(b"\r", b"").replace(b"\n", b"").replace(b"\x00", b"")[:8_000]
        )  # as no server lets them through
        kept = request.headers if by.random() < 0.1 else tuple(pair for pair in request.headers if pair[0] != name)
        return request._replace(headers=(*kept, (name, value)))

    def _body(self, request: Request) -> Request:
        by = self._by
        if by.random() < 0.6 and request.body.startswith(b"{"):
            try:
                told: Any = json.loads(request.body)
            except (ValueError, RecursionError):
                return request._replace(body=self._bytes(request.body))
            if isinstance(told, dict):
                told[by.choice(FIELDS)] = self._value(3)
                return request._replace(body=json.dumps(told).encode()[:60_000])
        return request._replace(body=self._bytes(request.body)[:60_000])

    def _value(self, depth: int) -> Any:
        by = self._by
        kind = by.randrange(9 if depth else 6)
        if kind < 3:
            return by.choice(TOKENS).decode("utf-8", "replace")[:2_500]
        if kind < 6:
            return by.choice((0, 1, -1, 2**31, 2**63, 2**64, -(2**70), 0.5, -0.0, 1e308, True, False, None, 1, 2))
        if kind == 6:
            return [self._value(depth - 1) for _ in range(by.randrange(6))]
        return {
            by.choice(TOKENS).decode("utf-8", "replace")[:60]: self._value(depth - 1) for _ in range(by.randrange(6))
        }

    def _bytes(self, given: bytes) -> bytes:
        by = self._by
        at, until = sorted((by.randrange(len(given) + 1), by.randrange(len(given) + 1)))
        match by.randrange(6):
            case 0:
                return given[:at] + by.choice(TOKENS) + given[at:]
            case 1:
                return given[:at] + by.choice(TOKENS) + given[until:]
            case 2:
                return given[:at] + given[until:]
            case 3:
                return given[:until] + given[at:until] * by.choice((1, 2, 30)) + given[until:]
            case 4:
                return bytes(byte ^ (1 << by.randrange(8)) if by.random() < 0.03 else byte for byte in given)
            case _:
                return given[:at] + by.randbytes(by.randrange(1, 30)) + given[until:]


class Target:
    """A whole gateway, asked without a socket."""

    def __init__(self, gateway: Served) -> None:
        self._app: Any = gateway._app
        self._gateway = gateway
        site = gateway.gateway.catalog.get(1)
        assert site is not None
        jar, now = gateway.gateway.jars[1], gateway.clock.timestamp()
        today = gateway.clock.now().date()
        visit = Visit(received=now, address="192.0.2.0", user_agent=AGENT)
        self.parsers: dict[str, Parser] = {
            **PARSERS,
            "matomo": lambda given: matomo.raw_hits(matomo.parameters(given), visit, site, None),
            "bulk": lambda given: [_element(one, visit, site) for one in matomo.read_bulk(given, 2_000).elements],
            "native": lambda given: native.parse(given, visit),
            "segment": _of_text(lambda text: segments.parse(text, site)),
            "stats": _of_text(lambda text: stats_query.parse(stats_query.read(QueryParams(text)), 1, today)),
            "cookies": _of_text(lambda text: _cookies(jar, text, now)),
        }

    async def take(self, request: Request) -> tuple[str, float]:
        """The status, or what a parser said; and seconds of processor time. Raises whatever nobody thought of."""
        began = time.thread_time()
        if request.method == "PARSE":
            try:
                self.parsers[request.path](request.query)
                said = "parsed"
            except GatewayError as error:
                said = str(error.status)
        else:
            said = str(await self._status(request))
        return said, time.thread_time() - began

    async def _status(self, request: Request) -> int:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": "https",
            "path": request.path, "raw_path": request.path.encode(), "query_string": request.query, "root_path": "",
            "headers": list(request.headers), "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8_000),
        }  # fmt: skip
        status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        await self._app(scope, receive, send)
        return status


def _element(element: object, visit: Visit, site: ServedSite) -> object:
    """One of a bulk request; a bad one is counted and left out."""
    with contextlib.suppress(GatewayError):
        return matomo.raw_hits(matomo.plain(element), visit, site, None)
    return None


def _cookies(jar: Any, text: str, now: float) -> None:
    from gateway.privacy.cookies import read_cookies

    cookies = read_cookies(text)
    jar.choice(cookies, now)
    jar.receipt(cookies)
    jar.visitor(cookies, now, 13)
    jar.objection(cookies)
    jar.optout(cookies)


def run(gateway: Served, requests: Iterator[Request], count: int, seconds: float = float("inf")) -> Report:
    """Send `count` of them, or as many as `seconds` allow."""
    target = Target(gateway)
    answers: Counter[str] = Counter()
    findings: list[Finding] = []
    slowest = 0.0

    async def send_all() -> int:
        nonlocal slowest
        until = time.monotonic() + seconds
        for number in range(count):
            if time.monotonic() > until:
                return number
            request = next(requests)
            try:
                said, cpu = await target.take(request)
                for _ in range(3):  # whatever else the thread did meanwhile is not the request's doing
                    if cpu <= MOST_CPU:
                        break
                    _forget()
                    cpu = min(cpu, (await target.take(request))[1])
            except Exception as error:
                findings.append(Finding(request, f"{type(error).__name__}: {error}"))
                continue
            answers[said] += 1
            slowest = max(slowest, cpu)
            if cpu > MOST_CPU:
                findings.append(Finding(request, f"{cpu:.3f} s"))
            if said.startswith("5"):
                findings.append(Finding(request, said))
        return count

    gc.collect()
    gc.freeze()
    try:
        sent = gateway.run(send_all())
    finally:
        gc.unfreeze()
    return Report(sent, answers, slowest, findings)


def _forget() -> None:
    """What was worked out for a user agent or a page is worked out anew."""
    caches: list[Any] = [each for each in gc.get_objects() if type(each).__name__ == "_lru_cache_wrapper"]
    for cache in caches:
        if str(getattr(cache, "__module__", "")).startswith("gateway."):
            cache.cache_clear()


def findings() -> list[Request]:
    """What was found once, and must not come back."""
    return [Request.read(line) for line in FINDINGS.read_text().splitlines() if line]
