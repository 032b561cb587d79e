"""`/healthz`, `/readyz`, `/metrics` and `/.well-known/gpc.json`."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway import __version__
from gateway.warehouse.connection import Warehouse
from gateway.web.context import Context

GPC_LAST_UPDATE = "2026-11-22"
PULSE_SECONDS = 2.0


class Pulse:
    """Whether the warehouse answers, asked at most every two seconds however often it is wanted to be known."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._asking: asyncio.Task[bool] | None = None
        self._asked = 0.0

    async def answers(self) -> bool:
        """False as well where no answer comes within two seconds; the question is then not put a second time."""
        if self._asking is None or (self._asking.done() and time.monotonic() - self._asked > PULSE_SECONDS):
            self._asked = time.monotonic()
            self._asking = asyncio.create_task(asyncio.to_thread(self._warehouse.ping), name="pulse")
        await asyncio.wait({self._asking}, timeout=PULSE_SECONDS)
        return self._asking.done() and not self._asking.cancelled() and self._asking.result()


def routes(context: Context) -> list[Route]:
    pulse = Pulse(context.warehouse)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "version": __version__})

    async def readyz(_request: Request) -> Response:
        """Ready while the journal takes writes. The warehouse is reported; its absence alone changes nothing for visitors."""
        writable = context.journal.is_writable()
        warehouse = await pulse.answers()
        context.metrics.warehouse_up.set(1 if warehouse else 0)
        records, size, oldest = context.journal.pending()
        body = {
            "ready": writable,
            "journal": {"writable": writable, "records": records, "bytes": size, "oldest_seconds": round(oldest, 3)},
            "warehouse": {"answers": warehouse, "lag_seconds": round(context.deliverer.lag(), 3)},
            "configuration": context.serving.configuration,
            "version": __version__,
        }
        return JSONResponse(body, status_code=200 if writable else 503)

    async def metrics(_request: Request) -> Response:
        context.journal.pending()
        return Response(context.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def gpc(_request: Request) -> Response:
        return JSONResponse({"gpc": True, "lastUpdate": GPC_LAST_UPDATE})

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        Route("/.well-known/gpc.json", gpc),
    ]
