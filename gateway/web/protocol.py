"""HTTP/1.1 as uvicorn speaks it, with one thing more: an answer that is complete is written in one go.

ASGI sends an answer as two messages, and checks and joins every header anew each time. The hot routes answer with the same
few headers over and over: those are joined once, and only cookies are added. What a server offers beyond ASGI it offers on
the `send` it passes in: `whole` (answers.py uses it where it is there; any other ASGI server does without).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # what no header may hold (RFC 9110 § 5.5)

Headers = tuple[tuple[bytes, bytes], ...]


class OneWriteProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.send = Sending(cycle)  # type: ignore[method-assign]
        super()._start_asgi_task(cycle, app)


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
