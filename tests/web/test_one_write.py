"""An answer of a hot route in one write: the bytes, and the ends of a connection, as with ASGI's two messages."""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.web.answers import JSON, NO_STORE, answer
from gateway.web.protocol import OneWriteProtocol

COOKIES = ["gw_visitor_1=a-1.b; Max-Age=10; Path=/; HttpOnly", "gw_optout_1=1; Max-Age=5; Path=/"]


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Answer:
    """What a client reads."""

    def __init__(self, sent: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.complete = False
        parser = httptools.HttpResponseParser(self)
        parser.feed_data(sent)
        self.status = parser.get_status_code()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


def answered(
    protocol: type[HttpToolsProtocol], request: bytes, status: int, body: bytes, cookies: list[str], gone: bool = False
) -> Wire:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, status, body, [JSON, NO_STORE], cookies)

    async def conversation() -> Wire:
        config = uvicorn.Config(app, http=protocol, ws="none", access_log=False, log_config=None, lifespan="off")
        config.load()
        state = ServerState()
        state.default_headers = [(b"date", b"Sun, 22 Nov 2026 12:00:00 GMT")]
        spoken = protocol(config=config, server_state=state, app_state={})
        wire = Wire()
        spoken.connection_made(wire)
        spoken.data_received(request)
        if gone:
            spoken.connection_lost(None)
        while state.tasks:
            await asyncio.gather(*state.tasks)
        assert gone or state.total_requests == 1
        return wire

    return asyncio.run(conversation())


@pytest.mark.parametrize(
    ("status", "body"), [(202, b'{"status":"identified"}'), (204, b""), (200, b"GIF89a"), (503, b"{}")]
)
@pytest.mark.parametrize("cookies", [[], COOKIES])
@pytest.mark.parametrize("more", [b"", b"Connection: close\r\n"])
def test_the_client_reads_the_same(status: int, body: bytes, cookies: list[str], more: bytes) -> None:
    request = b"POST /v1/hit HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n" + more + b"\r\n{}"
    short = answered(OneWriteProtocol, request, status, body, cookies)
    usual = answered(HttpToolsProtocol, request, status, body, cookies)
    assert len(short.writes) == 1
    ours, theirs = Answer(short.writes[0]), Answer(b"".join(usual.writes))
    assert ours.complete
    assert (ours.status, ours.body, sorted(ours.headers)) == (theirs.status, theirs.body, sorted(theirs.headers))
    assert short.closed == usual.closed == bool(more)
    assert any(name == b"content-length" for name, _ in ours.headers) == (status != 204)  # RFC 9110 § 8.6


def test_head_has_no_body() -> None:
    wire = answered(OneWriteProtocol, b"HEAD /v1/hit HTTP/1.1\r\nHost: a\r\n\r\n", 405, b"{}", [])
    assert b"".join(wire.writes).endswith(b"\r\n\r\n")


def test_nobody_is_there_any_more() -> None:
    assert (
        answered(OneWriteProtocol, b"GET /v1/hit HTTP/1.1\r\nHost: a\r\n\r\n", 200, b"{}", [], gone=True).writes == []
    )


def test_nothing_gets_between_headers() -> None:
    wire = answered(OneWriteProtocol, b"GET /v1/hit HTTP/1.1\r\nHost: a\r\n\r\n", 200, b"{}", ["a=b\r\nX-Other: 1"])
    assert Answer(b"".join(wire.writes)).status == 500
    assert b"X-Other" not in b"".join(wire.writes)
