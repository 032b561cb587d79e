"""`/healthz`, `/readyz`, `/metrics` and `/.well-known/gpc.json`."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway import __version__
from gateway.settings_loader import digest
from gateway.web.context import Context

GPC_LAST_UPDATE = "2026-11-22"


def routes(context: Context) -> list[Route]:
    configuration = digest(context.settings)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "version": __version__})

    async def readyz(_request: Request) -> Response:
        """Ready while the journal takes writes. The warehouse is reported; its absence alone changes nothing for visitors."""
        writable = context.journal.is_writable()
        warehouse = await asyncio.to_thread(context.warehouse.ping)
        context.metrics.warehouse_up.set(1 if warehouse else 0)
        records, size, oldest = context.journal.pending()
        body = {
            "ready": writable,
            "journal": {"writable": writable, "records": records, "bytes": size, "oldest_seconds": round(oldest, 3)},
            "warehouse": {"answers": warehouse, "lag_seconds": round(context.deliverer.lag(), 3)},
            "configuration": configuration,
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
