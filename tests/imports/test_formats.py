"""Lines as servers write them, and what they come to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.imports import access_log, json_log
from gateway.imports.entry import Left, Unreadable
from gateway.imports.logged import Address, Logged
from gateway.imports.requests import Requests, Wanted
from gateway.privacy.addresses import Truncation
from gateway.sites.catalog import ServedSite
from tests.warehouse.worlds import make_site

truncate = Truncation()
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC).timestamp()
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def address(text: str) -> Address:
    return Address(truncate(text), text == "203.0.113.7")


def logged(**said: object) -> Logged:
    plain: dict[str, object] = {
        "address": Address("192.0.2.0", False), "at": AT, "method": "GET", "target": "/shoes?size=4", "status": 200,
        "referrer": "https://www.google.com/", "user_agent": AGENT,
    }  # fmt: skip
    return Logged(**{**plain, **said})  # type: ignore[arg-type]


WHAT = '[22/Nov/2026:10:30:00 +0100] "GET /shoes?size=4 HTTP/1.1" 200'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f'192.0.2.9 - - {WHAT} 512 "https://www.google.com/" "{AGENT}"', logged()),
        (f'192.0.2.9 - - {WHAT} - "-" "-"', logged(referrer="", user_agent="")),
        (f"192.0.2.9 - - {WHAT} 512", logged(referrer="", user_agent="")),
        (f"192.0.2.9 - - {WHAT} 512 0.004 -", logged(referrer="", user_agent="")),
        (f'192.0.2.9 - ada lovelace {WHAT} 512 "https://www.google.com/" "{AGENT}" 0.004 "x"', logged()),
        (
            f'www.example.com:443 192.0.2.9 - - {WHAT} 512 "https://www.google.com/" "{AGENT}"',
            logged(host="www.example.com:443"),
        ),
        (
            f'2001:db8:1:2::9 - - {WHAT} 512 "-" "a \\"b\\" \\x22c\\x22 \\\\"',
            logged(address=Address("2001:db8:1::", False), referrer="", user_agent='a "b" "c" \\'),
        ),
        (f'203.0.113.7 - - {WHAT} 1 "-" "-"', logged(address=Address("203.0.113.0", True), referrer="", user_agent="")),
        # A name that an address resolved to says more than the address: nothing of it is kept.
        (f'host-9.isp.example - - {WHAT} 1 "-" "-"', logged(address=Address("", False), referrer="", user_agent="")),
    ],
)
def test_text(line: str, expected: Logged) -> None:
    assert access_log.read(line, address) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '{"remote_addr": "192.0.2.9", "time_iso8601": "2026-11-22T10:30:00+01:00", "request": "GET /shoes?size=4 HTTP/1.1",'
            ' "status": "200", "http_referer": "https://www.google.com/", "http_user_agent": "' + AGENT + '"}',
            logged(),
        ),
        (
            '{"client_ip": "192.0.2.9", "msec": 1795339800.0, "request_method": "GET", "request_uri": "/shoes?size=4",'
            ' "status": 200, "host": "www.example.com", "http_accept_language": "fr-FR,fr;q=0.9", "http_sec_gpc": "1",'
            ' "http_referer": "-"}',
            logged(host="www.example.com", language="fr-FR,fr;q=0.9", gpc=True, referrer="", user_agent=""),
        ),
        (
            '{"level": "info", "ts": 1795339800, "request": {"remote_ip": "10.0.0.1", "client_ip": "192.0.2.9", "method": "GET",'
            ' "host": "www.example.com", "uri": "/shoes?size=4", "headers": {"User-Agent": ["' + AGENT + '"],'
            ' "Referer": ["https://www.google.com/"], "Sec-Purpose": ["prefetch;prerender"]}}, "status": 200, "size": 1}',
            logged(host="www.example.com", prefetch=True),
        ),
        (
            '{"@timestamp": "2026-11-22T09:30:00Z", "ip": "192.0.2.9", "method": "GET", "path": "/shoes?size=4", "status": 200,'
            ' "referrer": "https://www.google.com/", "agent": "' + AGENT + '"}',
            logged(),
        ),
    ],
)
def test_json(line: str, expected: Logged) -> None:
    assert json_log.read(line, address) == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "not a line of the common or combined log format"),
        ("secret@example.com", "not a line of the common or combined log format"),
        (f'192.0.2.9 - - {WHAT} 512 "cut off', "not a line of the common or combined log format"),
        ('192.0.2.9 - - [22/Nov/2026:10:30:00 +0100] "\\x16\\x03\\x01" 400 0 "-" "-"', "the request is none of HTTP"),
        ('192.0.2.9 - - [42/Nov/2026:10:30:00 +0100] "GET / HTTP/1.1" 200 0 "-" "-"', "the time is none"),
        ('192.0.2.9 - - [22/Foo/2026:10:30:00 +0100] "GET / HTTP/1.1" 200 0 "-" "-"', "the time is none"),
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"status": 200}', "no request is named"),
        ('{"request": "GET / HTTP/1.1", "status": 200}', "the time is none"),
        ('{"request": "GET / HTTP/1.1", "status": true, "time": "2026-11-22"}', "the status is none"),
        ('{"request": {"method": "GET"}, "status": 200, "ts": 1}', "no request is named"),
    ],
)
def test_what_cannot_be_read_is_not_repeated(line: str, why: str) -> None:
    reader = json_log if line.startswith(("{", "[")) else access_log
    with pytest.raises(Unreadable) as error:
        reader.read(line, address)
    assert str(error.value) == why


@pytest.mark.parametrize("part", ["\\", "\\x", " [", "a "])
def test_a_long_line_takes_no_long_time(part: str) -> None:
    for line in (f'192.0.2.9 - - [{part * 30_000}" 200', f'192.0.2.9 - - {WHAT} 1 "{part * 30_000}'):
        with pytest.raises(Unreadable):
            access_log.read(line, address)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"method": "POST"}, Left.METHOD),
        ({"method": "HEAD"}, Left.METHOD),
        ({"status": 302}, Left.REDIRECT),
        ({"status": 304}, None),
        ({"status": 206}, None),
        ({"status": 404}, Left.ERROR),
        ({"status": 101}, Left.ERROR),
        ({"target": "/a/app.JS?v=1"}, Left.STATIC),
        ({"target": "/favicon.ico"}, Left.STATIC),
        ({"target": "/a.b/c"}, None),
        ({"target": "/a?file=x.css"}, None),
    ],
)
def test_which_requests_are_pages(said: dict[str, object], left: Left | None) -> None:
    entry = Requests(ServedSite(make_site(1)), Wanted(), AT).entry(logged(**said), 0)
    assert (entry if isinstance(entry, Left) else None) == left


def test_the_url_of_a_request() -> None:
    requests = Requests(ServedSite(make_site(1)), Wanted(), AT)

    def url(**said: object) -> str:
        entry = requests.entry(logged(**said), 0)
        assert not isinstance(entry, Left)
        return entry.raw.url

    assert url() == "https://www.example.com/shoes?size=4"
    assert url(host="Shop.example.com:443") == "https://shop.example.com:443/shoes?size=4"
    assert url(target="http://www.example.com/x") == "http://www.example.com/x"


def test_the_same_line_is_the_same_hit_and_nothing_of_its_whole_address_is_in_it() -> None:
    requests = Requests(ServedSite(make_site(1)), Wanted(), AT)

    def id_of(line: str, number: int = 0) -> int:
        entry = requests.entry(access_log.read(line, address), number)
        assert not isinstance(entry, Left)
        return entry.id

    line = f'192.0.2.9 - - {WHAT} 512 "-" "{AGENT}"'
    assert id_of(line) == id_of(line) == id_of(line.replace("2.9", "2.77"))
    assert (
        len({id_of(line), id_of(line, 1), id_of(line.replace(":00 ", ":01 ")), id_of(line.replace("shoes", "hats"))})
        == 4
    )
