"""The yardstick: a Starlette endpoint that reads the body and answers 204, on the gateway's own uvicorn settings."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def nothing(request: Request) -> Response:
    await request.body()
    return Response(status_code=204)


app = Starlette(routes=[Route("/{path:path}", nothing, methods=["GET", "POST"])])
