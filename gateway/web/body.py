"""Reading a request's body with a limit that holds however it is sent: streamed, chunked, or with a lying Content-Length."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive

from gateway.errors import TooLarge


class Disconnected(Exception):
    """The client went away before its body was complete; there is nobody to answer."""


async def read_body(
    receive: Receive, limit: int, declared: int = -1, grows: Callable[[int], None] | None = None
) -> bytes:
    """The whole body. Raises TooLarge past `limit` bytes, Disconnected when the client leaves.

    `declared` is the Content-Length, -1 where there is none: a body announced as too large is not read at all.
    `grows` is told the bytes announced, then those read so far, before more are; what it raises ends the reading.
    """
    if declared > limit:
        raise TooLarge(f"The body may have {limit} bytes, {declared} were announced", "body")
    if grows is not None:
        grows(declared)
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        parts, size = [body], len(body)
        while message.get("more_body", False):
            if grows is not None:
                grows(size)
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise TooLarge(f"The body may have {limit} bytes", "body")
            parts.append(part)
        body = b"".join(parts)
    if len(body) > limit:
        raise TooLarge(f"The body may have {limit} bytes", "body")
    return body
