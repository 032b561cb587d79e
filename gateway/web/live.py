"""A site in real time: the page, and what it follows, by server-sent events (WHATWG HTML § 9.2) or asked for again and again.

However many look at a site, the warehouse is asked once every EVERY seconds; while nobody does, never. A stream ends when the
session does, when the gateway stops, and after LONGEST in any case: the browser then comes back by itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from gateway.errors import GatewayError, TooManyRequests
from gateway.reports.present import Present
from gateway.web import (
    site_ids,  # noqa: F401 - makes {site:site} known to the routes below
)
from gateway.web.auth import context_of, principal, require_reader
from gateway.web.dashboard import page_of_site
from gateway.web.desk import Desk
from gateway.web.pages import page

EVERY = 5.0  # seconds between looks
LONGEST = 900.0  # seconds of one stream
PER_USER = 4
IN_ALL = 100
_RETRY_SECONDS = 30
_HEADERS = {
    "cache-control": "no-store",
    "vary": "Accept, Authorization, Cookie",
    "x-accel-buffering": "no",  # nginx would hold events back until there are many
}

Look = Callable[[int], Present]


class Live:
    """What is going on at each site, looked at for all who watch it together."""

    def __init__(self, look: Look, every: float = EVERY) -> None:
        self._look = look
        self.every = every
        self._seen: dict[int, tuple[float, asyncio.Task[bytes]]] = {}
        self._watching: Counter[str] = Counter()
        self._stopping = asyncio.Event()

    async def now(self, site: int, desk: Desk) -> bytes:
        """The site as JSON, at most `every` seconds old. Raises what the report does."""
        time = asyncio.get_running_loop().time()
        known = self._seen.get(site)
        if known is None or (known[1].done() and (time - known[0] >= self.every or _failed(known[1]))):
            known = self._seen[site] = (time, asyncio.create_task(self._ask(site, desk), name=f"live {site}"))
        # One who leaves does not take the answer from those who stay.
        return await asyncio.shield(known[1])

    def enter(self, user: str) -> None:
        """Raises TooManyRequests where this user, or everybody together, watches too much already."""
        if self._watching[user] >= PER_USER or self._watching.total() >= IN_ALL:
            raise TooManyRequests("Too many windows follow in real time.", retry_after=_RETRY_SECONDS)
        self._watching[user] += 1

    def leave(self, user: str) -> None:
        self._watching[user] -= 1
        if not self._watching[user]:
            del self._watching[user]

    def stop(self) -> None:
        """End every stream, so that a gateway that stops need not wait for them."""
        self._stopping.set()

    async def pause(self) -> bool:
        """Wait for the next look; False where there will be none."""
        try:
            await asyncio.wait_for(self._stopping.wait(), self.every)
        except TimeoutError:
            return True
        return False

    async def _ask(self, site: int, desk: Desk) -> bytes:
        return msgspec.json.encode(await desk.run(self._look, site))


async def live(request: Request) -> Response:
    """Who is on a site now: one answer as JSON, or a stream of them for whoever accepts text/event-stream."""
    site: int = request.path_params["site"]
    reader = await require_reader(request, site)
    watch: Live = request.app.state.live
    desk: Desk = request.app.state.report_desk
    if context_of(request).catalog.get(site) is None or "text/event-stream" not in request.headers.get("accept", ""):
        return Response(await watch.now(site, desk), media_type="application/json", headers=_HEADERS)
    watch.enter(reader.user)
    events = _events(request, watch, desk, site)
    return _Followed(events, watch, reader.user)


class _Followed(StreamingResponse):
    """A stream whose place is free again whatever becomes of it, be it that nobody is there to read its first line."""

    def __init__(self, events: AsyncIterator[bytes], watch: Live, user: str) -> None:
        super().__init__(events, media_type="text/event-stream", headers=_HEADERS)
        self._leave = partial(watch.leave, user)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


async def _events(request: Request, watch: Live, desk: Desk, site: int) -> AsyncIterator[bytes]:
    """`present`: figures that are new. `away`: there are none at present. `ended`: log in again. A comment: all is well."""
    last = b""
    ends = asyncio.get_running_loop().time() + LONGEST
    while True:
        try:
            seen = await watch.now(site, desk)
        except GatewayError:
            yield b"event: away\ndata: {}\n\n"
        else:
            yield b": here\n\n" if seen == last else b"event: present\ndata: " + seen + b"\n\n"
            last = seen
        if not await watch.pause() or asyncio.get_running_loop().time() > ends:
            return
        still = await principal(request)
        if still is None or not still.may_read(site):
            yield b"event: ended\ndata: {}\n\n"
            return


def _failed(task: asyncio.Task[bytes]) -> bool:
    return task.cancelled() or task.exception() is not None


@page
async def show(request: Request) -> Response:
    """GET /sites/{site}/live."""
    return await page_of_site(request, "live.html", "live")


routes: list[BaseRoute] = [
    Route("/v1/live/{site:site}", live, methods=["GET"]),
    Route("/sites/{site:site}/live", show, methods=["GET"]),
]
