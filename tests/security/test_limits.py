"""What a client may cost, against the server as it is run: sizes, counts, time, connections; each refusal is counted."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import zlib
from collections.abc import Awaitable, Callable, Iterator

import brotli
import httpx
import pytest

from gateway.settings import Limits
from gateway.web import door
from tests.security.walls import TOKEN, Line, Walls, status, walls

SHORT = Limits(
    body_bytes=2_048,
    bulk_bytes=40_000,
    bulk_requests=100,
    header_bytes=4_096,
    header_count=30,
    header_seconds=1,
    body_seconds=1,
    reader_seconds=1,
    idle_seconds=1,
)
HOST = b"Host: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
HIT = {"site": 1, "type": "pageview", "url": "https://shop.example/"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walls]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "LOOK_EVERY", 0.1)
        with walls(tmp_path_factory.mktemp("walls"), SHORT) as one:
            yield one


def conversation(gateway: Walls, *said: bytes) -> bytes:
    async def talk() -> bytes:
        line = await Line.to(gateway)
        for part in said:
            with contextlib.suppress(ConnectionError):
                await line.say(part)
        return await line.rest()

    return asyncio.run(talk())


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET /healthz?%s HTTP/1.1\r\n" % (b"a" * 5_000) + HOST + b"\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Long: %s\r\n\r\n" % (b"a" * 5_000), 431),
        (b"POST /v1/hit HTTP/1.1\r\n" + HOST + b"Cookie: %s\r\nContent-Length: 2\r\n\r\n{}" % (b"a" * 5_000), 431),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Many: 1\r\n" * 40 + b"\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Endless: " + b"a" * 400_000, 431),
        (b"GET /" + b"a" * 400_000, 431),
        (b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\nX-Fine: %s\r\n\r\n" % (b"a" * 3_500), 200),
    ],
    ids=["query", "header", "hot path", "many headers", "endless header", "endless path", "allowed"],
)
def test_headers_have_a_size_and_a_number(gateway: Walls, request_: bytes, answer: int) -> None:
    before = gateway.count("gateway_refused_total", reason="headers")
    said = conversation(gateway, request_)
    assert status(said) in ((answer, 0) if len(request_) > 300_000 else (answer,)), said[:300]
    assert gateway.count("gateway_refused_total", reason="headers") == before + (answer == 431)
    if answer == 431 and said:
        assert b"connection: close" in said and b"nosniff" in said
        assert "4096 bytes" in json.loads(said.partition(b"\r\n\r\n")[2])["error"]["what"]


def test_slow_clients_are_turned_away(gateway: Walls) -> None:
    """Slow headers (CVE-2007-6750, Slowloris), slow bodies, slow readers, and connections that only wait, all at once."""

    async def slowly(*said: bytes, then: bytes, every: float = 0.2) -> bytes:
        line = await Line.to(gateway)
        answer = asyncio.create_task(line.rest())
        with contextlib.suppress(ConnectionError):
            for part in said:
                await line.say(part)
            while then and not answer.done():
                await line.say(then)
                await asyncio.sleep(every)
        return await answer

    async def unread() -> bytes:
        """Asks for much, again and again, and reads nothing for as long as it may ask."""
        line = await Line.to(gateway, buffer=2_048)
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(60):
                while True:
                    await line.say(b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n")
        return b""

    post = b"POST %s HTTP/1.1\r\n" + HOST
    clients: dict[str, Awaitable[bytes]] = {
        "nothing at all": slowly(then=b""),
        "headers": slowly(b"GET / HTTP/1.1\r\n", then=b"X-A: b\r\n"),
        "letters": slowly(then=b"G"),
        "empty lines after an answer": slowly(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", then=b"\r\n"),
        "body": slowly(post % b"/v1/hit" + b"Content-Length: 2000\r\n\r\n", then=b"{"),
        "chunks": slowly(post % b"/v1/consent" + b"Transfer-Encoding: chunked\r\n\r\n", then=b"1\r\n{\r\n"),
        "bulk": slowly(post % b"/matomo.php" + b'Content-Length: 30000\r\n\r\n{"requests":[' + b" " * 3_000, then=b" "),
        "page": slowly(
            post % b"/do-not-sell/1" + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\n",
            then=b"a",
        ),
        "idle after an answer": slowly(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", then=b""),
        "unread": unread(),
    }

    async def together() -> dict[str, bytes]:
        return dict(zip(clients, await asyncio.gather(*clients.values()), strict=True))

    before = {
        reason: gateway.count("gateway_refused_total", reason=reason)
        for reason in ("slow_headers", "slow_body", "slow_reader", "malformed")
    }
    answers = asyncio.run(together())
    said = {name: [int(part.split()[1]) for part in answer.split(b"HTTP/")[1:]] for name, answer in answers.items()}
    assert said["nothing at all"] == [] and said["headers"] == [408] and said["letters"] in ([400], [408])
    assert said["empty lines after an answer"][0] == 200 and said["idle after an answer"] == [200]
    assert said["body"] == said["chunks"] == said["bulk"] == [408] and said["page"] == [303]
    after = {reason: gateway.count("gateway_refused_total", reason=reason) for reason in before}
    assert after["slow_body"] >= before["slow_body"] + 4 and after["slow_reader"] == before["slow_reader"] + 1
    assert after["slow_headers"] >= before["slow_headers"] + 1


def test_a_body_is_read_no_further_than_its_limit(gateway: Walls) -> None:
    """Announced too large, streamed in chunks without end, or longer than announced."""
    post = b"POST /v1/hit HTTP/1.1\r\n" + HOST
    announced = conversation(gateway, post + b"Connection: close\r\nContent-Length: 999999999\r\n\r\n")
    assert status(announced) == 413 and b"999999999 were announced" in announced
    endless = conversation(
        gateway, post + b"Transfer-Encoding: chunked\r\n\r\n", *[b"2000\r\n%s\r\n" % (b"a" * 0x2000)] * 200
    )
    assert status(endless) in (413, 0)
    assert gateway.count("gateway_refused_total", reason="body") >= 1
    # What is beyond the announced length is another request, and none that anybody can read.
    lying = conversation(gateway, post + b"Content-Length: 2\r\n\r\n{}{}{}{}\r\n\r\n")
    assert lying.count(b"HTTP/1.1 400") == 1 and b"Invalid HTTP request" in lying
    hit = json.dumps(HIT).encode()
    assert (
        status(conversation(gateway, post + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(hit), hit)) == 202
    )


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_a_body_is_never_unpacked(gateway: Walls, coding: str, pack: Callable[[bytes], bytes]) -> None:
    """A decompression bomb (CWE-409) is what its bytes are: no JSON."""
    bomb = pack(b" " * 1_900_000)
    assert len(bomb) < SHORT.body_bytes
    for path in ("/v1/hit", "/v1/consent", "/v1/opt-out", "/matomo.php"):
        headers = {"content-encoding": coding, "content-type": "application/json"}
        answer = httpx.post(gateway.url + path, content=bomb, headers=headers, timeout=30)
        assert answer.status_code == 400, (path, answer.text)


def test_parameters_and_batches_have_a_number(gateway: Walls) -> None:
    many = "&".join(f"a{number}=1" for number in range(600))
    assert (
        httpx.post(f"{gateway.url}/matomo.php", content=f"idsite=1&rec=1&{many}"[:2_000], timeout=30).status_code == 200
    )
    assert httpx.post(f"{gateway.url}/matomo.php", content="&" * 1_900, timeout=30).status_code == 400
    batch = json.dumps({"requests": ["?idsite=1"] * 101})
    answer = httpx.post(f"{gateway.url}/matomo.php", content=batch, timeout=30)
    assert (answer.status_code, answer.json()["tracked"]) == (413, 0)
    fields = "&".join(f"f{number}=1" for number in range(300))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{gateway.url}/privacy/1", content=fields, headers=form, timeout=30).status_code == 400


def test_connections_have_a_number(gateway: Walls) -> None:
    async def crowd() -> list[bytes]:
        lines = [await Line.to(gateway) for _ in range(12)]
        return list(await asyncio.gather(*(line.rest() for line in lines)))

    gateway.door.connections, most = 4, gateway.door.connections
    try:
        answers = asyncio.run(crowd())
    finally:
        gateway.door.connections = most
    refused = [answer for answer in answers if answer]
    assert len(refused) >= 8 and all(status(answer) == 503 and b"retry-after: 5" in answer for answer in refused)
    assert gateway.count("gateway_refused_total", reason="connections") == len(refused)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1/hit HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/hit HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}",
        b"POST /v1/hit HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/hit HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
    ],
)
def test_requests_that_can_be_read_in_two_ways_are_refused(gateway: Walls, request_: bytes) -> None:
    """Request smuggling (CWE-444): whoever stands in front may have read it the other way."""
    before = gateway.count("gateway_refused_total", reason="malformed")
    said = conversation(gateway, request_)
    assert status(said) == 400 and b"connection: close" in said, said
    assert gateway.count("gateway_refused_total", reason="malformed") == before + 1


def test_a_tracking_token_lifts_no_limit_of_size(gateway: Walls) -> None:
    batch = json.dumps({"token_auth": TOKEN, "requests": ["?idsite=1&rec=1"] * 3_000})
    assert httpx.post(f"{gateway.url}/matomo.php", content=batch, timeout=30).status_code == 413
