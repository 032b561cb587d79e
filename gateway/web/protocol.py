"""HTTP/1.1 as uvicorn speaks it, with two things more: an answer that is complete is written in one go, and clients are held
to the limits of the application's door (door.py), which uvicorn has none of: of headers, of time, of connections.

ASGI sends an answer as two messages, and checks and joins every header anew each time. The hot routes answer with the same
few headers over and over: those are joined once, and only cookies are added. What a server offers beyond ASGI it offers on
the `send` it passes in: `whole` (answers.py uses it where it is there; any other ASGI server does without).

No request has a timer of its own: it notes when a stage of it began, and the door looks at all connections each second.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.errors import GatewayError
from gateway.web.answers import NOSNIFF, answer, error_body, error_headers
from gateway.web.door import LEAST_RATE, Door, Refusal

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # what no header may hold (RFC 9110 § 5.5)

Headers = tuple[tuple[bytes, bytes], ...]


# What of a request is still to come.
_HEADERS, _BODY, _NOTHING = range(3)

_ONE_READ = 1 << 18  # bytes that come from the socket at once, at most
_TOO_LARGE = "gateway.headers_too_large"  # in the scope of a request that is answered 431
_RETRY_AFTER = 5  # seconds


class OneWriteProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def __init__(self, config: Any, *arguments: Any, **more: Any) -> None:
        super().__init__(config, *arguments, **more)
        self._door: Door | None = getattr(config.loaded_app, "door", None)
        self._stage = _HEADERS
        self._since = 0.0  # when that began, in the loop's seconds
        self._bytes = 0  # of this request so far; what came before it in the same read is counted as well
        self._read = 0
        self._unread = 0  # bytes that the client has not taken, when it was last looked at

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        if self._door is not None:
            self._door.watch(self.connections, self.loop)
            if len(self.connections) > self._door.connections:
                self._turn_away(503, Refusal.CONNECTIONS, "Too many connections; try again", _RETRY_AFTER)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._read = len(data)
        self._bytes += self._read
        super().data_received(data)
        door = self._door
        if door is None or self.transport.is_closing():
            return
        if self._stage == _HEADERS and self._bytes > door.limits.header_bytes + _ONE_READ:
            self._turn_away(431, Refusal.HEADERS, _too_large(door))
        elif self._stage == _NOTHING and self.timeout_keep_alive_task is None and self.cycle.response_complete:
            # An empty line between requests, which ends uvicorn's wait for the next one.
            self._stage, self._since = _HEADERS, self.loop.time()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._stage, self._since, self._bytes = _HEADERS, self.loop.time(), self._read

    def on_headers_complete(self) -> None:
        self._stage, self._since = _BODY, self.loop.time()
        door = self._door
        if door is not None and (
            len(self.headers) > door.limits.header_count
            or (self._bytes > door.limits.header_bytes and _size(self.url, self.headers) > door.limits.header_bytes)
        ):
            door.refused(Refusal.HEADERS)
            scope: Any = self.scope
            scope[_TOO_LARGE] = _too_large(door)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        door = self._door
        if door is not None and self._bytes > door.longest_body + _ONE_READ and self.cycle.response_complete:
            self._turn_away(0, Refusal.BODY)

    def on_message_complete(self) -> None:
        self._stage = _NOTHING
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._turn_away(400, Refusal.MALFORMED, msg)

    def look(self, now: float) -> None:
        """Turn the client away where it keeps the server waiting; `now` is in the loop's seconds."""
        door, flow, cycle = self._door, self.flow, self._current()
        if door is None or self.transport.is_closing():
            return
        if flow.write_paused:
            unread = self.transport.get_write_buffer_size()
            if unread != self._unread:
                self._unread, self._since = unread, now
            elif now - self._since > door.limits.reader_seconds:
                self._turn_away(0, Refusal.SLOW_READER)
            return
        self._unread = 0
        busy = cycle is not None and not cycle.response_complete
        if flow.read_paused or (self._stage == _HEADERS and busy):
            self._since = now  # it is the client that waits
            return
        waited = now - self._since
        if self._stage == _HEADERS and waited > door.limits.header_seconds:
            if self._bytes:
                self._turn_away(
                    408, Refusal.SLOW_HEADERS, f"The headers took longer than {door.limits.header_seconds} s"
                )
            else:
                self.transport.close()  # opened ahead of need, as browsers do
        elif self._stage == _BODY and waited > door.limits.body_seconds + self._bytes / LEAST_RATE:
            self._turn_away(408, Refusal.SLOW_BODY, "The body took too long")

    def _turn_away(self, status: int, reason: Refusal, what: str = "", retry_after: int | None = None) -> None:
        """Close the connection; with an answer, unless another has begun or `status` is 0."""
        if self._door is not None:
            self._door.refused(reason)
        cycle = self._current()
        # Answered in part, or in full before its body had come: more would be taken for the answer to something else.
        begun = cycle is not None and cycle.response_started and (not cycle.response_complete or self._stage == _BODY)
        if status and not begun and not self.pipeline:
            error = GatewayError(what, "request", retry_after=retry_after)
            body, headers = error_body(error), (*error_headers(error), NOSNIFF, *self.server_state.default_headers)
            self.transport.write(b"%sconnection: close\r\n\r\n%s" % (_head(status, headers, len(body)), body))
            self.transport.close()
        else:
            self.transport.abort()
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def _current(self) -> RequestResponseCycle | None:
        """The newest request, None before the first one."""
        return self.cycle

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.send = Sending(cycle)  # type: ignore[method-assign]
        if _TOO_LARGE in cycle.scope:
            cycle.keep_alive = False
            app = _refuse_headers
        super()._start_asgi_task(cycle, app)


async def _refuse_headers(scope: Scope, _receive: Receive, send: Send) -> None:
    error = GatewayError(scope[_TOO_LARGE], "headers")
    await answer(send, 431, error_body(error), error_headers(error))


def _size(url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def _too_large(door: Door) -> str:
    return f"A request may have {door.limits.header_bytes} bytes before its body, in {door.limits.header_count} headers"


class Sending:
    """The `send` of one request."""

    __slots__ = ("_cycle", "_send")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send

    async def __call__(self, message: Any) -> None:
        await self._send(message)

    def whole(self, status: int, headers: Headers, cookies: Sequence[str], body: bytes) -> bool:
        """Write a complete answer. False where it has to be sent the long way; then nothing was written.

        `headers` are few and come again; `cookies` are values of Set-Cookie. Raises ValueError for what no header may hold.
        """
        cycle = self._cycle
        if cycle.flow.write_paused or cycle.response_started or cycle.scope["method"] == "HEAD":
            return False
        if cycle.disconnected:
            return True
        lines = _head(status, headers, len(body)) + _lines(tuple(cycle.default_headers))
        if cookies:
            lines += _set_cookies(cookies)
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if cycle.keep_alive:
            cycle.transport.write(b"%s\r\n%s" % (lines, body))
        else:
            cycle.transport.write(b"%sconnection: close\r\n\r\n%s" % (lines, body))
            cycle.transport.close()
        cycle.on_response()
        return True


@lru_cache(maxsize=512)
def _head(status: int, headers: Headers, length: int) -> bytes:
    # A 204 has no length, not even 0 (RFC 9110 § 8.6).
    sized = headers if status == HTTPStatus.NO_CONTENT else (*headers, (b"content-length", b"%d" % length))
    return b"HTTP/1.1 %d %s\r\n%s" % (status, HTTPStatus(status).phrase.encode(), _lines(sized))


@lru_cache(maxsize=16)
def _lines(headers: Headers) -> bytes:
    for name, value in headers:
        if _CONTROL.search(name) or _CONTROL.search(value):
            raise ValueError(f"The header {name!r} holds what no header may")
    return b"".join([b"%s: %s\r\n" % header for header in headers])


def _set_cookies(cookies: Sequence[str]) -> bytes:
    if _CONTROL.search("".join(cookies).encode()):
        raise ValueError("A cookie holds what no header may")
    return "".join([f"set-cookie: {cookie}\r\n" for cookie in cookies]).encode()
